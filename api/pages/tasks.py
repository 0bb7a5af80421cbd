"""The workbench: lists of tasks with their whole state in the address bar, saved views, bulk actions."""

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.dependencies import Me, Posted, Reader, Writer
from api.downloads import kept
from api.pages import bulk
from api.pages.desk import did_words
from api.templating import page
from models.vocabulary.errors import Invalid, NotAllowed
from models.vocabulary.roles import FILERS, STAFF, Role
from models.vocabulary.text import Text
from services import exports, views
from services.access import Actor
from services.reading import duties, inbox, inbox_where
from services.reading.filters import DUE_TITLES, MARK_TITLES, QUEUE_TITLES, SORT_TITLES, Filters, Queue

router = APIRouter()
PAGE = "/tasks"
EXPORT_LIMIT = 2000


async def filters_of(
    queue: str = "",
    procedure: str = "",
    stage: str = "",
    kind: str = "",
    due: str = "",
    holder: str = "",
    mark: str = "",
    q: str = "",
    sort: str = "due",
    cursor: str = "",
    limit: Annotated[int, Query(ge=5, le=200)] = 25,
) -> Filters:
    """The list's state as the address bar has it; unknown words fall back to the whole list."""
    known = queue if queue in set(Queue) else Queue.INBOX
    return Filters(
        Queue(known),
        procedure,
        stage,
        kind,
        due if due in DUE_TITLES else "",
        holder,
        mark if mark in MARK_TITLES else "",
        q[:120],
        sort if sort in SORT_TITLES else "due",
        cursor,
        limit,
    )


Wanted = Annotated[Filters, Depends(filters_of)]


@router.get("/tasks")
def workbench(request: Request, session: Reader, me: Me, wanted: Wanted, did: str = "") -> Response:
    """The lists. Filers answer on their cases; who came without a tab sees their first one."""
    tabs = inbox_where.queues_of(me)
    if me.is_any(*FILERS) and not me.is_any(*STAFF, Role.AGENCY, Role.EXPERT, Role.ADMIN, Role.AUDITOR):
        return RedirectResponse("/cases", 303)
    if wanted.queue not in tabs:
        wanted = Filters(queue=tabs[0])
    inbox_where.warm(session)
    return page(
        request, "tasks/workbench.html", actor=me, flash=did_words(did), **_shown(session, me, wanted, tabs)
    )


def _shown(session: Session, me: Actor, wanted: Filters, tabs: list[Queue]) -> dict[str, Any]:
    """Everything the page prints; a fixed number of statements."""
    counts = inbox.tabs(session, me, tabs)
    shared = {
        "wanted": wanted,
        "tabs": [(q.value, QUEUE_TITLES[q], f"{PAGE}?queue={q.value}", counts.get(q)) for q in tabs],
        "counts": {q.value: n for q, n in counts.items()},
        "views": views.listed(session, me, PAGE),
        "may_reassign": duties.supervises(me.roles),
        "dues": DUE_TITLES,
        "marks": MARK_TITLES,
        "sorts": SORT_TITLES,
        "staff": me.is_any(*STAFF),
    }
    if wanted.queue is Queue.RECENT:
        changes, cursor = inbox.recent(session, me, wanted)
        return {**shared, "changes": changes, "next_cursor": cursor, "items": [], "total": len(changes)}
    found = inbox.page(session, me, wanted)
    return {
        **shared,
        "items": found.items,
        "total": found.total,
        "next_cursor": found.next_cursor,
        "counters": inbox.counters(session, me, wanted) if wanted.queue is not Queue.ARCHIVE else [],
        "facets": inbox.facets(session, me, wanted),
        "load": inbox.load(session, set(STAFF)) if wanted.queue is Queue.ALL else [],
    }


@router.get("/tasks/export.csv")
def export(session: Reader, me: Me, wanted: Wanted) -> Response:
    """The list under the same filters as a table."""
    inbox_where.warm(session)
    rows = inbox.page(session, me, Filters(**{**vars(wanted), "cursor": "", "limit": EXPORT_LIMIT})).items
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["办件编号", "名称", "申请方", "事项", "环节", "轮次", "期限", "办理人", "状态"])
    for i in rows:
        due = i.task.due_at.isoformat() if i.task.due_at else ""
        writer.writerow(
            [
                exports.csv_cell(str(v))
                for v in (
                    i.case.case_no,
                    i.case.title,
                    i.applicant,
                    i.title.zh,
                    i.stage.zh,
                    i.task.round,
                    due,
                    i.holder,
                    i.task.state,
                )
            ]
        )
    kept(me, "tasks", rows=len(rows), queue=wanted.queue.value)
    return Response(
        "\ufeff" + out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tasks.csv"'},
    )


@router.post("/tasks/views")
def save_view(
    request: Request,
    session: Writer,
    me: Me,
    query: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    shared_with: Annotated[str, Form()] = "",
) -> Response:
    """Keep the present filters under a name."""
    try:
        views.save(session, me, PAGE, name, query, shared_with)
    except Invalid as error:
        return page(
            request,
            "tasks/view.html",
            actor=me,
            status_code=422,
            query=query,
            name=name,
            problems=error.problems,
            roles=sorted(me.roles),
            shared_with=shared_with,
        )
    return RedirectResponse(f"{PAGE}?{views.tidy(query)}", 303)


@router.get("/tasks/views/new")
def name_view(request: Request, me: Me) -> Response:
    """Ask for the name of a view of the present filters."""
    return page(
        request,
        "tasks/view.html",
        actor=me,
        query=views.tidy(request.url.query),
        name="",
        problems=(),
        roles=sorted(me.roles),
        shared_with="",
    )


@router.post("/tasks/views/{view_id}/delete")
def drop_view(session: Writer, me: Me, view_id: int) -> Response:
    """Delete an own view."""
    views.remove(session, me, view_id)
    return RedirectResponse(PAGE, 303)


@router.post("/tasks/bulk")
def bulk_act(request: Request, me: Me, form: Posted) -> Response:
    """Claim, release, reassign or remind the rows chosen; each by itself, with its own result."""
    ids, act = [str(v) for v in form.getlist("ids")], str(form.get("act", ""))
    back = str(form.get("back", "")) or "queue=inbox"
    if act not in bulk.ACTS:
        raise NotAllowed(Text("There is no such action.", "没有这一操作。"))
    if not ids:
        return page(request, "tasks/bulk_none.html", actor=me, status_code=422, back=back)
    if bulk.ACTS[act].asks and "confirmed" not in form:
        return bulk.ask(request, me, act, ids, back)
    words = bulk.Words(str(form.get("to", "")).strip(), str(form.get("reason", "")).strip())
    problem = bulk.defect(act, words)
    if problem is not None:
        return bulk.ask(request, me, act, ids, back, words, problem)
    return bulk.run(request, me, act, ids, words, back)
