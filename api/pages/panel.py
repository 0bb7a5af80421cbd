"""Expert panels and the library they are drawn from."""

from itertools import zip_longest
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, select
from starlette.datastructures import FormData

from api.dependencies import Has, Posted, Reader
from api.templating import page
from models.tables import Expert, Panel, Party
from models.vocabulary.errors import DomainError, Invalid, NotFound, Problem
from models.vocabulary.roles import CENTRE, OVERSIGHT, Role
from models.vocabulary.statuses import SEAT_STATE_TITLES
from models.vocabulary.text import Text
from models.vocabulary.whole import whole
from services import experts, panels
from services.access import Actor, case_for
from services.reading import case_desk
from services.session import reading, transaction

router = APIRouter()
Reader_ = Annotated[Actor, Depends(Has(*CENTRE, *OVERSIGHT, Role.BUREAU))]


@router.get("/panels/{case_no}")
def panel(
    request: Request, session: Reader, me: Reader_, case_no: str, round: int | None = None, verify: int = 0
) -> Response:
    """The panel of a case: the arithmetic, every seat with its history, the draw and how to check it."""
    case = case_for(session, me, case_no)
    rows = list(session.exec(select(Panel).where(Panel.case_id == case.id).order_by(Panel.round.desc())))  # type: ignore[attr-defined]
    row = next((p for p in rows if round is None or p.round == round), None)
    checked = panels.verify(session, row) if row is not None and verify and row.drawn_at else None
    return page(
        request,
        "panel/panel.html",
        actor=me,
        case=case,
        rounds=rows,
        states=SEAT_STATE_TITLES,
        topics=experts.TOPICS,
        view=case_desk.panel(session, case, row) if row else None,
        checked=checked,
    )


@router.get("/experts")
def library(request: Request, session: Reader, me: Reader_, q: str = "", topic: str = "") -> Response:
    """The library with what each expert has done."""
    return page(
        request,
        "panel/experts.html",
        actor=me,
        rows=case_desk.experts(session, q, topic if topic in experts.TOPICS else ""),
        q=q,
        topic=topic,
        topics=experts.TOPICS,
        may_make_up=experts.may_make_up(me),
    )


Keeper = Annotated[Actor, Depends(Has(Role.BUREAU))]


@router.get("/experts/new")
def new_expert(request: Request, session: Reader, me: Keeper) -> Response:
    """The form that enters an expert into the library."""
    return _new(request, session, me, {"topics": [], "available": True}, "")


def _new(
    request: Request,
    session: Session,
    me: Actor,
    said: dict[str, Any],
    reason: str,
    error: DomainError | None = None,
) -> Response:
    return page(
        request,
        "panel/expert_new.html",
        actor=me,
        status_code=error.status if error else 200,
        people=experts.without_entry(session),
        shown=said,
        reason=reason,
        topics=experts.TOPICS,
        problems=(error.problems or (Problem("", error.detail),)) if error else (),
    )


@router.post("/experts")
def add(request: Request, me: Keeper, form: Posted) -> Response:
    """Enter an expert into the library, with a reason."""
    said, reason, typed = _said(form), str(form.get("reason", "")), str(form.get("user", ""))
    values = {k: said[k] for k in ("specialty", "employer", "title", "topics", "available")}
    try:
        with transaction() as session:
            row = experts.add(session, me, whole(typed), values, reason)
    except DomainError as error:
        with reading() as session:
            return _new(request, session, me, values | {"user": typed}, reason, error)
    return RedirectResponse(f"/experts/{row.id}?saved=1", 303)


@router.get("/experts/{expert_id}")
def expert(request: Request, session: Reader, me: Reader_, expert_id: int, saved: int = 0) -> Response:
    """One expert: history, conflicts, and the form to change the entry."""
    return _page(request, session, me, expert_id, saved=bool(saved))


def _page(
    request: Request,
    session: Session,
    me: Actor,
    expert_id: int,
    *,
    said: dict[str, Any] | None = None,
    reason: str = "",
    problems: tuple[Problem, ...] = (),
    saved: bool = False,
) -> Response:
    row = session.get(Expert, expert_id)
    if row is None:
        raise NotFound
    shown = {**{k: getattr(row, k) for k in experts.EDITED}, **(said or {})}
    parties = {
        p.key: p.name
        for p in session.exec(select(Party).where(Party.kind == "organisation").order_by(Party.name))
    }
    return page(
        request,
        "panel/expert.html",
        actor=me,
        status_code=422 if problems else 200,
        expert=row,
        shown=shown,
        problems=problems,
        reason=reason,
        history=case_desk.history(session, row),
        states=SEAT_STATE_TITLES,
        topics=experts.TOPICS,
        parties=parties,
        may_edit=experts.may_edit(me),
        may_make_up=experts.may_make_up(me),
        flash={"kind": "ok", "text": Text("Saved.", "已保存，变更已记入审计。")} if saved else None,
    )


@router.post("/experts/{expert_id}")
def edit(request: Request, me: Reader_, expert_id: int, form: Posted) -> Response:
    """Change an entry, with a reason."""
    said, reason = _said(form), str(form.get("reason", ""))
    if not experts.may_make_up(me):
        del said["active"]  # not asked of them
    try:
        with transaction() as session:
            experts.edit(session, me, expert_id, said, reason)
    except Invalid as error:
        with reading() as session:
            return _page(request, session, me, expert_id, said=said, reason=reason, problems=error.problems)
    return RedirectResponse(f"/experts/{expert_id}?saved=1", 303)


def _said(form: FormData) -> dict[str, Any]:
    """The posted entry; a conflict whose body was cleared is dropped, a new one keeps what was typed of it."""
    parts = [
        [str(v).strip() for v in form.getlist(f"conflict_{k}")] for k in ("party", "relation", "until", "was")
    ]
    rows = zip_longest(*parts, fillvalue="")
    return {
        "specialty": str(form.get("specialty", "")).strip(),
        "employer": str(form.get("employer", "")).strip(),
        "title": str(form.get("title", "")).strip(),
        "topics": [str(t) for t in form.getlist("topics")],
        "active": form.get("active") == "true",
        "available": form.get("available") == "true",
        "conflicts": [
            {"party": party, "relation": relation, "until": until or None}
            for party, relation, until, was in rows
            if party or (not was and (relation or until))
        ],
    }
