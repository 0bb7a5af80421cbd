"""One at a time: whoever does the same waits until the transaction before it has ended."""

from sqlalchemy import text
from sqlmodel import Session

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:what, 0))")


def alone(session: Session, what: str) -> None:
    """Wait for everybody who does `what`, and keep others waiting until this transaction ends.

    Args:
        what: a name of the act and of what it is done to, e.g. "correct/<lot>". Who takes several takes them in order.
    """
    session.connection().execute(_LOCK, {"what": what})
