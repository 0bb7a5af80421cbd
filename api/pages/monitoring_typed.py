"""Readings typed into a page 填写读数: a table of months and meters, then the same look as at an upload (R25)."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.dependencies import Me, Posted, Reader, Writer
from api.pages.applicant import see_other
from api.templating import page
from models.tables import Project
from models.vocabulary.errors import Conflict, Invalid, Problem
from services.access import Actor
from services.monitoring import access, batches, typed
from services.monitoring import typed_table as table
from services.reading.measured import by_meter

router = APIRouter()


def _page(
    request: Request,
    me: Actor,
    session: Reader,
    project: Project,
    sheet: table.Sheet,
    words: Mapping[str, str],
    *,
    problems: tuple[Problem, ...] | None = None,
    status_code: int = 200,
    **more: Any,
) -> Response:
    """The table with everything typed in it, what is wrong at its cell, and the sums."""
    filled = typed.fill(session, project, sheet, words)
    shown = {"refused": None, "span": {}, **more}
    return page(
        request,
        "monitoring/typed.html",
        actor=me,
        status_code=status_code,
        project=project,
        sheet=sheet,
        typed=words,
        filled=filled,
        problems=filled.problems if problems is None else problems,
        units=by_meter(session, project),
        newest=table.newest(),
        most=table.MOST,
        silent=_silent(project),
        **shown,
    )


def _silent(project: Project) -> Any:
    """Why nothing is taken now, told before somebody types; None where it is."""
    try:
        batches.refuse_silent(project)
    except Conflict as error:
        return error.detail
    return None


@router.get("/my/projects/{number}/data/typed")
def form(
    request: Request,
    me: Me,
    session: Reader,
    number: str,
    first: Annotated[str, Query(alias="from", max_length=20)] = "",
    last: Annotated[str, Query(alias="to", max_length=20)] = "",
    batch: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The table: months not reported yet, the months chosen, or those of a look that was let go, to be changed."""
    project = access.owned(session, me, number, "project", sending=True)
    span = {"from": first.strip(), "to": last.strip()}
    if batch:
        months, words = typed.again(session, project, batches.one(session, project, batch))
        return _page(request, me, session, project, table.sheet(session, project, months), words)
    problems: tuple[Problem, ...] = ()
    months = []
    if first or last:
        try:
            months = table.chosen(span["from"], span["to"])
        except Invalid as error:
            problems = error.problems
    sheet = table.sheet(session, project, months)
    status = 422 if problems else 200
    return _page(request, me, session, project, sheet, {}, problems=problems, status_code=status, span=span)


@router.post("/my/projects/{number}/data/typed")
def look(request: Request, me: Me, session: Writer, number: str, form: Posted) -> Response:
    """Hand on what was typed to be looked at; what is wrong is told at its cell, with everything still there."""
    project = access.owned(session, me, number, "project", sending=True)
    words = {k: v for k, v in form.items() if isinstance(v, str)}
    sheet = table.sheet(session, project, table.named(words.get("months", "")))
    if words.get("act") == "sum":
        return _page(request, me, session, project, sheet, words)
    try:
        batch = typed.preview(session, me, project, sheet, words)
    except Invalid as error:
        return _page(
            request, me, session, project, sheet, words, problems=error.problems, status_code=error.status
        )
    except Conflict as error:
        return _page(
            request, me, session, project, sheet, words, refused=error.detail, status_code=error.status
        )
    return see_other(f"/my/projects/{number}/data/batches/{batch.id}")
