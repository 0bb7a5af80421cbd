"""Whose turn it is 该谁办理: the status people see of a case under way."""

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.tables import Case, TaskRow
from models.vocabulary.roles import FILERS
from models.vocabulary.statuses import OPEN_STATES, CaseStatus
from services import clock, direct


def settle_status(session: Session, case: Case, asked: set[str] | None = None) -> None:
    """Whose turn it is decides the status people see.

    Args:
        asked: roles that the case's open tasks ask, where the caller knows them already.
    """
    if case.suspended_at is not None:
        return
    before = case.status
    if asked is None:
        asked = set(direct.ask(session, _ROLES_ASKED, {"case": case.id}).scalars())
    if asked & {r.value for r in FILERS}:
        case.status = CaseStatus.WAITING_APPLICANT.value
    elif case.status != CaseStatus.SUBMITTED.value or case.accepted_at is not None:
        case.status = CaseStatus.IN_PROGRESS.value
    if case.status != before:
        case.changed_at = clock.now()


_ROLES_ASKED = (
    select(TaskRow.role)
    .where(
        col(TaskRow.case_id) == bindparam("case"),
        col(TaskRow.void_at).is_(None),
        col(TaskRow.state).in_(list(OPEN_STATES)),
    )
    .distinct()
)
