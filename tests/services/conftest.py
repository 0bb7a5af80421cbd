"""What several of these tests begin with: a case with its limits, and the people who look after it."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from models.tables import Case
from models.vocabulary.roles import Role
from services.access import Actor
from tests.services import desk_rows
from tests.services.deadline_rows import a_case


@pytest.fixture
def case(session: Session) -> Iterator[Case]:
    """A case in the calendar of these tests."""
    yield from a_case(session)


@pytest.fixture
def chief(session: Session) -> Actor:
    """The supervisor."""
    return desk_rows.person(session, "chief", Role.SUPERVISOR)


@pytest.fixture
def admin(session: Session) -> Actor:
    """An administrator."""
    return desk_rows.person(session, "head", Role.ADMIN)
