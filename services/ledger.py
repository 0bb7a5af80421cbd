"""The ledger 登记簿: accounts, issuance, transfer, freeze, cancellation, correction.

Amounts are whole grams. Every verb takes the caller's idempotency key: repeated it changes nothing and
answers with the first posting (I12). Overdraft, conservation, overlaps and finality are held by the
database (revision 0003); the verbs here add who may, and words. Nobody commits.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models.tables import Act, Balance, EtsUnit, LedgerAccount, Lot, Party, Position, Transfer
from models.vocabulary.amounts import CancelPurpose
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.roles import CENTRE, Role
from models.vocabulary.text import Text
from services import clock, ledger_certificates, numbering
from services.access import Actor
from services.ledger_errors import REFUSALS, RESTS_ON, UNDER_ITS_DUTY, guarded
from services.ledger_posting import Leg, Order, checked, earlier, holder, house, legs_of, post

#: Concurrent movements may take what a correction was about to; it looks again so often.
TRIES = 5


@dataclass(frozen=True)
class Corrected:
    """What a correction took back, and what the holder no longer had; grams."""

    act: Act
    reversed_g: int
    shortfall_g: int


def open_account(session: Session, actor: Actor | None, party: Party) -> LedgerAccount:
    """The ledger account of a party or person; opening twice is opening once.

    Raises:
        NotAllowed: neither staff of the centre nor the party itself.
    """
    if actor is not None and not actor.is_any(*CENTRE, Role.ADMIN) and actor.party_id != party.id:
        raise NotAllowed(
            Text("Only the centre or the holder opens an account.", "仅中心或账户持有人可开立账户。")
        )
    found = session.exec(select(LedgerAccount).where(LedgerAccount.party_id == party.id)).first()
    if found is not None:
        return found
    kind = "person" if party.kind == "person" else "institution"
    prefix = "SHGR" if kind == "person" else "SHJG"
    number = party.account_no or numbering.account_number(session, prefix, clock.now())
    with guarded(session):
        session.connection().execute(
            text("""insert into ledger.account (number, party_id, kind) values (:number, :party, :kind)
                    on conflict (party_id) do nothing"""),
            {"number": number, "party": party.id, "kind": kind},
        )
    return session.exec(select(LedgerAccount).where(LedgerAccount.party_id == party.id)).one()


def account(session: Session, number: str) -> LedgerAccount:
    """An account by its number. Raises NotFound."""
    if found := session.exec(select(LedgerAccount).where(LedgerAccount.number == number)).first():
        return found
    raise NotFound


def transfer(
    session: Session,
    actor: Actor | None,
    *,
    key: str,
    lot: Lot,
    source: LedgerAccount,
    target: LedgerAccount,
    amount: int,
    reason: str = "",
    case_id: UUID | None = None,
) -> Act:
    """Move grams of a lot to another account; class, vintage and origin go with the lot (I07).

    Raises:
        NotAllowed: the actor neither holds the source nor acts for the exchange.
        Conflict: not enough available, an inactive account, or another request under this key.
        Invalid: the amount is no positive whole number, or both ends are one account.
    """
    order = Order(
        key,
        "transfer",
        _asked(lot, amount, source=source.id, target=target.id),
        _id(actor),
        reason=reason,
        case_id=case_id,
    )
    return _between(session, actor, order, lot, source, target, amount)


def hold(
    session: Session,
    actor: Actor | None,
    *,
    key: str,
    lot: Lot,
    source: LedgerAccount,
    target: LedgerAccount,
    amount: int,
    until: datetime | None = None,
    reason: str = "",
) -> Act:
    """Set grams aside for one counterparty (协议转让); settled or released later, never spent twice (I11).

    Raises: as `transfer`.
    """
    asked = _asked(lot, amount, source=source.id, target=target.id, until=_iso(until))
    order = Order(key, "hold", asked, _id(actor), reason=reason)
    return _between(session, actor, order, lot, source, target, amount, "pending", until)


def _between(
    session: Session,
    actor: Actor | None,
    order: Order,
    lot: Lot,
    source: LedgerAccount,
    target: LedgerAccount,
    amount: int,
    move: str = "direct",
    until: datetime | None = None,
) -> Act:
    may_move(actor, source)
    checked(amount)
    if source.id == target.id:
        raise Invalid((Problem("target", Text("Choose another account.", "转入账户不能与转出账户相同。")),))
    found = earlier(session, order)
    if found is not None:
        return found
    active(session, source, target)
    from_id, to_id = (holder(session, lot.book_id, _known(a.id)) for a in (source, target))
    return post(session, order, [Leg(move, lot.book_id, from_id, to_id, amount, expires_at=until)])


def freeze(
    session: Session,
    actor: Actor | None,
    *,
    key: str,
    lot: Lot,
    source: LedgerAccount,
    amount: int,
    reason: str,
    until: datetime | None = None,
) -> Act:
    """Freeze 冻结 grams of an account; they stay its own and cannot be used until released (I11).

    Raises:
        NotAllowed: neither the bureau, the centre nor the exchange.
        Conflict: not so much available.
    """
    _staff(actor)
    checked(amount)
    asked = _asked(lot, amount, source=source.id, until=_iso(until))
    order = Order(key, "freeze", asked, _id(actor), reason=reason)
    ends = holder(session, lot.book_id, _known(source.id)), house(session, lot.book_id, "custody")
    return post(session, order, [Leg("pending", lot.book_id, *ends, amount, expires_at=until)])


def release(session: Session, actor: Actor | None, *, key: str, frozen: Act, reason: str = "") -> Act:
    """Release 解冻 what `freeze` or `hold` set aside.

    Raises:
        NotAllowed: a freeze is released by staff; a hold also by either of its sides.
        Conflict: settled or released already.
    """
    if frozen.kind == "freeze":
        _staff(actor)
    order = Order(key, "release", {"frozen": str(frozen.id)}, _id(actor), reason=reason)
    return _resolve(session, actor, order, frozen, "void")


def settle(session: Session, actor: Actor | None, *, key: str, held: Act, amount: int | None = None) -> Act:
    """Deliver what `hold` set aside, all or `amount` of it; the rest becomes available again.

    Raises:
        NotAllowed: not a side of it and not the exchange.
        Conflict: settled, released or expired; or frozen by an authority.
    """
    order = Order(key, "settle", {"held": str(held.id), "amount": amount}, _id(actor))
    return _resolve(session, actor, order, held, "post", amount)


def _resolve(
    session: Session, actor: Actor | None, order: Order, act: Act, move: str, amount: int | None = None
) -> Act:
    (pending,) = legs_of(session, act)
    if act.kind == "hold":
        _side_of(session, actor, pending)
    size = pending.amount if amount is None else checked(amount)
    leg = Leg(move, pending.book_id, pending.from_id, pending.to_id, size, pending_id=pending.id)
    return post(session, order, [leg])


def release_expired(session: Session, limit: int = 100) -> int:
    """Release every freeze whose time has passed; how many."""
    done = col(Transfer.pending_id)
    resolved = select(done).where(done.is_not(None))
    rows = session.exec(
        select(Transfer)
        .where(col(Transfer.expires_at) <= func.now(), col(Transfer.id).not_in(resolved))
        .order_by(col(Transfer.expires_at))
        .limit(limit)
    ).all()
    for row in rows:
        order = Order(f"expired/{row.id}", "release", {"frozen": str(row.act_id)}, reason="期限届满")
        leg = Leg("void", row.book_id, row.from_id, row.to_id, row.amount, pending_id=row.id)
        post(session, order, [leg])
    return len(rows)


def cancel(
    session: Session,
    actor: Actor | None,
    *,
    key: str,
    lot: Lot,
    source: LedgerAccount,
    amount: int,
    purpose: CancelPurpose,
    beneficiary: str = "",
    reason: str = "",
) -> Act:
    """Cancel 注销 for good, with a certificate (M07, M09). Only class I serves compliance 履约清缴.

    Raises:
        NotAllowed: the actor neither holds the account nor acts for the exchange.
        Invalid: compensation of damage without the court's or procuratorate's paper it rests on.
        Conflict: not enough available; class II, or no quota-managed unit, for compliance.
    """
    may_move(actor, source)
    checked(amount)
    if purpose is CancelPurpose.REPLACEMENT:
        raise Invalid((Problem("purpose", UNDER_ITS_DUTY),))
    if purpose is CancelPurpose.DAMAGE and not reason.strip():
        raise Invalid((Problem("reason", RESTS_ON),))
    asked = _asked(lot, amount, source=source.id, beneficiary=beneficiary)
    order = Order(key, "cancel", asked, _id(actor), CancelPurpose(purpose).value, reason)
    found = earlier(session, order)
    if found is not None:
        return found
    active(session, source)
    if purpose is CancelPurpose.COMPLIANCE:
        _refuse_compliance(session, lot, source)
    ends = holder(session, lot.book_id, _known(source.id)), house(session, lot.book_id, "cancelled")
    act = post(session, order, [Leg("direct", lot.book_id, *ends, amount)])
    ledger_certificates.of_cancellation(session, act, lot, source, amount, purpose, beneficiary)
    return act


def _refuse_compliance(session: Session, lot: Lot, source: LedgerAccount) -> None:
    """Class I units of a unit under Shanghai's quota management only (M07, I08). The database holds the class as well."""
    if lot.method_class != "I":
        raise Conflict(
            Text(
                f"Lot {lot.number} is of class {lot.method_class}; only class I can be surrendered.",
                f"批次 {lot.number} 依据{lot.method_class}类方法学签发，仅I类可用于履约清缴。",
            ),
            "ledger",
        )
    party = session.get(Party, source.party_id)
    if party is None or not party.uscc or not _quota_managed(session, party.uscc):
        raise Conflict(
            Text(
                "Only a unit on the quota list of Shanghai can surrender reductions.",
                "仅纳入上海碳市场配额管理的单位可办理履约清缴。",
            ),
            "ledger",
        )


def _quota_managed(session: Session, uscc: str) -> bool:
    """On the list of Shanghai in force: the latest that is not of a coming year."""
    ours, past = EtsUnit.scope == "shanghai", EtsUnit.year <= clock.today().year
    latest = select(func.max(EtsUnit.year)).where(ours, past).scalar_subquery()
    listed = select(EtsUnit.id).where(ours, EtsUnit.uscc == uscc, EtsUnit.year == latest)
    return session.exec(listed).first() is not None


def correct(
    session: Session,
    actor: Actor | None,
    *,
    key: str,
    original: Transfer,
    amount: int,
    approvers: tuple[int, int],
    reason: str,
    case_id: UUID | None = None,
) -> Corrected:
    """Take back what was posted in error, by an entry linked to it; the original stays (G27, I34).

    Only from the account it was posted to, up to what is available there and up to what was not reversed
    before (as netted from an issuance): third parties are never touched. An issuance is taken out of
    circulation, another movement goes back where it came from. What cannot be taken is told and kept with
    the act as a shortfall of the applicant.

    Args:
        amount: grams found too much; more than the original is a Conflict.
        approvers: two users who are different natural persons.
    """
    checked(amount)
    _issuer(actor)
    if amount > original.amount:
        raise Conflict(REFUSALS["LG016"], "ledger")
    asked = {"original": str(original.id), "amount": amount}
    for last in range(TRIES):
        taken = min(amount, _reversible(session, original))
        result = {"reversed_g": str(taken), "shortfall_g": str(amount - taken)}
        order = Order(key, "correct", asked, _id(actor), None, reason, case_id, approvers, result)
        try:
            act = post(session, order, _reversal(session, original, taken))
        except Conflict:
            if last == TRIES - 1 or _reversible(session, original) >= taken:
                raise
            continue
        return Corrected(act, int(act.result["reversed_g"]), int(act.result["shortfall_g"]))
    raise AssertionError("unreachable")


def _reversal(session: Session, original: Transfer, taken: int) -> list[Leg]:
    if not taken:
        return []
    came_from = session.get(Position, original.from_id)
    issued = came_from is not None and came_from.kind == "issuance"
    to_id = house(session, original.book_id, "withdrawn") if issued else original.from_id
    return [Leg("direct", original.book_id, original.to_id, to_id, taken, reverses=original.id)]


def _reversible(session: Session, original: Transfer) -> int:
    """Grams of a movement that are still with the account it went to, and were not reversed before."""
    held = select(col(Balance.posted) - col(Balance.held)).where(Balance.position_id == original.to_id)
    before = select(func.coalesce(func.sum(Transfer.amount), 0)).where(Transfer.reverses == original.id)
    return max(0, min(int(session.exec(held).one()), original.amount - int(session.exec(before).one())))


def _asked(lot: Lot, amount: int, **more: Any) -> dict[str, Any]:
    return {"lot": lot.number, "amount": amount, **more}


def _known(number: int | None) -> int:
    assert number is not None, "not yet in the database"
    return number


def _id(actor: Actor | None) -> int | None:
    return actor.user_id if actor is not None else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def may_move(actor: Actor | None, source: LedgerAccount) -> None:
    """The holder, or the exchange by delegation (M08); None is the system carrying out a decision."""
    if actor is None or actor.is_any(Role.EXCHANGE) or actor.party_id == source.party_id:
        return
    raise NotAllowed(Text("This account belongs to somebody else.", "您不是该账户的持有人，无权办理。"))


def _side_of(session: Session, actor: Actor | None, pending: Transfer) -> None:
    sides = session.exec(
        select(LedgerAccount.party_id)
        .join(Position, col(Position.account_id) == col(LedgerAccount.id))
        .where(col(Position.id).in_([pending.from_id, pending.to_id]))
    ).all()
    if actor is not None and not actor.is_any(Role.EXCHANGE) and actor.party_id not in sides:
        raise NotAllowed(Text("You are not a side of this transfer.", "您不是该笔转让的当事方，无权办理。"))


def _staff(actor: Actor | None) -> None:
    if actor is not None and not actor.is_any(*CENTRE, Role.BUREAU, Role.EXCHANGE):
        raise NotAllowed(
            Text("Freezing is an act of the authority.", "冻结、解冻由主管部门、中心或环交所办理。")
        )


def _issuer(actor: Actor | None) -> None:
    if actor is not None and not actor.is_any(Role.ISSUER):
        raise NotAllowed(Text("Corrections are made by the issuer.", "冲正由签发人员办理。"))


def active(session: Session, *accounts: LedgerAccount) -> None:
    """Both ends in use; a suspended account neither gives nor receives."""
    parties = session.exec(select(Party).where(col(Party.id).in_([a.party_id for a in accounts]))).all()
    if any(not p.account_active for p in parties):
        raise Conflict(Text("An account is not active.", "相关账户处于停用状态，暂不能办理。"), "ledger")
