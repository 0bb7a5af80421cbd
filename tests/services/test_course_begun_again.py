"""A course that begins again after its engine was lost finds everything there and leads nothing back."""

from sqlmodel import Session, select

from models.tables import AuditEvent, Case, TaskRow
from models.vocabulary.facts import TaskRequest
from services import course
from tests import factories

FORMAL, TECHNICAL = [TaskRequest(key="formal_review")], [TaskRequest(key="triage")]


def under_way(session: Session) -> Case:
    """A case in its second stage."""
    case = factories.case(session, factories.user(session, "applicant"), status="submitted")
    course.project(session, str(case.id), "formal_review", FORMAL, 1)
    course.project(session, str(case.id), "technical_review", TECHNICAL, 2)
    return case


def entered(session: Session, case: Case) -> list[str]:
    events = session.exec(
        select(AuditEvent)
        .where(AuditEvent.case_id == case.id, AuditEvent.event == "stage.entered")
        .order_by(AuditEvent.id)  # type: ignore[arg-type]
    )
    return [str(e.data["stage"]) for e in events]


def test_stage_that_was_passed_is_not_entered_again(session: Session) -> None:
    case = under_way(session)
    course.project(session, str(case.id), "formal_review", FORMAL, 1)
    assert case.stage == "technical_review"
    assert entered(session, case) == ["formal_review", "technical_review"]


def test_stage_comes_back_when_the_course_says_so(session: Session) -> None:
    case = under_way(session)
    course.project(session, str(case.id), "formal_review", [], 3)
    assert case.stage == "formal_review"
    assert entered(session, case) == ["formal_review", "technical_review", "formal_review"]


def test_tasks_are_opened_once_however_often_they_are_asked_for(session: Session) -> None:
    case = under_way(session)
    again = course.project(session, str(case.id), "formal_review", FORMAL, 1)
    rows = session.exec(select(TaskRow).where(TaskRow.case_id == case.id)).all()
    assert sorted(r.key for r in rows) == ["formal_review", "triage"]
    assert again.tasks[0].task_id in {str(r.id) for r in rows}
