"""Lists of the market: what one has offered or was offered, what is listed, what waits for the exchange (M08)."""

from sqlalchemy import case, literal, tuple_
from sqlmodel import Session, col, or_, select

from models.tables import Offer
from models.vocabulary.trades import LIVE
from services import clock


def place_of_mine(row: Offer) -> tuple[int, int]:
    """Where an offer stands among one's own: what waits for an answer first, then the newest."""
    return int(row.state in LIVE), row.id or 0


def mine(
    session: Session, accounts: list[int], limit: int = 50, after: tuple[int, int] | None = None
) -> list[Offer]:
    """Offers of the accounts, those that wait for an answer first, then the newest.

    Args:
        after: `place_of_mine` of the last one before.
    """
    query = select(Offer).where(or_(col(Offer.seller_id).in_(accounts), col(Offer.buyer_id).in_(accounts)))
    waits, number = case((col(Offer.state).in_(LIVE), 1), else_=0), col(Offer.id)
    if after is not None:
        query = query.where(tuple_(waits, number) < tuple_(*map(literal, after)))
    return list(session.exec(query.order_by(waits.desc(), number.desc()).limit(limit)))


def place_of_listed(row: Offer) -> tuple[int, int]:
    """Where a listing stands among all: the cheapest first."""
    return row.price_fen, row.id or 0


def listed(session: Session, limit: int = 50, after: tuple[int, int] | None = None) -> list[Offer]:
    """Open listings, the cheapest first.

    Args:
        after: `place_of_listed` of the last one before.
    """
    query = select(Offer).where(
        Offer.kind == "listing", Offer.state == "open", col(Offer.expires_at) > clock.now()
    )
    if after is not None:
        query = query.where(tuple_(col(Offer.price_fen), col(Offer.id)) > tuple_(*map(literal, after)))
    return list(session.exec(query.order_by(col(Offer.price_fen), col(Offer.id)).limit(limit)))


def accepted(session: Session, limit: int = 50, after: int = 0) -> list[Offer]:
    """Agreements that wait for the exchange, the oldest first.

    Args:
        after: id of the last one before.
    """
    query = select(Offer).where(Offer.state == "accepted", col(Offer.id) > after)
    return list(session.exec(query.order_by(col(Offer.id)).limit(limit)))
