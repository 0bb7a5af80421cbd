"""Deeds 办理动作: what a course has done at a point of its own, by name, beyond tasks and documents.

A deed is made once for each (case, round, slot): asked again after a crash it answers as it did. It runs in the
transaction of its activity with the case row locked. What stands against it is an outcome, not an error: an
error is tried again for ever and shown to operators.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from models.tables import Case
from services import projects


@dataclass(frozen=True)
class DeedDone:
    """What came of a deed.

    Args:
        outcome: a word the course branches on.
        due_at: an instant the course waits for next, where the deed sets one.
        slots: what the course asks about one by one next.
    """

    outcome: str = "done"
    due_at: datetime | None = None
    slots: list[str] = field(default_factory=list)


#: (session, case, round, slot, now) -> what came of it.
Deed = Callable[[Session, Case, int, str, datetime], DeedDone]


def go_live(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """The published entry is in operation from now on (G25)."""
    projects.go_live(session, case)
    return DeedDone()


DEEDS: dict[str, Deed] = {"go_live": go_live}


def carry_out(session: Session, case: Case, name: str, round_: int, slot: str, now: datetime) -> DeedDone:
    """Carry out the deed called `name`. Raises KeyError for a name nobody has written down."""
    return DEEDS[name](session, case, round_, slot, now)
