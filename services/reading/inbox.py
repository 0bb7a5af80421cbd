"""The task lists of the workbench. One statement gives rows and count, so that the two cannot disagree (pain P6).

A list costs a fixed number of statements, however many rows it has (pain P7); it is paged by key, not by
offset (pain P3); by default what is overdue comes first, then what has least working time left, and what
stands still comes last (pain P1).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy import String as SqlString
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models.procedures import PROCEDURES
from models.tables import AuditEvent, Case, Party, TaskRow, User
from models.vocabulary.events import EVENT_TITLES, Event
from models.vocabulary.roles import ROLE_TITLES, Role
from models.vocabulary.specs import Task
from models.vocabulary.text import Text
from services import clock, direct
from services.access import Actor
from services.reading import blind, duties, inbox_where, timeline
from services.reading.filters import Filters, Place, Queue, place_of

Holder: Any = aliased(User)
Filer: Any = aliased(Party)
Principal: Any = aliased(Party)
FOREVER = 1e18


def part_of(slot: str) -> Text:
    """The seat ("3.2" is the second asked for the third) or the objection a task is about; nothing for the only one."""
    seat, replaced, _ = slot.partition(".")
    if replaced:
        return Text(f"seat {seat}", f"席位 {seat}")
    return Text(f"objection {slot}", f"异议 {slot}") if slot != "1" else Text("", "")


@dataclass(frozen=True)
class Item:
    """A task as a list shows it. `blocked` tells in advance why the reader may not answer it (screens 4.8)."""

    task: TaskRow
    case: Case
    applicant: str
    holder: str
    held: bool
    blocked: Text | None

    @property
    def spec(self) -> Task:
        return PROCEDURES[self.task.procedure].task(self.task.key)

    @property
    def title(self) -> Text:
        return self.spec.title

    @property
    def part(self) -> Text:
        """Which of several alike: the seat of a panel, the objection."""
        return part_of(self.task.slot)

    @property
    def stage(self) -> Text:
        spec = PROCEDURES[self.case.procedure]
        return next((s.title for s in spec.stages if s.key == self.case.stage), Text("", ""))

    @property
    def group(self) -> Text:
        """The role asked, in words."""
        return ROLE_TITLES[Role(self.task.role)]

    @property
    def paused(self) -> bool:
        return self.task.due_at is None and self.case.suspended_at is not None


@dataclass(frozen=True)
class Page:
    """Rows of a list, how many there are in all, and where the next page starts."""

    items: list[Item]
    total: int
    next_cursor: str | None


def page(session: Session, actor: Actor, filters: Filters) -> Page:
    """A page of tasks under the filters. Three statements: rows with count, and two for separation of duties."""
    place, limit = place_of(filters.cursor), filters.limit
    found = _columns(actor, filters).cte("found")
    total = select(func.count()).select_from(found).scalar_subquery()
    query = select(
        TaskRow,
        Case,
        found.c.applicant,
        found.c.holder,
        found.c.held,
        found.c.bucket,
        found.c.sort_key,
        total,
    )
    query = query.join(found, found.c.id == col(TaskRow.id)).join(Case, col(Case.id) == col(TaskRow.case_id))
    if place is not None:
        after = tuple_(literal(place.bucket), literal(place.key, Double), literal(place.id))
        query = query.where(tuple_(found.c.bucket, found.c.sort_key, found.c.id_text) > after)
    query = query.order_by(found.c.bucket, found.c.sort_key, found.c.id_text).limit(limit + 1)
    rows: list[Any] = list(session.execute(query))
    count = rows[0][7] if rows else 0 if place is None else counted(session, actor, filters)
    more = _place(rows[limit - 1]).cursor() if len(rows) > limit else None
    return Page(_items(session, actor, rows[:limit]), count, more)


def counted(session: Session, actor: Actor, filters: Filters) -> int:
    """How many tasks the filters let through; the very where-clause of the list."""
    found = _columns(actor, filters).subquery()
    return int(session.execute(select(func.count()).select_from(found)).scalar_one())


def _place(row: Any) -> Place:
    return Place(row[5], row[6], str(row[0].id))


def base(actor: Actor, filters: Filters, *columns: Any) -> Select[Any]:
    """Tasks under the filters joined with all a filter or counter may ask about.

    Every case has a filer; joined from outside all the same, so that the database leaves out who is not asked about.
    """
    query = select(*columns).select_from(TaskRow).join(Case, col(Case.id) == col(TaskRow.case_id))
    query = query.outerjoin(Filer, Filer.id == col(Case.filer_id))
    query = query.outerjoin(Principal, Principal.id == col(Case.principal_id))
    query = query.outerjoin(Holder, Holder.id == col(TaskRow.assignee_id))
    where = [
        inbox_where.in_queue(actor, filters.queue),
        *inbox_where.narrowed(actor, filters, Filer, Principal, Holder),
    ]
    return query.where(*where)


def _columns(actor: Actor, filters: Filters) -> Select[Any]:
    held = inbox_where.held()
    bucket, key = _order(filters, held)
    return base(
        actor,
        filters,
        col(TaskRow.id),
        cast(col(TaskRow.id), SqlString).label("id_text"),
        Filer.name.label("applicant"),
        func.coalesce(Holder.name, "").label("holder"),
        held.label("held"),
        bucket.label("bucket"),
        key.label("sort_key"),
    )


def _order(filters: Filters, held: ColumnElement[bool]) -> tuple[ColumnElement[int], ColumnElement[float]]:
    """(bucket, key), both ascending."""
    if filters.queue is Queue.ARCHIVE:
        return literal(0), -_epoch(col(TaskRow.closed_at))
    if filters.sort == "oldest":
        return literal(0), _epoch(col(TaskRow.opened_at))
    if filters.sort == "changed":
        return literal(0), -_epoch(col(Case.changed_at))
    due = col(TaskRow.due_at)
    return (
        case((due <= clock.now(), 0), (held, 2), (due.is_(None), 2), else_=1),
        func.coalesce(_epoch(due), literal(FOREVER, Double)),
    )


def _epoch(instant: Any) -> ColumnElement[float]:
    return cast(func.extract("epoch", instant), Double)


def _items(session: Session, actor: Actor, rows: list[Any]) -> list[Item]:
    cases = {r[1].id: r[1] for r in rows}
    tasks = [r[0] for r in rows]
    known = duties.of_cases(session, cases.values(), tasks)
    me = duties.Person(actor.person_key, actor.party_id, frozenset(actor.roles), actor.user_id)
    return [
        Item(t, c, applicant, holder, held, known.refusal(me, t))
        for t, c, applicant, holder, held, *_ in rows
    ]


@dataclass(frozen=True)
class Counter:
    """A number that is a link with the very filter it was counted with."""

    key: str
    title: Text
    count: int
    filters: Filters


def counters(session: Session, actor: Actor, filters: Filters) -> list[Counter]:
    """The numbers above the list, in one statement that reads the list once."""
    plain = replace(filters, due="", mark="", cursor="")
    wanted = [
        ("overdue", Text("overdue", "件已逾期"), replace(plain, due="overdue")),
        ("today", Text("due today", "件今日到期"), replace(plain, due="today")),
        ("applicant", Text("with the applicant", "件等待申请人"), replace(plain, mark="applicant")),
        ("again", Text("came back", "件再次提交"), replace(plain, mark="again")),
        ("held", Text("on hold", "件搁置"), replace(plain, mark="held")),
    ]
    each = (
        func.count().filter(
            *inbox_where.narrowed(actor, Filters(due=f.due, mark=f.mark), Filer, Principal, Holder)
        )
        for _, _, f in wanted
    )
    numbers = session.execute(base(actor, plain, *each)).one()
    return [Counter(k, t, n, f) for (k, t, f), n in zip(wanted, numbers, strict=True) if n]


def tabs(session: Session, actor: Actor, queues: list[Queue]) -> dict[Queue, int]:
    """How many tasks lie under each tab, in one statement. The archive is not counted: it only grows."""
    live = [q for q in queues if q not in (Queue.ARCHIVE, Queue.RECENT)]
    return dict(zip(live, _counts(session, actor, [Filters(queue=q) for q in live]), strict=True))


def _counts(session: Session, actor: Actor, wanted: list[Filters]) -> list[int]:
    if not wanted:
        return []
    numbers = [base(actor, f, func.count()).scalar_subquery() for f in wanted]
    return [int(n) for n in session.execute(select(*numbers)).one()]


@dataclass(frozen=True)
class Facets:
    """What the filters offer, each value with its count (pain P5)."""

    kinds: list[tuple[str, Text, int]]
    stages: list[tuple[str, Text, int]]
    procedures: list[tuple[str, Text, int]]
    holders: list[tuple[str, Text, int]]


def facets(session: Session, actor: Actor, filters: Filters) -> Facets:
    """Values and counts under the present tab, in one statement."""
    open_filters = Filters(queue=filters.queue)
    columns = (col(TaskRow.procedure), col(TaskRow.key), col(Case.stage), Holder.username, Holder.name)
    rows = session.execute(base(actor, open_filters, *columns, func.count()).group_by(*columns)).all()
    kinds, stages, kept, holders = {}, {}, {}, {}  # type: dict[str, list[Any]], dict[str, list[Any]], dict[str, list[Any]], dict[str, list[Any]]
    for procedure, key, stage, username, name, n in rows:
        spec = PROCEDURES[procedure]
        _add(kinds, key, spec.task(key).title, n)
        _add(stages, stage, next((s.title for s in spec.stages if s.key == stage), Text(stage, stage)), n)
        _add(kept, procedure, spec.title, n)
        _add(holders, username or "none", Text(name or "nobody yet", name or "待领取"), n)
    return Facets(_sorted(kinds), _sorted(stages), _sorted(kept), _sorted(holders))


def _add(found: dict[str, list[Any]], key: str, title: Text, n: int) -> None:
    found.setdefault(key, [title, 0])[1] += n


def _sorted(found: dict[str, list[Any]]) -> list[tuple[str, Text, int]]:
    return sorted(((k, t, n) for k, (t, n) in found.items() if k), key=lambda row: row[1].zh)


@dataclass(frozen=True)
class Load:
    """What lies on one officer: `active` counts, `on_hold` does not (pain P9)."""

    username: str
    name: str
    active: int
    on_hold: int
    overdue: int


def load(session: Session, roles: set[Role]) -> list[Load]:
    """The load of every active person of these roles, busiest first, in one statement."""
    mine = and_(col(TaskRow.assignee_id) == col(User.id), inbox_where.is_open())
    still = or_(inbox_where.held(), col(TaskRow.due_at).is_(None))
    n = func.count(col(TaskRow.id))
    active, on_hold = n.filter(~still).label("active"), n.filter(still).label("on_hold")
    query = select(
        col(User.username), col(User.name), active, on_hold, n.filter(col(TaskRow.due_at) <= clock.now())
    )
    query = query.select_from(User).outerjoin(TaskRow, mine).where(col(User.active).is_(True))
    query = query.where(or_(*(col(User.roles).contains([r.value]) for r in roles))).group_by(col(User.id))
    rows = session.execute(query.order_by(active.desc(), col(User.name))).all()
    return [Load(*r) for r in rows]


@dataclass(frozen=True)
class Change:
    """A case of mine that somebody else has moved: what happened last, who, when."""

    case: Case
    event_id: int
    event: str
    at: datetime
    by: str
    data: dict[str, Any]
    veiled: bool = False

    @property
    def title(self) -> Text:
        return EVENT_TITLES[Event(self.event)]

    @property
    def text(self) -> Text:
        """What happened, in a sentence; opinions stay hidden until all are in."""
        if self.veiled:
            return blind.FILED
        row = AuditEvent(event=self.event, data=self.data, stage=self.case.stage, at=self.at)
        return timeline.sentence(PROCEDURES[self.case.procedure], row)


def recent(session: Session, actor: Actor, filters: Filters) -> tuple[list[Change], str | None]:
    """Cases the person had a part in, newest change by others first. Two statements; paged by event."""
    event, who = inbox_where.changes(actor, filters)
    query = select(Case, event.c.id, event.c.event, event.c.at, func.coalesce(who.name, ""), event.c.data)
    query = query.select_from(event).join(Case, col(Case.id) == event.c.case_id)
    query = query.join(Filer, Filer.id == col(Case.filer_id)).outerjoin(who, who.id == event.c.user_id)
    query = query.where(inbox_where.case_words(filters, Filer))
    if filters.cursor:
        place = place_of(filters.cursor)
        query = query.where(event.c.id < int(place.key if place else 0))
    rows: list[Any] = list(session.execute(query.order_by(event.c.id.desc()).limit(filters.limit + 1)))
    more = Place(0, rows[filters.limit - 1][1], "").cursor() if len(rows) > filters.limit else None
    writing = blind.open_in(session, {r[0].id for r in rows})
    shown = [
        Change(case, event_id, what, at, by, data, case.id in writing and data.get("key") in blind.KINDS)
        for case, event_id, what, at, by, data in rows[: filters.limit]
    ]
    return shown, more


def one(session: Session, actor: Actor, task_id: UUID, *, answered: bool = False) -> Item | None:
    """A single task as the lists show it; the caller has come by `access.task_for`.

    Args:
        answered: the actor has just answered it; then it is not put aside and nothing stands against them.
    """
    task = session.get(TaskRow, task_id)
    if task is None:
        return None
    row, holder = session.get_one(Case, task.case_id), _holder(session, actor, task)
    filer = str(direct.ask(session, _NAME, {"party": row.filer_id}).scalar_one())
    if answered:
        return Item(task, row, filer, holder, False, None)
    held = session.execute(
        select(exists().where(col(TaskRow.id) == task.id, inbox_where.held()))
    ).scalar_one()
    known = duties.of_cases(session, [row], [task])
    me = duties.Person(actor.person_key, actor.party_id, frozenset(actor.roles), actor.user_id)
    return Item(
        task,
        row,
        filer,
        holder,
        held,
        known.refusal(me, task),
    )


_NAME = select(col(Party.name)).where(col(Party.id) == bindparam("party"))


def _holder(session: Session, actor: Actor, task: TaskRow) -> str:
    """The name of who has it in hand, or empty."""
    if task.assignee_id is None:
        return ""
    return actor.name if task.assignee_id == actor.user_id else session.get_one(User, task.assignee_id).name
