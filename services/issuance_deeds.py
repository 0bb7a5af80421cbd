"""Deeds of an issuance, for its course: is it an exception, was less approved, enter it into the ledger (G18, G19)."""

from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from models.procedures.issuance import EXCEPTION
from models.tables import Case, TaskRow
from services import course, issuing
from services.deed_kinds import Deed, DeedDone


def weigh_exception(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """ "exception" where another issuance lies within twelve months, else "yearly" (I25).

    Where the course has gone on since, its way says what was answered: others may have asked or ended meanwhile.
    """
    entered = {str(e.data["stage"]) for e in course.path(session, case)}
    if EXCEPTION in entered:
        return DeedDone("exception")
    if entered - {"formal_review"}:
        return DeedDone("yearly")
    return DeedDone("exception" if issuing.is_exception(session, case) else "yearly")


def weigh_amount(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """ "lower" where less was approved than asked for, else "as_claimed".

    Of an earlier round the row knows nothing any more: the applicant was asked then, or was not.
    """
    if _tasks(session, case, "amount_confirmation", TaskRow.round == round_):
        return DeedDone("lower")
    if _tasks(session, case, "quantity_review", TaskRow.round > round_):
        return DeedDone("as_claimed")
    return DeedDone("lower" if issuing.is_lower(session, case) else "as_claimed")


def post_issuance(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """ "posted" once it is in the ledger; "hindered" where something stands against it.

    What was hindered, and is being reviewed again since, is not posted on the approval from before.
    """
    approved = _tasks(session, case, "issuance_approval", TaskRow.round == round_)
    since = approved[0].closed_at if approved else None
    again = col(TaskRow.closed_at).is_(None) | (col(TaskRow.closed_at) > since)
    if since and _tasks(session, case, "quantity_review", (col(TaskRow.opened_at) >= since) & again):
        return DeedDone("hindered")
    return DeedDone(issuing.post(session, case))


def _tasks(session: Session, case: Case, key: str, which: ColumnElement[bool] | bool) -> list[TaskRow]:
    """Tasks of a kind that stand; what became void by a return is left out by the session."""
    wanted = select(TaskRow).where(TaskRow.case_id == case.id, TaskRow.key == key, which)
    return list(session.exec(wanted.order_by(col(TaskRow.opened_at))))


DEEDS: dict[str, Deed] = {
    "weigh_exception": weigh_exception,
    "weigh_amount": weigh_amount,
    "post_issuance": post_issuance,
}
