"""Ways of counting: each knows what it counts and how it is grouped, and gives both the numbers and the rows counted.

`counted`, `behind` and the sums kept by `services.tally` are made from the same statement, so that a number and the
list behind it cannot differ.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import Integer, func, literal, select, union_all
from sqlmodel import Session, col

from models.procedures import PROCEDURES
from models.tables import Lot, Party, Project, User
from models.vocabulary.roles import CENTRE, Role
from models.vocabulary.statuses import OFFICE_STATUS_TITLES, CaseStatus
from models.vocabulary.text import Text
from services.reading.statistics import rows as of
from services.reading.statistics.rows import AGES, Rows
from services.reading.statistics.scope import Days, Scope

TURNS: dict[str, Text] = {
    "centre": Text("Centre", "中心"),
    "applicant": Text("Applicant", "申请主体"),
    "experts": Text("Experts", "专家"),
    "agency": Text("Institution", "技术服务机构"),
    "exchange": Text("Exchange", "环交所"),
    "bureau": Text("Bureau", "市生态环境局"),
    "public": Text("Public", "公众（公示）"),
}
TIMELY = {"in_time": Text("in time", "按期"), "late": Text("late", "逾期")}
CLASSES = {"I": Text("Class I", "Ⅰ类"), "II": Text("Class II", "Ⅱ类")}


class Kept(Enum):
    """Whether the rows of a dimension can be added up beforehand: what moves with the clock cannot."""

    WHOLE = "whole"
    SETTLED = "settled"  # all but those that still last
    NOT = "not"


@dataclass(frozen=True)
class Dimension:
    """One way of counting.

    Args:
        key: its name in addresses.
        title: what is counted, by what.
        rows: a statement with the columns item, case_id, case_no, title, at, value, label, weight for a scope.
        name: words for a value, where they do not come with the rows.
        unit: what one row is.
        summed: the figure is the sum of `weight`, not the number of rows.
        weighed: what `weight` is in, where that is not `unit`.
        kept: which rows depend on nothing but what has been written.
        labels: the table whose `name` is the label of a value, its id.
    """

    key: str
    title: Text
    rows: Rows
    name: Callable[[str], Text | None] = field(default=lambda value: None)
    unit: Text = field(default=Text("cases", "件"))
    summed: bool = False
    weighed: Text | None = None
    kept: Kept = Kept.WHOLE
    labels: Any = None

    @property
    def amount(self) -> Text:
        """The unit of the sum."""
        return self.weighed or self.unit


@dataclass(frozen=True)
class Group:
    """A figure: how many rows have this value, and what they add up to."""

    value: str
    title: Text
    count: int
    weight: int


#: (value, label, rows, sum of weights)
Sum = tuple[str, str | None, int, int]


def sums(days: Days, wanted: "Iterable[tuple[Dimension, Scope]]") -> list[list[Sum]]:
    """The figures of each dimension in its scope, counted from the rows; one statement for all."""
    parts = [_summed(days, scope, d, place).subquery() for place, (d, scope) in enumerate(wanted)]
    found: list[list[Sum]] = [[] for _ in parts]
    if parts:
        query = select(union_all(*(select(p) for p in parts)).subquery())
        for place, value, label, n, weight in days.session.execute(query):
            found[place].append((value, label, n, int(weight)))
    return found


def _summed(days: Days, scope: Scope, dimension: Dimension, place: int) -> Any:
    rows = dimension.rows(days, scope).subquery()
    return select(
        literal(place, Integer).label("place"),
        rows.c.value,
        func.max(rows.c.label).label("label"),
        func.count().label("n"),
        func.coalesce(func.sum(rows.c.weight), 0).label("weight"),
    ).group_by(rows.c.value)


def groups(dimension: Dimension, found: Iterable[Sum]) -> list[Group]:
    """Figures with their words, the largest first."""
    ordered = sorted(found, key=lambda s: (-s[2], s[0]))
    return [
        Group(v, dimension.name(v) or Text(label or v, label or v), n, weight)
        for v, label, n, weight in ordered
    ]


def counted(session: Session, scope: Scope, dimension: Dimension) -> list[Group]:
    """The figures of a dimension, counted from the rows."""
    return groups(dimension, sums(Days(session), [(dimension, scope)])[0])


@dataclass(frozen=True)
class Counted:
    """One row behind a figure."""

    item: str
    case_no: str
    title: str
    at: Any
    label: str
    weight: int


def behind(
    session: Session,
    scope: Scope,
    dimension: Dimension,
    value: str,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[Counted], int]:
    """The very rows a figure counts, newest first, and how many they are: the statement `counted` groups."""
    rows, ordered = _ordered(session, scope, dimension, value, func.count().over().label("total"))
    query = ordered.offset(offset)
    found = session.execute(query if limit is None else query.limit(limit)).all()
    total = found[0].total if found else (_total(session, rows, value) if offset else 0)
    return [_counted(r) for r in found], total


def every(session: Session, scope: Scope, dimension: Dimension, value: str) -> Iterator[Counted]:
    """The same rows, all of them, in parts as they are asked for: for files."""
    _, ordered = _ordered(session, scope, dimension, value)
    return (_counted(r) for r in session.execute(ordered, execution_options={"yield_per": 1000}))


def _ordered(session: Session, scope: Scope, dimension: Dimension, value: str, *more: Any) -> tuple[Any, Any]:
    """(the rows of all values, those of one in the order of lists)."""
    rows = dimension.rows(Days(session), scope).subquery()
    query = select(rows, *more).where(rows.c.value == value)
    return rows, query.order_by(rows.c.at.desc(), rows.c.item)


def _counted(row: Any) -> Counted:
    return Counted(row.item, row.case_no, row.title, row.at, row.label or "", int(row.weight))


def _total(session: Session, rows: Any, value: str) -> int:
    query = select(func.count()).select_from(rows).where(rows.c.value == value)
    return int(session.execute(query).scalar_one())


# ---- names ---------------------------------------------------------------------------------------


def _stage_name(value: str) -> Text | None:
    key, _, stage = value.partition("/")
    spec = PROCEDURES.get(key)
    return next((s.title for s in spec.stages if s.key == stage), None) if spec else None


def _status_name(value: str) -> Text | None:
    return OFFICE_STATUS_TITLES[CaseStatus(value)] if value in set(CaseStatus) else None


def _nobody(value: str) -> Text | None:
    return Text("to be claimed", "待领取") if value == "0" else None


def _of(titles: dict[str, Text]) -> Callable[[str], Text | None]:
    return titles.get


_TASKS, _LOTS, _VISITS = Text("tasks", "项"), Text("lots", "批"), Text("visits", "件次")
_GRAMS = Text("g CO₂e", "克二氧化碳当量")
_OFFICERS = (*sorted(CENTRE), Role.EXCHANGE, Role.MALL, Role.BUREAU)
DIMENSIONS: dict[str, Dimension] = {
    d.key: d
    for d in (
        Dimension("stage", Text("Open cases by stage", "在办件所处环节"), of.by_stage, _stage_name),
        Dimension("status", Text("Cases by outcome", "办件状态和结果"), of.by_status, _status_name),
        Dimension(
            "age",
            Text("Age of open cases", "在办件已历时间"),
            of.by_age,
            _of({k: t for k, _, t in AGES}),
            kept=Kept.NOT,
        ),
        Dimension("passed", Text("Stages passed", "已完成环节"), of.passed, _stage_name, _VISITS),
        Dimension(
            "late",
            Text("Overdue tasks by stage", "各环节逾期事项"),
            of.late,
            _stage_name,
            _TASKS,
            kept=Kept.NOT,
        ),
        Dimension(
            "turn",
            Text("Waiting time by whose turn it was", "等待时间按责任方"),
            of.turns,
            _of(TURNS),
            Text("working days", "个工作日"),
            summed=True,
            kept=Kept.SETTLED,
        ),
        Dimension("on_time", Text("Answers in time", "按期办结"), of.on_time, _of(TIMELY), _TASKS),
        *(
            Dimension(key, title, rows, _nobody, _TASKS, labels=User)
            for key, title, rows in (
                ("officer", Text("Tasks done by officer", "经办人员已办"), of.done_by(*_OFFICERS)),
                ("officer_open", Text("Open tasks by officer", "经办人员在办"), of.open_with(*_OFFICERS)),
                ("expert", Text("Tasks done by expert", "专家已办"), of.done_by(Role.EXPERT)),
                ("expert_open", Text("Open tasks by expert", "专家在办"), of.open_with(Role.EXPERT)),
            )
        ),
        Dimension(
            "organisation", Text("Cases by organisation", "申请单位办件数"), of.by_organisation, labels=Party
        ),
        Dimension(
            "correction",
            Text("What was to be corrected", "补正原因"),
            of.corrections,
            unit=Text("items", "项"),
        ),
        *(
            Dimension(key, title, of.grams(value), name, _LOTS, summed=True, weighed=_GRAMS, kept=Kept.NOT)
            for key, title, value, name in (
                ("grams_class", Text("Issued by class", "按类别签发"), col(Lot.method_class), _of(CLASSES)),
                (
                    "grams_methodology",
                    Text("Issued by methodology", "按方法学签发"),
                    col(Lot.methodology),
                    _of({}),
                ),
                (
                    "grams_district",
                    Text("Issued by district", "按行政区签发"),
                    col(Project.district),
                    _of({}),
                ),
            )
        ),
    )
}
#: Not shown as they are: what the times of the stages and the forecast are made of.
SPENT = Dimension("spent", Text("Visits by duration", "环节用时分布"), of.spent, unit=_VISITS)
REST = Dimension("rest", Text("Visits by time to the end", "距办结用时分布"), of.rest, unit=_VISITS)
WON = Dimension("won", Text("Successes by day of filing", "按提交日期的办成件"), of.won)
ALL: dict[str, Dimension] = {**DIMENSIONS, **{d.key: d for d in (SPENT, REST, WON)}}
