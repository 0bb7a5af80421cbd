"""Deeds 办理动作: what a course has done at a point of its own, by name, beyond tasks and documents.

A deed is made once for each (case, round, slot): asked again after a crash it answers as it did. It runs in the
transaction of its activity with the case row locked. What stands against it is an outcome, not an error: an
error is tried again for ever and shown to operators.
"""

from datetime import datetime

from sqlmodel import Session

from models.tables import Case
from services import evaluation_deeds, issuance_deeds, mall_deeds, projects
from services.deed_kinds import Deed, DeedDone

__all__ = ["DEEDS", "Deed", "DeedDone", "carry_out"]


def go_live(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """The published entry is in operation from now on (G25)."""
    projects.go_live(session, case)
    return DeedDone()


DEEDS: dict[str, Deed] = (
    {"go_live": go_live} | evaluation_deeds.DEEDS | mall_deeds.DEEDS | issuance_deeds.DEEDS
)


def carry_out(session: Session, case: Case, name: str, round_: int, slot: str, now: datetime) -> DeedDone:
    """Carry out the deed called `name`. Raises KeyError for a name nobody has written down."""
    return DEEDS[name](session, case, round_, slot, now)
