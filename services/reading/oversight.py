"""What administrators and auditors look at: what stands still and why, the audit trail, numbers (screens 3.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlalchemy import select as wide
from sqlmodel import Session, col, select

from models.procedures import PROCEDURES
from models.tables import AuditEvent, Case, EngineHealth, Outbox, TaskRow, User
from models.vocabulary.events import Event
from models.vocabulary.roles import FILERS, ROLE_TITLES, Role
from models.vocabulary.text import Text
from services import access, calendar, clock, panels
from services.access import Actor
from services.reading import inbox_where, timeline

#: A task nobody has claimed for so many working days stands still.
UNCLAIMED_AFTER = 2
#: An undelivered message this old means that the engine does not hear us.
OUTBOX_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Stalled:
    """A case that does not move.

    Args:
        cause: overdue | unclaimed | operator | delivery.
        why: the sentence: what it waits for, whom, since when.
        days: working days past the limit, or since it was opened.
        holder: who is asked, in words.
    """

    case: Case
    task: TaskRow | None
    cause: str
    why: Text
    since: datetime
    days: int
    holder: Text


CAUSES: dict[str, Text] = {
    "operator": Text("Technical fault", "技术故障"),
    "delivery": Text("Not delivered to the engine", "未送达流程引擎"),
    "overdue": Text("Overdue", "已逾期"),
    "unclaimed": Text("Nobody has claimed it", "无人领取"),
}


def stalled(session: Session, actor: Actor, limit: int = 500) -> list[Stalled]:
    """Everything that stands still, technical causes first, then the longest overdue."""
    visible = access.visible_cases(actor).with_only_columns(col(Case.id))
    found = _parked(session, visible) + _undelivered(session, visible) + _late(session, visible)
    order = list(CAUSES)
    return sorted(found, key=lambda s: (order.index(s.cause), -s.days, s.since))[:limit]


def _parked(session: Session, visible: Any) -> list[Stalled]:
    rows = session.exec(select(Case).where(col(Case.id).in_(visible), col(Case.needs_operator) != "")).all()
    return [
        Stalled(
            c,
            None,
            "operator",
            Text(
                f"The course cannot go on by itself: {c.needs_operator}. An administrator mends the cause and retries.",
                f"流程无法自动继续：{c.needs_operator}。请排除原因后点击“重试”。",
            ),
            c.changed_at,
            _since(session, c.changed_at),
            ROLE_TITLES[Role.ADMIN],
        )
        for c in rows
    ]


def _undelivered(session: Session, visible: Any) -> list[Stalled]:
    query = (
        wide(
            Case,
            func.min(Outbox.created_at),
            func.max(Outbox.attempts),
            func.max(Outbox.last_error),
            func.bool_or(Outbox.dead),
        )
        .join(Outbox, col(Outbox.case_id) == col(Case.id))
        .where(
            col(Case.id).in_(visible),
            or_(col(Outbox.dead), col(Outbox.created_at) < clock.now() - OUTBOX_AFTER),
        )
        .group_by(col(Case.id))
    )
    return [
        Stalled(
            c,
            None,
            "delivery",
            _delivery_words(int(tries or 0), str(error or ""), bool(dead)),
            at,
            _since(session, at),
            ROLE_TITLES[Role.ADMIN],
        )
        for c, at, tries, error, dead in session.execute(query)
    ]


def _delivery_words(tries: int, error: str, dead: bool) -> Text:
    if dead:
        return Text(
            f"A message found the course ended and lies with the dead letters. {error}",
            f"流程已结束，消息无人接收，已转入死信。{error}",
        )
    return Text(
        f"A decision is recorded but not yet delivered to the engine ({tries} tries). {error}".strip(),
        f"决定已记录，尚未送达流程引擎（已尝试 {tries} 次），引擎恢复后自动送达。{error}",
    )


def _late(session: Session, visible: Any) -> list[Stalled]:
    now = clock.now()
    since = calendar.current(session)
    query = (
        select(TaskRow, Case, func.coalesce(User.name, ""))
        .join(Case, col(Case.id) == col(TaskRow.case_id))
        .outerjoin(User, col(User.id) == col(TaskRow.assignee_id))
        .where(
            inbox_where.is_open(),
            col(Case.id).in_(visible),
            col(Case.suspended_at).is_(None),
            or_(
                col(TaskRow.due_at) <= now,
                and_(
                    col(TaskRow.assignee_id).is_(None),
                    col(TaskRow.reserved_for).is_(None),
                    col(TaskRow.role).not_in([r.value for r in FILERS]),
                ),
            ),
        )
    )
    out = []
    for task, case, holder in session.exec(query):
        if task.due_at is not None and task.due_at <= now:
            out.append(_overdue(session, task, case, holder, -since.left(task.due_at, now)))
        elif since.working_days_between(task.opened_at, now) > UNCLAIMED_AFTER:
            out.append(_unclaimed(task, case, since.working_days_between(task.opened_at, now)))
    return out


def _overdue(session: Session, task: TaskRow, case: Case, holder: str, days: int) -> Stalled:
    title, who = PROCEDURES[task.procedure].task(task.key).title, _who(task, holder)
    more = (
        _panel_words(session, case) if task.key in ("expert_opinion", "expert_invitation") else Text("", "")
    )
    return Stalled(
        case,
        task,
        "overdue",
        Text(
            f"Waits for {who.en} to “{title.en}”; {days} working day(s) past the limit. {more.en}".strip(),
            f"等待{who.zh}{title.zh}，已超过期限 {days} 个工作日。{more.zh}",
        ),
        task.due_at or task.opened_at,
        days,
        who,
    )


def _unclaimed(task: TaskRow, case: Case, days: int) -> Stalled:
    title, role = PROCEDURES[task.procedure].task(task.key).title, ROLE_TITLES[Role(task.role)]
    return Stalled(
        case,
        task,
        "unclaimed",
        Text(
            f"“{title.en}” has waited {days} working days and nobody of the group “{role.en}” has claimed it.",
            f"“{title.zh}”已等候 {days} 个工作日，{role.zh}组内无人领取。",
        ),
        task.opened_at,
        days,
        role,
    )


def _who(task: TaskRow, holder: str) -> Text:
    role = ROLE_TITLES[Role(task.role)]
    return Text(f"{role.en} {holder}".strip(), f"{role.zh}{holder}" if holder else role.zh)


def _panel_words(session: Session, case: Case) -> Text:
    panel = panels.current(session, case)
    if panel is None:
        return Text("", "")
    n = panels.arithmetic(session, panel)
    return Text(
        f"Panel: needs {n['needs']} · valid {n['valid']} · missing {n['missing']}.",
        f"专家组：需要 {n['needs']} · 有效意见 {n['valid']} · 还差 {n['missing']}。",
    )


def _since(session: Session, at: datetime) -> int:
    return calendar.current(session).working_days_between(at, clock.now())


# ---- the trail -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrailFilters:
    """Filters of the audit list; empty = everything. `person` is a user name, times are instants."""

    case_no: str = ""
    event: str = ""
    person: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    limit: int = 50


@dataclass(frozen=True)
class TrailRow:
    event: AuditEvent
    case_no: str
    by: str
    username: str
    procedure: str = ""

    @property
    def text(self) -> Text:
        """What happened, in a sentence, where there is one."""
        said = self.event.data.get("text")
        if isinstance(said, dict):
            return Text(str(said.get("en", "")), str(said.get("zh", "")))
        known = self.procedure in PROCEDURES and self.event.event in set(Event)
        return timeline.sentence(PROCEDURES[self.procedure], self.event) if known else Text("", "")


def trail(session: Session, filters: TrailFilters) -> list[TrailRow]:
    """The newest events first, one statement."""
    query = (
        wide(
            AuditEvent,
            func.coalesce(Case.case_no, ""),
            func.coalesce(User.name, ""),
            func.coalesce(User.username, ""),
            func.coalesce(Case.procedure, ""),
        )
        .outerjoin(Case, col(Case.id) == col(AuditEvent.case_id))
        .outerjoin(User, col(User.id) == col(AuditEvent.user_id))
    )
    conditions = _trail_conditions(filters)
    query = query.where(*conditions) if conditions else query
    rows = session.execute(query.order_by(col(AuditEvent.id).desc()).limit(filters.limit)).all()
    return [TrailRow(*r) for r in rows]


def _trail_conditions(filters: TrailFilters) -> list[Any]:
    """One condition for each filter that is set."""
    ways: tuple[tuple[Any, Any], ...] = (
        (filters.case_no, lambda v: col(Case.case_no) == v),
        (filters.event, lambda v: col(AuditEvent.event) == v),
        (filters.person, lambda v: col(User.username) == v),
        (filters.since, lambda v: col(AuditEvent.at) >= v),
        (filters.until, lambda v: col(AuditEvent.at) < v),
        (filters.before_id, lambda v: col(AuditEvent.id) < v),
    )
    return [make(value) for value, make in ways if value]


# ---- numbers -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StageTime:
    """Working days cases have spent in a stage: how many passed it, the middle one, and one in five took longer than `p80`."""

    procedure: str
    stage: str
    title: Text
    passed: int
    median: float
    p80: float


@dataclass(frozen=True)
class Statistics:
    by_status: dict[str, int]
    by_stage: list[tuple[str, str, Text, int]]
    times: list[StageTime]
    on_time: int
    closed: int


def statistics(session: Session) -> Statistics:
    """Counts by status and stage, working time by stage, and how many answers of the centre were in time."""
    by_status = dict(session.exec(select(Case.status, func.count()).group_by(Case.status)).all())
    rows = session.exec(
        select(Case.procedure, Case.stage, func.count())
        .where(col(Case.ended_at).is_(None), col(Case.stage) != "")
        .group_by(Case.procedure, Case.stage)
    ).all()
    by_stage = [(p, s, _stage_title(p, s), n) for p, s, n in rows]
    closed, on_time = session.exec(
        select(func.count(), func.count().filter(col(TaskRow.closed_at) <= col(TaskRow.due_at)))
        .select_from(TaskRow)
        .where(col(TaskRow.state) == "done", col(TaskRow.due_at).is_not(None))
    ).one()
    return Statistics(by_status, by_stage, _times(session), on_time, closed)


def _stage_title(procedure: str, stage: str) -> Text:
    spec = PROCEDURES.get(procedure)
    return (
        next((s.title for s in spec.stages if s.key == stage), Text(stage, stage))
        if spec
        else Text(stage, stage)
    )


def _times(session: Session) -> list[StageTime]:
    """From the trail: a stage lasts from the event that enters it to the next one of the case, or its end."""
    marks = (Event.STAGE_ENTERED.value, Event.CASE_ENDED.value, Event.CASE_WITHDRAWN.value)
    query = (
        wide(
            col(AuditEvent.case_id),
            col(Case.procedure),
            col(AuditEvent.event),
            col(AuditEvent.at),
            col(AuditEvent.data),
        )
        .join(Case, col(Case.id) == col(AuditEvent.case_id))
        .where(col(AuditEvent.event).in_(marks))
        .order_by(col(AuditEvent.case_id), col(AuditEvent.seq))
    )
    counting, spent = calendar.current(session), {}  # type: Any, dict[tuple[str, str], list[float]]
    before: tuple[UUID | None, str, str, datetime] | None = None
    for case_id, procedure, event, at, data in session.execute(query):
        if before is not None and before[0] == case_id:
            spent.setdefault((before[1], before[2]), []).append(counting.working_days_between(before[3], at))
        entered = event == Event.STAGE_ENTERED.value
        before = (case_id, procedure, str(data.get("stage", "")), at) if entered else None
    return [
        StageTime(p, s, _stage_title(p, s), len(days), float(median(days)), _p80(days))
        for (p, s), days in sorted(spent.items())
    ]


def _p80(days: list[float]) -> float:
    return float(sorted(days)[min(len(days) - 1, int(len(days) * 0.8))])


# ---- the machine ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class System:
    health: list[EngineHealth]
    waiting: int
    oldest: datetime | None
    dead: list[tuple[Outbox, str]]


def system(session: Session) -> System:
    """What the worker last saw of the engine, and what is not delivered."""
    health = list(session.exec(select(EngineHealth).order_by(EngineHealth.key)))
    waiting, oldest = session.exec(
        select(func.count(), func.min(Outbox.created_at)).where(~col(Outbox.dead))
    ).one()
    dead = session.exec(
        select(Outbox, Case.case_no)
        .join(Case, col(Case.id) == col(Outbox.case_id))
        .where(col(Outbox.dead))
        .order_by(col(Outbox.id).desc())
        .limit(100)
    ).all()
    return System(health, waiting, oldest, list(dead))
