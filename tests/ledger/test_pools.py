"""Points of several people in the same instant: they wait for each other, and nobody is refused for it (J01, J03, J05)."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from models.tables import LedgerAccount, Lot, Party
from services import ledger, ledger_reading, ledger_upkeep, points, rewards
from services import session as sessions
from services.access import Actor
from services.ledger_posting import Order, post
from tests import factories
from tests.ledger.test_points import Citizen
from tests.ledger.test_trading import shop

TONNE = 1_000_000
_BLOCKED = text("""select count(*) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and state = 'active'""")
_MINT = text("select 1 from ledger.balance where kind = 'mint' for no key update")
_TRAIL = text("select pg_advisory_xact_lock(hashtext('puhui_audit_system'))")


class Crew:
    """Acts in transactions of their own, each begun when those before it wait for a lock."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.results: list[Any] = []

    def begin(self, act: Callable[[Session], Any]) -> None:
        place = len(self.results)
        self.results.append(None)

        def run() -> None:
            try:
                with sessions.transaction() as session:
                    self.results[place] = act(session)
            except Exception as refused:
                self.results[place] = refused

        thread = threading.Thread(target=run)
        self.threads.append(thread)
        thread.start()
        until = time.monotonic() + 5
        while thread.is_alive() and self._blocked() < len(self.threads) and time.monotonic() < until:
            time.sleep(0.01)

    @staticmethod
    def _blocked() -> int:
        with sessions.reading() as session:
            return int(session.execute(_BLOCKED).scalar_one())

    def end(self) -> list[Any]:
        for thread in self.threads:
            thread.join(20)
        return self.results


def merchant(session: Session, have: int, method_class: str = "II") -> LedgerAccount:
    """A merchant with points of a lot of their own."""
    shop_keeper = factories.actor(session, "merchant")
    account = ledger.open_account(session, None, session.get_one(Party, shop_keeper.party_id))
    given(session, account, have, method_class)
    return account


def given(session: Session, account: LedgerAccount, have: int, method_class: str = "II") -> Lot:
    citizen = Citizen(session, have, method_class)
    citizen.convert(have)
    good = points.between(
        session, points.split(session, citizen.account, have), citizen.account, account.id or 0
    )
    post(session, Order(f"give/{citizen.lot.number}", "redeem", {"n": have}), good)
    return citizen.lot


def ordered(session: Session, price: int) -> tuple[Actor, str, LedgerAccount]:
    """An order waiting for its merchant: who that is, its number, the merchant's account."""
    keeper, good = shop(session, 1, price=price)
    buyer = Citizen(session, price)
    buyer.convert(price)
    row = rewards.order(session, buyer.actor, key=f"o/{good.number}", account=buyer.account, what=good)
    return keeper, row.number, rewards._account_of(session, good)


def total(account: LedgerAccount) -> int:
    with sessions.reading() as session:
        assert ledger_reading.audit(session) == []
        return points.balance(session, account).total


@pytest.mark.rule("J05")
def test_hand_over_that_meets_the_keeper_of_the_ledger_buying_back_is_not_refused(database: str) -> None:
    with sessions.transaction() as session:
        keeper, number, account = ordered(session, 900_000)
        given(session, account, 1_200_000)
        assert account.id in {a.id for a in ledger_upkeep.to_buy_back(session)}
    crew = Crew()
    with sessions.transaction() as trail:
        trail.execute(_TRAIL)  # the hand-over waits with the merchant's points in its hand
        crew.begin(lambda s: rewards.fulfil(s, keeper, number).state)
        crew.begin(lambda s: points.buy_back(s, account))
    handed, bought = crew.end()
    assert handed == "fulfilled"
    assert bought is None
    assert total(account) == 100_000
    with sessions.reading() as session:
        assert account.id not in {a.id for a in ledger_upkeep.to_buy_back(session)}


@pytest.mark.rule("J05")
def test_second_merchant_is_bought_back_from_the_next_pool(database: str) -> None:
    """Both meant the oldest pool; what the first has taken is not there any more, the rest is."""
    with sessions.transaction() as session:
        first, second = merchant(session, TONNE), merchant(session, TONNE)
    crew = Crew()
    with sessions.transaction() as session:
        assert points.buy_back(session, first) is not None
        crew.begin(lambda s: points.buy_back(s, second))
    (bought,) = crew.end()
    assert bought.kind == "buy_back"
    assert (total(first), total(second)) == (0, 0)


@pytest.mark.rule("J03")
def test_points_are_cancelled_though_somebody_took_the_oldest_grams_just_before(database: str) -> None:
    with sessions.transaction() as session:
        one, other = Citizen(session, 500), Citizen(session, 500)
        one.convert(500)
        other.convert(500)
    crew = Crew()
    with sessions.transaction() as session:
        points.cancel(session, one.actor, key="one/cancel", account=one.account, amount=500)
        crew.begin(
            lambda s: (
                points.cancel(s, other.actor, key="other/cancel", account=other.account, amount=500).kind
            )
        )
    assert crew.end() == ["cancel"]
    assert (total(one.account), total(other.account)) == (0, 0)


@pytest.mark.rule("J01")
def test_converting_and_cancelling_never_wait_for_each_other_in_a_circle(database: str) -> None:
    with sessions.transaction() as session:
        citizen = Citizen(session, 900, "I")
        citizen.convert(400)
    account, who = citizen.account, citizen.actor
    crew = Crew()
    with sessions.transaction() as session:
        session.execute(_MINT)
        crew.begin(lambda s: points.cancel(s, who, key="circle/1", account=account, amount=100).kind)
        crew.begin(
            lambda s: points.convert(s, who, key="circle/2", account=account, lot=citizen.lot, amount=50).kind
        )
    assert crew.end() == ["cancel", "convert"]
    assert total(account) == 350


@pytest.mark.rule("J05")
def test_hand_over_that_buys_back_waits_for_a_conversion_and_not_in_a_circle(database: str) -> None:
    with sessions.transaction() as session:
        keeper, number, account = ordered(session, TONNE)
        citizen = Citizen(session, 900)
    crew = Crew()
    with sessions.transaction() as trail:
        trail.execute(_TRAIL)
        crew.begin(lambda s: rewards.fulfil(s, keeper, number).state)
        crew.begin(
            lambda s: (
                points.convert(
                    s, citizen.actor, key="meets/c", account=citizen.account, lot=citizen.lot, amount=50
                ).kind
            )
        )
    assert crew.end() == ["fulfilled", "convert"]
    assert total(account) == 0
