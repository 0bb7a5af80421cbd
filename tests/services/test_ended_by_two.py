"""What an evaluation or an event had begun does not go on when two persons end its case; what is public stays (G29, J10)."""

from datetime import date
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from models.tables import AuditEvent, Case, IssuanceRow, Notice, Outbox, Project
from models.vocabulary.events import Event
from services import cases, clock, disagreements, entry_states, mall, notices, operator_acts
from services.operator_acts import Order
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


def end_by_two(session: Session, case: Case) -> str:
    """Proposed by one, confirmed by the other; what the case reads afterwards, and what its course is told."""
    chief, second = factories.actor(session, "supervisor"), factories.actor(session, "supervisor")
    act = operator_acts.ask(session, chief, Order("end", "申请主体失联，其余环节无法办理", case.case_no))
    operator_acts.confirm(session, second, act.id or 0, True)
    told = session.exec(select(Outbox).where(Outbox.case_id == case.id)).all()[-1]
    assert (told.signal, told.payload["result"]) == ("case_ended", case.status)
    return case.status


def ended(session: Session, case: Case) -> AuditEvent:
    return session.exec(
        select(AuditEvent).where(AuditEvent.case_id == case.id, AuditEvent.event == "case.ended")
    ).one()


@pytest.mark.rule("G15")
@pytest.mark.parametrize(("kind", "stage"), [("project", "quantity_review"), ("scenario", "connection")])
def test_published_entry_stays_published_when_the_rest_of_its_course_is_ended(
    session: Session, kind: str, stage: str
) -> None:
    holder = factories.user(session, "applicant")
    entry = entries.published(session, next(factories.NUMBERS), holder, kind)
    case = session.get_one(Case, entry.case_id)
    case.procedure, case.status, case.stage, case.ended_at = f"{kind}_application", "in_progress", stage, None
    before = entry.state
    session.flush()
    assert end_by_two(session, case) == "published"
    assert entry.state == before
    assert "已公布" in ended(session, case).data["text"]["zh"]
    assert case.id not in [trouble.case_id for trouble in disagreements.found(session)]


@pytest.mark.rule("G15")
def test_entry_in_the_register_stays_published_while_its_notice_is_being_made(session: Session) -> None:
    entry = entries.published(session, next(factories.NUMBERS), factories.user(session, "applicant"))
    case = session.get_one(Case, entry.case_id)
    case.status, case.stage, case.ended_at = "in_progress", "publication", None
    session.flush()
    assert end_by_two(session, case) == "published"


@pytest.mark.rule("M06")
def test_case_whose_reductions_are_in_the_ledger_reads_issued(session: Session, entry: Project) -> None:
    by = factories.user(session, "applicant")
    case = factories.case(session, by, status="in_progress", procedure="issuance", project_id=entry.id)
    session.add(
        IssuanceRow(
            case_id=case.id, project_id=entry.id or 0, period_from=date(2025, 1, 1), period_to=date(2025, 12, 31),
            claimed_g=1, recomputed_g=1, approved_g=1, lot="L", act_id=uuid4(), state="issued",
            at=clock.now(), ended_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()
    assert end_by_two(session, case) == "issued"


@pytest.mark.rule("J10")
def test_event_that_was_open_reads_closed(session: Session, merchant) -> None:  # type: ignore[no-untyped-def]
    case, member = run_event(session, merchant)
    with clock.at(DURING):
        assert end_by_two(session, case) == "closed"
    assert (member.state, member.exited_at) == ("exited", DURING)


def test_case_that_came_to_nothing_reads_lapsed(session: Session) -> None:
    case = factories.case(session, factories.user(session, "applicant"), status="in_progress")
    assert end_by_two(session, case) == "lapsed"
    assert "text" not in ended(session, case).data


def test_publicity_of_a_case_that_two_persons_end_does_not_say_that_a_limit_was_missed(
    session: Session,
) -> None:
    """No limit of the applicant runs while a notice is open: whoever ends the case then is the office."""
    case = factories.case(session, factories.user(session, "applicant"), status="in_progress")
    notice = Notice(case_id=case.id, round=1, procedure=case.procedure, title="公示", opened_at=clock.now())
    session.add(notice)
    session.flush()
    end_by_two(session, case)
    assert (notice.state, notices.result_words(notice).zh) == ("withdrawn", "办理程序已终止")
