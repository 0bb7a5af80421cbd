"""What there is to be one of, wanted by two in the same instant: one makes it, the other finds it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest
from sqlmodel import Session

from models.procedures import procedure
from models.tables import Case, Experience, Party
from services import accounts, ex_officio, experience, principals
from services.access import Actor
from services.session import transaction
from tests import factories

PRINCIPAL = "91310199MADE0NCE01"


def office(session: Session) -> Party:
    """The centre, for a draft it opens itself."""
    nobody = Actor(0, "", "", frozenset(), None, "")
    found = ex_officio.side_of(session, nobody, procedure("tracking_evaluation"))
    return session.get_one(Party, found)


def principal(session: Session) -> Party:
    """Whom two applicants file for."""
    return principals.party(session, PRINCIPAL, Case(procedure="project_application", form={}))


def resident(session: Session) -> Party:
    """A person who is registered by two clerks."""
    return accounts._person(session, "person-made-once", "王静")


def record(session: Session) -> Experience:
    """A record of a scenario that is sent twice."""
    party = Party(key="uscc:holder-of-a-record", name="王静", kind="person", id=1)
    return experience.enter(session, None, party, "骑行", "R-1", 5)


@pytest.mark.parametrize("made", [office, principal, resident, record])
def test_what_two_want_at_once_is_made_once(
    database: str, made: Callable[[Session], Party | Experience]
) -> None:
    with transaction() as session:
        factories.user(session, "applicant")  # with a party, the first of this database

    def again() -> int | None:
        with transaction() as other:
            return made(other).id

    with ThreadPoolExecutor() as pool:
        with transaction() as session:
            first = made(session).id
            second = pool.submit(again)
            with pytest.raises(StillWaiting):
                second.result(0.3)
        assert second.result(30) == first
