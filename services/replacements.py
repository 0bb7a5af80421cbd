"""What a correction left short is replaced by the next issuance: as much is taken out of it at once (G27, I34)."""

from sqlmodel import Session, col, select

from models.tables import Act, Case, LedgerAccount, Lot, Position, Project, Transfer
from services import corrections, ledger

REASON = "抵补此前修正中应补足的减排量"


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
