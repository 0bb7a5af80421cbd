"""What an evaluation or an event had begun does not go on when two persons end its case (G29, J10)."""

import pytest
from sqlmodel import Session

from models.tables import Case, Project
from models.vocabulary.events import Event
from services import cases, clock, entry_states, mall
from tests import entries, factories
from tests.services.test_mall import DURING, OPENS, merchant, run_event

__all__ = ["merchant"]


def evaluation(session: Session, entry: Project, status: str = "in_progress") -> Case:
    by = factories.user(session, "applicant")
    return factories.case(
        session, by, status=status, procedure="tracking_evaluation", project_id=entry.id, stage="suspension"
    )


@pytest.fixture
def entry(session: Session) -> Project:
    return entries.published(
        session, next(factories.NUMBERS), factories.user(session, "applicant"), "scenario"
    )


@pytest.mark.rule("G29")
def test_entry_goes_on_when_the_evaluation_that_suspended_it_is_ended(
    session: Session, entry: Project
) -> None:
    case = evaluation(session, entry)
    entry_states.suspend(session, case)
    assert entry.state == "suspended"
    cases.end(session, case, "lapsed", Event.CASE_ENDED)
    assert (entry.state, "suspension" in entry.data) == ("running", False)


@pytest.mark.rule("G29")
def test_entry_another_case_suspended_stays_suspended(session: Session, entry: Project) -> None:
    entry_states.suspend(session, evaluation(session, entry))
    cases.end(session, evaluation(session, entry), "lapsed", Event.CASE_ENDED)
    assert entry.state == "suspended"


@pytest.mark.rule("J10")
def test_event_closes_when_its_case_is_ended(session: Session, merchant) -> None:  # type: ignore[no-untyped-def]
    case, member = run_event(session, merchant)
    with clock.at(DURING):
        cases.end(session, case, "lapsed", Event.CASE_ENDED)
    assert (member.state, member.exited_at) == ("exited", DURING)
    assert mall.may_redeem(session, member, OPENS, 1) is not None
