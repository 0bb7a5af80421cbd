"""What a new draft and the example of a form start with, by procedure: what the system knows of the filer already."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from services import issuance_offers
from services.access import Actor

STARTS: dict[str, Callable[[Session, Actor], dict[str, Any]]] = {"issuance": issuance_offers.draft}
EXAMPLES: dict[str, Callable[[Session, Actor, dict[str, Any]], dict[str, Any]]] = {
    "issuance": issuance_offers.example
}


def started(session: Session, actor: Actor, procedure: str) -> dict[str, Any]:
    """The form of an empty draft."""
    make = STARTS.get(procedure)
    return make(session, actor) if make else {}


def fitted(session: Session, actor: Actor, procedure: str, whole: dict[str, Any]) -> dict[str, Any]:
    """The example of the form made to fit what the actor could file."""
    fit = EXAMPLES.get(procedure)
    return fit(session, actor, whole) if fit else whole
