"""Monitoring data of a project for the centre: read, confirm certificates, set readings aside (G17, M10)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from api import places
from api.dependencies import Has, Me, Reader, Writer
from api.pages.applicant import see_other
from api.pages.monitoring import view
from api.templating import page
from models.tables import Project
from models.vocabulary.errors import Conflict, Invalid, Problem
from models.vocabulary.roles import OVERSIGHT, STAFF
from services.access import Actor
from services.monitoring import access, batches, devices
from services.reading import monitoring

router = APIRouter()
#: Readings of a page.
ROWS = 400
Staff = Annotated[Actor, Depends(Has(*STAFF, *OVERSIGHT))]


@router.get("/staff/projects/{number}/data")
def data(
    request: Request,
    me: Staff,
    session: Reader,
    number: str,
    year: Annotated[int | None, Query(ge=2000, le=2200)] = None,
    readings: str = "",
    batches: str = "",
) -> Response:
    """The same figures as the owner's page, with what an officer decides."""
    return _page(
        request, me, session, access.seen(session, me, number), year=year, after=readings, before=batches
    )


def _page(
    request: Request,
    me: Actor,
    session: Reader,
    project: Project,
    *,
    year: int | None = None,
    after: str = "",
    before: str = "",
    problems: tuple[Problem, ...] = (),
    failed: str = "",
    typed: str = "",
    gone: bool = False,
    status_code: int = 200,
) -> Response:
    """The page; `typed` stands in the form that `failed` names, or apart where that form is `gone`."""
    shown: dict[str, Any] = view(session, project, year, before)
    found = monitoring.of_year(session, project, shown["year"], ROWS + 1, _place(after))
    readings, following = places.cut(found, ROWS, lambda pair: monitoring.place_of(pair[0]))
    return page(
        request,
        "monitoring/staff.html",
        actor=me,
        status_code=status_code,
        readings=readings,
        following=following,
        confirms=bool(me.roles & access.CONFIRMING) and not me.is_any(*OVERSIGHT),
        problems=problems,
        failed=failed,
        typed=typed,
        gone=gone,
        **shown,
    )


def _place(typed: str) -> places.Place | None:
    """The place asked for; the first page where its day is none."""
    found = places.read(typed)
    return found if found and 1 <= found[0] <= date.max.toordinal() else None


def _refused(
    request: Request,
    me: Actor,
    session: Reader,
    project: Project,
    error: Invalid | Conflict,
    form: str,
    typed: str,
    **more: Any,
) -> Response:
    """The page again, with what was typed in the form that was refused."""
    problems = error.problems or (Problem("", error.detail),)
    status = error.status
    return _page(
        request, me, session, project, problems=problems, failed=form, typed=typed, status_code=status, **more
    )


@router.post("/staff/projects/{number}/data/calibrations/{calibration_id}")
def decide(
    request: Request,
    me: Me,
    session: Writer,
    number: str,
    calibration_id: int,
    verdict: Annotated[str, Form(pattern="^(confirm|refuse)$")] = "refuse",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Confirm or refuse a certificate."""
    project = access.confirmer(session, me, number)
    try:
        devices.decide(session, me, project, calibration_id, verdict == "confirm", note)
    except (Invalid, Conflict) as error:
        form, gone = f"calibration-{calibration_id}", isinstance(error, Conflict)
        return _refused(request, me, session, project, error, form, note, gone=gone)
    return see_other(f"/staff/projects/{number}/data#devices")


@router.post("/staff/projects/{number}/data/readings/{reading_id}/supersede")
def supersede(
    request: Request,
    me: Me,
    session: Writer,
    number: str,
    reading_id: int,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Set a reading aside for good, with the reason, so that a corrected one can be reported."""
    project = access.confirmer(session, me, number)
    try:
        row = batches.supersede(session, me, project, reading_id, reason)
    except (Invalid, Conflict) as error:
        form, year = f"reading-{reading_id}", batches.year_of(session, project, reading_id)
        return _refused(request, me, session, project, error, form, reason, year=year)
    return see_other(f"/staff/projects/{number}/data?year={row.first_day.year}#readings")
