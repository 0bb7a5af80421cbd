"""Transfers 划转, agreements 协议转让 and listings 挂牌 (M08, I11).

What is offered is set aside in the ledger first, then accepted, then posted; what nobody answers comes
back by itself. Priced trades settle delivery against payment: both in one transaction, or neither.
Priced trades are of whole tonnes, so that every price is a whole number of fen. Nobody commits.
"""

from dataclasses import replace
from uuid import UUID

from sqlmodel import Session, col, select

from models.tables import Act, Deal, LedgerAccount, Lot, Offer
from models.vocabulary.amounts import GRAMS_PER_TONNE
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from models.vocabulary.trades import KINDS, LIVE, SERIES, STATES, WAITS
from services import audit, clock, funds, ledger, ledger_told, mandates, numbering
from services.access import Actor
from services.alone import alone
from services.clock import SHANGHAI
from services.ledger_errors import REFUSALS
from services.ledger_posting import Leg, Order, checked, earlier, holder, house, legs_of, open_legs, post

#: Who carries out what was agreed.
SETTLERS = frozenset({Role.EXCHANGE})
MOST_FEN = 10**9  # of a tonne


def offer(
    session: Session,
    actor: Actor,
    *,
    key: str,
    kind: str,
    source: LedgerAccount,
    lot: Lot,
    amount: int,
    target: LedgerAccount | None = None,
    price_fen: int = 0,
    reason: str = "",
) -> Offer:
    """Offer grams of an account: they are set aside until somebody answers or the time is over.

    Args:
        kind: transfer (no price), agreement (price, one buyer), listing (price, any buyer).
        price_fen: fen a tonne.

    Raises:
        NotAllowed: neither the holder nor an agent with a mandate.
        Invalid: no or wrong counterparty, no price, no whole tonnes.
        Conflict: not so much available, beyond the mandate, or another request under this key.
    """
    checked(amount)
    _refuse_odd(kind, source, target, amount, price_fen)
    mandate = mandates.may_trade(session, actor, source, amount)
    asked = {"kind": kind, "lot": lot.number, "source": source.id, "target": target.id if target else None}
    asked |= {"amount": amount, "price": price_fen}
    until = clock.now() + (WAITS * 3 if kind == "listing" else WAITS)
    order = Order(key, "hold" if target else "freeze", asked, actor.user_id, reason=reason or KINDS[kind].zh)
    alone(session, f"offer/{key}")  # a repetition waits for the first
    found = earlier(session, order)
    if found is not None:
        return _made(session, found)
    ledger.active(session, source, *([target] if target else []))
    to_id = holder(session, lot.book_id, target.id or 0) if target else house(session, lot.book_id, "custody")
    ends = holder(session, lot.book_id, source.id or 0), to_id
    n = numbering.next_number(session, f"offer.{SERIES[kind]}", clock.now())
    row = Offer(
        number=f"{SERIES[kind]}-{clock.now().astimezone(SHANGHAI).year}-{n:06d}",
        kind=kind,
        book_id=lot.book_id,
        seller_id=source.id or 0,
        buyer_id=target.id if target else None,
        amount_g=amount,
        left_g=amount,
        price_fen=price_fen,
        hold_act=order.id,
        expires_at=until,
        mandate_id=mandate.id if mandate else None,
        made_by=actor.user_id,
        reason=reason,
    )
    leg = Leg("pending", lot.book_id, *ends, amount, expires_at=until)
    post(session, replace(order, result={"offer": row.number}), [leg])
    session.add(row)
    session.flush()
    _told(session, actor, row, "offered")
    return row


def _made(session: Session, act: Act) -> Offer:
    """The offer an act was posted for; what is left of a listing has been set aside by other acts since."""
    named = Offer.number == act.result["offer"] if "offer" in act.result else Offer.hold_act == act.id
    if row := session.exec(select(Offer).where(named)).first():
        return row
    raise Conflict(REFUSALS["LG014"], "ledger")


def _refuse_odd(
    kind: str, source: LedgerAccount, target: LedgerAccount | None, amount: int, price_fen: int
) -> None:
    problems = []
    if kind not in KINDS:
        problems.append(Problem("kind", Text("No such kind.", "交易方式不正确。")))
    if (target is None) != (kind == "listing") or (target is not None and target.id == source.id):
        problems.append(
            Problem("target", Text("Name the other account.", "请填写对方账户，且不能与转出账户相同。"))
        )
    if kind != "transfer":
        if not 0 < price_fen <= MOST_FEN:
            problems.append(
                Problem("price", Text("State a price a tonne.", "请填写单价（元/吨），应大于零。"))
            )
        if amount % GRAMS_PER_TONNE:
            problems.append(Problem("amount", Text("Trades are of whole tonnes.", "交易数量应为整吨数。")))
    elif price_fen:
        problems.append(Problem("price", Text("A transfer has no price.", "划转不计价。")))
    if problems:
        raise Invalid(tuple(problems))


def accept(session: Session, actor: Actor, number: str, *, key: str) -> Offer:
    """The other side accepts: a transfer is posted, an agreement goes to the exchange.

    Raises:
        NotFound, NotAllowed: not the other side.
        Conflict: answered, withdrawn or expired already.
    """
    row = _locked(session, actor, number)
    mandates.may_trade(session, actor, _account(session, row.buyer_id), row.amount_g)
    if row.state == ("settled" if row.kind == "transfer" else "accepted"):
        return row
    _refuse_over(row, "open")
    if row.kind == "agreement":
        return _to(session, actor, row, "accepted")
    _active(session, row)
    _resolve(session, actor, row, f"{key}/settle", "settle", "post")
    row.left_g = 0
    return _to(session, actor, row, "settled")


def refuse(session: Session, actor: Actor, number: str, *, key: str) -> Offer:
    """Decline (the other side), withdraw (the offering side), or stop (the exchange): what was set aside comes back.

    Raises:
        NotFound: not a side of it.
        Conflict: settled or over already.
    """
    row = _locked(session, actor, number)
    side = _side(session, actor, row)
    state = "withdrawn" if side == "seller" else "rejected"
    if row.state in ("rejected", "withdrawn"):
        return row
    _refuse_over(row, *LIVE)
    _resolve(session, actor, row, f"{key}/release", "release", "void")
    return _to(session, actor, row, state)


def settle(session: Session, actor: Actor, number: str, *, key: str) -> Deal:
    """The exchange settles an accepted agreement, delivery against payment.

    Raises:
        NotAllowed: not the exchange.
        Conflict: not accepted, over, or the buyer's money does not suffice; then nothing has happened.
    """
    if not actor.is_any(Role.EXCHANGE):
        raise NotAllowed(Text("The exchange settles agreements.", "协议转让由环交所核验交割。"))
    row = _locked(session, actor, number)
    done = session.exec(select(Deal).where(Deal.offer_id == row.id)).first()
    if done is not None:
        return done
    _refuse_over(row, "accepted")
    assert row.buyer_id is not None
    _active(session, row)
    delivery = _resolve(session, actor, row, f"{key}/settle", "settle", "post")
    deal = _deal(session, actor, row, delivery, row.buyer_id, row.amount_g, key)
    row.left_g = 0
    _to(session, actor, row, "settled")
    return deal


def take(session: Session, actor: Actor, number: str, *, key: str, buyer: LedgerAccount, amount: int) -> Deal:
    """Buy from a listing, all of it or part: delivery against payment at once, the rest stays listed.

    Raises:
        NotAllowed: neither the buyer nor its agent.
        Conflict: less is left, it is over, or the money does not suffice; then nothing has happened.
    """
    checked(amount)
    row = _locked(session, actor, number)
    if row.kind != "listing":
        raise NotFound
    mandates.may_trade(session, actor, buyer, amount)
    delivered = Order(
        f"{key}/deliver",
        "transfer",
        {"offer": row.number, "buyer": buyer.id, "amount": amount},
        actor.user_id,
        reason=f"挂牌交易 {row.number}",
    )
    before = earlier(session, delivered)
    if before is not None:
        return session.exec(select(Deal).where(Deal.delivery_act == before.id)).one()
    _refuse_over(row, "open")
    _refuse_size(row, buyer, amount)
    ledger.active(session, buyer, _account(session, row.seller_id))
    _resolve(session, actor, row, f"{key}/release", "release", "void")
    ends = holder(session, row.book_id, row.seller_id), holder(session, row.book_id, buyer.id or 0)
    delivery = post(session, delivered, [Leg("direct", row.book_id, *ends, amount)])
    deal = _deal(session, actor, row, delivery, buyer.id or 0, amount, key)
    row.left_g -= amount
    if row.left_g:
        row.hold_act = _frozen_again(session, actor, row, key)
    _to(session, actor, row, "open" if row.left_g else "settled")
    return deal


def _refuse_size(row: Offer, buyer: LedgerAccount, amount: int) -> None:
    if buyer.id == row.seller_id:
        raise Conflict(Text("The listing is your own.", "不能买入本账户的挂牌。"), "ledger")
    if amount % GRAMS_PER_TONNE:
        raise Invalid((Problem("amount", Text("Trades are of whole tonnes.", "交易数量应为整吨数。")),))
    if amount > row.left_g:
        left = row.left_g // GRAMS_PER_TONNE
        raise Conflict(Text(f"{left} t are left.", f"该挂牌仅余 {left} 吨，请调整数量。"), "ledger")


def _frozen_again(session: Session, actor: Actor, row: Offer, key: str) -> UUID:
    order = Order(
        f"{key}/freeze",
        "freeze",
        {"offer": row.number, "left": row.left_g},
        actor.user_id,
        reason=f"挂牌 {row.number}",
    )
    ends = holder(session, row.book_id, row.seller_id), house(session, row.book_id, "custody")
    leg = Leg("pending", row.book_id, *ends, row.left_g, expires_at=row.expires_at)
    return post(session, order, [leg]).id


def _deal(
    session: Session, actor: Actor, row: Offer, delivery: Act, buyer_id: int, amount: int, key: str
) -> Deal:
    """Both legs on one row: without the payment there is no delivery in this transaction either."""
    fen = row.price_fen * (amount // GRAMS_PER_TONNE)
    payment = funds.pay(
        session,
        actor,
        key=f"{key}/pay",
        source_id=buyer_id,
        target_id=row.seller_id,
        fen=fen,
        note=row.number,
    )
    now = clock.now()
    n = numbering.next_number(session, "deal", now)
    deal = Deal(
        number=f"CJ-{now.astimezone(SHANGHAI).year}-{n:06d}",
        offer_id=row.id or 0,
        buyer_id=buyer_id,
        amount_g=amount,
        fen=fen,
        delivery_act=delivery.id,
        payment_id=payment.id or 0,
    )
    session.add(deal)
    session.flush()
    return deal


def expire(session: Session, limit: int = 100) -> int:
    """Give back what nobody answered in time; how many."""
    rows = session.exec(
        select(Offer)
        .where(col(Offer.state).in_(LIVE), col(Offer.expires_at) <= clock.now())
        .order_by(col(Offer.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        if open_legs(session, session.get_one(Act, row.hold_act)):  # the ledger may have been first
            _resolve(session, None, row, f"expired/{row.number}/{row.hold_act}", "release", "void")
        _to(session, None, row, "expired")
    return len(rows)


def _resolve(session: Session, actor: Actor | None, row: Offer, key: str, kind: str, move: str) -> Act:
    act = session.get_one(Act, row.hold_act)
    legs = [
        Leg(move, p.book_id, p.from_id, p.to_id, p.amount, pending_id=p.id) for p in legs_of(session, act)
    ]
    order = Order(key, kind, {"offer": row.number, "hold": str(act.id)}, actor.user_id if actor else None,
                  reason=f"{KINDS[row.kind].zh} {row.number}")  # fmt: skip
    return post(session, order, legs)


def _locked(session: Session, actor: Actor, number: str) -> Offer:
    """The offer, locked, if the actor may know of it. Raises NotFound."""
    row = session.exec(
        select(Offer)
        .where(Offer.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None or not (row.kind == "listing" or knows(session, actor, row)):
        raise NotFound
    return row


def knows(session: Session, actor: Actor, row: Offer) -> bool:
    """Is the offer the actor's to see? Listings are everybody's who trades."""
    return row.kind == "listing" or _side(session, actor, row, quiet=True) != ""


def _side(session: Session, actor: Actor, row: Offer, *, quiet: bool = False) -> str:
    if actor.is_any(Role.EXCHANGE):
        return "exchange"
    for side, account_id in (("seller", row.seller_id), ("buyer", row.buyer_id)):
        if account_id is None:
            continue
        try:
            mandates.may_trade(session, actor, _account(session, account_id), 1)
        except NotAllowed:
            continue
        return side
    if quiet:
        return ""
    raise NotAllowed(Text("You are not a side of this offer.", "您不是该笔业务的当事方，无权办理。"))


def _refuse_over(row: Offer, *states: str) -> None:
    if row.state in states and row.expires_at > clock.now():
        return
    state = "expired" if row.state in LIVE and row.expires_at <= clock.now() else row.state
    words = STATES[state]
    raise Conflict(
        Text(f"{row.number}: {words.en}.", f"{row.number} 当前状态为“{words.zh}”，不能办理该操作。"), "ledger"
    )


def _active(session: Session, row: Offer) -> None:
    """Neither side may have been suspended since the offer. Raises Conflict."""
    ledger.active(session, _account(session, row.seller_id), _account(session, row.buyer_id))


def _account(session: Session, account_id: int | None) -> LedgerAccount:
    if account_id is None:
        raise NotFound
    return session.get_one(LedgerAccount, account_id)


def _to(session: Session, actor: Actor | None, row: Offer, state: str) -> Offer:
    row.state, row.changed_at = state, clock.now()
    session.add(row)
    session.flush()
    _told(session, actor, row, state)
    return row


def _told(session: Session, actor: Actor | None, row: Offer, what: str) -> None:
    data = {"offer": row.number, "what": what, "left_g": str(row.left_g)}
    audit.record(session, Event.LEDGER_OFFERED, actor=actor, data=data)
    ledger_told.of_offer(session, row, what)
