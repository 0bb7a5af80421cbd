"""What a new draft and the example of a form start with, by procedure: what the system knows of the filer already."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Case, Party, User
from services import ex_officio, issuance_offers
from services.access import Actor, actor_of
from services.settings import settings

STARTS: dict[str, Callable[[Session, Actor], dict[str, Any]]] = {"issuance": issuance_offers.draft}
EXAMPLES: dict[str, Callable[[Session, Actor, dict[str, Any]], dict[str, Any]]] = {
    "issuance": issuance_offers.example
}


def started(session: Session, actor: Actor, procedure_key: str) -> dict[str, Any]:
    """The form of an empty draft."""
    make = STARTS.get(procedure_key)
    return make(session, actor) if make else {}


def known(session: Session, actor: Actor, procedure_key: str) -> dict[str, Any]:
    """What the page of a new draft lays out: the filer as it described itself last, else as it is registered."""
    spec = procedure(procedure_key)
    side = ex_officio.side_of(session, actor, spec)
    if side is None or procedure_key in STARTS or "applicant" not in spec.form.model_fields:
        return {}
    last = session.exec(
        select(Case)
        .where(Case.filer_id == side, Case.procedure == procedure_key, col(Case.submitted_at).is_not(None))
        .order_by(col(Case.submitted_at).desc())
        .limit(1)
    ).first()
    if last is not None and last.form.get("applicant"):
        return {"applicant": dict(last.form["applicant"])}
    party = session.get_one(Party, side)
    registered = {
        "applicant_name": party.name,
        "applicant_uscc": party.uscc,
        "registered_address": party.address,
    }
    return {"applicant": {name: value for name, value in registered.items() if value}}


def fitted(
    session: Session, actor: Actor | None, procedure_key: str, whole: dict[str, Any]
) -> dict[str, Any]:
    """The example of the form made to fit what the actor could file.

    Nobody in particular reads it as the demonstration's applicant, where there are demonstration accounts.
    """
    fit, who = EXAMPLES.get(procedure_key), actor or _demonstration(session)
    return fit(session, who, whole) if fit and who else whole


def _demonstration(session: Session) -> Actor | None:
    user = session.exec(select(User).where(User.username == "applicant")).first()
    return actor_of(user) if user is not None and settings().demo_password else None
