"""The ledger acted upon by programs. Every act takes an `Idempotency-Key`: asked again it answers the same."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from pydantic import Field
from sqlmodel import Session, col, select

from api import ledger_acts as acts
from api import places
from api.dependencies import Me, Reader, Writer
from api.ledger_acts import Body
from api.v1.ledger_models import DealOut, OfferList, OfferOut, Receipt
from models.tables import Act, Deal, LedgerAccount, Lot, Offer, Party
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.text import Text
from services import funds, ledger, ledger_certificates, mandates, rewards, trading
from services.access import Actor
from services.clock import SHANGHAI
from services.reading import ledger as reading
from services.reading import market

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=120,
        pattern=r"^[\x21-\x7e]+$",
        examples=["3c1f2a9e-7d3b-4f0e-9a51"],
    ),
]


def _key(me: Actor, key: str) -> str:
    """Keys of one person are no other's."""
    return f"user/{me.user_id}/{key}"


def _receipt(session: Session, act: Act) -> Receipt:
    paper = ledger_certificates.of_act(session, act)
    found = Receipt(act_id=act.id, kind=act.kind, at=act.at.astimezone(SHANGHAI))
    if paper is None:
        return found
    return found.model_copy(update={"certificate": paper.number, "code": paper.code, "facts": paper.facts})


def _offer(session: Session, row: Offer) -> OfferOut:
    (found,) = _offers(session, [row])
    return found


def _deal(deal: Deal) -> DealOut:
    return DealOut(number=deal.number, amount_g=deal.amount_g, fen=deal.fen, at=deal.at.astimezone(SHANGHAI))


@router.post("/accounts", status_code=201, summary="Open the account of my organisation or of myself")
def open_account(session: Writer, me: Me) -> dict[str, str]:
    if me.party_id is None:
        told = Text("You act for nobody who can hold an account.", "您的账号未关联可开户的单位或个人。")
        raise Invalid((Problem("", told),))
    return {"number": ledger.open_account(session, me, session.get_one(Party, me.party_id)).number}


@router.post("/accounts/{number}/cancel", summary="Cancel reductions for good, with a certificate")
def cancel(session: Writer, me: Me, number: str, body: acts.CancelIn, key: Key) -> Receipt:
    account = reading.own_account(session, me, number)
    return _receipt(session, acts.cancel(session, me, account, _key(me, key), body))


@router.post("/accounts/{number}/replace", summary="Cancel towards what a correction left owed")
def replace(session: Writer, me: Me, number: str, body: acts.ReplaceIn, key: Key) -> Receipt:
    account = reading.own_account(session, me, number)
    return _receipt(session, acts.replace(session, me, account, _key(me, key), body))


@router.post("/accounts/{number}/convert", summary="Reductions into points, gram for point")
def convert(session: Writer, me: Me, number: str, body: acts.ConvertIn, key: Key) -> Receipt:
    account = reading.own_account(session, me, number)
    return _receipt(session, acts.convert(session, me, account, _key(me, key), body))


@router.post("/accounts/{number}/donate", summary="Points to a named purpose, with a certificate")
def donate(session: Writer, me: Me, number: str, body: acts.DonateIn, key: Key) -> Receipt:
    account = reading.own_account(session, me, number)
    return _receipt(session, acts.donate(session, me, account, _key(me, key), body))


@router.post("/accounts/{number}/cancel-points", summary="Cancel points for good, with a certificate")
def cancel_points(session: Writer, me: Me, number: str, body: acts.CancelPointsIn, key: Key) -> Receipt:
    account = reading.own_account(session, me, number)
    return _receipt(session, acts.cancel_points(session, me, account, _key(me, key), body))


def _traded(session: Session, me: Actor, number: str) -> LedgerAccount:
    """One's own account, or one with a mandate for it."""
    found = next((a for a in mandates.accounts_for(session, me) if a.number == number), None)
    return found or reading.own_account(session, me, number)


@router.post("/accounts/{number}/transfers", status_code=201, summary="Offer a transfer")
def transfer(session: Writer, me: Me, number: str, body: acts.TransferIn, key: Key) -> OfferOut:
    row = acts.transfer(session, me, _traded(session, me, number), _key(me, key), body)
    return _offer(session, row)


@router.post("/accounts/{number}/agreements", status_code=201, summary="Sell by agreement")
def agreement(session: Writer, me: Me, number: str, body: acts.AgreementIn, key: Key) -> OfferOut:
    row = acts.transfer(session, me, _traded(session, me, number), _key(me, key), body)
    return _offer(session, row)


@router.post("/accounts/{number}/listings", status_code=201, summary="List for sale")
def listing(session: Writer, me: Me, number: str, body: acts.ListingIn, key: Key) -> OfferOut:
    row = acts.listing(session, me, _traded(session, me, number), _key(me, key), body)
    return _offer(session, row)


@router.get("/offers", summary="My offers and those made to me; open listings; what waits for the exchange")
def offers(
    session: Reader,
    me: Me,
    of: Annotated[
        Literal["mine", "listed", "accepted"] | None,
        Query(description="one of the lists, to be gone through page by page; without it the first of each"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=40, description="`next_cursor` of the page before")] = "",
) -> OfferList:
    """What waits for an answer first, then the newest; listings the cheapest first; agreements the oldest first."""
    mine = [a.id or 0 for a in (*reading.accounts_of(session, me), *mandates.accounts_for(session, me))]
    settles = me.is_any(*trading.SETTLERS)
    if of is None:
        found = {r.id: r for r in (*market.mine(session, mine, limit), *market.listed(session, limit))}
        found |= {r.id: r for r in market.accepted(session, limit)} if settles else {}
        return OfferList(items=_offers(session, list(found.values())))
    place = places.read(cursor)
    if of == "accepted":
        rows = market.accepted(session, limit + 1, place[1] if place else 0) if settles else []
        shown, following = places.cut(rows, limit, lambda r: (0, r.id or 0))
    elif of == "listed":
        rows = market.listed(session, limit + 1, place)
        shown, following = places.cut(rows, limit, market.place_of_listed)
    else:
        rows = market.mine(session, mine, limit + 1, place)
        shown, following = places.cut(rows, limit, market.place_of_mine)
    return OfferList(items=_offers(session, shown), next_cursor=following or None)


def _offers(session: Session, rows: list[Offer]) -> list[OfferOut]:
    """Offers on the wire; accounts and lots are read at once, not one by one."""
    sides = {i for r in rows for i in (r.seller_id, r.buyer_id) if i is not None}
    books = {r.book_id for r in rows}
    accounts = session.exec(select(LedgerAccount).where(col(LedgerAccount.id).in_(sides)))
    numbers = {a.id: a.number for a in accounts}
    lots = {lot.book_id: lot.number for lot in session.exec(select(Lot).where(col(Lot.book_id).in_(books)))}
    return [
        OfferOut(
            number=r.number, kind=r.kind, state=r.state, lot=lots[r.book_id], seller=numbers[r.seller_id],
            buyer=numbers[r.buyer_id] if r.buyer_id else None, amount_g=r.amount_g, left_g=r.left_g,
            price_fen=r.price_fen, expires_at=r.expires_at.astimezone(SHANGHAI),
        )
        for r in rows
    ]  # fmt: skip


@router.post("/offers/{number}/accept", summary="Accept what is offered to me")
def accept(session: Writer, me: Me, number: str, key: Key) -> OfferOut:
    return _offer(session, trading.accept(session, me, number, key=_key(me, key)))


@router.post("/offers/{number}/refuse", summary="Decline, or withdraw my own; what was set aside comes back")
def refuse(session: Writer, me: Me, number: str, key: Key) -> OfferOut:
    return _offer(session, trading.refuse(session, me, number, key=_key(me, key)))


@router.post("/offers/{number}/settle", summary="Settle an accepted agreement (exchange)")
def settle(session: Writer, me: Me, number: str, key: Key) -> DealOut:
    return _deal(trading.settle(session, me, number, key=_key(me, key)))


class TakeIn(Body):
    """Buy whole tonnes from a listing."""

    account: str = acts.ACCOUNT
    amount_g: int = acts.GRAMS


@router.post("/offers/{number}/take", summary="Buy from a listing: delivery against payment at once")
def take(session: Writer, me: Me, number: str, body: TakeIn, key: Key) -> DealOut:
    buyer = _traded(session, me, body.account)
    deal = trading.take(session, me, number, key=_key(me, key), buyer=buyer, amount=body.amount_g)
    return _deal(deal)


class FundIn(Body):
    """Money that came in at the bank, or was paid out."""

    fen: int = Field(gt=0, le=10**15, strict=True, examples=[100_000])
    out: bool = False
    note: str = acts.NOTE


@router.post("/accounts/{number}/funds", status_code=201, summary="Enter money (exchange)")
def fund(session: Writer, me: Me, number: str, body: FundIn, key: Key) -> dict[str, int]:
    account = reading.account_for(session, me, number)
    enter = funds.withdraw if body.out else funds.deposit
    enter(session, me, key=_key(me, key), account=account, fen=body.fen, note=body.note)
    return {"fund_fen": funds.balance(session, account.id or 0)}


class MandateIn(Body):
    """Let another organisation trade for mine."""

    agent: str = Field(
        max_length=40, description="number of the agent's account", examples=["SHJG-2026-000002"]
    )
    until: date
    limit_g: int | None = Field(default=None, gt=0, le=2**62, strict=True)


@router.post("/mandates", status_code=201, summary="Record a mandate")
def mandate(session: Writer, me: Me, body: MandateIn) -> dict[str, int]:
    agent = session.get_one(Party, acts.other_account(session, body.agent).party_id)
    try:
        until = datetime.combine(body.until, time(), SHANGHAI) + timedelta(days=1)
    except OverflowError as error:
        told = Text("Choose an earlier day.", "委托截止日期过晚，请填写较早的日期。")
        raise Invalid((Problem("until", told),)) from error
    row = mandates.grant(session, me, agent, until, body.limit_g)
    return {"id": row.id or 0}


class GoodOut(Body):
    """Something on the shelf."""

    number: str
    merchant: str
    title: str
    detail: str
    points: int
    stock: int


class GoodList(Body):
    items: list[GoodOut]
    next_cursor: str | None = None


@router.get("/goods", summary="What points are redeemed for, the newest first")
def goods(
    session: Reader,
    limit: Annotated[int, Query(ge=1, le=200)] = 60,
    cursor: Annotated[
        str | None, Query(description="`next_cursor` of the page before", pattern=r"^[0-9]{1,18}$")
    ] = None,
) -> GoodList:
    keys = {"number", "title", "detail", "points", "stock"}
    found = rewards.shelf(session, limit + 1, int(cursor) if cursor else None)
    return GoodList(
        items=[GoodOut(merchant=m, **g.model_dump(include=keys)) for g, m in found[:limit]],
        next_cursor=str(found[limit - 1][0].id) if len(found) > limit else None,
    )


class OrderIn(Body):
    """Redeem points."""

    account: str = acts.ACCOUNT
    quantity: int = Field(default=1, ge=1, le=100, strict=True)


class OrderOut(Body):
    """An order; points are set aside until the merchant hands over."""

    number: str
    state: str
    points: int
    quantity: int


@router.post("/goods/{number}/orders", status_code=201, summary="Order a good for points")
def order(session: Writer, me: Me, number: str, body: OrderIn, key: Key) -> OrderOut:
    account = reading.own_account(session, me, body.account)
    what = rewards.good(session, number)
    row = rewards.order(session, me, key=_key(me, key), account=account, what=what, quantity=body.quantity)
    return OrderOut(number=row.number, state=row.state, points=row.points, quantity=row.quantity)
