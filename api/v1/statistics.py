"""Statistics on the wire (W02): every figure, and the rows behind it."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Has, Reader
from api.errors import language
from api.v1.task_out import shanghai
from models.procedures import PROCEDURES
from models.vocabulary.errors import Invalid, NotFound, Problem
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services.access import Actor
from services.reading.statistics import figures as counting
from services.reading.statistics.dimensions import DIMENSIONS, behind
from services.reading.statistics.scope import Scope
from services.reading.statistics.times import StageTime

router = APIRouter(prefix="/api/v1/admin", tags=["admin"])
Watcher = Annotated[Actor, Depends(Has(Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR))]
PAGE = 200


class StageCount(BaseModel):
    procedure: str
    stage: str
    title: str
    open: int


class StageTimeOut(BaseModel):
    procedure: str
    stage: str
    title: str
    passed: int
    median_working_days: float
    p80_working_days: float
    p95_working_days: float
    limit_working_days: int
    over_limit: int


class FigureOut(BaseModel):
    """A figure: `amount` adds up grams or working days where the dimension does."""

    value: str
    title: str
    count: int
    amount: int


class StatisticsOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-11-20T10:00:00+08:00",
                    "by_status": {"in_progress": 12, "published": 3},
                    "by_stage": [],
                    "times": [],
                    "answered": 50,
                    "answered_in_time": 48,
                    "figures": {
                        "age": [{"value": "0", "title": "10 个工作日以内", "count": 7, "amount": 31}]
                    },
                    "forecasts_tried": 40,
                    "forecasts_right": 31,
                }
            ]
        }
    )

    at: datetime = Field(description="the instant the figures were counted")
    by_status: dict[str, int]
    by_stage: list[StageCount]
    times: list[StageTimeOut]
    answered: int
    answered_in_time: int
    figures: dict[str, list[FigureOut]] = Field(description="every dimension; its rows are under ./rows")
    forecasts_tried: int
    forecasts_right: int


class RowOut(BaseModel):
    case_no: str
    title: str
    item: str
    at: datetime | None
    amount: int


class RowList(BaseModel):
    """The rows one figure counts."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"total": 0, "items": [], "next_cursor": None}]}
    )

    total: int
    items: list[RowOut]
    next_cursor: str | None


def _scope(since: date | None, until: date | None, procedure: str) -> Scope:
    if procedure not in ("", *PROCEDURES):
        words = Text(f"There is no procedure “{procedure}”.", f"没有“{procedure}”这一事项。")
        raise Invalid((Problem("procedure", words),))
    return Scope(since, until, procedure)


@router.get("/statistics", summary="Every figure of a time and a procedure")
def statistics(
    request: Request,
    session: Reader,
    _me: Watcher,
    since: date | None = None,
    until: date | None = None,
    procedure: str = "",
) -> StatisticsOut:
    """`since` and `until` are days of filing, both included."""
    lang = language(request)
    found = counting.figures(session, _scope(since, until, procedure))
    return StatisticsOut(
        at=shanghai(found.at) or found.at,
        by_status={g.value: g.count for g in found.groups["status"]},
        by_stage=[
            StageCount(
                procedure=g.value.partition("/")[0],
                stage=g.value.partition("/")[2],
                title=g.title.of(lang),
                open=g.count,
            )
            for g in found.groups["stage"]
        ],
        times=[_time(t, lang) for t in found.times],
        answered=found.total("on_time"),
        answered_in_time=found.number("on_time", "in_time"),
        figures={
            key: [
                FigureOut(value=g.value, title=g.title.of(lang), count=g.count, amount=g.weight)
                for g in groups
            ]
            for key, groups in found.groups.items()
        },
        forecasts_tried=found.rates.tried,
        forecasts_right=found.rates.right,
    )


def _time(t: StageTime, lang: str) -> StageTimeOut:
    return StageTimeOut(
        procedure=t.procedure,
        stage=t.stage,
        title=t.title.of(lang),
        passed=t.passed,
        median_working_days=t.median,
        p80_working_days=t.p80,
        p95_working_days=t.p95,
        limit_working_days=t.limit,
        over_limit=t.over,
    )


@router.get("/statistics/rows", summary="The very rows a figure counts")
def rows(
    session: Reader,
    _me: Watcher,
    of: str = "status",
    value: str = "",
    since: date | None = None,
    until: date | None = None,
    procedure: str = "",
    cursor: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> RowList:
    """`of` is a dimension of `figures`, `value` one of its values; `cursor` the `next_cursor` of the page before."""
    if of not in DIMENSIONS:
        raise NotFound
    found, total = behind(session, _scope(since, until, procedure), DIMENSIONS[of], value, PAGE, cursor)
    items = [
        RowOut(case_no=r.case_no, title=r.title, item=r.item, at=shanghai(r.at), amount=r.weight)
        for r in found
    ]
    return RowList(
        total=total, items=items, next_cursor=str(cursor + PAGE) if cursor + PAGE < total else None
    )
