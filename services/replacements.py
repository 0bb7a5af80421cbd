"""What a correction left short is replaced by the next issuance: as much is taken out of it at once (G27, I34)."""

from sqlmodel import Session, col, select

from models.tables import Act, Case, LedgerAccount, Position, Project, Transfer
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
    if not corrections.owed(session, project):
        return 0
    part = _part_of_holder(session, case, issued)
    if part is None:
        return 0
    taken = corrections.settle(session, case, project, part.amount)
    if taken:
        ledger.correct(
            session,
            None,
            key=f"{case.id}/replacement",
            original=part,
            amount=taken,
            approvers=approvers,
            reason=REASON,
            case_id=case.id,
        )
    return taken


def _part_of_holder(session: Session, case: Case, issued: Act) -> Transfer | None:
    return session.exec(
        select(Transfer)
        .join(Position, col(Position.id) == col(Transfer.to_id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(Position.account_id))
        .where(Transfer.act_id == issued.id, LedgerAccount.party_id == case.filer_id)
    ).first()
