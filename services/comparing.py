"""Rows held against the trail and the ledgers, at once: what the worker does every ten seconds by itself, and somebody
who has just changed something, or has no worker running, does from the console."""

from sqlmodel import Session

from services import disagreements, proof_patrol, troubles


def now(session: Session) -> int:
    """Compare; how many disagreements there are. What is found stands on the console."""
    found = disagreements.found(session)
    troubles.replace(session, troubles.DISAGREE, found)
    return len(found) + len(proof_patrol.trail(session)) + len(proof_patrol.ledger(session))
