"""A month of a scenario is issued once for each record, wherever the run is stopped."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from models.tables import (
    Consent,
    DataBatch,
    LedgerAccount,
    Lot,
    Party,
    Project,
    ScenarioIssued,
    ScenarioRecord,
    ScenarioRun,
)
from models.vocabulary.amounts import CancelPurpose
from models.vocabulary.errors import Conflict, NotAllowed
from runtime import ledger_storm
from services import clock, ledger, ledger_reading, points, scenario_issuance
from services.session import reading, transaction
from tests import factories

MONTH = date(2026, 3, 1)
NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
AFTER = datetime(2026, 4, 2, tzinfo=UTC)


class Ride:
    """A running scenario with records of a few persons."""

    def __init__(self, session: Session) -> None:
        mark = uuid4().hex[:10]
        self.approvers = ledger_storm.people(session, mark)
        self.project: Project
        self.project, _ = ledger_storm.published(
            session, mark, self.approvers[0], kind="scenario", method_class="II", state="running"
        )
        self.batch = DataBatch(
            project_id=self.project.id or 0, key=mark, channel="api", subject="records", sha256="x"
        )
        session.add(self.batch)
        session.flush()

    def person(self, session: Session, known: bool = True, until: datetime | None = None) -> Consent:
        party = factories.party(session, kind="person", name="赵一", account_no=None)
        row = Consent(
            project_id=self.project.id or 0, user_sha256=uuid4().hex, party_id=party.id if known else None,
            platform="示例出行", operator="示例公司", version="1", withdraw_how="应用内", withdrawn_at=until,
            granted_at=NOON - timedelta(days=60),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row

    def record(
        self, session: Session, consent: Consent, grams: int | None, at: datetime = NOON
    ) -> ScenarioRecord:
        row = ScenarioRecord(
            project_id=self.project.id or 0, record_no=uuid4().hex, user_sha256=consent.user_sha256,
            consent_id=consent.id or 0, at=at, fingerprint=uuid4().hex, grams=grams, batch_id=self.batch.id,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row

    def begin(self, session: Session) -> int:
        with clock.at(AFTER):
            return scenario_issuance.begin(session, None, self.project, MONTH, self.approvers).id or 0


def has(session: Session, consent: Consent) -> int:
    account = session.exec(select(LedgerAccount).where(LedgerAccount.party_id == consent.party_id)).first()
    return points.balance(session, account).total if account else 0


@pytest.mark.rule("G28", "J01")
def test_grams_of_a_month_become_points_of_those_who_consented(session: Session) -> None:
    ride = Ride(session)
    one, two = ride.person(session), ride.person(session)
    withdrawn = ride.person(session, until=NOON - timedelta(days=1))
    unknown = ride.person(session, known=False)
    for who, grams in (
        (one, 300),
        (one, 45),
        (two, 7),
        (withdrawn, 1000),
        (unknown, 1000),
        (two, None),
        (two, 0),
    ):
        ride.record(session, who, grams)
    ride.record(session, one, 5, NOON + timedelta(days=40))  # of another month
    run = ride.begin(session)
    while scenario_issuance.advance(session, run):
        pass
    assert [has(session, c) for c in (one, two, withdrawn)] == [345, 7, 0]
    assert not scenario_issuance.advance(session, run)
    assert ride.begin(session) == run
    assert ledger_reading.audit(session) == []


@pytest.mark.rule("G28")
def test_months_follow_each_other_under_one_case(session: Session) -> None:
    ride = Ride(session)
    one = ride.person(session)
    ride.record(session, one, 10)
    ride.record(session, one, 20, NOON + timedelta(days=31))
    for month in (MONTH, date(2026, 4, 1)):
        with clock.at(AFTER + timedelta(days=40)):
            run = scenario_issuance.begin(session, None, ride.project, month, ride.approvers).id or 0
        while scenario_issuance.advance(session, run):
            pass
    assert has(session, one) == 30


def test_month_that_is_not_over_and_scenario_that_does_not_run_are_refused(session: Session) -> None:
    ride = Ride(session)
    with pytest.raises(Conflict, match="not over"), clock.at(NOON):
        scenario_issuance.begin(session, None, ride.project, MONTH, ride.approvers)
    with pytest.raises(NotAllowed), clock.at(AFTER):
        scenario_issuance.begin(
            session, factories.actor(session, "officer"), ride.project, MONTH, ride.approvers
        )
    ride.project.state = "suspended"
    with pytest.raises(Conflict, match="running"):
        ride.begin(session)


def test_month_without_records_ends_empty(session: Session) -> None:
    run = Ride(session).begin(session)
    assert not scenario_issuance.advance(session, run)


class PowerCut(BaseException):
    """Like a kill: nobody handles it."""


@pytest.mark.rule("G28")
def test_run_killed_after_every_statement_and_started_again_issues_each_record_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenario_issuance, "RECORDS", 3)
    monkeypatch.setattr(scenario_issuance, "PERSONS", 2)
    with transaction() as session:
        ride = Ride(session)
        people = [ride.person(session) for _ in range(5)]
        for n in range(11):
            ride.record(session, people[n % 5], 100 + n)
        run = ride.begin(session)
    kills = 0
    for turn in range(200):
        more, killed = _step_with_a_kill(run, turn)
        kills += killed
        if not more:
            break
    assert kills > 5
    with reading() as session:
        assert sum(has(session, c) for c in people) == sum(100 + n for n in range(11))
        assert len(session.exec(select(ScenarioIssued)).all()) == 11
        assert ledger_reading.audit(session) == []
        assert session.exec(select(Party).where(Party.id == people[0].party_id)).one().kind == "person"


def _step_with_a_kill(run: int, turn: int) -> tuple[bool, bool]:
    """One step; on two turns of three it is killed in its midst, each time elsewhere."""
    from sqlalchemy import event

    from services import session as sessions

    left = [turn * 2 + 1 if turn % 3 else 10**9]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise PowerCut

    listener: Callable[..., None] = count
    event.listen(sessions.engine(), "before_cursor_execute", listener)
    try:
        with transaction() as session:
            return scenario_issuance.advance(session, run), False
    except PowerCut:
        return True, True
    finally:
        event.remove(sessions.engine(), "before_cursor_execute", listener)


@pytest.mark.rule("G28")
def test_person_who_was_quicker_holds_up_nobody(session: Session) -> None:
    """Between the issuance and the points somebody has cancelled some of their own grams."""
    ride = Ride(session)
    one, two = ride.person(session), ride.person(session)
    ride.record(session, one, 300)
    ride.record(session, two, 7)
    run = ride.begin(session)
    while session.get_one(ScenarioRun, run).state != "issued":
        scenario_issuance.advance(session, run)
    account = session.exec(select(LedgerAccount).where(LedgerAccount.party_id == one.party_id)).one()
    lot = session.exec(select(Lot).where(Lot.number == session.get_one(ScenarioRun, run).lot)).one()
    owner = factories.actor(session, "resident", party=session.get_one(Party, one.party_id))
    ledger.cancel(
        session, owner, key="quick", lot=lot, source=account, amount=100, purpose=CancelPurpose.VOLUNTARY
    )
    while scenario_issuance.advance(session, run):
        pass
    assert [has(session, c) for c in (one, two)] == [200, 7]
    assert ledger_reading.audit(session) == []
