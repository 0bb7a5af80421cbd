"""The console of stalled cases on the wire: what stands still and why, by cause, and what was done about it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Has, Reader
from api.errors import language
from api.v1.task_out import shanghai
from models.tables import Case, OperatorAct
from models.vocabulary.operator import ACT_STATE_TITLES, ActKind, ActState
from models.vocabulary.roles import Role
from services import operator_acts, operator_reading, operator_verify
from services.access import Actor, case_for
from services.operator_acts import Order
from services.operator_verify import BY_ROWS, EngineSight
from services.reading.console import board
from services.reading.console.board import Row, Wanted
from services.session import transaction

router = APIRouter(prefix="/api/v1/admin", tags=["admin"])
Watcher = Annotated[Actor, Depends(Has(Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR))]
Orderer = Annotated[Actor, Depends(Has(Role.ADMIN, Role.SUPERVISOR))]


class StalledItem(BaseModel):
    """A case that does not move, with the reason in a sentence."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_no": "XM-2026-0001",
                    "case_title": "屋顶分布式光伏发电项目",
                    "procedure": "project_application",
                    "stage": "formal_review",
                    "task_id": None,
                    "kind": "formal_review",
                    "cause": "overdue",
                    "why": "等待受理人员开展形式审查，已超过期限 2 个工作日。",
                    "holder": "受理人员",
                    "days": 2,
                    "since": "2026-11-18T00:00:00+08:00",
                    "overdue": True,
                    "person": "",
                    "cases": 0,
                    "detail": "",
                }
            ]
        }
    )

    case_no: str | None
    case_title: str
    procedure: str
    stage: str
    task_id: UUID | None
    kind: str | None
    cause: str = Field(description="a key of `groups`")
    why: str
    holder: str
    days: int = Field(description="working days past the limit, or since it stands still")
    since: datetime
    overdue: bool
    person: str = Field(description="of a row that stands for all cases of one silent expert: the user name")
    cases: int
    detail: str = Field("", description="what the program said, for the engineers")


class GroupOut(BaseModel):
    cause: str
    title: str
    count: int
    overdue: int
    counts: bool = Field(description="false for lawful waits, which are shown and not counted")


class EngineOut(BaseModel):
    ok: bool
    seen_at: datetime | None
    compared_at: datetime | None
    wrong: list[str]


class StalledList(BaseModel):
    """The counts of all causes, the engine's state with its time, and the rows asked for."""

    stalled: int
    groups: list[GroupOut]
    engine: EngineOut
    items: list[StalledItem]
    next_cursor: str | None = None


class ActIn(BaseModel):
    """An act. `task_id` for acts on a task (remind, reassign, extend, replace_expert), else `case_no`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "nudge", "case_no": "XM-2026-0001", "reason": "引擎恢复后仍未推进"}]
        }
    )

    kind: str
    reason: str
    case_no: str = ""
    task_id: str = ""
    to: str = ""
    days: int = Field(default=0, ge=0, le=1000)
    stage: str = Field(default="", description="for `return`: the step to return to")


class ConfirmIn(BaseModel):
    """The second person's word on an act that takes two."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agree": True, "reason": "情况属实，同意。"}]})

    agree: bool
    reason: str = ""


class ActOut(BaseModel):
    """An act with what was seen of it: `outcome` is judged by rows and engine, never by what was asked."""

    id: int
    kind: str
    case_no: str
    task_id: UUID | None
    reason: str
    state: str = Field(description="proposed | asked | seen | failed | withdrawn")
    state_title: str
    outcome: str
    asked_at: datetime
    verified_at: datetime | None


class ActList(BaseModel):
    items: list[ActOut]
    next_cursor: str | None = None


@router.get("/stalled", summary="What stands still, and why")
def stalled(
    request: Request,
    session: Reader,
    me: Watcher,
    cause: str = "",
    q: str = "",
    procedure: str = "",
    stage: str = "",
    person: str = "",
    overdue: bool = False,
    cursor: Annotated[int, Query(ge=1, le=100_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> StalledList:
    """Without `cause` the first rows of every cause that counts; with it `limit` rows of that one, `cursor` by `cursor`."""
    wanted = Wanted(cause or board.EVERY, q[:120], procedure, stage, person[:80], overdue, cursor)
    found, lang = board.board(session, me, wanted, limit), language(request)
    rows = [
        r
        for g in found.groups
        if (g.key == cause if cause else g.cause.counts and g.key != "engine")
        for r in g.rows
    ]
    more = cause != "" and any(g.key == cause and g.count > limit * cursor for g in found.groups)
    return StalledList(
        stalled=found.stalled,
        groups=[
            GroupOut(
                cause=g.key,
                title=g.cause.title.of(lang),
                count=g.count,
                overdue=g.late,
                counts=g.cause.counts,
            )
            for g in found.groups
        ],
        engine=EngineOut(
            ok=found.engine.ok,
            seen_at=shanghai(found.engine.seen_at),
            compared_at=shanghai(found.engine.compared_at),
            wrong=[w.of(lang) for w in found.engine.wrong],
        ),
        items=[_item(r, lang) for r in rows[:limit]],
        next_cursor=str(cursor + 1) if more else None,
    )


def _item(row: Row, lang: str) -> StalledItem:
    case, task = row.case, row.task
    return StalledItem(
        case_no=case.case_no if case else None,
        case_title=case.title if case else "",
        procedure=case.procedure if case else "",
        stage=case.stage if case else "",
        task_id=task.id if task else None,
        kind=task.key if task else None,
        cause=row.cause,
        why=row.why.of(lang),
        holder=row.holder.of(lang),
        days=row.days,
        since=shanghai(row.since) or row.since,
        overdue=row.late,
        person=row.person,
        cases=row.cases,
        detail=row.detail,
    )


@router.post("/acts", status_code=202, summary="Order an act; what came of it is in the row")
def order(request: Request, me: Orderer, body: ActIn) -> ActOut:
    """202: the act is on record. `state` tells whether it has been seen to happen; ask `GET /admin/acts/{id}` again."""
    with transaction() as session:
        act_id = operator_acts.ask(session, me, Order(**body.model_dump())).id or 0
    if ActKind(body.kind) in BY_ROWS:
        with transaction() as session:
            operator_verify.settle(session, act_id, EngineSight(None))
    with transaction() as session:
        return _act(session, operator_reading.one(session, me, act_id), language(request))


@router.get("/acts", summary="Acts of overseers, newest first")
def acts(
    request: Request,
    session: Reader,
    me: Watcher,
    case_no: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[
        int | None, Query(ge=1, le=2**62, description="`next_cursor` of the page before")
    ] = None,
) -> ActList:
    case = case_for(session, me, case_no) if case_no else None
    found = operator_reading.listed(session, me, case, limit + 1, below=cursor)
    items = [_out(a, no, language(request)) for a, no, _, _ in found[:limit]]
    return ActList(items=items, next_cursor=str(found[limit - 1][0].id) if len(found) > limit else None)


@router.get("/acts/{act_id}", summary="One act and what was seen of it")
def act(request: Request, session: Reader, me: Watcher, act_id: int) -> ActOut:
    return _act(session, operator_reading.one(session, me, act_id), language(request))


@router.post("/acts/{act_id}/confirm", status_code=202, summary="The second person confirms or refuses")
def confirm(request: Request, me: Orderer, act_id: int, body: ConfirmIn) -> ActOut:
    with transaction() as session:
        operator_acts.confirm(session, me, act_id, body.agree, body.reason[:500])
    with transaction() as session:
        return _act(session, operator_reading.one(session, me, act_id), language(request))


def _act(session: Any, row: OperatorAct, lang: str) -> ActOut:
    return _out(row, session.get_one(Case, row.case_id).case_no, lang)


def _out(row: OperatorAct, case_no: str, lang: str) -> ActOut:
    return ActOut(
        id=row.id or 0,
        kind=row.kind,
        case_no=case_no,
        task_id=row.task_id,
        reason=row.reason,
        state=row.state,
        state_title=ACT_STATE_TITLES[ActState(row.state)].of(lang),
        outcome=row.outcome_en if lang == "en" else row.outcome_zh,
        asked_at=shanghai(row.asked_at) or row.asked_at,
        verified_at=shanghai(row.verified_at),
    )
