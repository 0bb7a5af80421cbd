"""An offer asked for again is the offer that was made; whoever is suspended meanwhile neither gives nor receives."""

import pytest
from sqlmodel import Session, col, func, select

from models.tables import Offer
from models.vocabulary.errors import Conflict
from services import ledger_reading, trading
from tests.ledger.test_trading import TONNE, Market, market

__all__ = ["market"]


@pytest.mark.rule("M11")
def test_listing_asked_for_again_after_a_part_was_sold_is_the_same_listing(
    session: Session, market: Market
) -> None:
    market.money(10**9)
    row = market.offer("listing", 5 * TONNE)
    trading.take(
        session, market.buyer.actor, row.number, key="t", buyer=market.buyer.account, amount=2 * TONNE
    )
    again = market.offer("listing", 5 * TONNE)
    assert (again.number, again.left_g) == (row.number, 3 * TONNE)
    made = select(func.count()).select_from(Offer).where(col(Offer.book_id) == market.lot.book_id)
    assert session.exec(made).one() == 1
    with pytest.raises(Conflict, match="Another request"):
        market.offer("listing", 4 * TONNE)


@pytest.mark.rule("M11")
@pytest.mark.parametrize("who", ["seller", "buyer"])
@pytest.mark.parametrize("kind", ["transfer", "agreement"])
def test_what_was_offered_is_not_delivered_while_a_side_is_suspended(
    session: Session, market: Market, kind: str, who: str
) -> None:
    market.money(10**9)
    row = market.offer(kind, TONNE)
    if kind == "agreement":
        trading.accept(session, market.buyer.actor, row.number, key="a")
    side = getattr(market, who)
    side.party.account_active = False
    session.flush()
    deliver, by = (
        (trading.settle, market.exchange) if kind == "agreement" else (trading.accept, market.buyer.actor)
    )
    with pytest.raises(Conflict, match="not active"):
        deliver(session, by, row.number, key="s")  # type: ignore[operator]
    assert market.has(market.seller) == (10 * TONNE, TONNE)
    side.party.account_active = True
    session.flush()
    deliver(session, by, row.number, key="s")  # type: ignore[operator]
    assert market.has(market.buyer) == (TONNE, 0)
    assert ledger_reading.audit(session) == []
