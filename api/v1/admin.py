"""Oversight on the wire: what stands still, the audit trail and its proof, numbers, repairs."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from api.dependencies import Has, Reader, Writer
from api.errors import language
from api.v1.task_out import TaskSummary, shanghai, summary, username
from api.v1.tasks import DaysIn, DelegateIn
from models.vocabulary.errors import NotAllowed, NotFound
from models.vocabulary.events import EVENT_TITLES, Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit, audit_reading, nudges, tasks
from services.access import Actor, case_for
from services.reading import inbox, oversight
from services.reading.oversight import TrailFilters
from services.session import transaction

router = APIRouter(prefix="/api/v1/admin", tags=["admin"])
Overseer = Annotated[Actor, Depends(Has(Role.ADMIN, Role.AUDITOR))]
Watcher = Annotated[Actor, Depends(Has(Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR))]
Repairer = Annotated[Actor, Depends(Has(Role.ADMIN, Role.SUPERVISOR))]


class AuditItem(BaseModel):
    """One event of the trail."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 42,
                    "case_no": "XM-2026-0001",
                    "seq": 3,
                    "at": "2026-11-20T10:00:00+08:00",
                    "event": "task.completed",
                    "title": "办结事项",
                    "stage": "formal_review",
                    "by": "李四",
                    "username": "intake",
                    "role": "intake",
                    "task_id": None,
                    "data": {"key": "formal_review", "outcome": "accept"},
                    "rests_on": "",
                    "prev_hash": "9f…",
                    "hash": "3b…",
                }
            ]
        }
    )

    id: int
    case_no: str
    seq: int | None
    at: datetime
    event: str
    title: str
    stage: str
    by: str
    username: str
    role: str
    task_id: UUID | None
    data: dict[str, Any]
    rests_on: str
    prev_hash: str
    hash: str


class AuditList(BaseModel):
    items: list[AuditItem]
    next_cursor: str | None


class Verdict(BaseModel):
    """Are the chains unbroken? Each problem names an event."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"intact": True, "events": 1284, "problems": []}]}
    )

    intact: bool
    events: int
    problems: list[str]


class Nudged(BaseModel):
    """What was found and done; the result is what was seen, not what was asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_no": "XM-2026-0001",
                    "resent": 1,
                    "text": "已重新通知流程引擎，并重发 1 条未送达消息。",
                }
            ]
        }
    )

    case_no: str
    resent: int
    text: str


@router.get("/audit", summary="The audit trail, newest first")
def trail(
    request: Request,
    session: Reader,
    me: Overseer,
    case_no: str = "",
    event: str = "",
    person: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> AuditList:
    """`event` is a key such as `task.completed`; `person` a user name; `cursor` the `next_cursor` of the page before."""
    wanted = TrailFilters(case_no, event, person, since, until, cursor, limit + 1)
    rows = oversight.trail(session, wanted)
    with transaction() as own:
        audit_reading.looked(own, me, wanted, min(limit, len(rows)))
    lang = language(request)
    more = str(rows[limit - 1].event.id) if len(rows) > limit else None
    return AuditList(items=[_event(r, lang) for r in rows[:limit]], next_cursor=more)


def _event(row: oversight.TrailRow, lang: str) -> AuditItem:
    e = row.event
    title = EVENT_TITLES[Event(e.event)].of(lang) if e.event in set(Event) else e.event
    return AuditItem(
        id=e.id or 0,
        case_no=row.case_no,
        seq=e.seq,
        at=shanghai(e.at) or e.at,
        event=e.event,
        title=title,
        stage=e.stage,
        by=row.by,
        username=row.username,
        role=e.role,
        task_id=e.task_id,
        data=e.data,
        rests_on=e.rests_on,
        prev_hash=e.prev_hash,
        hash=e.hash,
    )


@router.get("/audit/verify", summary="Recompute the hash chains")
def verify(session: Reader, me: Overseer, case_no: str = "") -> Verdict:
    case_id = case_for(session, me, case_no).id if case_no else None
    problems = audit.verify(session, case_id)
    return Verdict(intact=not problems, events=audit.count(session), problems=problems)


@router.post("/tasks/{task_id}/reassign", summary="Give a task to somebody else, with a reason")
def reassign(request: Request, session: Writer, me: Repairer, task_id: str, body: DelegateIn) -> TaskSummary:
    return _state(request, session, me, tasks.reassign(session, me, task_id, body.to, body.reason).id)


@router.post("/tasks/{task_id}/extend", summary="Give a task more days, within the rule")
def extend(request: Request, session: Writer, me: Repairer, task_id: str, body: DaysIn) -> TaskSummary:
    return _state(request, session, me, tasks.extend(session, me, task_id, body.days, body.reason).id)


@router.post(
    "/cases/{case_no}/nudge", status_code=202, summary="Wake the course of a case: resend what was not heard"
)
def nudge(request: Request, session: Writer, me: Repairer, case_no: str) -> Nudged:
    if not me.is_any(Role.ADMIN):
        raise NotAllowed(Text("Only an administrator can wake the engine.", "仅系统管理员可以重新唤起流程。"))
    done = nudges.nudge(session, me, case_no)
    return Nudged(case_no=case_no, resent=done.resent, text=done.text.of(language(request)))


def _state(request: Request, session: Writer, me: Actor, task_id: UUID) -> TaskSummary:
    session.flush()
    item = inbox.one(session, me, task_id)
    if item is None:
        raise NotFound
    return TaskSummary(**summary(item, username(session, item.task.assignee_id), language(request)))
