"""The yearly plan of evaluations: looked at before it is opened; and the door to an evaluation on demand (M13, G29)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from api.dependencies import Has, Reader, Writer
from api.pages.applicant import see_other
from api.templating import page
from models.procedures.tracking_evaluation import SPEC
from models.vocabulary.roles import OVERSIGHT, Role
from services import clock, evaluations
from services.access import Actor

router = APIRouter(prefix="/evaluations")
Reading = Annotated[
    Actor, Depends(Has(Role.OFFICER, Role.SUPERVISOR, Role.EXCHANGE, Role.BUREAU, *OVERSIGHT))
]
Planning = Annotated[Actor, Depends(Has(Role.SUPERVISOR))]


@router.get("")
def shown(
    request: Request,
    me: Reading,
    session: Reader,
    year: Annotated[int | None, Query(ge=2000, le=2200)] = None,
) -> Response:
    """The plans made, the newest first or the year asked for, with what was drawn and why."""
    plans = evaluations.made(session)
    wanted = year or (plans[0].year if plans else clock.today().year)
    plan = next((p for p in plans if p.year == wanted), None)
    return page(
        request,
        "evaluations/plan.html",
        actor=me,
        plans=plans,
        plan=plan,
        items=evaluations.items(session, plan) if plan else [],
        year=wanted,
        this_year=clock.today().year,
        plans_now=me.is_any(Role.SUPERVISOR) and evaluations.of_year(session, clock.today().year) is None,
        starts=bool(me.roles & SPEC.filers),
        key=SPEC.key,
    )


@router.get("/preview")
def preview(
    request: Request, me: Planning, session: Reader, seed: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """What this year's plan would be; nothing is kept until it is opened with the same seed."""
    year = clock.today().year
    if evaluations.of_year(session, year) is not None:
        return see_other(f"/evaluations?year={year}")
    wanted = evaluations.preview(session, year, seed)
    return page(request, "evaluations/preview.html", actor=me, wanted=wanted)


@router.post("/plan")
def make(
    me: Planning,
    session: Writer,
    year: Annotated[int, Form(ge=2000, le=2200)],
    seed: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Make the plan and open its evaluations, once a year."""
    evaluations.refuse_past(year)
    evaluations.plan(session, me, year, seed)
    return see_other(f"/evaluations?year={year}")
