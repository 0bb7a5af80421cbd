"""What a course hears of a limit that moves: the newest holds, whatever is sent twice or arrives late (I30)."""

from datetime import UTC, datetime, timedelta

from models.vocabulary.facts import DeadlineMoved
from workflows.procedure import Procedure

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DUE = AT + timedelta(days=5)


def heard(*facts: DeadlineMoved) -> datetime | None:
    course = Procedure()
    for fact in facts:
        course.deadline_moved(fact)
    return course._due["t"]


def moved(due: datetime | None, after: int | None) -> DeadlineMoved:
    return DeadlineMoved(
        task_id="t", due_at=due, moved_at=None if after is None else AT + timedelta(hours=after)
    )


def test_message_that_arrives_again_after_a_newer_one_is_not_heeded() -> None:
    """The clock was stopped and runs again: the first message a second time would stop it for ever."""
    stopped, running = moved(None, 0), moved(DUE, 1)
    assert heard(stopped, running, stopped) == DUE


def test_same_message_twice_changes_nothing() -> None:
    assert heard(moved(None, 0), moved(DUE, 1), moved(DUE, 1)) == DUE


def test_message_of_an_earlier_release_has_no_moment_and_is_taken_as_it_comes() -> None:
    assert heard(moved(DUE, 1), moved(DUE + timedelta(days=1), None)) == DUE + timedelta(days=1)
    assert heard(moved(DUE, None), moved(None, None)) is None


def test_limits_of_one_case_do_not_disturb_each_other() -> None:
    course = Procedure()
    course.deadline_moved(moved(DUE, 1))
    course.deadline_moved(DeadlineMoved(task_id="other", due_at=DUE, moved_at=AT))
    assert (course._due["t"], course._due["other"]) == (DUE, DUE)
