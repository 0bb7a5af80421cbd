"""Forms that are carried out once, however often they are sent: the number each page gives to its form (I12)."""

from uuid import uuid4

from services.access import Actor


def fresh() -> str:
    """The number of a form on the page that is being made."""
    return uuid4().hex


def key_of(me: Actor, nonce: object, what: str) -> str:
    """Of this person's form: whatever is sent from it again is the same act. Without a number each sending is its own.

    Args:
        what: the act, and on what, as "remind/<task>".
    """
    number = "".join(c for c in str(nonce or "") if c.isalnum() and c.isascii())[:40]
    return f"user/{me.user_id}/page/{number or fresh()}/{what}"
