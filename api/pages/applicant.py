"""The applicant's cases: list, start, status, versions, withdrawal."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.dependencies import Me, Reader, Writer
from api.forms import display, form_view
from api.templating import page
from models.procedures import PROCEDURES, procedure
from models.tables import Case
from models.vocabulary.errors import Conflict, Invalid, NotFound, Problem
from models.vocabulary.roles import FILERS
from models.vocabulary.statuses import CASE_STATUS_TITLES, CaseStatus
from services import cases, drafts, live_events, materials, methodology_rows
from services.access import Actor, case_for, owns, reads_personal
from services.form_masking import masked
from services.reading import case_list, case_versions
from services.reading.endings import ending
from services.reading.offices import house_of
from services.reading.status import overview
from services.reading.timeline import is_insider

router = APIRouter()

PAGE = 20


def is_filer(actor: Actor, case: Case) -> bool:
    """Is this the filing party's case?"""
    return owns(actor, case)


def own_case(session: Reader, actor: Actor, case_no: str) -> Case:
    """The case, for pages of the filing party only. Raises NotFound."""
    case = case_for(session, actor, case_no)
    if not is_filer(actor, case):
        raise NotFound
    return case


def see_other(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303)


@router.get("/cases")
def my_cases(
    request: Request,
    me: Me,
    session: Reader,
    q: Annotated[str, Query(max_length=200)] = "",
    status: str = "",
    cursor: str = "",
) -> Response:
    """My cases, newest first; staff have their own list."""
    if not me.is_any(*FILERS):
        return see_other("/staff/cases" if is_insider(me) else "/tasks")
    lines, following = case_list.listed(session, me, case_list.CaseFilter(q=q, status=status), PAGE, cursor)
    return page(
        request,
        "applicant/cases.html",
        actor=me,
        lines=lines,
        next_cursor=following,
        q=q,
        status=status,
        statuses=CASE_STATUS_TITLES,
        procedures=_startable(me),
        stage_of=_stage_words,
    )


def _stage_words(case: Case) -> Any:
    """The stage in words, or nothing for drafts and ended cases."""
    known = case.stage and CaseStatus(case.status) is not CaseStatus.DRAFT
    return procedure(case.procedure).stage(case.stage).title if known else ""


def _startable(me: Actor) -> list[Any]:
    return [spec for spec in PROCEDURES.values() if me.roles & spec.filers]


@router.get("/cases/new")
def choose(request: Request, me: Me, session: Reader, procedure: str = "") -> Response:
    """The procedures I may start; the one asked for comes first."""
    startable = sorted(_startable(me), key=lambda p: p.key != procedure)
    return page(
        request,
        "applicant/new.html",
        actor=me,
        procedures=startable,
        lacking={p.key for p in startable if methodology_rows.lacks(session, p)},
    )


@router.post("/cases/new")
def start(me: Me, session: Writer, procedure: Annotated[str, Form()]) -> Response:
    """Open a draft and go to its first section."""
    known = drafts.known(session, me, procedure) if procedure in PROCEDURES else {}
    case = cases.create(session, me, procedure, known)
    return see_other(f"/cases/{case.case_no}/edit{'?known=1' if known else ''}")


@router.get("/cases/{case_no}")
def status(request: Request, me: Me, session: Reader, case_no: str) -> Response:
    """The five facts, the steps, the requests, what happened; live."""
    case = case_for(session, me, case_no)
    if case.status == CaseStatus.DRAFT.value and is_filer(me, case):
        return see_other(f"/cases/{case_no}/edit")
    if is_insider(me):
        return see_other(f"/staff/cases/{case_no}")
    return page(request, "applicant/status.html", actor=me, **_status(session, me, case))


@router.get("/cases/{case_no}/panel")
def panel(request: Request, me: Me, session: Reader, case_no: str, seen: int = 0) -> Response:
    """The living part of the status page, for its refresh; nothing (204) when there is no event after `seen`."""
    case = case_for(session, me, case_no)
    if seen and seen >= live_events.start(session, me, case_no, None)[1]:
        return Response(status_code=204)
    return page(request, "applicant/status_panel.html", actor=me, fresh=True, **_status(session, me, case))


def _status(session: Reader, me: Actor, case: Case) -> dict[str, Any]:
    view, last = overview(session, me, case), live_events.start(session, me, case.case_no, None)[1]
    return {
        "view": view,
        "case": case,
        "spec": procedure(case.procedure),
        "office": house_of(procedure(case.procedure).office),
        "mine": is_filer(me, case),
        "last": last,
        "ending": ending(session, case),
        "versions": len(case_versions.of_case(session, case)),
    }


@router.get("/cases/{case_no}/form")
def read_form(request: Request, me: Me, session: Reader, case_no: str) -> Response:
    """The application as it stands, for reading; personal data of others stays hidden."""
    case = case_for(session, me, case_no)
    spec = procedure(case.procedure)
    data = case.form if is_filer(me, case) else masked(spec.form, case.form)
    return page(
        request,
        "applicant/form.html",
        actor=me,
        case=case,
        view=form_view(spec.form, data),
        reveal=is_filer(me, case),
        papers=_papers(session, me, case),
    )


def _papers(session: Reader, me: Me, case: Case) -> list[tuple[Any, list[Any]]]:
    rows, mine = materials.readable(session, me, case), reads_personal(me, case)
    kinds = [m for m in procedure(case.procedure).materials if mine or not m.personal]
    return [(m, [r for r in rows if r.kind == m.kind]) for m in kinds]


@router.get("/cases/{case_no}/versions")
def versions(request: Request, me: Me, session: Reader, case_no: str, old: int = 0, new: int = 0) -> Response:
    """Submitted versions, and what changed between two of them."""
    case = case_for(session, me, case_no)
    rows = case_versions.of_case(session, case)
    if len(rows) > 1 and not new:
        old, new = rows[-2].number, rows[-1].number
    compared = case_versions.compare(session, case, old, new) if old and new else None
    return page(
        request,
        "applicant/versions.html",
        actor=me,
        case=case,
        rows=rows,
        compared=compared,
        kinds=case_versions.KINDS,
        display=display,
    )


@router.get("/cases/{case_no}/withdraw")
def ask_withdrawal(request: Request, me: Me, session: Reader, case_no: str) -> Response:
    """What a withdrawal means, before it is done."""
    case = own_case(session, me, case_no)
    return page(
        request,
        "applicant/withdraw.html",
        actor=me,
        case=case,
        possible=cases.may_withdraw(me, case),
        reason="",
        problems=(),
    )


@router.post("/cases/{case_no}/withdraw")
def withdraw(
    request: Request, me: Me, session: Writer, case_no: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """Take the case back."""
    try:
        cases.withdraw(session, me, case_no, reason)
    except (Invalid, Conflict) as error:
        case = own_case(session, me, case_no)
        return page(
            request,
            "applicant/withdraw.html",
            actor=me,
            status_code=error.status,
            case=case,
            possible=cases.may_withdraw(me, case),
            reason=reason,
            problems=error.problems or (Problem("", error.detail),),
        )
    return see_other(f"/cases/{case_no}")
