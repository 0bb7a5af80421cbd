"""The workbench: lists of tasks with their whole state in the address bar, saved views, bulk actions."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.dependencies import Me, Posted, Reader, Writer
from api.downloads import kept
from api.errors import language
from api.pages import bulk
from api.pages.desk import did_words
from api.templating import page
from models.vocabulary.errors import Invalid, NotAllowed
from models.vocabulary.roles import FILERS, STAFF, Role
from models.vocabulary.statuses import TASK_STATE_TITLES, TaskState
from models.vocabulary.text import Text
from services import clock, exports, views
from services.access import Actor
from services.clock import SHANGHAI
from services.reading import duties, inbox, inbox_where
from services.reading.filters import DUE_TITLES, MARK_TITLES, QUEUE_TITLES, SORT_TITLES, Filters, Queue
from services.reading.inbox import Item

router = APIRouter()
PAGE = "/tasks"
#: Rows of an export read at once.
PART = 500
COLUMNS = (
    Text("Case", "办件编号"), Text("Title", "名称"), Text("Applicant", "申请方"), Text("Task", "事项"),
    Text("Stage", "环节"), Text("Round", "轮次"), Text("Limit", "期限"), Text("In hand of", "办理人"),
    Text("State", "状态"),
)  # fmt: skip


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
def export(request: Request, session: Reader, me: Me, wanted: Wanted) -> Response:
    """The list under the same filters as a table, all of it, in the reader's language and Shanghai time."""
    inbox_where.warm(session)
    lang, out, count = language(request), io.StringIO(), 0
    writer = csv.writer(out)
    writer.writerow(heading.of(lang) for heading in COLUMNS)
    with clock.at(clock.now()):  # what is late is late as of one instant
        for item in _every(session, me, wanted):
            writer.writerow([exports.csv_cell(value) for value in _cells(item, lang)])
            count += 1
    kept(me, "tasks", rows=count, queue=wanted.queue.value)
    return Response(
        "\ufeff" + out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tasks.csv"'},
    )


def _every(session: Session, me: Actor, wanted: Filters) -> Iterator[Item]:
    """The whole list, read in parts."""
    following: str | None = ""
    while following is not None:
        found = inbox.page(session, me, replace(wanted, cursor=following, limit=PART))
        yield from found.items
        following = found.next_cursor


def _cells(item: Item, lang: str) -> tuple[str, ...]:
    state = TASK_STATE_TITLES[TaskState(item.task.state)]
    return (
        item.case.case_no, item.case.title, item.applicant, item.title.of(lang), item.stage.of(lang),
        str(item.task.round), _until(item.task.due_at), item.holder, state.of(lang),
    )  # fmt: skip


def _until(due: datetime | None) -> str:
    """The last day of a limit, which ends at its 24:00; an instant where it ends within a day."""
    if due is None:
        return ""
    here = due.astimezone(SHANGHAI)
    if here.time() == time():
        return f"{here - timedelta(seconds=1):%Y-%m-%d}"
    return f"{here:%Y-%m-%d %H:%M:%S}"


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
    words = bulk.Words(
        str(form.get("to", "")).strip(), str(form.get("reason", "")).strip(), str(form.get("nonce", ""))
    )
    problem = bulk.defect(act, words)
    if problem is not None:
        return bulk.ask(request, me, act, ids, back, words, problem)
    return bulk.run(request, me, act, ids, words, back)
