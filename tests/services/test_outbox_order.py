"""Messages of one case reach the engine in the order of their acts, whatever was lost on the way (I30)."""

from collections.abc import Iterable

import pytest
from sqlmodel import Session, select

from models.tables import Case, Outbox
from services import clock, outbox
from tests import factories


@pytest.fixture
def case(session: Session) -> Case:
    return factories.case(session, factories.user(session, "applicant"), status="in_progress")


def claimed(session: Session, case: Case, sent: Iterable[int] = ()) -> list[str]:
    return [m.signal for m in outbox.claim(session, list(sent)) if m.case_id == case.id]


def lease_over(session: Session, case: Case) -> None:
    for row in session.exec(select(Outbox).where(Outbox.case_id == case.id)):
        row.lease_until = clock.now() - outbox.LEASE
    session.flush()


def test_later_message_waits_for_one_that_was_not_delivered(session: Session, case: Case) -> None:
    """The clocks were stopped, nobody heard it, and they run again: told the other way round they would stand for ever."""
    outbox.send(session, case.id, "deadline_moved")
    assert claimed(session, case) == ["deadline_moved"]  # and the engine does not answer
    outbox.send(session, case.id, "nudge")
    assert claimed(session, case) == []
    lease_over(session, case)
    assert claimed(session, case) == ["deadline_moved", "nudge"]


def test_later_message_goes_on_with_the_news_that_the_one_before_it_arrived(
    session: Session, case: Case
) -> None:
    first = outbox.send(session, case.id, "task_closed")
    claimed(session, case)
    outbox.send(session, case.id, "nudge")
    assert claimed(session, case, [first.id or 0]) == ["nudge"]


def test_message_nobody_is_left_to_hear_holds_up_nothing(session: Session, case: Case) -> None:
    first = outbox.send(session, case.id, "task_closed")
    claimed(session, case)
    outbox.dead(session, first.id or 0, "over")
    session.flush()
    outbox.send(session, case.id, "nudge")
    assert claimed(session, case) == ["nudge"]


def test_other_cases_do_not_wait(session: Session, case: Case) -> None:
    outbox.send(session, case.id, "task_closed")
    claimed(session, case)
    other = factories.case(session, factories.user(session, "applicant"), status="in_progress")
    outbox.send(session, other.id, "nudge")
    assert claimed(session, other) == ["nudge"]
