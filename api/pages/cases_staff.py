"""Cases as staff and overseers read them: the list, and one case with everything that happened."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api import targets
from api.dependencies import Has, Me, Reader
from api.forms import display, form_view
from api.templating import page
from models.procedures import PROCEDURES, procedure
from models.vocabulary.errors import Conflict, DomainError, Invalid, NotFound, Problem
from models.vocabulary.roles import OVERSIGHT, STAFF, Role
from models.vocabulary.statuses import OFFICE_STATUS_TITLES
from models.vocabulary.text import Text
from services import cases, escalation, operator_acts, trouble_words
from services.access import Actor, case_for
from services.operator_acts import Order
from services.reading import blind, case_desk
from services.reading.case_desk import CaseFilters
from services.reading.stage_names import stage_names, stage_of
from services.reading.status import overview
from services.session import reading, transaction

router = APIRouter(prefix="/staff")
Staff = Annotated[Actor, Depends(Has(*STAFF, *OVERSIGHT))]


@router.get("/cases")
def listed(
    request: Request,
    session: Reader,
    me: Staff,
    q: str = "",
    status: str = "",
    stage: str = "",
    procedure: str = "",
    cursor: str = "",
    limit: Annotated[int, Query(ge=5, le=200)] = 30,
) -> Response:
    """Every case the reader may see, the last changed first."""
    wanted = CaseFilters(q[:120], status, stage, procedure, cursor, limit)
    rows, total, more = case_desk.listed(session, me, wanted)
    return page(
        request,
        "staff/cases.html",
        actor=me,
        rows=rows,
        total=total,
        next_cursor=more,
        wanted=wanted,
        statuses=OFFICE_STATUS_TITLES,
        stages=stage_names(),
        stage_of=stage_of,
        procedures={k: p.title for k, p in PROCEDURES.items()},
    )


@router.get("/cases/{case_no}")
def one(
    request: Request, session: Reader, me: Staff, case_no: str, older: int | None = None, did: str = ""
) -> Response:
    """One case: what it waits for, its papers, its history."""
    return _page(request, session, me, case_no, older, did)


ACTS = ("suspend", "resume", "end")
DID = {
    "suspend": Text("Suspended: all limits stand still.", "已中止办理，全部期限停止计算。"),
    "resume": Text(
        "Resumed: every limit moved by the time it stood still.", "已恢复办理，各项期限相应顺延。"
    ),
}


def _page(
    request: Request, session: Reader, me: Actor, case_no: str, older: int | None, did: str
) -> Response:
    case = case_for(session, me, case_no)
    spec, over = procedure(case.procedure), overview(session, me, case)
    context: dict[str, Any] = {
        "case": case,
        "spec": spec,
        "over": over,
        "timeline": blind.veiled(session, me, case, over.timeline),
        "desk": case_desk.load(session, me, case, older),
        "application": form_view(spec.form, case.form),
        "display": display,
        "target_title": targets.title,
        "supervises": me.is_any(Role.SUPERVISOR),
        "ladders": escalation.of_case(session, case),
        "oversees": me.is_any(Role.SUPERVISOR, *OVERSIGHT),
        "older": older,
        "parked": trouble_words.told(case.needs_operator) if case.needs_operator else None,
    }
    return page(
        request,
        "staff/case.html",
        actor=me,
        flash={"kind": "ok", "text": DID[did]} if did in DID else None,
        **context,
    )


@router.get("/cases/{case_no}/{act}")
def ask(request: Request, session: Reader, me: Staff, case_no: str, act: str) -> Response:
    """The page before a suspension, a resumption or an end: consequence and reason."""
    return _ask(request, session, me, case_no, act)


def _ask(
    request: Request,
    session: Reader,
    me: Actor,
    case_no: str,
    act: str,
    error: DomainError | None = None,
    reason: str = "",
) -> Response:
    case = case_for(session, me, case_no)
    if act not in ACTS or (act == "end" and not procedure(case.procedure).ex_officio):
        raise NotFound
    problems = error.problems or (Problem("", error.detail),) if error else ()
    return page(
        request,
        "staff/act.html",
        actor=me,
        case=case,
        act=act,
        problems=problems,
        reason=reason,
        status_code=error.status if error else 200,
    )


@router.post("/cases/{case_no}/{act}")
def do(request: Request, me: Me, case_no: str, act: str, reason: Annotated[str, Form()] = "") -> Response:
    """Suspend or resume; or propose to end what the office has opened, which a second person confirms."""
    if act not in ACTS:
        raise NotFound
    try:
        with transaction() as session:
            if act == "end":
                return RedirectResponse(f"/admin/stalled/acts/{_end(session, me, case_no, reason)}", 303)
            (cases.suspend if act == "suspend" else cases.resume)(session, me, case_no, reason)
    except (Invalid, Conflict) as error:
        with reading() as session:
            return _ask(request, session, me, case_no, act, error, reason)
    return RedirectResponse(f"/staff/cases/{case_no}?did={act}", 303)


def _end(session: Session, me: Actor, case_no: str, reason: str) -> int | None:
    """Propose the end of an evaluation or another case of the office; nothing happens before the second person."""
    if not procedure(case_for(session, me, case_no).procedure).ex_officio:
        raise NotFound
    return operator_acts.ask(session, me, Order(kind="end", case_no=case_no, reason=reason)).id
