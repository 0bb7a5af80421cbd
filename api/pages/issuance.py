"""A project or scenario that reports its data applies for issuance on one page (G20, G28)."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Me, Posted, Reader, Writer
from api.pages.applicant import see_other
from api.templating import page
from models.procedures import procedure
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.text import Text
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
        at={p.loc.rpartition(".")[2]: p.msg for p in problems},
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
    seen = typed.get("seen", "")
    if seen != offer.seen:
        before = issuance_offers.asked_before(session, project, seen)
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
