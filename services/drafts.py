"""What a new draft and the example of a form start with, by procedure: what the system knows of the filer already."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session, select

from models.tables import User
from services import issuance_offers
from services.access import Actor, actor_of
from services.settings import settings

STARTS: dict[str, Callable[[Session, Actor], dict[str, Any]]] = {"issuance": issuance_offers.draft}
EXAMPLES: dict[str, Callable[[Session, Actor, dict[str, Any]], dict[str, Any]]] = {
    "issuance": issuance_offers.example
}


def started(session: Session, actor: Actor, procedure: str) -> dict[str, Any]:
    """The form of an empty draft."""
    make = STARTS.get(procedure)
    return make(session, actor) if make else {}


def fitted(session: Session, actor: Actor | None, procedure: str, whole: dict[str, Any]) -> dict[str, Any]:
    """The example of the form made to fit what the actor could file.

    Nobody in particular reads it as the demonstration's applicant, where there are demonstration accounts.
    """
    fit, who = EXAMPLES.get(procedure), actor or _demonstration(session)
    return fit(session, who, whole) if fit and who else whole


def _demonstration(session: Session) -> Actor | None:
    user = session.exec(select(User).where(User.username == "applicant")).first()
    return actor_of(user) if user is not None and settings().demo_password else None
