"""One at a time: whoever does the same waits until the transaction before it has ended."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import text
from sqlmodel import Session, SQLModel

Row = TypeVar("Row", bound=SQLModel)

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:what, 0))")


def alone(session: Session, what: str) -> None:
    """Wait for everybody who does `what`, and keep others waiting until this transaction ends.

    Args:
        what: a name of the act and of what it is done to, e.g. "correct/<lot>". Who takes several takes them in order.
    """
    session.connection().execute(_LOCK, {"what": what})


def found_or_made(
    session: Session, what: str, find: Callable[[], Row | None], make: Callable[[], Row]
) -> Row:
    """The one row there is to be: of those who want it in the same instant one makes it, and the others find it.

    Args:
        what: its name among all rows, e.g. "party/<key>".
        find: looks for it. make: a new one, not added yet.
    """
    row = find()
    if row is None:
        alone(session, what)
        row = find()
    if row is None:
        row = make()
        session.add(row)
        session.flush()
    return row
