"""The shape of a deed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from models.tables import Case


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
