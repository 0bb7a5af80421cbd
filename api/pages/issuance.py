"""A project or scenario that reports its data applies for issuance on one page (G20, G28)."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import col, func, select

from api.dependencies import Me, Posted, Reader, Writer
from api.pages.applicant import see_other
from api.templating import page
from models.procedures import procedure
from models.tables import Case, Claim
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from services import cases, issuance_offers
from services.access import Actor
from services.issuance_offers import Offer
from services.monitoring import access

router = APIRouter()

KEY = "issuance"
MOVED = Text(
    "What can be applied for has changed since you opened this page; nothing was submitted. Look at the period and the "
    "amount below, and submit again if they are right.",
    "您打开本页后，可申请的监测期或者减排量已有变化，本次未提交。请核对下列监测期和减排量，无误后再次提交。",
)


def _shown(
    request: Request,
    me: Actor,
    offer: Offer,
    typed: dict[str, Any],
    problems: tuple[Problem, ...] = (),
    status_code: int = 200,
) -> Response:
    return page(
        request,
        "issuance/apply.html",
        actor=me,
        status_code=status_code,
        seen=_seen(offer),
        at={p.loc.rpartition(".")[2]: p.msg for p in problems},
        offer=offer,
        typed=typed,
        problems=problems,
        spec=procedure(KEY),
    )


def _seen(offer: Offer) -> str:
    """What the page shows to be signed: the first and last day, by their numbers, and the grams."""
    if offer.period is None or offer.data is None:
        return ""
    first, last = offer.period
    return f"{first.toordinal()}-{last.toordinal()}-{offer.data.recomputed_g}"


def _asked_before(session: Writer, offer: Offer, seen: str) -> Case | None:
    """The case that asks for the days of the page already: the same page sent twice, or from another window."""
    first = seen.partition("-")[0]
    if not is_whole(first, 7) or not 0 < int(first) <= date.max.toordinal():
        return None
    query = (
        select(Case)
        .join(Claim, col(Claim.case_id) == col(Case.id))
        .where(Claim.origin_id == offer.project.id, col(Claim.released_at).is_(None))
        .where(func.lower(Claim.period) == date.fromordinal(int(first)))
    )
    return session.exec(query).first()


@router.get("/my/projects/{number}/issuance")
def show(request: Request, me: Me, session: Reader, number: str) -> Response:
    """Period, amount and accounts as the platform knows them, ready to sign."""
    project = access.owned(session, me, number, sending=True)
    offer = issuance_offers.of_project(session, project)
    typed = {"implementation": offer.form["calculation"].get("implementation", "")}
    return _shown(request, me, offer, typed)


@router.post("/my/projects/{number}/issuance")
def send(request: Request, me: Me, session: Writer, number: str, posted: Posted) -> Response:
    """File it as it is shown, or go on in the form. What is wrong is told here, and what was typed stays."""
    project = access.owned(session, me, number, sending=True)
    offer = issuance_offers.of_project(session, project)
    typed = {k: str(v).strip() for k, v in posted.multi_items() if isinstance(v, str)}
    seen = typed.get("seen", "")
    if seen != _seen(offer):
        before = _asked_before(session, offer, seen)
        if before is not None:
            return see_other(f"/cases/{before.case_no}/submitted")
        return _shown(request, me, offer, typed, (Problem("", MOVED),), 409)
    if not offer.ready:
        return _shown(request, me, offer, typed)
    form = offer.form
    form["calculation"]["implementation"] = typed.get("implementation", "")
    form["application"]["second_in_year_reason"] = typed.get("second_in_year_reason", "")
    if typed.get("_do") == "draft":
        return see_other(f"/cases/{cases.create(session, me, KEY, form).case_no}/edit")
    declared = {"accepted": typed.get("accepted") == "true", "signatory": typed.get("signatory", "")}
    try:
        with session.begin_nested():
            case = cases.create(session, me, KEY, form)
            cases.submit(session, me, case.case_no, declared)
    except Invalid as error:
        return _shown(request, me, offer, typed, error.problems, error.status)
    return see_other(f"/cases/{case.case_no}/submitted")
