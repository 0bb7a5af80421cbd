"""Ways of counting: each knows what it counts and how it is grouped, and gives both the numbers and the rows counted.

`counted` and `rows` are made from the same statement, so that a number and the list behind it cannot differ.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import String, and_, case, cast, func, literal, select, union_all
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Select
from sqlmodel import Session, col

from models.procedures import PROCEDURES
from models.tables import Case, Claim, Finding, Lot, Notice, Party, Project, StageVisit, TaskRow, User
from models.vocabulary.roles import CENTRE, FILERS, Role
from models.vocabulary.statuses import CASE_STATUS_TITLES, CaseStatus, TaskState
from models.vocabulary.text import Text
from services import clock
from services.reading.statistics.scope import Days, Scope

OPEN = [TaskState.OPEN.value, TaskState.CLAIMED.value]

#: Working days since filing: (key, first day of the bucket, title).
AGES = (
    ("0", 0, Text("up to 10 working days", "10 个工作日以内")),
    ("1", 11, Text("11–20", "11—20 个工作日")),
    ("2", 21, Text("21–40", "21—40 个工作日")),
    ("3", 41, Text("41–60", "41—60 个工作日")),
    ("4", 61, Text("more than 60", "超过 60 个工作日")),
)
TURNS: dict[str, Text] = {
    "centre": Text("Centre", "中心"),
    "applicant": Text("Applicant", "申请主体"),
    "experts": Text("Experts", "专家"),
    "agency": Text("Institution", "技术服务机构"),
    "exchange": Text("Exchange", "环交所"),
    "bureau": Text("Bureau", "市生态环境局"),
    "public": Text("Public", "公众（公示）"),
}
_TURN_OF: dict[Role, str] = {
    **dict.fromkeys(CENTRE, "centre"),
    **dict.fromkeys(FILERS, "applicant"),
    Role.EXPERT: "experts",
    Role.AGENCY: "agency",
    Role.EXCHANGE: "exchange",
    Role.MALL: "exchange",
    Role.BUREAU: "bureau",
}
TIMELY = {"in_time": Text("in time", "按期"), "late": Text("late", "逾期")}
CLASSES = {"I": Text("Class I", "Ⅰ类"), "II": Text("Class II", "Ⅱ类")}


@dataclass(frozen=True)
class Dimension:
    """One way of counting.

    Args:
        key: its name in addresses.
        title: what is counted, by what.
        rows: a statement with the columns item, case_no, title, at, value, label, weight for a scope.
        name: words for a value, where they do not come with the rows.
        unit: what one row is.
        summed: the figure is the sum of `weight` (grams, working days), not the number of rows.
    """

    key: str
    title: Text
    rows: Callable[[Session, Scope], Select[Any]]
    name: Callable[[str], Text | None] = field(default=lambda value: None)
    unit: Text = field(default=Text("cases", "件"))
    summed: bool = False


@dataclass(frozen=True)
class Group:
    """A figure: how many rows have this value, and what they add up to."""

    value: str
    title: Text
    count: int
    weight: int


def counted(session: Session, scope: Scope, dimension: Dimension) -> list[Group]:
    """The figures of a dimension, the largest first."""
    rows = dimension.rows(session, scope).subquery()
    query = (
        select(rows.c.value, func.max(rows.c.label), func.count(), func.coalesce(func.sum(rows.c.weight), 0))
        .group_by(rows.c.value)
        .order_by(func.count().desc(), rows.c.value)
    )
    return [
        Group(v, dimension.name(v) or Text(label or v, label or v), n, int(w))
        for v, label, n, w in session.execute(query)
    ]


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
    rows = dimension.rows(session, scope).subquery()
    query = select(rows, func.count().over().label("total")).where(rows.c.value == value)
    query = query.order_by(rows.c.at.desc(), rows.c.item).offset(offset)
    found = session.execute(query if limit is None else query.limit(limit)).all()
    total = found[0].total if found else (_total(session, rows, value) if offset else 0)
    return [Counted(r.item, r.case_no, r.title, r.at, r.label or "", int(r.weight)) for r in found], total


def _total(session: Session, rows: Any, value: str) -> int:
    query = select(func.count()).select_from(rows).where(rows.c.value == value)
    return int(session.execute(query).scalar_one())


def _row(item: Any, at: Any, value: Any, label: Any = None, weight: Any = None) -> Select[Any]:
    return select(
        cast(item, String).label("item"),
        col(Case.case_no).label("case_no"),
        col(Case.title).label("title"),
        at.label("at"),
        cast(value, String).label("value"),
        (literal("") if label is None else label).label("label"),
        (literal(0) if weight is None else weight).label("weight"),
    )


# ---- cases ---------------------------------------------------------------------------------------


def _is_open() -> ColumnElement[bool]:
    return and_(col(Case.ended_at).is_(None), col(Case.stage) != "")


def _by_stage(session: Session, scope: Scope) -> Select[Any]:
    value = col(Case.procedure) + "/" + col(Case.stage)
    return _row(Case.id, col(Case.stage_since), value).where(_is_open(), *scope.where())


def _by_status(session: Session, scope: Scope) -> Select[Any]:
    return _row(Case.id, col(Case.submitted_at), col(Case.status)).where(*scope.where())


def _by_age(session: Session, scope: Scope) -> Select[Any]:
    age = Days(session).between(col(Case.submitted_at), literal(clock.now()))
    bucket = case(*((age < first, key) for key, first in _edges()), else_=AGES[-1][0])
    return _row(Case.id, col(Case.submitted_at), bucket, weight=age).where(
        col(Case.ended_at).is_(None), *scope.where()
    )


def _edges() -> list[tuple[str, int]]:
    return [(key, following[1]) for (key, _, _), following in pairwise(AGES)]


def _by_organisation(session: Session, scope: Scope) -> Select[Any]:
    return (
        _row(Case.id, col(Case.submitted_at), Case.filer_id, col(Party.name))
        .join(Party, col(Party.id) == col(Case.filer_id))
        .where(*scope.where())
    )


def _passed(session: Session, scope: Scope) -> Select[Any]:
    item = cast(col(StageVisit.case_id), String) + "/" + cast(col(StageVisit.n), String)
    return (
        _row(item, col(StageVisit.left_at), col(StageVisit.procedure) + "/" + col(StageVisit.stage))
        .join(StageVisit, col(StageVisit.case_id) == col(Case.id))
        .where(col(StageVisit.left_at).is_not(None), *scope.where())
    )


# ---- tasks ---------------------------------------------------------------------------------------


def _tasks(value: Any, label: Any = None) -> Select[Any]:
    return _row(TaskRow.id, col(TaskRow.opened_at), value, label).join(
        TaskRow, col(TaskRow.case_id) == col(Case.id)
    )


def _done_by(*roles: Role) -> Callable[[Session, Scope], Select[Any]]:
    def rows(session: Session, scope: Scope) -> Select[Any]:
        return (
            _tasks(TaskRow.closed_by, col(User.name))
            .join(User, col(User.id) == col(TaskRow.closed_by))
            .where(
                col(TaskRow.state) == TaskState.DONE.value,
                col(TaskRow.role).in_([r.value for r in roles]),
                *scope.where(),
            )
        )

    return rows


def _open_with(*roles: Role) -> Callable[[Session, Scope], Select[Any]]:
    def rows(session: Session, scope: Scope) -> Select[Any]:
        holder = func.coalesce(cast(col(TaskRow.assignee_id), String), literal("0"))
        return (
            _tasks(holder, func.coalesce(col(User.name), literal("待领取")))
            .outerjoin(User, col(User.id) == col(TaskRow.assignee_id))
            .where(
                col(TaskRow.state).in_(OPEN), col(TaskRow.role).in_([r.value for r in roles]), *scope.where()
            )
        )

    return rows


def _on_time(session: Session, scope: Scope) -> Select[Any]:
    value = case((col(TaskRow.closed_at) <= col(TaskRow.due_at), "in_time"), else_="late")
    return _tasks(value).where(
        col(TaskRow.state).in_([TaskState.DONE.value, TaskState.OVERDUE.value]),
        col(TaskRow.due_at).is_not(None),
        *scope.where(),
    )


def _late(session: Session, scope: Scope) -> Select[Any]:
    return _tasks(col(Case.procedure) + "/" + col(Case.stage)).where(
        col(TaskRow.state).in_(OPEN), col(TaskRow.due_at) <= clock.now(), *scope.where()
    )


def _turns(session: Session, scope: Scope) -> Select[Any]:
    """What a case waited for: siblings (five experts) are one wait, from the first question to the last answer."""
    now, days = clock.now(), Days(session)
    turn = case(*((col(TaskRow.role) == role.value, turn) for role, turn in _TURN_OF.items()), else_="centre")
    asked = (
        select(
            (
                cast(col(TaskRow.case_id), String)
                + "/"
                + col(TaskRow.key)
                + "/"
                + cast(col(TaskRow.round), String)
            ).label("item"),
            col(TaskRow.case_id).label("case_id"),
            func.min(col(TaskRow.opened_at)).label("start"),
            func.max(func.coalesce(col(TaskRow.closed_at), now)).label("stop"),
            turn.label("turn"),
        )
        .join(Case, col(Case.id) == col(TaskRow.case_id))
        .where(*scope.where())
        .group_by(col(TaskRow.case_id), col(TaskRow.key), col(TaskRow.round), turn)
    )
    shown = (
        select(
            literal("publicity/").concat(cast(col(Notice.id), String)),
            col(Notice.case_id),
            col(Notice.opened_at),
            func.coalesce(col(Notice.closed_at), now),
            literal("public"),
        )
        .join(Case, col(Case.id) == col(Notice.case_id))
        .where(*scope.where())
    )
    waits = union_all(asked, shown).subquery()
    return _row(
        waits.c.item, waits.c.start, waits.c.turn, weight=days.between(waits.c.start, waits.c.stop)
    ).join(waits, waits.c.case_id == col(Case.id))


# ---- findings and grams --------------------------------------------------------------------------


def _corrections(session: Session, scope: Scope) -> Select[Any]:
    return (
        _row(
            Finding.id,
            col(Case.submitted_at),
            col(Case.procedure) + "/" + col(Finding.target),
            weight=literal(1),
        )
        .join(Finding, col(Finding.case_id) == col(Case.id))
        .where(col(Finding.stage) == "correction", *scope.where())
    )


def _grams(value: Any) -> Callable[[Session, Scope], Select[Any]]:
    """Lots of the ledger, by the project or scenario they came from (M03)."""

    def rows(session: Session, scope: Scope) -> Select[Any]:
        return (
            _row(Lot.number, col(Lot.at), value, weight=col(Lot.approved_g))
            .join(Project, col(Project.case_id) == col(Case.id))
            .join(Lot, col(Lot.origin_id) == col(Project.id))
            .join(Claim, col(Claim.id) == col(Lot.claim_id))
            .where(*scope.where())
        )

    return rows


# ---- names ---------------------------------------------------------------------------------------


def _stage_name(value: str) -> Text | None:
    key, _, stage = value.partition("/")
    spec = PROCEDURES.get(key)
    return next((s.title for s in spec.stages if s.key == stage), None) if spec else None


def _status_name(value: str) -> Text | None:
    return CASE_STATUS_TITLES[CaseStatus(value)] if value in set(CaseStatus) else None


def _of(titles: dict[str, Text]) -> Callable[[str], Text | None]:
    return titles.get


_TASKS, _LOTS = Text("tasks", "项"), Text("lots", "批")
_OFFICERS = (*sorted(CENTRE), Role.EXCHANGE, Role.MALL, Role.BUREAU)
DIMENSIONS: dict[str, Dimension] = {
    d.key: d
    for d in (
        Dimension("stage", Text("Open cases by stage", "在办件所处环节"), _by_stage, _stage_name),
        Dimension("status", Text("Cases by outcome", "办件状态和结果"), _by_status, _status_name),
        Dimension(
            "age", Text("Age of open cases", "在办件已历时间"), _by_age, _of({k: t for k, _, t in AGES})
        ),
        Dimension(
            "passed", Text("Stages passed", "已完成环节"), _passed, _stage_name, Text("visits", "件次")
        ),
        Dimension("late", Text("Overdue tasks by stage", "各环节逾期事项"), _late, _stage_name, _TASKS),
        Dimension(
            "turn",
            Text("Waiting time by whose turn it was", "等待时间按责任方"),
            _turns,
            _of(TURNS),
            Text("working days", "个工作日"),
            summed=True,
        ),
        Dimension("on_time", Text("Answers in time", "按期办结"), _on_time, _of(TIMELY), _TASKS),
        Dimension(
            "officer", Text("Tasks done by officer", "经办人员已办"), _done_by(*_OFFICERS), unit=_TASKS
        ),
        Dimension(
            "officer_open", Text("Open tasks by officer", "经办人员在办"), _open_with(*_OFFICERS), unit=_TASKS
        ),
        Dimension("expert", Text("Tasks done by expert", "专家已办"), _done_by(Role.EXPERT), unit=_TASKS),
        Dimension(
            "expert_open", Text("Open tasks by expert", "专家在办"), _open_with(Role.EXPERT), unit=_TASKS
        ),
        Dimension("organisation", Text("Cases by organisation", "申请单位办件数"), _by_organisation),
        Dimension(
            "correction", Text("What was to be corrected", "补正原因"), _corrections, unit=Text("items", "项")
        ),
        Dimension(
            "grams_class",
            Text("Issued by class", "按类别签发"),
            _grams(col(Lot.method_class)),
            _of(CLASSES),
            _LOTS,
            summed=True,
        ),
        Dimension(
            "grams_methodology",
            Text("Issued by methodology", "按方法学签发"),
            _grams(col(Lot.methodology)),
            unit=_LOTS,
            summed=True,
        ),
        Dimension(
            "grams_district",
            Text("Issued by district", "按行政区签发"),
            _grams(col(Project.district)),
            unit=_LOTS,
            summed=True,
        ),
    )
}
