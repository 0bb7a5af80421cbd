"""What administrators and auditors look at: what stands still and why, the audit trail, numbers (screens 3.3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as wide
from sqlmodel import Session, col, select

from models.procedures import PROCEDURES
from models.tables import AuditEvent, Case, EngineHealth, Outbox, TaskRow, User
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from services.reading import timeline

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


def answered(session: Session) -> tuple[int, int]:
    """(answers in time, all answers to tasks with a limit); services.reading.statistics has the rest."""
    closed, on_time = session.exec(
        select(func.count(), func.count().filter(col(TaskRow.closed_at) <= col(TaskRow.due_at)))
        .select_from(TaskRow)
        .where(col(TaskRow.state) == "done", col(TaskRow.due_at).is_not(None))
    ).one()
    return on_time, closed


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
