"""What a correction left short is replaced (G27, I34): taken out of the next issuance, or cancelled by whoever owes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.tables import Act, Case, LedgerAccount, Lot, Party, Position, Project, ReplacementDuty, Transfer
from models.vocabulary.amounts import CancelPurpose, tonnes
from models.vocabulary.errors import Conflict, Invalid, Problem
from models.vocabulary.text import Text
from services import corrections, ledger, ledger_certificates, ledger_reading, ledger_told
from services.access import Actor
from services.ledger_posting import Leg, Order, checked, earlier, holder, house, post

REASON = "抵补此前修正中应补足的减排量"


@dataclass(frozen=True)
class Owed:
    """What a party owes after a correction, as people read it; grams."""

    id: int
    case_no: str
    project: str
    lot: str
    debtor: str
    account: str
    grams: int
    settled_g: int
    state: str
    at: datetime

    @property
    def left_g(self) -> int:
        return self.grams - self.settled_g


def net(session: Session, case: Case, project: Project, issued: Act, approvers: tuple[int, int]) -> int:
    """Take what is still owed for a project out of what an issuance gives to those who owe it, by linked reversals.

    Each pays out of its own part, never out of another receiver's. What a party owes that shares in the project no
    more is paid by whoever holds the project now. What a part does not cover stays owed.

    Args:
        issued: the act that issued; its movements go to the receivers.
        approvers: who approved the issuance, two natural persons.

    Returns:
        Grams taken.
    """
    parts = _parts(session, issued)
    receivers = {party for _, party in parts}
    total = 0
    for part, party in parts:
        debtors = corrections.debtors(session, project)
        pays_for = {party} | (debtors - receivers if party == case.filer_id else set())
        if not debtors & pays_for:
            continue
        taken = corrections.settle(session, case, project, part.amount, pays_for)
        if taken:
            ledger.correct(
                session,
                None,
                key=f"{case.id}/replacement" + (f"/{part.id}" if total else ""),
                original=part,
                amount=taken,
                approvers=approvers,
                reason=REASON,
                case_id=case.id,
            )
            lot = session.exec(select(Lot.number).where(Lot.book_id == part.book_id)).one()
            ledger_told.of_netting(session, party, case.case_no, lot, part.amount, taken)
            total += taken
    return total


def _parts(session: Session, issued: Act) -> list[tuple[Transfer, int]]:
    """What each party got of each lot, the earliest year first."""
    rows = session.exec(
        select(Transfer, LedgerAccount.party_id)
        .join(Lot, col(Lot.book_id) == col(Transfer.book_id))
        .join(Position, col(Position.id) == col(Transfer.to_id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(Position.account_id))
        .where(Transfer.act_id == issued.id)
        .order_by(col(Lot.vintage), col(Transfer.id))
    )
    return [(transfer, party) for transfer, party in rows]


def cancel(
    session: Session,
    actor: Actor | None,
    *,
    key: str,
    duty_id: int,
    lot: Lot,
    source: LedgerAccount,
    amount: int,
    reason: str = "",
) -> Act:
    """Cancel available grams of the debtor's account towards its duty, for good, with a certificate.

    Any lot of the account serves, but what was of class I is replaced by class I: nothing that could be surrendered
    is made good by what could not.

    Raises:
        NotAllowed: the actor neither holds the account nor acts for the exchange.
        Invalid: no such duty of this account, or more than is owed.
        Conflict: replaced already, another class, not enough available, or another request under this key.
    """
    ledger.may_move(actor, source)
    checked(amount)
    case, duty = _locked(session, source, duty_id)
    asked = {"lot": lot.number, "amount": amount, "source": source.id, "duty": duty.id}
    order = Order(
        key, "cancel", asked, actor.user_id if actor else None, CancelPurpose.REPLACEMENT.value,
        reason or REASON, case.id,
    )  # fmt: skip
    found = earlier(session, order)
    if found is not None:
        return found
    ledger.active(session, source)
    _refuse(session, duty, lot, source, amount)
    ends = holder(session, lot.book_id, source.id or 0), house(session, lot.book_id, "cancelled")
    act = post(session, order, [Leg("direct", lot.book_id, *ends, amount)])
    ledger_certificates.of_cancellation(
        session, act, lot, source, amount, CancelPurpose.REPLACEMENT, "", {"replaces": duty.lot_number}
    )
    corrections.count(session, case, duty, amount, actor)
    session.flush()
    ledger_told.of_replacement(session, duty, case.case_no, amount, str(act.id))
    return act


def _locked(session: Session, source: LedgerAccount, duty_id: int) -> tuple[Case, ReplacementDuty]:
    """The duty and the case whose trail keeps what is done, both held; the case first, as wherever it is written."""
    mine = ReplacementDuty.id == duty_id, ReplacementDuty.party_id == source.party_id
    case_id = session.exec(select(ReplacementDuty.case_id).where(*mine)).first()
    if case_id is None:
        told = Text(
            "Your account owes nothing of the kind.", "贵方没有这一项应补足的减排量，请从列表中选择。"
        )
        raise Invalid((Problem("duty", told),))
    fresh = {"populate_existing": True}
    case = session.exec(
        select(Case).where(Case.id == case_id).with_for_update().execution_options(**fresh)
    ).one()
    duty = session.exec(
        select(ReplacementDuty).where(*mine).with_for_update().execution_options(**fresh)
    ).one()
    return case, duty


def _refuse(session: Session, duty: ReplacementDuty, lot: Lot, source: LedgerAccount, amount: int) -> None:
    """What stands against it, with what could be done instead."""
    left = duty.grams - duty.settled_g
    if not left:
        told = Text(
            f"Lot {duty.lot_number} is replaced already; nothing is owed any more.",
            f"批次 {duty.lot_number} 已全部补足，无需再办理。",
        )
        raise Conflict(told, "ledger")
    if amount > left:
        told = Text(
            f"Only {tonnes(left)} t are still owed; cancel that much at most.",
            f"尚需补足 {tonnes(left)} 吨，注销数量不得超过该数量。",
        )
        raise Invalid((Problem("amount", told),))
    owed_of = session.exec(select(Lot.method_class).where(Lot.number == duty.lot_number)).first()
    if owed_of == "I" and lot.method_class != "I":
        told = Text(
            f"Lot {duty.lot_number} is of class I and is replaced by class I; choose another lot.",
            f"批次 {duty.lot_number} 为Ⅰ类减排量，须以Ⅰ类减排量抵补，请另选批次。",
        )
        raise Conflict(told, "ledger", (Problem("lot", told),))
    held = next((h for h in ledger_reading.holdings(session, source) if h.lot == lot.number), None)
    there = held.available_g if held else 0
    if amount > there:
        told = Text(
            f"Lot {lot.number}: {tonnes(there)} t are available. Cancel that much now, the rest from another lot.",
            f"批次 {lot.number} 可用 {tonnes(there)} 吨，不足以注销该数量；可以分次从不同批次办理。",
        )
        raise Conflict(told, "ledger", (Problem("amount", told),))


def of_party(session: Session, party_id: int) -> list[Owed]:
    """What a party owes and owed, what is open first."""
    return _read(session, ReplacementDuty.party_id == party_id)


def listed(session: Session, limit: int = 100) -> list[Owed]:
    """What everybody owes and owed, what is open first, then the latest."""
    return _read(session, limit=limit)


def _read(session: Session, *which: Any, limit: int | None = None) -> list[Owed]:
    rows = session.exec(
        select(ReplacementDuty, Case.case_no, Project.number, Party)
        .join(Case, col(Case.id) == col(ReplacementDuty.case_id))
        .join(Project, col(Project.id) == col(ReplacementDuty.project_id))
        .join(Party, col(Party.id) == col(ReplacementDuty.party_id))
        .where(*which)
        .order_by(col(ReplacementDuty.state), col(ReplacementDuty.id).desc())
        .limit(limit)
    ).all()
    debtors = {duty.party_id for duty, *_ in rows}
    opened = session.exec(select(LedgerAccount).where(col(LedgerAccount.party_id).in_(debtors)))
    accounts = {a.party_id: a.number for a in opened}
    return [
        Owed(
            duty.id or 0, case_no, project, duty.lot_number, _name(party), accounts.get(duty.party_id, ""),
            duty.grams, duty.settled_g, duty.state, duty.at,
        )
        for duty, case_no, project, party in rows
    ]  # fmt: skip


def _name(party: Party) -> str:
    """A natural person by the first character (I35)."""
    return f"{party.name[:1]}**" if party.kind == "person" else party.name
