"""Transfers, agreements, listings: set aside, answered, delivered against payment, or given back."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from models.tables import Act, LedgerAccount, Lot, Transfer
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound
from runtime import ledger_storm
from services import (
    clock,
    funds,
    ledger,
    ledger_posting,
    ledger_reading,
    ledger_upkeep,
    mandates,
    rewards,
    trading,
)
from services import session as sessions
from services.access import Actor
from services.ledger_posting import holder
from tests import factories

TONNE = 1_000_000


class Side:
    """An organisation with an account and a person who acts for it."""

    def __init__(self, session: Session) -> None:
        self.party = factories.party(session, account_no=None)
        self.account = ledger.open_account(session, None, self.party)
        self.actor: Actor = factories.actor(session, "applicant", party=self.party)


class Market:
    """A seller with ten tonnes, a buyer with money, the exchange."""

    def __init__(self, session: Session) -> None:
        self.session = session
        ground = ledger_storm.lay(session, 1, grams=10 * TONNE)
        self.lot: Lot = ground.lot
        self.seller, self.buyer = Side(session), Side(session)
        self.exchange: Actor = factories.actor(session, "exchange")
        ledger.transfer(
            session, None, key=f"{ground.key}/s", lot=self.lot, source=ground.accounts[0],
            target=self.seller.account, amount=10 * TONNE,
        )  # fmt: skip

    def money(self, fen: int) -> None:
        key = f"in/{self.buyer.account.number}"
        funds.deposit(self.session, self.exchange, key=key, account=self.buyer.account, fen=fen)

    def offer(self, kind: str, amount: int, key: str = "o", **more: Any) -> Any:
        ends = {} if kind == "listing" else {"target": self.buyer.account}
        price = 0 if kind == "transfer" else 6000
        wanted = {"actor": self.seller.actor, "price_fen": price} | more
        return trading.offer(
            self.session, wanted.pop("actor"), key=f"{self.lot.number}/{key}", kind=kind, lot=self.lot,
            source=self.seller.account, amount=amount, **ends, **wanted,
        )  # fmt: skip

    def has(self, side: Side) -> tuple[int, int]:
        held = ledger_reading.holdings(self.session, side.account)
        return (held[0].posted_g, held[0].frozen_g) if held else (0, 0)

    @property
    def cash(self) -> tuple[int, int]:
        a, b = (funds.balance(self.session, s.account.id or 0) for s in (self.seller, self.buyer))
        return a, b


@pytest.fixture
def market(session: Session) -> Market:
    return Market(session)


@pytest.mark.rule("M11")
def test_transfer_is_set_aside_then_accepted_then_posted(session: Session, market: Market) -> None:
    row = market.offer("transfer", 5)
    assert market.offer("transfer", 5).number == row.number
    assert market.has(market.seller) == (10 * TONNE, 5)
    with pytest.raises(NotFound):
        trading.accept(session, factories.actor(session, "applicant"), row.number, key="x")
    with pytest.raises(NotAllowed):
        trading.accept(session, market.seller.actor, row.number, key="x")
    for _ in range(2):
        assert trading.accept(session, market.buyer.actor, row.number, key="a").state == "settled"
    assert (market.has(market.seller), market.has(market.buyer)) == ((10 * TONNE - 5, 0), (5, 0))
    with pytest.raises(Conflict, match="Settled"):
        trading.refuse(session, market.seller.actor, row.number, key="w")
    assert ledger_reading.audit(session) == []


@pytest.mark.parametrize(("who", "state"), [("seller", "withdrawn"), ("buyer", "rejected")])
def test_refused_transfer_comes_back(session: Session, market: Market, who: str, state: str) -> None:
    row = market.offer("transfer", 5)
    side = getattr(market, who)
    assert trading.refuse(session, side.actor, row.number, key="r").state == state
    assert market.has(market.seller) == (10 * TONNE, 0)
    with pytest.raises(Conflict):
        trading.accept(session, market.buyer.actor, row.number, key="late")


def test_unanswered_transfer_comes_back_by_itself(session: Session, market: Market) -> None:
    row = market.offer("transfer", 5)
    with clock.at(clock.now() + timedelta(days=11)):
        with pytest.raises(Conflict, match="Expired"):
            trading.accept(session, market.buyer.actor, row.number, key="late")
        assert (trading.expire(session), trading.expire(session)) == (1, 0)
    assert (row.state, market.has(market.seller)) == ("expired", (10 * TONNE, 0))


@pytest.mark.rule("M08")
def test_agreement_is_settled_by_the_exchange_against_payment(session: Session, market: Market) -> None:
    market.money(20_000)
    row = market.offer("agreement", 3 * TONNE)
    trading.accept(session, market.buyer.actor, row.number, key="a")
    with pytest.raises(NotAllowed):
        trading.settle(session, market.buyer.actor, row.number, key="s")
    deals = {trading.settle(session, market.exchange, row.number, key="s").number for _ in range(2)}
    assert len(deals) == 1
    assert (market.has(market.buyer), market.cash) == ((3 * TONNE, 0), (18_000, 2_000))


@pytest.mark.rule("M08")
def test_listing_is_filled_in_parts_and_the_rest_stays_set_aside(session: Session, market: Market) -> None:
    market.money(100_000)
    row = market.offer("listing", 8 * TONNE)
    for _ in range(2):
        trading.take(
            session, market.buyer.actor, row.number, key="1", buyer=market.buyer.account, amount=3 * TONNE
        )
    assert (row.left_g, row.state) == (5 * TONNE, "open")
    assert market.has(market.seller) == (7 * TONNE, 5 * TONNE)
    with pytest.raises(Conflict, match="5 t are left"):
        trading.take(
            session, market.buyer.actor, row.number, key="2", buyer=market.buyer.account, amount=6 * TONNE
        )
    trading.take(
        session, market.buyer.actor, row.number, key="3", buyer=market.buyer.account, amount=5 * TONNE
    )
    assert (row.left_g, row.state) == (0, "settled")
    assert (market.has(market.buyer), market.cash) == ((8 * TONNE, 0), (48_000, 52_000))
    assert ledger_reading.audit(session) == []


def buy(session: Session, market: Market, kind: str, number: str) -> None:
    """A tonne, by either way."""
    if kind == "listing":
        trading.take(session, market.buyer.actor, number, key="t", buyer=market.buyer.account, amount=TONNE)
        return
    trading.accept(session, market.buyer.actor, number, key="a")
    trading.settle(session, market.exchange, number, key="s")


@pytest.mark.rule("M08")
@pytest.mark.parametrize("kind", ["agreement", "listing"])
def test_without_the_money_there_is_no_delivery(session: Session, market: Market, kind: str) -> None:
    market.money(5_999)
    row = market.offer(kind, TONNE)
    with pytest.raises(Conflict, match="money"), session.begin_nested():
        buy(session, market, kind, row.number)
    session.expire_all()
    assert (market.has(market.seller), market.has(market.buyer)) == ((10 * TONNE, TONNE), (0, 0))
    assert market.cash == (0, 5_999)


@pytest.mark.rule("M08")
@pytest.mark.parametrize(
    "breaks", ["services.funds.pay", "services.ledger_posting.enter", "services.numbering.next_number"]
)
def test_trade_that_breaks_anywhere_leaves_no_half(
    session: Session, market: Market, breaks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.money(20_000)
    row = market.offer("listing", 2 * TONNE)

    def stop(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the power goes")

    with monkeypatch.context() as patch:
        patch.setattr(breaks, stop)
        with pytest.raises(RuntimeError), session.begin_nested():
            trading.take(
                session, market.buyer.actor, row.number, key="t", buyer=market.buyer.account, amount=TONNE
            )
    session.expire_all()
    assert (market.has(market.seller), market.has(market.buyer)) == ((10 * TONNE, 2 * TONNE), (0, 0))
    assert market.cash == (0, 20_000)
    trading.take(session, market.buyer.actor, row.number, key="t", buyer=market.buyer.account, amount=TONNE)
    assert market.cash == (6_000, 14_000)


@pytest.mark.rule("M08")
def test_agent_trades_within_its_mandate_and_no_further(session: Session, market: Market) -> None:
    agent = Side(session)
    with pytest.raises(NotAllowed):
        market.offer("listing", TONNE, actor=agent.actor)
    day = clock.now() + timedelta(days=30)
    mandate = mandates.grant(session, market.seller.actor, agent.party, day, limit_g=2 * TONNE)
    assert [a.id for a in mandates.accounts_for(session, agent.actor)] == [market.seller.account.id]
    assert market.offer("listing", 2 * TONNE, actor=agent.actor).mandate_id == mandate.id
    with pytest.raises(Conflict, match="covers 2 t"):
        market.offer("listing", 3 * TONNE, "p", actor=agent.actor)
    with pytest.raises(NotFound):
        mandates.revoke(session, market.buyer.actor, mandate.id or 0)
    mandates.revoke(session, market.seller.actor, mandate.id or 0)
    with pytest.raises(NotAllowed):
        market.offer("listing", TONNE, "q", actor=agent.actor)


@pytest.mark.parametrize(
    ("kind", "amount", "more"),
    [
        ("agreement", TONNE + 1, {}),
        ("agreement", TONNE, {"price_fen": 0}),
        ("transfer", 1, {"price_fen": 5}),
        ("gift", 1, {"price_fen": 0}),
    ],
)
def test_odd_offers_are_refused_in_words(
    session: Session, market: Market, kind: str, amount: int, more: Any
) -> None:
    with pytest.raises(Invalid):
        market.offer(kind, amount, **more)


def test_listed_grams_are_not_spent_elsewhere(session: Session, market: Market) -> None:
    market.offer("listing", 10 * TONNE)
    with pytest.raises(Conflict):
        market.offer("transfer", 1, "second")


def test_money_is_entered_by_the_exchange_once_a_key(session: Session, market: Market) -> None:
    with pytest.raises(NotAllowed):
        funds.deposit(session, market.buyer.actor, key="k", account=market.buyer.account, fen=1)
    for _ in range(2):
        funds.deposit(session, market.exchange, key="k", account=market.buyer.account, fen=100)
    with pytest.raises(Conflict):
        funds.deposit(session, market.exchange, key="k", account=market.buyer.account, fen=101)
    with pytest.raises(Conflict):
        funds.withdraw(session, market.exchange, key="w", account=market.buyer.account, fen=101)
    funds.withdraw(session, market.exchange, key="w", account=market.buyer.account, fen=60)
    assert market.cash == (0, 40)


def shop(session: Session, stock: int, price: int = 300) -> tuple[Any, Any]:
    """A merchant's good, and what gives a person points to pay with."""
    keeper = factories.actor(session, "merchant", party=factories.party(session, account_no=None))
    return keeper, rewards.add_good(session, keeper, "环保购物袋", price, stock, key=f"add/{keeper.user_id}")


def citizen(session: Session, have: int) -> tuple[LedgerAccount, Actor]:
    from tests.ledger.test_points import Citizen

    made = Citizen(session, max(have, 1))
    if have:
        made.convert(have)
    return made.account, made.actor


@pytest.mark.rule("J02")
def test_ordered_good_leaves_the_shelf_and_points_arrive_on_delivery(session: Session) -> None:
    from services import points

    keeper, good = shop(session, 2)
    account, who = citizen(session, 700)
    row = rewards.order(session, who, key="1", account=account, what=good, quantity=2)
    assert rewards.order(session, who, key="1", account=account, what=good, quantity=2).id == row.id
    session.refresh(good)
    assert (good.stock, points.balance(session, account).available) == (0, 100)
    with pytest.raises(NotFound):
        rewards.fulfil(session, who, row.number)
    rewards.fulfil(session, keeper, row.number)
    shop_account = session.get_one(LedgerAccount, rewards._account_of(session, good).id)
    assert points.balance(session, shop_account).total == 600
    with pytest.raises(Conflict):
        rewards.refund(session, who, row.number)
    assert ledger_reading.audit(session) == []


@pytest.mark.rule("J02")
def test_undelivered_good_comes_back_with_the_points(session: Session) -> None:
    from services import points

    _, good = shop(session, 1)
    account, who = citizen(session, 300)
    rewards.order(session, who, key="1", account=account, what=good)
    with pytest.raises(Conflict, match="Sold out"):
        rewards.order(session, who, key="2", account=account, what=good)
    with clock.at(clock.now() + timedelta(days=16)):
        assert (rewards.expire(session), rewards.expire(session)) == (1, 0)
    session.refresh(good)
    assert (good.stock, points.balance(session, account).available) == (1, 300)


@pytest.mark.rule("J05")
def test_merchant_points_turn_into_tonnes_by_themselves(session: Session) -> None:
    keeper, good = shop(session, 1, price=1_200_000)
    account, who = citizen(session, 1_200_000)
    rewards.fulfil(session, keeper, rewards.order(session, who, key="1", account=account, what=good).number)
    (held,) = ledger_reading.holdings(session, rewards._account_of(session, good))
    assert held.available_g == TONNE


@pytest.mark.rule("J02")
def test_two_people_never_get_the_last_one(database: str) -> None:
    with sessions.transaction() as session:
        _, good = shop(session, 1)
        people = [citizen(session, 300) for _ in range(6)]
    got: list[str] = []
    gate = threading.Barrier(len(people))

    def want(n: int) -> None:
        account, who = people[n]
        gate.wait()
        try:
            with sessions.transaction() as mine:
                rewards.order(
                    mine, who, key=f"last-{n}", account=account, what=rewards.good(mine, good.number)
                )
            got.append("yes")
        except Conflict:
            got.append("no")

    crew = [threading.Thread(target=want, args=(n,)) for n in range(len(people))]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert sorted(got) == ["no"] * 5 + ["yes"]
    with sessions.reading() as session:
        assert rewards.good(session, good.number).stock == 0
        assert ledger_reading.audit(session) == []


@pytest.mark.rule("J02")
def test_order_sent_twice_in_the_same_instant_is_one_order(database: str) -> None:
    with sessions.transaction() as session:
        _, good = shop(session, 5)
        account, who = citizen(session, 900)
    got: list[str] = []
    gate = threading.Barrier(4)

    def want() -> None:
        gate.wait()
        with sessions.transaction() as mine:
            what = rewards.good(mine, good.number)
            got.append(rewards.order(mine, who, key="twice", account=account, what=what).number)

    crew = [threading.Thread(target=want) for _ in range(4)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert (len(got), len(set(got))) == (4, 1)
    with sessions.reading() as session:
        assert rewards.good(session, good.number).stock == 4


def test_position_of_a_buyer_is_opened_once(session: Session, market: Market) -> None:
    first = holder(session, market.lot.book_id, market.buyer.account.id or 0)
    assert holder(session, market.lot.book_id, market.buyer.account.id or 0) == first


def test_upkeep_gives_back_and_buys_back_whoever_comes_first(session: Session, market: Market) -> None:
    row = market.offer("transfer", 5)
    _, good = shop(session, 1)
    account, who = citizen(session, 300)
    order = rewards.order(session, who, key="1", account=account, what=good)
    frozen = session.get_one(
        Transfer, ledger_posting.legs_of(session, session.get_one(Act, row.hold_act))[0].id
    )
    ledger_posting.post(
        session, ledger_posting.Order("first", "release", {}),
        [ledger_posting.Leg("void", frozen.book_id, frozen.from_id, frozen.to_id, 5, pending_id=frozen.id)],
    )  # fmt: skip
    with clock.at(clock.now() + timedelta(days=16)):
        done = {what: (step(session, 1), step(session, 1)) for what, step in ledger_upkeep.STEPS.items()}
    assert (done["offers"], done["orders"], row.state, order.state) == ((1, 0), (1, 0), "expired", "refunded")
    assert ledger_upkeep.unfinished_runs(session) == []
