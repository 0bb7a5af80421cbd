"""What if: equal to what the services then do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, func, select

from models.procedures import PROCEDURES
from models.tables import AuditEvent, Case, TaskRow
from models.vocabulary.errors import Invalid
from models.vocabulary.facts import TaskRequest
from models.vocabulary.specs import OVERDUE
from services import clock, course, deadlines
from services.reading import what_if
from services.reading.what_if import Supposed, suppose
from tests import factories

NOW = datetime(2026, 9, 21, 2, 0, tzinfo=UTC)  # before Mid-Autumn and the National Day


@pytest.fixture
def case(session: Session) -> Case:
    with clock.at(NOW):
        row = factories.case(session, factories.user(session, "applicant"), status="in_progress")
        course.project(session, str(row.id), "formal_review", [TaskRequest(key="formal_review")])
    return row


def _task(session: Session, case: Case, key: str) -> TaskRow:
    return session.exec(select(TaskRow).where(TaskRow.case_id == case.id, TaskRow.key == key)).one()


@pytest.mark.rule("W02")
@pytest.mark.parametrize("days", [1, 5, 10])
def test_extension_is_what_the_ledger_then_says(session: Session, case: Case, days: int) -> None:
    task = _task(session, case, "formal_review")
    with clock.at(NOW + timedelta(days=1)):
        told = suppose(session, case, Supposed(task, "extended", days=days)).lines[0]
        assert told.old == task.due_at
        deadlines.extend(session, deadlines.of_task(session, task), days, "资料较多", None)
    assert told.due_at == task.due_at


@pytest.mark.rule("W02", "G10")
def test_returned_today_is_what_the_course_then_opens(session: Session, case: Case) -> None:
    task = _task(session, case, "formal_review")
    with clock.at(NOW + timedelta(days=2)):
        told = suppose(session, case, Supposed(task, "answered", "request_correction"))
        course.project(session, str(case.id), None, [TaskRequest(key="correction")])
    opened = _task(session, case, "correction")
    assert (told.lines[0].due_at, told.lines[0].title.zh) == (opened.due_at, "补正申请材料")
    assert [x.title.zh for x in told.letters] == ["补正通知书", "终止办理告知书"]
    assert told.letters[1].at == opened.due_at
    assert opened.due_at is not None
    with clock.at(opened.due_at):
        course.project(session, str(case.id), None, [TaskRequest(key="formal_review", round=2)])
    again = session.exec(select(TaskRow).where(TaskRow.case_id == case.id, TaskRow.round == 2)).one()
    assert told.lines[1].due_at == again.due_at
    assert told.stages[0][2].ends_on > told.stages[0][1].ends_on
    assert told.stages[-1][2].ends_on > told.stages[-1][1].ends_on


@pytest.mark.rule("W02")
def test_late_officer_stays_responsible_and_moves_what_follows(session: Session, case: Case) -> None:
    task = _task(session, case, "formal_review")
    with clock.at(NOW):
        told = suppose(session, case, Supposed(task, "late", days=3))
    assert task.due_at is not None
    assert (told.lines[0].old, (told.lines[0].due_at - task.due_at).days >= 3) == (task.due_at, True)
    assert told.letters == []


def test_nothing_is_written(session: Session, case: Case) -> None:
    task = _task(session, case, "formal_review")
    before = session.exec(select(func.count()).select_from(AuditEvent)).one()
    with clock.at(NOW):
        for wanted in (
            Supposed(task, "answered", "refuse"),
            Supposed(task, "late", days=3),
            Supposed(task, "extended", days=3),
        ):
            suppose(session, case, wanted)
    assert not session.dirty
    assert not session.new
    assert session.exec(select(func.count()).select_from(AuditEvent)).one() == before


@pytest.mark.parametrize(
    "wrong",
    [
        ("answered", "no_such", 0),
        ("extended", "", 99),
        ("extended", "", 0),
        ("late", "", 0),
        ("dance", "", 1),
    ],
)
def test_the_impossible_is_refused(session: Session, case: Case, wrong: tuple[str, str, int]) -> None:
    kind, outcome, days = wrong
    with clock.at(NOW), pytest.raises(Invalid):
        suppose(session, case, Supposed(_task(session, case, "formal_review"), kind, outcome, days))


def test_what_follows_is_spelled_as_the_nouns_spell_it() -> None:
    tasks: dict[str, Any] = {t.key: t for s in PROCEDURES.values() for t in s.tasks}
    letters = {d.key for s in PROCEDURES.values() for d in s.documents}
    for (key, outcome), (asked, sent) in what_if.FOLLOWS.items():
        assert outcome == OVERDUE or tasks[key].outcome(outcome) is not None, (key, outcome)
        assert outcome != OVERDUE or tasks[key].lapses, key
        assert set(asked) <= set(tasks)
        assert set(sent) <= letters
