"""One task on the desk: read, write, save, decide. Whatever was typed is kept, also when the decision cannot count."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from api import targets
from api.dependencies import Me, Posted, Reader
from api.forms import display, form_view, parse, row_command
from api.pages import desk_papers
from api.templating import environment, page
from models.procedures import procedure
from models.tables import Case
from models.vocabulary.errors import BadUpload, Conflict, DomainError, Invalid, NotFound, Problem, Stale
from models.vocabulary.roles import FILERS, Role
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from services import clock, form_diff, tasks
from services.access import Actor, spec_of, task_for
from services.reading import desk as reading_desk
from services.reading import inbox, inbox_where
from services.reading.desk import Desk
from services.reading.filters import Filters, Queue
from services.session import reading, transaction
from services.settings import settings

router = APIRouter()

#: Templates of the kinds of tasks whose form has a layout of its own.
LAYOUTS = {
    "formal_review": "tasks/form_review.html",
    "revision_check": "tasks/form_verdicts.html",
    "revision_recheck": "tasks/form_verdicts.html",
    "revision_exchange_check": "tasks/form_verdicts.html",
    "expert_opinion": "tasks/form_opinion.html",
    "expert_invitation": "tasks/form_invitation.html",
}


@dataclass(frozen=True)
class Typed:
    """What a person sent from the desk. `base`: when the draft it rests on was saved; `version`: of the task seen."""

    outcome: str
    form: dict[str, Any]
    version: int | None
    base: str
    opened: datetime
    pairs: list[tuple[str, str]]


@router.get("/tasks/{task_id:uuid}")
def show(request: Request, session: Reader, me: Me, task_id: UUID, saved: int = 0, did: str = "") -> Response:
    """The desk; filers answer on the page of their case."""
    task = task_for(session, me, task_id)
    if Role(task.role) in FILERS and me.party_id is not None and me.party_id == task.party_id:
        case = session.get_one(Case, task.case_id)
        return RedirectResponse(
            f"/cases/{case.case_no}/answer/{task.id}" if task.closed_at is None else f"/cases/{case.case_no}",
            303,
        )
    desk = reading_desk.load(session, me, task_id)
    return _page(
        request,
        me,
        desk,
        desk.form,
        desk.draft.outcome if desk.draft else "",
        flash=_saved(desk) if saved else did_words(did),
    )


#: What an act has brought about, said after it.
DID: dict[str, Text] = {
    "release": Text("The task is back with its group.", "已退回组内。"),
    "delegate": Text(
        "The task has been passed on; your colleague has been told.", "已转交，并已通知受托人。"
    ),
    "reassign": Text(
        "The task has been reassigned; the new holder has been told.", "已改派，并已通知新的承办人。"
    ),
    "hold": Text("Put aside. It comes back by itself.", "已搁置，到期或收到答复后自动恢复。"),
    "remind": Text("The reminder has been sent.", "催办消息已发送。"),
    "ask-extension": Text("Asked for; a supervisor decides.", "延期申请已提交，等待审核负责人决定。"),
    "extend": Text("The limit has been extended; the new end is shown.", "期限已延长，新的期限见左侧。"),
    "override": Text("The wait has been settled; the course goes on.", "已代为决定，流程继续。"),
    "ask-for": Text("The holder has been asked.", "已向承办人发送申请。"),
}


def did_words(act: str) -> dict[str, Any] | None:
    return {"kind": "ok", "text": DID[act]} if act in DID else None


def _saved(desk: Desk) -> dict[str, Any] | None:
    if desk.draft is None:
        return None
    at = desk.draft.saved_at.astimezone(clock.SHANGHAI)
    return {"kind": "ok", "text": Text(f"Draft saved at {at:%H:%M:%S}.", f"草稿已保存（{at:%H:%M:%S}）。")}


def _page(
    request: Request,
    me: Actor,
    desk: Desk,
    data: dict[str, Any],
    outcome: str,
    problems: tuple[Problem, ...] = (),
    status_code: int = 200,
    flash: dict[str, Any] | None = None,
    paper_problems: dict[str, Text] | None = None,
) -> HTMLResponse:
    view = form_view(desk.spec.form, data, problems)
    spec = procedure(desk.case.procedure)
    answer = form_view(desk.spec.form, desk.answer.form) if desk.answer else None
    expert = desk.spec.by is Role.EXPERT and me.user_id in (desk.task.reserved_for, desk.task.assignee_id)
    may_write = not desk.closed and desk.refusal is None and desk.case.suspended_at is None
    return page(
        request,
        "tasks/desk.html",
        actor=me,
        status_code=status_code,
        desk=desk,
        task=desk.task,
        case=desk.case,
        spec=desk.spec,
        procedure=spec,
        view=view,
        outcome=outcome,
        problems=problems,
        flash=flash,
        display=display,
        pieces=form_diff.pieces,
        answer=answer,
        beside_views=[form_view(noun.form, given.form) for noun, _, given in desk.beside],
        expert=expert,
        layout=LAYOUTS.get(desk.task.key, ""),
        may_write=may_write,
        own_papers=desk_papers.own(desk),
        paper_problems=paper_problems or {},
        paper_limit=settings().max_upload_mb,
        ladders=[] if desk.closed or expert else desk.ladders,
        supervises=me.is_any(Role.SUPERVISOR),
        reassigns=me.is_any(Role.SUPERVISOR, Role.ADMIN, Role.EXCHANGE),
        application=form_view(spec.form, desk.case.form) if desk.papers else None,
        estimate=desk.estimate,
        issuance=desk.issuance,
        target_choices=targets.choices(spec) if may_write else [],
        target_title=targets.title,
        phrases=targets.PHRASES,
        base=desk.draft.saved_at.isoformat() if desk.draft else "",
        opened=clock.now().isoformat(),
        outcome_problems=[p for p in problems if p.loc == "outcome"],
    )


def typed(form: FormData, form_type: Any) -> Typed:
    """The posted desk as data."""
    pairs = [(k, v) for k, v in form.multi_items() if isinstance(v, str)]
    version = str(form.get("_version", ""))
    try:
        opened = datetime.fromisoformat(str(form.get("_opened", "")))
    except ValueError:
        opened = clock.now()
    return Typed(
        str(form.get("_outcome", "")),
        parse(form_type, pairs),
        int(version) if is_whole(version) else None,
        str(form.get("_base", "")),
        opened,
        pairs,
    )


@router.post("/tasks/{task_id:uuid}")
def act(request: Request, me: Me, task_id: UUID, form: Posted) -> Response:
    """Add a row, save the draft, or decide (and go on to the next task)."""
    with reading() as session:
        spec = spec_of(task_for(session, me, task_id))
        said = typed(form, spec.form)
    refused_papers = desk_papers.take(me, task_id, spec, form)
    command = str(form.get("_rows", ""))
    if command:
        return _rows(request, me, task_id, said, command, refused_papers)
    do = str(form.get("_do", "draft"))
    if refused_papers:  # nothing is decided without the paper that was to go with it
        _keep(me, task_id, said)
        return _without(request, me, task_id, refused_papers, said.form, said.outcome)
    if do == "draft":
        _keep(me, task_id, said)
        return RedirectResponse(f"/tasks/{task_id}?saved=1", 303)
    return _decide(request, me, task_id, said, go_on=do == "next")


def _without(
    request: Request,
    me: Actor,
    task_id: UUID,
    wrong: dict[str, Text],
    data: dict[str, Any] | None = None,
    outcome: str = "",
    status: int = 422,
) -> Response:
    """The desk again, saying at its place which paper was not taken; what is typed is the draft where not given."""
    with reading() as session:
        desk = reading_desk.load(session, me, task_id)
    if data is None:
        data, outcome = desk.form, desk.draft.outcome if desk.draft else ""
    return _page(request, me, desk, data, outcome, (), status, paper_problems=wrong)


def _rows(
    request: Request, me: Actor, task_id: UUID, said: Typed, command: str, wrong: dict[str, Text]
) -> Response:
    """One row more or less, everything else as typed."""
    row_command(said.form, command)
    _keep(me, task_id, said)
    return _without(request, me, task_id, wrong, said.form, said.outcome, 200)


def _keep(me: Actor, task_id: UUID, said: Typed) -> None:
    """The draft belongs to (task, person) and survives whatever happens to the task."""
    with transaction() as session:
        tasks.save_draft(session, me, task_id, said.outcome, said.form, said.version)


@router.post("/tasks/{task_id:uuid}/draft")
def autosave(request: Request, me: Me, task_id: UUID, form: Posted) -> Response:
    """Keep what is typed, in the background; answers with the time of saving. A newer draft from another window wins."""
    with reading() as session:
        task = task_for(session, me, task_id)
        said = typed(form, spec_of(task).form)
        newer = _newer(session, me, task_id, said)
    template = environment().get_template("tasks/_saved.html")
    lang = me.lang
    if newer and "_force" not in form:
        return HTMLResponse(template.render(lang=lang, saved_at=None), status_code=409)
    with transaction() as session:
        row = tasks.save_draft(session, me, task_id, said.outcome, said.form, said.version)
    if "_force" in form:
        return RedirectResponse(f"/tasks/{task_id}?saved=1", 303)
    return HTMLResponse(
        template.render(lang=lang, saved_at=f"{row.saved_at.astimezone(clock.SHANGHAI):%H:%M:%S}"),
        headers={"X-Base": row.saved_at.isoformat()},
    )


def _newer(session: Session, me: Actor, task_id: UUID, said: Typed) -> bool:
    """Has another window saved since this page was made?"""
    draft = tasks.draft_of(session, me, task_for(session, me, task_id))
    return (
        draft is not None
        and draft.saved_at.isoformat() != said.base
        and draft.form != said.form
        and bool(said.base)
    )


def _decide(request: Request, me: Actor, task_id: UUID, said: Typed, *, go_on: bool) -> Response:
    """Submit; any refusal keeps the words and says what happened."""
    try:
        with transaction() as session:
            if _newer(session, me, task_id, said):
                raise Stale(
                    Text(
                        "You saved other words in another window meanwhile.",
                        "您在其他窗口保存过不同的内容，请核对后再提交。",
                    )
                )
            tasks.complete(session, me, task_id, said.outcome, said.form, version=said.version)
    except Invalid as error:
        _keep(me, task_id, said)
        with reading() as session:
            desk = reading_desk.load(session, me, task_id)
            return _page(request, me, desk, said.form, said.outcome, error.problems, error.status)
    except NotFound:
        raise
    except DomainError as error:
        return refused(request, me, task_id, said, error)
    return _onward(me, task_id, go_on=go_on)


def _onward(me: Actor, task_id: UUID, *, go_on: bool) -> Response:
    """The receipt, or the next task of the list."""
    if go_on:
        with reading() as session:
            inbox_where.warm(session)
            waiting = [
                i
                for i in inbox.page(session, me, Filters(queue=Queue.INBOX, limit=5)).items
                if i.blocked is None
            ]
        if waiting:
            return RedirectResponse(f"/tasks/{waiting[0].task.id}?after={task_id}", 303)
    return RedirectResponse(f"/tasks/{task_id}/done", 303)


@router.post("/tasks/{task_id:uuid}/papers")
def add_paper(request: Request, me: Me, task_id: UUID, form: Posted) -> Response:
    """Keep a paper that goes with the answer, as photos of a visit, and what is typed beside it as the draft."""
    kind = str(form.get("_paper", form.get("kind", "")))[:60]
    file = form.get(f"file.{kind}", form.get("file"))
    with reading() as session:
        said = typed(form, spec_of(task_for(session, me, task_id)).form)
    if "_opened" in form:  # sent from the desk, with the words on it
        _keep(me, task_id, said)
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise BadUpload(Text("Please choose a file first.", "请先选择要上传的文件。"), 422)
        desk_papers.add(me, task_id, kind, file)
    except BadUpload as error:
        return _without(request, me, task_id, {kind: error.detail}, status=error.status)
    return RedirectResponse(f"/tasks/{task_id}#papers", 303)


@router.get("/tasks/{task_id:uuid}/done")
def done(request: Request, session: Reader, me: Me, task_id: UUID) -> Response:
    """The receipt: what was decided, when, what happens next."""
    task = task_for(session, me, task_id)
    if task.closed_at is None:
        return RedirectResponse(f"/tasks/{task_id}", 303)
    spec = spec_of(task)
    return page(
        request,
        "tasks/done.html",
        actor=me,
        task=task,
        spec=spec,
        case=session.get_one(Case, task.case_id),
        outcome=spec.outcome(task.outcome or ""),
    )


# ---- what cannot count ---------------------------------------------------------------------------


def refused(request: Request, me: Actor, task_id: UUID, said: Typed, error: DomainError) -> HTMLResponse:
    """The page for a decision that came too late, to the wrong person, or over something newer."""
    kind = (
        "changed"
        if isinstance(error, Stale)
        else error.kind
        if isinstance(error, Conflict)
        else "not_allowed"
    )
    with reading() as session:
        task = task_for(session, me, task_id)
        newer, stored = _newer(session, me, task_id, said), tasks.draft_of(session, me, task)
        theirs = stored.form if stored else {}
        if not newer:
            _keep(me, task_id, said)
        desk = reading_desk.load(session, me, task_id)
        return page(
            request,
            "tasks/conflict.html",
            actor=me,
            status_code=error.status,
            kind=kind,
            error=error,
            desk=desk,
            task=desk.task,
            case=desk.case,
            spec=desk.spec,
            rows=_three_ways(desk, theirs, said.form, _origin(said)),
            kept=not newer,
            since=reading_desk.previous(session, task, said.opened),
            typed=form_view(desk.spec.form, said.form),
            outcome=desk.spec.outcome(said.outcome),
            display=display,
            pairs=[(k, v) for k, v in said.pairs if k not in ("csrf", "_do", "_version", "_base", "_force")],
        )


def _origin(said: Typed) -> dict[str, Any]:
    """The form as it was when the page was opened."""
    raw = next((v for k, v in said.pairs if k == "_origin"), "")
    try:
        found = json.loads(raw) if raw else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _three_ways(
    desk: Desk, theirs: dict[str, Any], mine: dict[str, Any], origin: dict[str, Any]
) -> list[dict[str, Any]]:
    """Field by field: as opened, as saved now, as typed. Only what differs."""
    views = [form_view(desk.spec.form, d) for d in (origin or desk.start, theirs, mine)]
    return [
        {"title": f[0].spec.title, "fields": f}
        for f in zip(*(v.fields for v in views), strict=True)
        if len({json.dumps(x.value, ensure_ascii=False, sort_keys=True, default=str) for x in f}) > 1
    ]
