"""A project or scenario that reports its data applies for issuance on one page (G20, G28)."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Me, Posted, Reader, Writer
from api.pages.applicant import see_other
from api.templating import page
from models.procedures import procedure
from models.vocabulary.errors import Invalid, Problem
from services import cases, issuance_offers
from services.access import Actor
from services.issuance_offers import Offer
from services.monitoring import access

router = APIRouter()

KEY = "issuance"


def _shown(
    request: Request,
    me: Actor,
    offer: Offer,
    typed: dict[str, Any],
    problems: tuple[Problem, ...] = (),
) -> Response:
    return page(
        request,
        "issuance/apply.html",
        actor=me,
        status_code=422 if problems else 200,
        offer=offer,
        typed=typed,
        problems=problems,
        spec=procedure(KEY),
    )


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
        return _shown(request, me, offer, typed, error.problems)
    return see_other(f"/cases/{case.case_no}/submitted")
