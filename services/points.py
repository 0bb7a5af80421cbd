"""Points 碳积分: 1 g is 1 point (J01). Conversion, donation, cancellation and buy-back are acts of the ledger.

A point keeps the class of the reduction behind it (I07): there is a book of points for each class, and
behind each point stands a gram in a pool. People see one number. Class II is spent first, so that what
may serve compliance is kept longest; lots leave a pool oldest first. Nobody commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import Act, Balance, Book, LedgerAccount, Lot, Party, Position, Purpose, User
from models.vocabulary.amounts import GRAMS_PER_TONNE, CancelPurpose, tonnes, whole_tonnes
from models.vocabulary.errors import Conflict, NotAllowed
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit, clock, ledger, ledger_certificates
from services.access import Actor
from services.ledger_errors import guarded
from services.ledger_posting import Leg, Order, checked, earlier, holder, house, post

#: Others may spend what a buy-back was about to take; it looks again so often.
TRIES = 5
#: The order in which classes are spent.
CLASSES = ("II", "I")
_ALONE = text("select pg_advisory_xact_lock(hashtext('puhui_pools'))")
_POOL = text("""
    insert into ledger.position (book_id, kind) values (:book, 'pool') on conflict do nothing""")


@dataclass(frozen=True)
class Points:
    """Points of an account; `of_class` tells those of each class."""

    of_class: dict[str, int]
    frozen: int

    @property
    def total(self) -> int:
        return sum(self.of_class.values())

    @property
    def available(self) -> int:
        return self.total - self.frozen


def balance(session: Session, account: LedgerAccount) -> Points:
    """What the account has."""
    rows = session.exec(
        select(Book.method_class, Balance.posted, Balance.held)
        .join(Position, col(Position.book_id) == col(Book.id))
        .join(Balance, col(Balance.position_id) == col(Position.id))
        .where(Book.kind == "PT", Position.account_id == account.id)
    ).all()
    return Points({c: posted for c, posted, _ in rows}, sum(held for _, _, held in rows))


def book_of(session: Session, method_class: str) -> int:
    """The book of the points of a class."""
    found = session.exec(select(Book.id).where(Book.kind == "PT", Book.method_class == method_class)).one()
    assert found is not None
    return found


def convert(
    session: Session, actor: Actor | None, *, key: str, account: LedgerAccount, lot: Lot, amount: int
) -> Act:
    """Reductions of a person into as many points; there is no way back for persons.

    Raises:
        NotAllowed: not the holder, or not a person's account.
        Conflict: not so much available, or the account is suspended.
    """
    act, is_new = _converted(session, actor, key, account, lot, amount)
    if is_new:
        _told(session, actor, act, account, amount)
    return act


def convert_all(session: Session, lot: Lot, parts: Sequence[tuple[str, LedgerAccount, int]]) -> None:
    """Grams of a lot of many persons, (key, account, grams); the trail is everybody's, and written to when all is posted.

    Raises: as `convert`.
    """
    done = [_converted(session, None, key, account, lot, amount) for key, account, amount in parts]
    for (act, is_new), (_, account, amount) in zip(done, parts, strict=True):
        if is_new:
            _told(session, None, act, account, amount)


def _converted(
    session: Session, actor: Actor | None, key: str, account: LedgerAccount, lot: Lot, amount: int
) -> tuple[Act, bool]:
    """The act, and whether it was not there before."""
    own(actor, account)
    if account.kind != "person":
        raise NotAllowed(Text("Only persons convert into points.", "仅个人账户可将减排量转换为碳积分。"))
    checked(amount)
    order = _order(
        actor, key, "convert", {"account": account.id, "lot": lot.number, "amount": amount}, "转换为碳积分"
    )
    found = earlier(session, order)
    if found is not None:
        return found, False
    _in_use(session, actor, account)
    account_id = account.id or 0
    points = book_of(session, lot.method_class)
    legs = [
        Leg(
            "direct",
            lot.book_id,
            holder(session, lot.book_id, account_id),
            pool(session, lot.book_id),
            amount,
        ),
        Leg("direct", points, house(session, points, "mint"), holder(session, points, account_id), amount),
    ]
    return post(session, order, legs), True


def pool(session: Session, book_id: int) -> int:
    """The lot's pool, opened on first use."""
    with guarded(session):
        session.connection().execute(_POOL, {"book": book_id})
    return house(session, book_id, "pool")


def alone(session: Session) -> None:
    """Take grams out of the pools alone, until the transaction ends.

    Which pools they come out of is read first and posted then: two at once would mean the same grams, and the second be
    refused what it has. Taken before anything else in the ledger is touched.
    """
    session.connection().execute(_ALONE)


def donate(
    session: Session, actor: Actor | None, *, key: str, account: LedgerAccount, purpose: Purpose, amount: int
) -> Act:
    """Donate points to a named purpose of carbon neutrality, with a certificate (J04).

    Raises:
        NotAllowed: not the holder.
        Conflict: the purpose is closed or its time is over, there are not so many points, or the account is suspended.
    """
    own(actor, account)
    checked(amount)
    asked = {"account": account.id, "purpose": purpose.number, "amount": amount}
    order = _order(actor, key, "donate", asked, f"捐赠 {purpose.title}")
    found = earlier(session, order)
    if found is not None:
        return found
    _in_use(session, actor, account)
    session.refresh(purpose, with_for_update={"read": True})  # it may be ended in the same instant
    if purpose.closed_at is not None or purpose.closes_at <= clock.now():
        raise Conflict(Text("This purpose is closed.", "该捐赠用途已结束，不再接受捐赠。"), "ledger")
    parts = split(session, account, amount)
    act = post(session, order, between(session, parts, account, purpose.account_id))
    ledger_certificates.of_points(
        session,
        act,
        "donation",
        account,
        amount,
        beneficiary=purpose.title,
        more={"purpose_no": purpose.number},
    )
    _told(session, actor, act, account, amount)
    return act


def between(
    session: Session,
    parts: Sequence[tuple[str, int]],
    source: LedgerAccount,
    target_id: int,
    move: str = "direct",
) -> list[Leg]:
    """Points of each class from one account to another."""
    legs = []
    for method_class, amount in parts:
        book = book_of(session, method_class)
        ends = holder(session, book, source.id or 0), holder(session, book, target_id)
        legs.append(Leg(move, book, *ends, amount))
    return legs


def cancel(
    session: Session,
    actor: Actor | None,
    *,
    key: str,
    account: LedgerAccount,
    amount: int,
    purpose: CancelPurpose = CancelPurpose.VOLUNTARY,
    beneficiary: str = "",
) -> Act:
    """Cancel points for good, and with them the grams behind them, with a certificate (J03, M09).

    Raises:
        NotAllowed: not the holder.
        Conflict: not so many points, for compliance, which points never serve, or the account is suspended.
    """
    own(actor, account)
    checked(amount)
    if purpose is CancelPurpose.COMPLIANCE:
        raise Conflict(Text("Points do not serve compliance.", "碳积分不可用于履约清缴。"), "ledger")
    asked = {"account": account.id, "points": amount, "beneficiary": beneficiary}
    order = _order(actor, key, "cancel", asked, "碳积分注销", purpose.value)
    alone(session)
    found = earlier(session, order)
    if found is not None:
        return found
    _in_use(session, actor, account)
    legs: list[Leg] = []
    for method_class, part in split(session, account, amount):
        legs += _burnt(session, account, method_class, part, "cancelled")
    act = post(session, order, legs)
    ledger_certificates.of_points(
        session, act, "cancellation", account, amount, purpose=purpose, beneficiary=beneficiary
    )
    _told(session, actor, act, account, amount)
    return act


def split(session: Session, account: LedgerAccount, amount: int) -> list[tuple[str, int]]:
    """The amount by class, class II first; what is missing is asked of the first, which refuses."""
    rest, parts = amount, []
    for method_class in CLASSES:
        free = _available(session, account, method_class)
        take = min(rest, max(free, 0))
        if take:
            parts.append((method_class, take))
        rest -= take
    if rest:
        have = amount - rest
        raise Conflict(
            Text(
                f"Not enough points: {have:,} available, {amount:,} needed, {rest:,} short.",
                f"可用碳积分 {have:,}，本次需要 {amount:,}，尚差 {rest:,}。",
            ),
            "ledger",
        )
    return parts


def _available(session: Session, account: LedgerAccount, method_class: str) -> int:
    found = session.exec(
        select(col(Balance.posted) - col(Balance.held))
        .join(Position, col(Position.id) == col(Balance.position_id))
        .where(Position.account_id == account.id, Position.book_id == book_of(session, method_class))
    ).first()
    return int(found or 0)


def _burnt(session: Session, account: LedgerAccount, method_class: str, amount: int, to: str) -> list[Leg]:
    """Points back to the mint, and the grams behind them out of the pools: cancelled, or to the account."""
    book = book_of(session, method_class)
    legs = [Leg("direct", book, holder(session, book, account.id or 0), house(session, book, "mint"), amount)]
    for lot_book, pool_id, grams in _oldest(session, method_class, amount):
        target = (
            house(session, lot_book, "cancelled")
            if to == "cancelled"
            else holder(session, lot_book, account.id or 0)
        )
        legs.append(Leg("direct", lot_book, pool_id, target, grams))
    return legs


def _oldest(session: Session, method_class: str, amount: int) -> list[tuple[int, int, int]]:
    """(book, pool position, grams) out of the pools of the class, the oldest vintage first."""
    rows = session.exec(
        select(Lot.book_id, Balance.position_id, Balance.posted)
        .join(Balance, col(Balance.book_id) == col(Lot.book_id))
        .where(Balance.kind == "pool", col(Balance.posted) > 0, Lot.method_class == method_class)
        .order_by(col(Lot.vintage), col(Lot.number))
    )
    rest, found = amount, []
    for book, position, posted in rows:
        take = min(rest, posted)
        found.append((book, position, take))
        rest -= take
        if not rest:
            break
    return found


def buy_back(session: Session, account: LedgerAccount) -> Act | None:
    """Turn a merchant's points into reductions by whole tonnes; the remainder stays points (J05).

    Each unit keeps its class, so a tonne may be made of both (I07). None when there is no whole tonne.
    """
    alone(session)
    for _ in range(TRIES):
        whole, _rest = whole_tonnes(balance(session, account).available)
        if not whole:
            return None
        try:
            return _bought(session, account, whole * GRAMS_PER_TONNE)
        except Conflict:  # the merchant was spending some of them itself; what is left is looked at again
            if balance(session, account).available >= whole * GRAMS_PER_TONNE:
                raise
    return None


def _bought(session: Session, account: LedgerAccount, amount: int) -> Act:
    order = Order(
        f"buy-back/{account.number}/{_turns(session, account)}",
        "buy_back",
        {"account": account.id, "amount": amount},
        reason=f"回兑 {tonnes(amount)} tCO₂e",
    )
    legs: list[Leg] = []
    for method_class, part in split(session, account, amount):
        legs += _burnt(session, account, method_class, part, "holder")
    act = post(session, order, legs)
    _told(session, None, act, account, amount)
    return act


def _turns(session: Session, account: LedgerAccount) -> int:
    """How often points of the account were bought back: numbers the next time."""
    like = f"buy-back/{account.number}/%"
    return len(session.exec(select(Act.id).where(col(Act.key).like(like))).all()) + 1


def merchants(session: Session) -> list[LedgerAccount]:
    """Accounts of those who take points for goods."""
    holders = select(User.party_id).where(col(User.roles).contains([Role.MERCHANT.value]))
    return list(
        session.exec(
            select(LedgerAccount)
            .where(col(LedgerAccount.party_id).in_(holders), LedgerAccount.kind == "institution")
            .order_by(col(LedgerAccount.id))
        )
    )


def own(actor: Actor | None, account: LedgerAccount) -> None:
    """The holder, or the system (None). Raises NotAllowed."""
    if actor is not None and actor.party_id != account.party_id:
        raise NotAllowed(Text("This account belongs to somebody else.", "您不是该账户的持有人，无权办理。"))


def _in_use(session: Session, actor: Actor | None, account: LedgerAccount) -> None:
    """Nothing is done for the holder of a suspended account; what the system owes goes on. Raises Conflict."""
    if actor is not None:
        ledger.active(session, account)


def _order(
    actor: Actor | None,
    key: str,
    kind: str,
    asked: dict[str, Any],
    reason: str,
    purpose: str | None = None,
) -> Order:
    return Order(key, kind, asked, actor.user_id if actor else None, purpose, reason)


def _told(session: Session, actor: Actor | None, act: Act, account: LedgerAccount, amount: int) -> None:
    audit.record(
        session,
        Event.LEDGER_POSTED,
        actor=actor,
        data={"act": str(act.id), "kind": act.kind, "account": account.number, "points": str(amount)},
    )


def name_of(session: Session, account: LedgerAccount) -> str:
    """The holder as others may read it: a natural person by the first character (I35)."""
    party = session.get_one(Party, account.party_id)
    return f"{party.name[:1]}**" if account.kind == "person" else party.name


_RECEIVED = text("""
    select p.account_id, sum(t.amount)::bigint from ledger.position p join ledger.book k on k.id = p.book_id and k.kind = 'PT'
      join ledger.transfer t on t.to_id = p.id and t.move = 'direct'
     where p.account_id = any(:accounts) group by p.account_id""")


def received(session: Session, accounts: Sequence[int]) -> dict[int, int]:
    """Points each account has ever received."""
    rows = session.connection().execute(_RECEIVED, {"accounts": list(accounts)})
    return {int(account): int(points) for account, points in rows}
