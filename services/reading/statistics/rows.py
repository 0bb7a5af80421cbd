"""The rows that numbers count: one statement a dimension, for the figure, for the list behind it and for the sums."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Date, String, and_, case, cast, func, literal, select, union_all
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Select
from sqlmodel import col

from models.procedures import PROCEDURES
from models.tables import (
    Case,
    Claim,
    Finding,
    Lot,
    Notice,
    Party,
    Project,
    StagePause,
    StageVisit,
    TaskRow,
    User,
)
from models.vocabulary.roles import CENTRE, FILERS, Role
from models.vocabulary.statuses import TaskState
from models.vocabulary.text import Text
from services import clock
from services.reading.statistics.scope import Days, Part, Scope

OPEN = [TaskState.OPEN.value, TaskState.CLAIMED.value]
Rows = Callable[[Days, Scope], Select[Any]]

#: Working days since filing: (key, first day of the bucket, title).
AGES = (
    ("0", 0, Text("up to 10 working days", "10 个工作日以内")),
    ("1", 11, Text("11–20", "11—20 个工作日")),
    ("2", 21, Text("21–40", "21—40 个工作日")),
    ("3", 41, Text("41–60", "41—60 个工作日")),
    ("4", 61, Text("more than 60", "超过 60 个工作日")),
)
_TURN_OF: dict[Role, str] = {
    **dict.fromkeys(CENTRE, "centre"),
    **dict.fromkeys(FILERS, "applicant"),
    Role.EXPERT: "experts",
    Role.AGENCY: "agency",
    Role.EXCHANGE: "exchange",
    Role.MALL: "exchange",
    Role.BUREAU: "bureau",
}


def _row(item: Any, at: Any, value: Any, label: Any = None, weight: Any = None) -> Select[Any]:
    return select(
        cast(item, String).label("item"),
        col(Case.id).label("case_id"),
        col(Case.case_no).label("case_no"),
        col(Case.title).label("title"),
        at.label("at"),
        cast(value, String).label("value"),
        (literal("") if label is None else label).label("label"),
        (literal(0) if weight is None else weight).label("weight"),
    )


# ---- cases ---------------------------------------------------------------------------------------


def by_stage(_days: Days, scope: Scope) -> Select[Any]:
    value = col(Case.procedure) + "/" + col(Case.stage)
    is_open = and_(col(Case.ended_at).is_(None), col(Case.stage) != "")
    return _row(Case.id, col(Case.stage_since), value).where(is_open, *scope.where())


def by_status(_days: Days, scope: Scope) -> Select[Any]:
    return _row(Case.id, col(Case.submitted_at), col(Case.status)).where(*scope.where())


def by_age(days: Days, scope: Scope) -> Select[Any]:
    age = days.between(col(Case.submitted_at), literal(clock.now()))
    bucket = case(*((age < first, key) for key, first in _edges()), else_=AGES[-1][0])
    return _row(Case.id, col(Case.submitted_at), bucket, weight=age).where(
        col(Case.ended_at).is_(None), *scope.where()
    )


def _edges() -> list[tuple[str, int]]:
    return [(key, following[1]) for (key, _, _), following in pairwise(AGES)]


def by_organisation(_days: Days, scope: Scope) -> Select[Any]:
    return (
        _row(Case.id, col(Case.submitted_at), Case.filer_id, col(Party.name))
        .join(Party, col(Party.id) == col(Case.filer_id))
        .where(*scope.where())
    )


# ---- visits --------------------------------------------------------------------------------------


def _visit(value: Any) -> Select[Any]:
    item = cast(col(StageVisit.case_id), String) + "/" + cast(col(StageVisit.n), String)
    return _row(item, col(StageVisit.left_at), value).join(
        StageVisit, col(StageVisit.case_id) == col(Case.id)
    )


def _stage(days: Any = None) -> Any:
    named = col(StageVisit.procedure) + "/" + col(StageVisit.stage)
    return named if days is None else named + "/" + cast(days, String)


def passed(_days: Days, scope: Scope) -> Select[Any]:
    return _visit(_stage()).where(col(StageVisit.left_at).is_not(None), *scope.where())


def spent(days: Days, scope: Scope) -> Select[Any]:
    """Visits by the working days they lasted, suspensions taken out: procedure/stage/days."""
    until = func.coalesce(col(StagePause.to_at), col(StageVisit.left_at))
    stood = (
        select(func.sum(days.between(col(StagePause.from_at), until)))
        .where(col(StagePause.case_id) == col(StageVisit.case_id), col(StagePause.n) == col(StageVisit.n))
        .correlate(StageVisit)
        .scalar_subquery()
    )
    whole = days.between(col(StageVisit.entered_at), col(StageVisit.left_at))
    return _visit(_stage(func.greatest(whole - func.coalesce(stood, 0), 0))).where(
        col(StageVisit.left_at).is_not(None), *scope.where()
    )


def _won() -> ColumnElement[bool]:
    """Ended as the applicant had hoped."""
    return and_(
        col(Case.status).in_(sorted({s.success for s in PROCEDURES.values()})),
        col(Case.ended_at).is_not(None),
    )


def rest(days: Days, scope: Scope) -> Select[Any]:
    """Visits of successful cases by the working days from there to the end: procedure/stage/days."""
    to_the_end = days.between(col(StageVisit.entered_at), col(Case.ended_at))
    return _visit(_stage(to_the_end)).where(_won(), *scope.where())


def won(_days: Days, scope: Scope) -> Select[Any]:
    """Successful cases by the day they were filed."""
    day = cast(func.timezone("Asia/Shanghai", col(Case.submitted_at)), Date)
    return _row(Case.id, col(Case.submitted_at), func.to_char(day, "YYYY-MM-DD")).where(
        _won(), *scope.where()
    )


# ---- tasks ---------------------------------------------------------------------------------------


def _tasks(value: Any, label: Any = None) -> Select[Any]:
    return _row(TaskRow.id, col(TaskRow.opened_at), value, label).join(
        TaskRow, col(TaskRow.case_id) == col(Case.id)
    )


def done_by(*roles: Role) -> Rows:
    def rows(_days: Days, scope: Scope) -> Select[Any]:
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


def open_with(*roles: Role) -> Rows:
    def rows(_days: Days, scope: Scope) -> Select[Any]:
        holder = func.coalesce(cast(col(TaskRow.assignee_id), String), literal("0"))
        return (
            _tasks(holder, func.coalesce(col(User.name), ""))
            .outerjoin(User, col(User.id) == col(TaskRow.assignee_id))
            .where(
                col(TaskRow.state).in_(OPEN), col(TaskRow.role).in_([r.value for r in roles]), *scope.where()
            )
        )

    return rows


def on_time(_days: Days, scope: Scope) -> Select[Any]:
    """Tasks with a limit that are over 按期办结: answered by the end of the limit, or late.

    A task that lapsed was not answered at all, and is late whatever the instant it was closed in; one that was
    cancelled is nobody's, and is left out. The console and the statistics both say this, and nothing else does.
    """
    answered = and_(col(TaskRow.state) == TaskState.DONE.value, col(TaskRow.closed_at) <= col(TaskRow.due_at))
    return _tasks(case((answered, "in_time"), else_="late")).where(
        col(TaskRow.state).in_([TaskState.DONE.value, TaskState.OVERDUE.value]),
        col(TaskRow.due_at).is_not(None),
        *scope.where(),
    )


def late(_days: Days, scope: Scope) -> Select[Any]:
    return _tasks(col(Case.procedure) + "/" + col(Case.stage)).where(
        col(TaskRow.state).in_(OPEN), col(TaskRow.due_at) <= clock.now(), *scope.where()
    )


def turns(days: Days, scope: Scope) -> Select[Any]:
    """What a case waited for: siblings (five experts) are one wait, from the first question to the last answer."""
    now = clock.now()
    waits = union_all(_asked(scope, now), _shown(scope, now)).subquery()
    return _row(
        waits.c.item, waits.c.start, waits.c.turn, weight=days.between(waits.c.start, waits.c.stop)
    ).join(waits, waits.c.case_id == col(Case.id))


def _asked(scope: Scope, now: Any) -> Select[Any]:
    siblings = (col(TaskRow.case_id), col(TaskRow.key), col(TaskRow.round))
    turn = _turn(TaskRow).label("turn")
    query = select(
        _named(TaskRow),
        siblings[0].label("case_id"),
        func.min(col(TaskRow.opened_at)).label("start"),
        func.max(func.coalesce(col(TaskRow.closed_at), now)).label("stop"),
        turn,
    )
    query = query.join(Case, col(Case.id) == siblings[0]).where(*scope.where()).group_by(*siblings, turn)
    if scope.part is Part.SETTLED:
        return query.having(func.count().filter(col(TaskRow.closed_at).is_(None)) == 0)
    return query if scope.part is Part.ALL else _still_asked(scope, now)


def _still_asked(scope: Scope, now: Any) -> Select[Any]:
    """The waits that go on, found from the open tasks; a sibling that has answered may have been asked earlier."""
    siblings = (col(TaskRow.case_id), col(TaskRow.key), col(TaskRow.round))
    turn = _turn(TaskRow).label("turn")
    query = select(
        _named(TaskRow),
        siblings[0].label("case_id"),
        func.min(func.least(col(TaskRow.opened_at), _asked_first())).label("start"),
        literal(now).label("stop"),
        turn,
    )
    query = query.join(Case, col(Case.id) == siblings[0])
    return query.where(col(TaskRow.state).in_(OPEN), *scope.where()).group_by(*siblings, turn)


@lru_cache(maxsize=1)
def _asked_first() -> Any:
    """When the first of a task's siblings that have answered was asked."""
    answered: Any = aliased(TaskRow)
    return (
        select(func.min(answered.opened_at))
        .where(
            answered.case_id == TaskRow.case_id,
            answered.key == TaskRow.key,
            answered.round == TaskRow.round,
            answered.closed_at.is_not(None),
            _turn(answered) == _turn(TaskRow),
        )
        .correlate(TaskRow)
        .scalar_subquery()
    )


def _named(task: Any) -> Any:
    return (cast(task.case_id, String) + "/" + task.key + "/" + cast(task.round, String)).label("item")


def _turn(task: Any) -> ColumnElement[str]:
    return case(*((task.role == role.value, turn) for role, turn in _TURN_OF.items()), else_="centre")


def _shown(scope: Scope, now: Any) -> Select[Any]:
    closed, of_part = col(Notice.closed_at), {Part.SETTLED: True, Part.MOVING: False}.get(scope.part)
    columns: tuple[Any, ...] = (
        literal("publicity/").concat(cast(col(Notice.id), String)),
        col(Notice.case_id),
        col(Notice.opened_at),
        func.coalesce(closed, now),
        literal("public"),
    )
    query = select(*columns).join(Case, col(Case.id) == col(Notice.case_id)).where(*scope.where())
    if of_part is None:
        return query
    return query.where(closed.is_not(None) if of_part else closed.is_(None))


# ---- findings and grams --------------------------------------------------------------------------


def corrections(_days: Days, scope: Scope) -> Select[Any]:
    value = col(Case.procedure) + "/" + col(Finding.target)
    return (
        _row(Finding.id, col(Case.submitted_at), value, weight=literal(1))
        .join(Finding, col(Finding.case_id) == col(Case.id))
        .where(col(Finding.stage) == "correction", *scope.where())
    )


def grams(value: Any) -> Rows:
    """Lots of the ledger, by the project or scenario they came from (M03)."""

    def rows(_days: Days, scope: Scope) -> Select[Any]:
        return (
            _row(Lot.number, col(Lot.at), value, weight=col(Lot.approved_g))
            .join(Project, col(Project.case_id) == col(Case.id))
            .join(Lot, col(Lot.origin_id) == col(Project.id))
            .join(Claim, col(Claim.id) == col(Lot.claim_id))
            .where(*scope.where())
        )

    return rows
