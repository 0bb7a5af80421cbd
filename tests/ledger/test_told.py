"""Whoever has something to answer in the ledger is told, and so is whoever waited for the answer."""

import pytest
from sqlmodel import Session, col, select

from models.tables import Notification
from services import rewards, trading
from services.access import Actor
from services.clock import SHANGHAI
from tests.ledger.test_trading import TONNE, Market, citizen, shop


def _told(session: Session, who: Actor) -> list[str]:
    rows = select(Notification.text_zh).where(Notification.user_id == who.user_id)
    return list(session.exec(rows.order_by(col(Notification.id))))


@pytest.fixture
def market(session: Session) -> Market:
    return Market(session)


@pytest.mark.rule("M08")
def test_other_side_of_a_transfer_is_told_once_and_the_seller_of_the_outcome(
    session: Session, market: Market
) -> None:
    row = market.offer("transfer", 3_123_456)
    market.offer("transfer", 3_123_456)
    (asked,) = _told(session, market.buyer.actor)
    assert (row.number in asked, "3.123456 吨" in asked, str(row.expires_at.year) in asked) == (True,) * 3
    (english,) = session.exec(select(Notification.text_en).where(Notification.text_zh == asked))
    end = row.expires_at.astimezone(SHANGHAI)
    assert f"{end.day} {end:%b} {end.year}" in english
    assert f"{end.year}年{end.month}月{end.day}日" in asked
    trading.accept(session, market.buyer.actor, row.number, key="a")
    assert _told(session, market.seller.actor) == [f"划转 {row.number}：已完成。"]
    assert _told(session, market.exchange) == []


@pytest.mark.rule("M08")
def test_exchange_is_told_of_an_agreement_that_waits_for_it(session: Session, market: Market) -> None:
    market.money(20_000)
    row = market.offer("agreement", 3 * TONNE)
    trading.accept(session, market.buyer.actor, row.number, key="a")
    assert _told(session, market.exchange) == [f"协议转让 {row.number} 双方已确认，请核验交割。"]


@pytest.mark.rule("J02")
def test_merchant_is_told_of_an_order_and_the_buyer_of_its_end(session: Session) -> None:
    keeper, good = shop(session, 5)
    account, who = citizen(session, 700)
    one, two = (rewards.order(session, who, key=k, account=account, what=good) for k in "12")
    assert [one.number in _told(session, keeper)[0], two.number in _told(session, keeper)[1]] == [True, True]
    rewards.fulfil(session, keeper, one.number)
    rewards.refund(session, keeper, two.number)
    assert ["已兑付" in _told(session, who)[0], "积分已退回" in _told(session, who)[1]] == [True, True]
