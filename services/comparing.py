"""Rows held against the trail and the ledgers, at once: what the worker does every ten seconds by itself, and somebody
who has just changed something, or has no worker running, does from the console."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from services import disagreements, proof_patrol, troubles


def rows(session: Session) -> Sequence[Any]:
    """Rows held against the trail; what is found stands on the console."""
    found = disagreements.found(session)
    troubles.replace(session, troubles.DISAGREE, found)
    return found


#: Each may have a transaction of its own; what it answers is what it found.
STEPS = (rows, proof_patrol.trail, proof_patrol.ledger)


def now(session: Session) -> int:
    """Compare; how many disagreements there are."""
    return sum(len(step(session)) for step in STEPS)
