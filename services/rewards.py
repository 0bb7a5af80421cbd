"""Goods for points 权益兑换: stock is counted by the database, so that the last one goes once (J02).

An order sets the points aside; when the merchant hands over they are the merchant's, and whole millions
among them turn into reductions by themselves (J05). When it does not, points and good come back.
"""

from typing import Any

from sqlalchemy import case, literal, text, tuple_
from sqlmodel import Session, col, func, select

from models.tables import Act, Good, LedgerAccount, Party, Redemption
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from models.vocabulary.trades import HANDED_OVER, REDEMPTION_STATES
from services import audit, clock, ledger, ledger_told, mall, mall_shelf, numbering, points, sent
from services.access import Actor
from services.alone import alone
from services.clock import SHANGHAI
from services.ledger_posting import Leg, Order, checked, legs_of, open_legs, post

LARGEST = 10**9
_TAKE = text("""
    update reward_good set stock = stock - :n where id = :id and active and stock >= :n returning stock""")
_BACK = text("update reward_good set stock = stock + :n where id = :id")


def add_good(
    session: Session, actor: Actor, title: str, price: int, stock: int, detail: str = "", *, key: str
) -> Good:
    """Put a good of the actor's own on the shelf; asked again under its key it is the same good.

    Raises:
        NotAllowed: no merchant.
        Invalid: no title, a price or stock that is no sensible number.
        Conflict: another good was added under this key.
    """
    _merchant(actor)
    asked: dict[str, Any] = {
        "title": title.strip(),
        "points": price,
        "stock": stock,
        "detail": detail.strip(),
    }
    _refuse_odd(asked["title"], price, stock)
    if (number := sent.earlier(session, key, asked)) is not None:
        return good(session, number)
    party = session.get_one(Party, actor.party_id)
    ledger.open_account(session, actor, party)
    now = clock.now()
    n = numbering.next_number(session, "good", now)
    row = Good(
        number=f"QY-{now.astimezone(SHANGHAI).year}-{n:05d}",
        merchant_id=party.id or 0,
        title=title.strip(),
        detail=detail.strip()[:500],
        points=price,
        stock=stock,
    )
    session.add(row)
    sent.keep(session, actor, key, asked, row.number)
    _told(session, actor, row.number, "added")
    return row


def _refuse_odd(title: str, price: int, stock: int) -> None:
    problems = [
        Problem(loc, Text(en, zh))
        for bad, loc, en, zh in (
            (
                not 2 <= len(title) <= 60,
                "title",
                "Name it in 2 to 60 characters.",
                "名称应为 2 至 60 个字。",
            ),
            (
                not 0 < price <= LARGEST,
                "points",
                "From 1 to 1,000,000,000.",
                "所需积分应为 1 至 1,000,000,000 的整数。",
            ),
            (
                not 0 <= stock <= LARGEST,
                "stock",
                "From 0 to 1,000,000,000.",
                "库存应为 0 至 1,000,000,000 的整数。",
            ),
        )
        if bad
    ]
    if problems:
        raise Invalid(tuple(problems))


def restock(session: Session, actor: Actor, number: str, more: int, active: bool = True, *, key: str) -> Good:
    """Add to the stock, or take a good off the shelf; it is on it only while the member behind it is open.

    Asked again under its key it adds nothing more.

    Raises:
        NotFound: no good of the actor's.
        Invalid: not from 0 to a thousand million.
        Conflict: something else was done under this key.
    """
    asked = {"good": number, "more": more, "active": active}
    if sent.earlier(session, key, asked) is not None:
        return good(session, number)
    member = mall.refuse_while_running(session, number)
    row = good(session, number, lock=True)
    if row.merchant_id != actor.party_id or not actor.is_any(Role.MERCHANT):
        raise NotFound
    if not 0 <= more <= LARGEST - row.stock:
        raise Invalid((Problem("stock", Text("Out of range.", "补货数量超出范围。")),))
    row.stock, row.active = row.stock + more, active and (member is None or member.state == "online")
    session.add(row)
    sent.keep(session, actor, key, asked, row.number)
    _told(session, actor, row.number, "restocked")
    return row


def good(session: Session, number: str, *, lock: bool = False) -> Good:
    """A good by its number. Raises NotFound."""
    query = select(Good).where(Good.number == number)
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound
    return found


def order(
    session: Session, actor: Actor, *, key: str, account: LedgerAccount, what: Good, quantity: int = 1
) -> Redemption:
    """Order a good for points: one is taken from the stock and the points are set aside, or neither.

    Raises:
        NotAllowed: not the holder of the account.
        Conflict: sold out, not enough points, the merchant is suspended or has left, or another request under this key.
        Invalid: the quantity.
    """
    points.own(actor, account)
    if type(quantity) is not int or not 0 < quantity <= 100:
        raise Invalid((Problem("quantity", Text("From 1 to 100.", "数量应为 1 至 100。")),))
    asked = Order(key, "hold", {"good": what.number, "account": account.id, "quantity": quantity}, actor.user_id,
                  reason=f"兑换 {what.title}")  # fmt: skip
    alone(session, f"redemption/{key}")  # a repetition waits for the first
    found = session.exec(select(Redemption).where(Redemption.key == key)).first()
    if found is not None:
        post(session, asked, [])  # the same request, or a Conflict
        return found
    if mall.count(session, what.number, clock.now(), quantity, had(session, account, what)) is None:
        mall_shelf.refuse_shut_out(session, what)  # a good nobody was admitted with
    if session.connection().execute(_TAKE, {"id": what.id, "n": quantity}).first() is None:
        raise Conflict(Text("Sold out.", "库存不足，该权益已兑完或剩余数量不够。"), "ledger")
    merchant = _account_of(session, what)
    if merchant.id == account.id:
        raise Conflict(Text("The good is your own.", "不能兑换本单位的权益。"), "ledger")
    ledger.active(session, account, merchant)
    needed = checked(what.points * quantity)
    now = clock.now()
    legs = points.between(
        session, points.split(session, account, needed), account, merchant.id or 0, "pending"
    )
    act = post(session, asked, [Leg(**{**leg.__dict__, "expires_at": now + HANDED_OVER}) for leg in legs])
    n = numbering.next_number(session, "redemption", now)
    row = Redemption(
        number=f"DH-{now.astimezone(SHANGHAI).year}-{n:06d}",
        key=key,
        good_id=what.id or 0,
        account_id=account.id or 0,
        quantity=quantity,
        points=needed,
        hold_act=act.id,
        expires_at=now + HANDED_OVER,
        made_by=actor.user_id,
    )
    session.add(row)
    session.flush()
    _told(session, actor, row.number, "ordered")
    ledger_told.of_order(session, row, "ordered")
    return row


def fulfil(session: Session, actor: Actor, number: str) -> Redemption:
    """The merchant has handed over: the points become its own, whole tonnes turn into reductions (J05).

    Also while it is suspended, has left, or its account is not in use: the person has paid with points, and has the good
    or the points back. A suspension ends new orders (`order`), never those that were made.

    Raises:
        NotFound: not an order of the merchant's goods.
        Conflict: over already.
    """
    row, what = _locked(session, number)
    if what.merchant_id != actor.party_id or not actor.is_any(Role.MERCHANT):
        raise NotFound
    if row.state == "fulfilled":
        return row
    _refuse_over(row)
    merchant = _account_of(session, what)
    account = session.get_one(LedgerAccount, row.account_id)
    points.alone(session)
    _void(session, actor, row)
    direct = [
        Leg("direct", p.book_id, p.from_id, p.to_id, p.amount)
        for p in legs_of(session, session.get_one(Act, row.hold_act))
    ]
    asked = {"order": row.number, "account": account.id, "merchant": merchant.id}
    post(
        session,
        Order(f"redeem/{row.number}", "redeem", asked, actor.user_id, reason=f"兑换 {what.title}"),
        direct,
    )
    points.buy_back(session, merchant)  # before the trail is written to: it is everybody's, and taken last
    return _to(session, actor, row, "fulfilled")


def refund(session: Session, actor: Actor | None, number: str) -> Redemption:
    """Give points and good back: the merchant cannot deliver, the person thinks better of it, or time is over.

    Raises:
        NotFound: neither side's order.
        Conflict: handed over already.
    """
    row, what = _locked(session, number)
    account = session.get_one(LedgerAccount, row.account_id)
    if actor is not None and actor.party_id not in (what.merchant_id, account.party_id):
        raise NotFound
    if row.state == "refunded":
        return row
    if row.state != "held":
        _refuse_over(row)
    mall.give_back(session, what.number, row.quantity)  # in the order in which they are taken
    session.connection().execute(_BACK, {"id": what.id, "n": row.quantity})
    _void(session, actor, row)
    return _to(session, actor, row, "refunded")


def expire(session: Session, limit: int = 100) -> int:
    """Give back what no merchant handed over in time; how many."""
    numbers = session.exec(
        select(Redemption.number)
        .where(Redemption.state == "held", col(Redemption.expires_at) <= clock.now())
        .order_by(col(Redemption.id))
        .limit(limit)
    ).all()
    for number in numbers:
        refund(session, None, number)
    return len(numbers)


def had(session: Session, account: LedgerAccount, what: Good) -> int:
    """Pieces of a good the account has ordered and not given back."""
    query = select(func.coalesce(func.sum(Redemption.quantity), 0)).where(
        Redemption.account_id == account.id, Redemption.good_id == what.id, Redemption.state != "refunded"
    )
    return int(session.exec(query).one())


def _void(session: Session, actor: Actor | None, row: Redemption) -> None:
    act = session.get_one(Act, row.hold_act)
    legs = [
        Leg("void", p.book_id, p.from_id, p.to_id, p.amount, pending_id=p.id) for p in open_legs(session, act)
    ]
    by = actor.user_id if actor else None
    post(
        session,
        Order(f"void/{row.number}", "release", {"order": row.number}, by, reason=f"兑换单 {row.number}"),
        legs,
    )


def _locked(session: Session, number: str) -> tuple[Redemption, Good]:
    query = select(Redemption).where(Redemption.number == number).with_for_update()
    row = session.exec(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row, session.get_one(Good, row.good_id)


def _refuse_over(row: Redemption) -> None:
    if row.state == "held" and row.expires_at > clock.now():
        return
    words = REDEMPTION_STATES[row.state] if row.state != "held" else Text("Time is over", "已超过兑付期限")
    raise Conflict(
        Text(f"{row.number}: {words.en}.", f"兑换单 {row.number}：{words.zh}，不能再办理。"), "ledger"
    )


def _account_of(session: Session, what: Good) -> LedgerAccount:
    """The merchant's account; a member of the mall that has opened none has one with its first order."""
    return ledger.open_account(session, None, session.get_one(Party, what.merchant_id))


def _merchant(actor: Actor) -> None:
    if not actor.is_any(Role.MERCHANT) or actor.party_id is None:
        raise NotAllowed(Text("Merchants offer goods.", "权益商品由碳普惠权益方上架。"))


def _to(session: Session, actor: Actor | None, row: Redemption, state: str) -> Redemption:
    row.state, row.changed_at = state, clock.now()
    session.add(row)
    session.flush()
    _told(session, actor, row.number, state)
    ledger_told.of_order(session, row, state)
    return row


def _told(session: Session, actor: Actor | None, number: str, what: str) -> None:
    audit.record(session, Event.LEDGER_GOODS, actor=actor, data={"number": number, "what": what})


def shelf(session: Session, limit: int = 60, below: int | None = None) -> list[tuple[Good, str]]:
    """Goods on the shelf with their merchant, the newest first; none of a merchant that is suspended or has left.

    Args:
        below: id of the last one before.
    """
    query = (
        select(Good, Party.name).join(Party, col(Party.id) == col(Good.merchant_id)).where(col(Good.active))
    )
    query = query.where(col(Good.merchant_id).not_in(mall_shelf.shut_out()))
    if below is not None:
        query = query.where(col(Good.id) < below)
    return [(g, n) for g, n in session.exec(query.order_by(col(Good.id).desc()).limit(limit))]


def place_of(row: Redemption) -> tuple[int, int]:
    """Where an order stands in a list: what waits to be handed over first, then the newest."""
    return int(row.state == "held"), row.id or 0


def orders(
    session: Session,
    account_id: int = 0,
    merchant_id: int = 0,
    limit: int = 50,
    after: tuple[int, int] | None = None,
) -> list[tuple[Redemption, Good]]:
    """Orders of an account, or of a merchant's goods: those not handed over first, then the newest.

    Args:
        after: `place_of` the last one before.
    """
    query = select(Redemption, Good).join(Good, col(Good.id) == col(Redemption.good_id))
    query = query.where(
        Good.merchant_id == merchant_id if merchant_id else Redemption.account_id == account_id
    )
    waits, number = case((col(Redemption.state) == "held", 1), else_=0), col(Redemption.id)
    if after is not None:
        query = query.where(tuple_(waits, number) < tuple_(*map(literal, after)))
    return [(r, g) for r, g in session.exec(query.order_by(waits.desc(), number.desc()).limit(limit))]
