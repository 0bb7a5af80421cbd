"""Deeds of an issuance, for its course: is it an exception, was less approved, enter it into the ledger (G18, G19)."""

from datetime import datetime

from sqlmodel import Session

from models.tables import Case
from services import issuing
from services.deed_kinds import Deed, DeedDone


def weigh_exception(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """ "exception" where another issuance lies within twelve months, else "yearly" (I25)."""
    return DeedDone("exception" if issuing.is_exception(session, case) else "yearly")


def weigh_amount(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """ "lower" where less was approved than asked for, else "as_claimed"."""
    return DeedDone("lower" if issuing.is_lower(session, case) else "as_claimed")


def post_issuance(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """ "posted" once it is in the ledger; "hindered" where something stands against it."""
    return DeedDone(issuing.post(session, case))


DEEDS: dict[str, Deed] = {
    "weigh_exception": weigh_exception,
    "weigh_amount": weigh_amount,
    "post_issuance": post_issuance,
}
