"""Rows changed behind the back with SQL: each is named in words, put right by an act, and seen to be right."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from models.tables import Case, EngineTrouble, Outbox, TaskRow
from models.vocabulary.events import Event
from models.vocabulary.facts import TaskRequest
from models.vocabulary.roles import Role
from models.vocabulary.statuses import CaseStatus
from services import audit, cases, clock, course, disagreements, handing, tasks, troubles, unsaid
from services.access import Actor
from tests.services import desk_rows as rows
from tests.services.deadline_rows import a_case, at, open_task
from tests.services.test_operator_acts import delivered, order, seen


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.at(at("2026-11-17T10:00:00")):
        yield


@pytest.fixture
def case(session: Session) -> Iterator[Case]:
    for row in a_case(session):
        row.changed_at = clock.now() - timedelta(hours=1)
        yield row


@pytest.fixture
def task(session: Session, case: Case) -> TaskRow:
    course.project(session, str(case.id), "formal_review", [TaskRequest(key="formal_review")])
    delivered(session)
    case.changed_at = clock.now() - timedelta(hours=1)
    return session.exec(select(TaskRow).where(TaskRow.case_id == case.id)).one()


@pytest.fixture
def intake(session: Session) -> Actor:
    return rows.person(session, "intake", Role.INTAKE)


def named(session: Session) -> set[str]:
    session.flush()
    return {t.what for t in disagreements.found(session)}


def cancelled(case: Case, task: TaskRow) -> None:
    task.state, task.closed_at = "cancelled", clock.now()


def held_by_another(case: Case, task: TaskRow) -> None:
    task.assignee_id = case.created_by


def taken_from_its_holder(case: Case, task: TaskRow) -> None:
    task.assignee_id, task.state = None, "open"


def waiting_for_nothing(case: Case, task: TaskRow) -> None:
    case.status = CaseStatus.WAITING_APPLICANT.value


def suspended_by_nobody(case: Case, task: TaskRow) -> None:
    case.status = CaseStatus.SUSPENDED.value


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (cancelled, "closed_without_answer"),
        (held_by_another, "other_holder"),
        (taken_from_its_holder, "other_holder"),
        (waiting_for_nothing, "other_status"),
        (suspended_by_nobody, "other_status"),
    ],
)
@pytest.mark.rule("M10")
def test_row_changed_behind_the_back_is_named_and_put_right(session, case, task, intake, admin, change, what):
    tasks.claim(session, intake, task.id)
    case.changed_at = clock.now() - timedelta(hours=1)
    before = (case.status, task.state, task.assignee_id)
    assert named(session) == set()
    change(case, task)
    assert named(session) == {what}
    troubles.replace(session, troubles.DISAGREE, disagreements.found(session))
    act = order(session, admin, "restore", case)
    delivered(session)
    assert act.data["mended"] == [what]
    assert seen(session, act)[0] == "seen"
    assert (case.status, task.state, task.assignee_id) == before
    case.changed_at = clock.now() - timedelta(hours=1)
    assert named(session) == set()


def test_task_that_was_answered_cannot_be_opened_again(session, case, task, admin):
    audit.record(session, Event.TASK_CANCELLED, case=case, task=task)
    task.state, task.closed_at = "cancelled", clock.now()
    assert named(session) == set()
    task.state, task.closed_at = "open", None
    assert named(session) == {"open_again"}
    act = order(session, admin, "restore", case)
    assert (act.data["mended"], task.state) == (["open_again"], "cancelled")


@pytest.mark.parametrize(("status", "what"), [("in_progress", "end_undone"), ("published", "other_end")])
def test_end_cannot_be_undone_or_turned_into_another(session, case, task, admin, status, what):
    cases.end(session, case, CaseStatus.REJECTED.value, Event.CASE_ENDED)
    assert named(session) == set()
    case.status = status
    session.add(Outbox(case_id=case.id, signal="start", dead=True))
    assert what in named(session)
    assert unsaid.ended(session, case)
    act = order(session, admin, "restore", case)
    assert (act.data["mended"], case.status) == ([what], "rejected")
    assert session.exec(select(Outbox).where(Outbox.case_id == case.id)).all() == []
    assert named(session) == set()


def test_handing_on_is_no_disagreement(session, case, task, intake, admin):
    other = rows.person(session, "colleague", Role.INTAKE)
    tasks.claim(session, intake, task.id)
    assert named(session) == set()
    handing.delegate(session, intake, task.id, other.username, "外出")
    assert named(session) == set()
    handing.release(session, other, task.id, "不熟悉")
    assert named(session) == set()
    handing.reassign(session, admin, task.id, intake.username, "请继续")
    assert named(session) == set()


def test_handing_on_of_another_task_is_no_disagreement_of_this_one(session, case, task, intake, admin):
    other = rows.person(session, "colleague", Role.INTAKE)
    handing.reassign(session, admin, task.id, intake.username, "请继续")
    second = open_task(session, case, slot="2")
    audit.record(session, Event.TASK_OPENED, case=case, task=second)
    tasks.claim(session, other, second.id)
    assert named(session) == set()
    handing.reassign(session, admin, second.id, intake.username, "外出")
    handing.delegate(session, intake, task.id, other.username, "外出")
    assert named(session) == set()


def test_course_that_is_catching_up_is_left_alone(session, case, task):
    case.status = CaseStatus.WAITING_APPLICANT.value
    assert named(session) == {"other_status"}
    session.add(
        EngineTrouble(case_id=case.id, kind="activity", what="issue_documents", message="模板缺少字段")
    )
    assert named(session) == set()


def test_every_sentence_says_what_was_changed(session, case, task, intake):
    tasks.claim(session, intake, task.id)
    case.changed_at = clock.now() - timedelta(hours=1)
    held_by_another(case, task)
    waiting_for_nothing(case, task)
    session.flush()
    said = {t.message for t in disagreements.found(session)}
    assert said == {
        "事项承办人与领取、改派记录不一致（承办人被直接改动）",
        "状态“待申请人办理”与待办事项和中止记录不符（状态被直接改动）",
    }
