"""Tasks on the wire: lists, one task with its schema, and the acts on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from api.dependencies import Me, Reader, Writer
from api.errors import language
from api.v1.task_out import EXAMPLE_ID, TaskDetail, TaskList, TaskSummary, detail, summary, username
from models.tables import TaskRow, User
from models.vocabulary.errors import NotFound
from services import access, tasks
from services.access import Actor
from services.reading import inbox, inbox_where
from services.reading.filters import Filters, Queue
from services.session import transaction

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"])
TaskId = str


class ClaimIn(BaseModel):
    """Nothing is asked; a body is accepted."""


class ReleaseIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "本周外出，退回组内。"}]})

    reason: str = Field("", max_length=500)


class DelegateIn(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "officer", "reason": "本人回避，委托办理。"}]}
    )

    to: str = Field(description="user name of the colleague")
    reason: str = Field("", max_length=500)


class CompleteIn(BaseModel):
    """An answer. `form` follows the task's `form_schema`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "approve", "form": {"reason": "经审核，同意。"}}]}
    )

    outcome: str = Field(description="one of the task's `outcomes`")
    form: dict[str, Any] = Field(default_factory=dict)
    version: int | None = Field(None, description="the `version` you read; 412 if the task changed since")


class DraftIn(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "accept", "form": {"reason": "拟同意"}}]}
    )

    outcome: str = ""
    form: dict[str, Any] = Field(default_factory=dict)


class DraftOut(BaseModel):
    task_id: UUID
    outcome: str
    form: dict[str, Any]
    saved_at: datetime


class HoldIn(BaseModel):
    """Until a date, or until an answer comes, or whichever is first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"until": "2026-12-01T00:00:00+08:00", "reason": "等待现场照片"}]}
    )

    until: datetime | None = None
    wakes_on_answer: bool = False
    reason: str


class ReasonIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "专家逾期未复，已两次催办。"}]})

    reason: str


class OverrideIn(ReasonIn):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "decline", "reason": "专家逾期未复，已两次催办。"}]}
    )

    outcome: str


class DaysIn(ReasonIn):
    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 5, "reason": "检定证书补办中。"}]})

    days: int


@router.get("", summary="My tasks, what I may claim, what I have done")
def listed(
    request: Request,
    session: Reader,
    me: Me,
    queue: Literal["inbox", "queue", "waiting", "archive", "all"] = "inbox",
    kind: str = "",
    overdue: bool | None = None,
    procedure: str = "",
    stage: str = "",
    holder: str = "",
    q: str = "",
    due: str = "",
    mark: str = "",
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TaskList:
    """`inbox`: mine. `queue`: claimable by my role. `waiting`: with others. `archive`: done. Overdue first."""
    inbox_where.warm(session)
    filters = Filters(
        Queue(queue),
        procedure,
        stage,
        kind,
        "overdue" if overdue else due,
        holder,
        mark,
        q,
        "due",
        cursor,
        limit,
    )
    page = inbox.page(session, me, filters)
    names = _usernames(session, {i.task.assignee_id for i in page.items})
    lang = language(request)
    items = [TaskSummary(**summary(i, names.get(i.task.assignee_id), lang)) for i in page.items]
    return TaskList(items=items, next_cursor=page.next_cursor, total=page.total)


def _usernames(session: Session, ids: set[int | None]) -> dict[int | None, str]:
    rows = session.exec(select(User.id, User.username).where(col(User.id).in_([i for i in ids if i]))).all()
    return dict(rows)


@router.get(
    "/{task_id}", summary="One task with its outcomes, the schema of its answer and the case it belongs to"
)
def one(request: Request, session: Reader, me: Me, task_id: TaskId) -> TaskDetail:
    row = access.task_for(session, me, task_id)
    item = inbox.one(session, me, row.id)
    if item is None:
        raise NotFound
    return detail(session, me, item, language(request))


@router.post("/{task_id}/claim", summary="Take a task in hand")
def claim(request: Request, me: Me, task_id: TaskId, _body: ClaimIn | None = None) -> TaskSummary:
    return _acted(request, me, lambda s: tasks.claim(s, me, task_id))


@router.post("/{task_id}/release", summary="Give a task back to its group")
def release(request: Request, me: Me, task_id: TaskId, body: ReleaseIn | None = None) -> TaskSummary:
    return _acted(request, me, lambda s: tasks.release(s, me, task_id, body.reason if body else ""))


@router.post(
    "/{task_id}/delegate", summary="Hand a task on; the colleague acts for you, and both count for four eyes"
)
def delegate(request: Request, me: Me, task_id: TaskId, body: DelegateIn) -> TaskSummary:
    return _acted(request, me, lambda s: tasks.delegate(s, me, task_id, body.to, body.reason))


@router.post("/{task_id}/complete", status_code=202, summary="Answer a task: it counts once")
def complete(
    request: Request,
    me: Me,
    task_id: TaskId,
    body: CompleteIn,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> TaskSummary:
    """The same `Idempotency-Key` again answers with the first result; any other second answer gets 409."""

    def answer(session: Session) -> TaskRow:
        key, version = idempotency_key, body.version
        return tasks.complete(
            session, me, task_id, body.outcome, body.form, idempotency_key=key, version=version
        )

    return _acted(request, me, answer, answered=True)


@router.put("/{task_id}/draft", summary="Keep what is typed so far")
def draft(session: Writer, me: Me, task_id: TaskId, body: DraftIn) -> DraftOut:
    row = tasks.save_draft(session, me, task_id, body.outcome, body.form)
    return DraftOut(task_id=row.task_id, outcome=row.outcome, form=row.form, saved_at=row.saved_at)


@router.post("/{task_id}/hold", summary="Put a task aside; its limit keeps running")
def hold(request: Request, me: Me, task_id: TaskId, body: HoldIn) -> TaskSummary:
    return _acted(
        request, me, lambda s: tasks.hold(s, me, task_id, body.until, body.reason, body.wakes_on_answer)
    )


@router.post("/{task_id}/unhold", summary="Take a task up again")
def unhold(request: Request, me: Me, task_id: TaskId) -> TaskSummary:
    return _acted(request, me, lambda s: tasks.unhold(s, me, task_id))


@router.post(
    "/{task_id}/override", status_code=202, summary="Settle a wait nobody answers (supervisor, with a reason)"
)
def override(request: Request, me: Me, task_id: TaskId, body: OverrideIn) -> TaskSummary:
    return _acted(request, me, lambda s: tasks.override(s, me, task_id, body.outcome, body.reason))


@router.post("/{task_id}/remind", summary="Remind whoever is asked")
def remind(request: Request, me: Me, task_id: TaskId, body: ReasonIn | None = None) -> TaskSummary:
    return _acted(request, me, lambda s: tasks.remind(s, me, task_id, body.reason if body else ""))


@router.post("/{task_id}/extension", status_code=202, summary="Ask for more time")
def extension(request: Request, me: Me, task_id: TaskId, body: DaysIn) -> TaskSummary:
    return _acted(request, me, lambda s: tasks.ask_extension(s, me, task_id, body.days, body.reason))


def _acted(
    request: Request, me: Actor, act: Callable[[Session], TaskRow], *, answered: bool = False
) -> TaskSummary:
    """The task after an act on it.

    The transaction ends here and not with the request: whoever is refused has waited for whoever was first, others
    wait behind them, and the request's own end is some turns of the loop away.
    """
    with transaction() as session:
        row = act(session)
        session.flush()
        item = inbox.one(session, me, row.id, answered=answered)
        if item is None:
            raise NotFound
        holder = me.username if row.assignee_id == me.user_id else username(session, row.assignee_id)
        return TaskSummary(**summary(item, holder, language(request)))


__all__ = ["EXAMPLE_ID", "router"]
