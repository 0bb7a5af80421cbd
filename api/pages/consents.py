"""A person's own consents: what was agreed to, with whom, and a withdrawal that acts from now on (G26, S03)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Me, Reader, Writer
from api.pages.applicant import see_other
from api.templating import page
from models.tables import Consent, Party, Project
from models.vocabulary.errors import NotFound
from models.vocabulary.whole import is_whole
from services.monitoring import consents

router = APIRouter()


@router.get("/my/consents")
def mine(request: Request, me: Me, session: Reader, done: str = "") -> Response:
    """Consents in force and those withdrawn."""
    rows = _own(session, me.party_id)
    party = session.get(Party, me.party_id) if me.party_id is not None else None
    return page(
        request,
        "monitoring/consents.html",
        actor=me,
        rows=rows,
        open_ones=sum(c.withdrawn_at is None for c, _ in rows),
        done=done == "1",
        account_no=party.account_no if party is not None else "",
    )


@router.get("/my/consents/{consent_id}/withdraw")
def ask(request: Request, me: Me, session: Reader, consent_id: str) -> Response:
    """What the withdrawal means, before it is made."""
    row = next(((c, p) for c, p in _own(session, me.party_id) if str(c.id) == consent_id), None)
    if row is None:
        raise NotFound
    return page(request, "monitoring/consent_withdraw.html", actor=me, consent=row[0], project=row[1])


def _own(session: Reader, party_id: int | None) -> list[tuple[Consent, Project]]:
    return consents.of_person(session, party_id) if party_id is not None else []


@router.post("/my/consents/{consent_id}/withdraw")
def withdraw(me: Me, session: Writer, consent_id: str) -> Response:
    """Withdraw it; records of later acts are refused, what was issued stays."""
    if not is_whole(consent_id, 15):
        raise NotFound
    consents.withdraw_own(session, me, int(consent_id))
    return see_other("/my/consents?done=1")
