"""Acts on the ledger that meet in the same instant wait for each other, and never in a circle (I11, I12)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from models.tables import Balance, LedgerAccount, Party, Position, ScenarioRun
from runtime import ledger_storm
from services import (
    clock,
    ledger,
    ledger_issuance,
    ledger_reading,
    numbering,
    points,
    purposes,
    rewards,
    scenario_issuance,
)
from services import session as sessions
from services.ledger_issuance import Issuance
from tests import factories
from tests.ledger.test_points import Citizen
from tests.ledger.test_pools import _MINT, Crew
from tests.ledger.test_scenario_issuance import AFTER, MONTH, Ride
from tests.ledger.test_trading import shop


def sound() -> None:
    with sessions.reading() as session:
        assert ledger_reading.audit(session) == []


def buyer(session: Session, have: int) -> Citizen:
    made = Citizen(session, have)
    made.convert(have)
    return made


def points_of(session: Session, account: LedgerAccount) -> int:
    """The position of an account in the points of class II."""
    query = select(Position.id).where(
        Position.account_id == account.id, Position.book_id == points.book_of(session, "II")
    )
    return session.exec(query).one() or 0


@pytest.mark.rule("J02")
def test_order_and_refund_of_the_same_good_are_both_done(database: str) -> None:
    with sessions.transaction() as session:
        _, good = shop(session, 2)
        first, second = buyer(session, 300), buyer(session, 300)
        waiting = points_of(session, second.account)
        given = rewards.order(session, first.actor, key=f"{good.number}/1", account=first.account, what=good)
    crew = Crew()
    with sessions.transaction() as session:
        session.exec(select(Balance).where(Balance.position_id == waiting).with_for_update()).one()
        crew.begin(
            lambda s: (
                rewards.order(
                    s, second.actor, key=f"{good.number}/2", account=second.account,
                    what=rewards.good(s, good.number),
                ).state
            )
        )  # fmt: skip
        crew.begin(lambda s: rewards.refund(s, first.actor, given.number).state)
    assert crew.end() == ["held", "refunded"]
    with sessions.reading() as session:
        assert rewards.good(session, good.number).stock == 1
    sound()


@pytest.mark.rule("J03", "J04")
def test_end_of_a_purpose_and_a_cancellation_are_both_done(database: str) -> None:
    with sessions.transaction() as session:
        giver, other = buyer(session, 500), buyer(session, 500)
        firm = factories.actor(session, "applicant")
        ends = clock.now() + timedelta(days=9)
        cause = purposes.found(session, firm, "示例公园碳中和用途", "event", ends, key="p")
        points.donate(
            session, giver.actor, key=f"{cause.number}/d", account=giver.account, purpose=cause, amount=200
        )
        number = cause.number
    crew = Crew()
    with sessions.transaction() as session:
        session.execute(_MINT)
        crew.begin(
            lambda s: points.cancel(s, other.actor, key=f"{number}/c", account=other.account, amount=100).kind
        )
        crew.begin(lambda s: getattr(purposes.close(s, firm, number), "kind", None))
    assert crew.end() == ["cancel", "cancel"]
    sound()


@pytest.mark.rule("G28", "J02")
def test_month_of_a_scenario_becomes_points_while_somebody_orders(database: str) -> None:
    with sessions.transaction() as session:
        ride = Ride(session)
        early, late = (ride.person(session) for _ in range(2))
        for consent in (early, late):
            ride.record(session, consent, 400)
        _, good = shop(session, 2, price=100)
        account = ledger.open_account(session, None, session.get_one(Party, late.party_id))
        who = factories.actor(session, "resident", party=session.get_one(Party, late.party_id))
        before = Citizen(session, 300)
        before.convert(300)
        points_given(session, before, account, 300)
        with clock.at(AFTER):
            run = scenario_issuance.begin(session, None, ride.project, MONTH, ride.approvers).id or 0
            while session.get_one(ScenarioRun, run).state != "issued":
                scenario_issuance.advance(session, run)
    crew = Crew()
    with sessions.transaction() as session:
        numbering.next_number(session, "redemption", clock.now())  # the order waits with points in its hand
        crew.begin(
            lambda s: (
                rewards.order(
                    s, who, key=f"{good.number}/m", account=account, what=rewards.good(s, good.number)
                ).state
            )
        )
        crew.begin(lambda s: scenario_issuance.advance(s, run))
    assert crew.end() == ["held", False]
    with sessions.reading() as session:
        assert points.balance(session, account).total == 700
    sound()


def points_given(session: Session, source: Citizen, target: LedgerAccount, amount: int) -> None:
    """Points from one to another, as a hand-over moves them."""
    from services.ledger_posting import Order, post

    legs = points.between(
        session, points.split(session, source.account, amount), source.account, target.id or 0
    )
    post(session, Order(f"give/{uuid4()}", "redeem", {}), legs)


@pytest.mark.rule("M06")
def test_two_lots_of_a_project_in_the_same_instant_get_their_numbers(database: str) -> None:
    with sessions.transaction() as session:
        mark = uuid4().hex[:10]
        approvers = ledger_storm.people(session, mark)
        project, case = ledger_storm.published(session, mark, approvers[0], state="implementing")
        (account,) = ledger_storm.holders(session, mark, 1)
        what = []
        for year in (2024, 2025):
            days = date(year, 1, 1), date(year, 12, 31)
            claim = ledger_issuance.claim(session, project, case.id, *days, slot=str(year))
            what.append(
                Issuance(
                    f"{mark}/{year}", claim.id or 0, case.id, 10, 10, b"as reviewed", approvers,
                    [(account.id or 0, 10)],
                )
            )  # fmt: skip

    def issue(session: Session, n: int) -> str:
        return ledger_issuance.lot_of_act(session, ledger_issuance.issue(session, None, what[n])).number

    crew = Crew()
    with sessions.transaction() as session:
        first = issue(session, 0)
        crew.begin(lambda s: issue(s, 1))
    assert [first, *crew.end()] == [f"{project.number}-01", f"{project.number}-02"]
    sound()
