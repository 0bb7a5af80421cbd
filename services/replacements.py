"""What a correction left short is replaced by the next issuance: as much is taken out of it at once (G27, I34)."""

from sqlmodel import Session, col, select

from models.tables import Act, Case, LedgerAccount, Lot, Position, Project, Transfer
from services import corrections, ledger

REASON = "抵补此前修正中应补足的减排量"


def net(session: Session, case: Case, project: Project, issued: Act, approvers: tuple[int, int]) -> int:
    """Take what the holder of the project still owes out of its part of an issuance, by a linked reversal.

    Only the holder's own part is touched, never another receiver's. What the part does not cover stays owed.

    Args:
        issued: the act that issued; its movements go to the receivers.
        approvers: who approved the issuance, two natural persons.

    Returns:
        Grams taken.
    """
    total = 0
    for part in _parts_of_holder(session, case, issued):
        if not corrections.owed(session, project):
            break
        taken = corrections.settle(session, case, project, part.amount)
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


def _parts_of_holder(session: Session, case: Case, issued: Act) -> list[Transfer]:
    """What the holder got of each lot, the earliest year first."""
    return list(
        session.exec(
            select(Transfer)
            .join(Lot, col(Lot.book_id) == col(Transfer.book_id))
            .join(Position, col(Position.id) == col(Transfer.to_id))
            .join(LedgerAccount, col(LedgerAccount.id) == col(Position.account_id))
            .where(Transfer.act_id == issued.id, LedgerAccount.party_id == case.filer_id)
            .order_by(col(Lot.vintage), col(Transfer.id))
        )
    )
