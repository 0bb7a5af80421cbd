"""Two relays at the same moment: what one is about to take is not overtaken by the other (I30)."""

from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import Session

from models.tables import Outbox
from services import outbox
from services.session import transaction
from tests import factories


@pytest.fixture
def case_id(database: str) -> UUID:
    with transaction() as session:
        session.execute(delete(Outbox))
        return factories.case(session, factories.user(session, "applicant"), status="in_progress").id


def told(case_id: UUID, *signals: str) -> list[int]:
    with transaction() as session:
        return [outbox.send(session, case_id, signal).id or 0 for signal in signals]


def claimed(session: Session, case_id: UUID, limit: int = 64) -> list[str]:
    return [m.signal for m in outbox.claim(session, limit=limit) if m.case_id == case_id]


def test_later_message_is_not_claimed_while_another_relay_claims_the_one_before(case_id: UUID) -> None:
    """The lease of the first is not committed yet: the second relay cannot see it, and must not go by that."""
    told(case_id, "deadline_moved", "task_closed")
    with transaction() as one, transaction() as other:
        assert claimed(one, case_id, limit=1) == ["deadline_moved"]
        assert claimed(other, case_id) == []
    with transaction() as session:
        assert claimed(session, case_id) == []  # the first is on its way


def test_later_message_is_not_claimed_while_the_one_before_is_being_forgotten(case_id: UUID) -> None:
    first, _ = told(case_id, "deadline_moved", "task_closed")
    with transaction() as session:
        assert claimed(session, case_id, limit=1) == ["deadline_moved"]
    with transaction() as one, transaction() as other:
        assert [m.signal for m in outbox.claim(one, [first])] == ["task_closed"]
        assert claimed(other, case_id) == []


def test_relay_takes_other_cases_while_its_rival_is_busy_with_one(case_id: UUID) -> None:
    told(case_id, "deadline_moved", "task_closed")
    with transaction() as session:
        other_case = factories.case(session, factories.user(session, "applicant"), status="in_progress").id
    told(other_case, "nudge", "task_closed")
    with transaction() as one, transaction() as other:
        assert claimed(one, case_id, limit=1) == ["deadline_moved"]
        assert claimed(other, other_case) == ["nudge", "task_closed"]
