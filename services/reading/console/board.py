"""The board: how many cases each cause holds up, and the rows of a cause. A fixed number of statements, whatever the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy import select as wide
from sqlmodel import Session, col, select

from models.tables import Case, Notice, Party, TaskRow, User
from models.vocabulary.roles import ROLE_TITLES, Role
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from services import access
from services.access import Actor
from services.reading.console import causes, engine, machine, sentences
from services.reading.console.causes import CAUSES, Moments
from services.reading.console.engine import EngineState
from services.reading.console.sentences import Sight
from services.reading.console.shapes import EVERY, PAGE, SHORT, Group, Row, Wanted, limits

__all__ = ["EVERY", "PAGE", "Board", "Group", "Row", "Wanted", "board"]


@dataclass(frozen=True)
class Board:
    at: datetime
    engine: EngineState
    groups: list[Group]
    wanted: Wanted

    @property
    def stalled(self) -> int:
        """What counts: lawful waits do not."""
        return sum(g.count for g in self.groups if g.cause.counts)

    def group(self, key: str) -> Group:
        return next(g for g in self.groups if g.key == key)


def board(session: Session, actor: Actor, wanted: Wanted, size: int = PAGE) -> Board:
    """All groups with their counts; the opened one with a page of rows, the others with their first few.

    Args:
        size: rows of a page of the opened group; 0 = of every group the first `SHORT` only.
    """
    at = causes.moments(session)
    state = engine.state(session)
    found = {key: Group(key) for key in CAUSES}
    found["engine"].rows = [machine.of_engine(text, state) for text in state.wrong]
    found["engine"].count = len(state.wrong)
    scope = _scope(actor, wanted)
    machine.proof(state, found["proof"], wanted, at)
    machine.fill(session, found, scope, wanted, at, size)
    _fill_tasks(session, found, scope, wanted, at, size)
    _publicity(session, found["lawful"], scope, wanted, at, size)
    return Board(at.now, state, list(found.values()), wanted)


def _scope(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What both the counts and the rows are limited by."""
    where: list[ColumnElement[bool]] = [access.sees(actor)]
    if wanted.procedure:
        where.append(col(Case.procedure) == wanted.procedure)
    if wanted.stage:
        where.append(col(Case.stage) == wanted.stage)
    return where + [
        or_(
            col(Case.case_no).icontains(word, autoescape=True),
            col(Case.title).icontains(word, autoescape=True),
        )
        for word in wanted.q.split()[:4]
    ]


# ---- people ------------------------------------------------------------------------------------


def _open_tasks(
    scope: Sequence[ColumnElement[bool]], wanted: Wanted, at: Moments
) -> list[ColumnElement[bool]]:
    where = [col(TaskRow.state).in_([s.value for s in OPEN_STATES]), *scope]
    if wanted.late:
        where.append(and_(col(TaskRow.due_at).is_not(None), col(TaskRow.due_at) <= at.now))
    if wanted.person:
        named = select(User.id).where(User.username == wanted.person).scalar_subquery()
        where.append(col(TaskRow.assignee_id) == named)
    return where


def _sorted_tasks(
    scope: Sequence[ColumnElement[bool]], wanted: Wanted, at: Moments, size: int
) -> tuple[Any, ColumnElement[bool]]:
    """(every open task under its cause with its place there, which of them are shown)."""
    cause = causes.of_task(at).label("cause")
    late = and_(col(TaskRow.due_at).is_not(None), col(TaskRow.due_at) <= at.now).label("late")
    place = (
        func.row_number()
        .over(
            partition_by=cause,
            order_by=(col(TaskRow.due_at).asc().nulls_last(), col(TaskRow.opened_at), col(TaskRow.id)),
        )
        .label("place")
    )
    tasks = (
        wide(col(TaskRow.id).label("id"), cause, late, col(TaskRow.assignee_id).label("who"), place)
        .join(Case, col(Case.id) == col(TaskRow.case_id))
        .where(*_open_tasks(scope, wanted, at))
        .cte("sorted")
    )
    shown = []
    for key in causes.OF_TASKS:
        if key == "experts" and not wanted.person:
            continue
        many, first = limits(wanted, key, size)
        shown.append(and_(tasks.c.cause == key, tasks.c.place > first, tasks.c.place <= first + many))
    return tasks, or_(*shown)


def _fill_tasks(
    session: Session,
    found: dict[str, Group],
    scope: Sequence[ColumnElement[bool]],
    wanted: Wanted,
    at: Moments,
    size: int,
) -> None:
    """Counts and rows of all groups of tasks in one statement that reads the open tasks once.

    One more for the panels behind them, and one for the experts: of these, the experts are counted, not the tasks.
    """
    tasks, shown = _sorted_tasks(scope, wanted, at, size)
    n, late, people = func.count(), func.count().filter(tasks.c.late), func.count(func.distinct(tasks.c.who))
    counts = (
        wide(tasks.c.cause, n.label("n"), late.label("late"), people.label("people"))
        .where(tasks.c.cause != "")
        .group_by(tasks.c.cause)
        .subquery()
    )
    query = (
        wide(counts, TaskRow, Case, func.coalesce(User.name, Party.name, ""))
        .select_from(counts)
        .outerjoin(tasks, and_(tasks.c.cause == counts.c.cause, shown))
        .outerjoin(TaskRow, col(TaskRow.id) == tasks.c.id)
        .outerjoin(Case, col(Case.id) == col(TaskRow.case_id))
        .outerjoin(User, col(User.id) == col(TaskRow.assignee_id))
        .outerjoin(Party, col(Party.id) == col(TaskRow.party_id))
        .order_by(tasks.c.place)
    )
    rows = session.execute(query).all()
    sight = Sight(at.now, at.by, _panels(session, [case.id for *_, case, _ in rows if case is not None]))
    for key, whole, over, experts, task, case, holder in rows:
        found[key].count = experts if key == "experts" and not wanted.person else whole
        found[key].late = over
        if task is not None:
            found[key].rows.append(_of_task(task, case, holder, key, sight))
    if not wanted.person:
        found["experts"].rows = _experts(session, scope, wanted, at, size, sight)


def _of_task(task: TaskRow, case: Case, holder: str, cause: str, sight: Sight) -> Row:
    late = task.due_at is not None and task.due_at <= sight.now
    days = -sight.by.left(task.due_at, sight.now) if task.due_at is not None and late else 0
    since = task.due_at if late and task.due_at else task.opened_at
    return Row(
        cause=cause,
        why=sentences.of_task(task, case, holder, cause, sight),
        since=since,
        days=days or sight.by.working_days_between(task.opened_at, sight.now),
        holder=sentences.who(task, holder),
        case=case,
        task=task,
        late=late,
        reminded=task.reminded,
    )


def _panels(session: Session, ids: list[Any]) -> dict[tuple[object, str], tuple[int, int]]:
    """(case, key) -> (open, answered) of the experts' tasks of these cases."""
    if not ids:
        return {}
    is_open = col(TaskRow.state).in_([s.value for s in OPEN_STATES])
    query = (
        wide(
            col(TaskRow.case_id),
            col(TaskRow.key),
            func.count().filter(is_open),
            func.count().filter(col(TaskRow.state) == "done"),
        )
        .where(col(TaskRow.case_id).in_(set(ids)), col(TaskRow.role) == Role.EXPERT.value)
        .group_by(col(TaskRow.case_id), col(TaskRow.key))
    )
    return {(case, key): (waiting, done) for case, key, waiting, done in session.execute(query) if waiting}


def _experts(
    session: Session,
    scope: Sequence[ColumnElement[bool]],
    wanted: Wanted,
    at: Moments,
    size: int,
    sight: Sight,
) -> list[Row]:
    """One row an expert over all cases, those past their limit first."""
    late = func.count().filter(col(TaskRow.due_at) <= at.now)
    many, first = limits(wanted, "experts", size)
    query = (
        wide(
            col(User.username),
            col(User.name),
            func.count(),
            late,
            func.min(TaskRow.due_at),
            func.min(TaskRow.opened_at),
            func.max(TaskRow.reminded),
        )
        .select_from(TaskRow)
        .join(Case, col(Case.id) == col(TaskRow.case_id))
        .join(User, col(User.id) == col(TaskRow.assignee_id))
        .where(
            *_open_tasks(scope, wanted, at),
            col(TaskRow.role) == Role.EXPERT.value,
            col(Case.suspended_at).is_(None),
        )
        .group_by(col(User.id))
        .order_by(late.desc(), func.min(TaskRow.due_at).asc().nulls_last(), func.count().desc(), col(User.id))
        .limit(many)
        .offset(first)
    )
    title = ROLE_TITLES[Role.EXPERT]
    rows = []
    for username, name, n, over, due, opened, told in session.execute(query):
        when = sentences.until(due, sight.by)
        rows.append(
            Row(
                cause="experts",
                why=Text(
                    f"{name} has not answered in {n} case(s), {over} of them past the limit; the first {when.en}.",
                    f"专家{name}在 {n} 件中尚未答复"
                    + (f"，其中 {over} 件已超过期限" if over else "")
                    + f"；最早{when.zh}。",
                ),
                since=opened,
                days=sight.by.working_days_between(opened, sight.now),
                holder=Text(f"{title.en} {name}", f"{title.zh}{name}"),
                late=over > 0,
                reminded=told or 0,
                person=username,
                cases=n,
            )
        )
    return rows


def _publicity(
    session: Session,
    group: Group,
    scope: Sequence[ColumnElement[bool]],
    wanted: Wanted,
    at: Moments,
    size: int,
) -> None:
    """Publicities that run are lawful waits, too; the total comes with each row."""
    if wanted.person or wanted.late:
        return
    many, skipped = SHORT, 0
    if wanted.cause == group.key:  # after the tasks of the group
        many, first = limits(wanted, group.key, size)
        many, skipped = many - len(group.rows), max(first - group.count, 0)
    query = (
        wide(Case, Notice, func.count().over())
        .join(Notice, col(Notice.case_id) == col(Case.id))
        .where(col(Notice.state) == "open", col(Case.suspended_at).is_(None), *scope)
        .order_by(col(Notice.closes_at), col(Notice.id))
    )
    found = session.execute(query.limit(max(many, 1)).offset(skipped)).all()
    told = found or (session.execute(query.limit(1)).all() if skipped else [])  # behind the last page
    group.count += told[0][2] if told else 0
    by, now = at.by, at.now
    for case, notice, _ in found[:many] if many > 0 else []:
        when = sentences.until(notice.closes_at, by)
        why = Text(
            f"Published for comment {when.en}; nothing to do.",
            f"公示中，{when.zh}止，期满后流程自动继续，无需处理。",
        )
        days = by.working_days_between(notice.opened_at, now)
        group.rows.append(
            Row("lawful", why, notice.opened_at, days, Text("The public", "社会公众"), case=case)
        )
