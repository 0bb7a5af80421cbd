"""Reading the answers given in a case."""

from uuid import UUID

from sqlmodel import Session, col, select

from models.tables import Submission, TaskRow


def of_case(session: Session, case_id: UUID) -> list[tuple[Submission, TaskRow]]:
    """All answers of a case in time order."""
    return list(
        session.exec(
            select(Submission, TaskRow)
            .join(TaskRow, col(TaskRow.id) == col(Submission.task_id))
            .where(Submission.case_id == case_id)
            .order_by(col(Submission.id))
        )
    )


def latest(
    session: Session, case_id: UUID, key: str, slot: str | None = None, round_: int | None = None
) -> tuple[Submission, TaskRow] | None:
    """The newest answer to `key`, or None."""
    found = [
        (s, t)
        for s, t in of_case(session, case_id)
        if t.key == key and (slot is None or t.slot == slot) and (round_ is None or t.round == round_)
    ]
    return found[-1] if found else None
