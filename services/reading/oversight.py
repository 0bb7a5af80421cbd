"""What administrators and auditors look at: what stands still and why, the audit trail, numbers (screens 3.3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, tuple_
from sqlalchemy import select as wide
from sqlmodel import Session, col, select

from models.procedures import PROCEDURES
from models.tables import AuditEvent, Case, EngineHealth, Outbox, User
from models.vocabulary.events import EVENT_TITLES, Event
from models.vocabulary.statuses import ENDS
from models.vocabulary.text import Text
from services.reading import timeline

# ---- the trail -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrailFilters:
    """Filters of the audit list; empty = everything. `person` is a user name or a name, times are instants."""

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
        if not known:
            return Text("", "")
        try:
            return timeline.sentence(PROCEDURES[self.procedure], self.event)
        except (
            LookupError,
            ValueError,
            TypeError,
            StopIteration,
        ):  # a row somebody has tampered with is shown all the same
            return EVENT_TITLES[Event(self.event.event)]


def trail(session: Session, filters: TrailFilters) -> list[TrailRow]:
    """The newest events first. People and cases are looked up before, so that the trail is read by one index."""
    conditions = _trail_conditions(session, filters)
    if conditions is None:
        return []
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
        .where(*conditions)
        .order_by(col(AuditEvent.at).desc(), col(AuditEvent.id).desc())
        .limit(filters.limit)
    )
    return [TrailRow(*r) for r in session.execute(query).all()]


def _trail_conditions(session: Session, filters: TrailFilters) -> list[Any] | None:
    """One condition for each filter that is set; None when nothing can match."""
    found: list[Any] = []
    if filters.case_no:
        case_id = session.exec(select(Case.id).where(Case.case_no == filters.case_no)).first()
        found.append(col(AuditEvent.case_id) == case_id)
    if filters.person:
        known = or_(col(User.username) == filters.person, col(User.name) == filters.person)
        ids = list(session.exec(select(User.id).where(known)))
        found.append(col(AuditEvent.user_id).in_(ids))
    if (filters.case_no and case_id is None) or (filters.person and not ids):
        return None
    if filters.event:
        found.append(col(AuditEvent.event) == filters.event)
    if filters.since:
        found.append(col(AuditEvent.at) >= filters.since)
    if filters.until:
        found.append(col(AuditEvent.at) < filters.until)
    if filters.before_id:
        at = session.exec(select(AuditEvent.at).where(AuditEvent.id == filters.before_id)).first()
        if at is None:
            return None
        found.append(tuple_(col(AuditEvent.at), col(AuditEvent.id)) < (at, filters.before_id))
    return found


# ---- the machine ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class System:
    health: list[EngineHealth]
    waiting: int
    oldest: datetime | None
    dead: list[tuple[Outbox, str, bool]]  # message, case number, whether the case has ended


def system(session: Session) -> System:
    """What the worker last saw of the engine, and what is not delivered."""
    health = list(session.exec(select(EngineHealth).order_by(EngineHealth.key)))
    waiting, oldest = session.exec(
        select(func.count(), func.min(Outbox.created_at)).where(~col(Outbox.dead))
    ).one()
    dead = session.exec(
        select(Outbox, Case.case_no, col(Case.status).in_([s.value for s in ENDS]))
        .join(Case, col(Case.id) == col(Outbox.case_id))
        .where(col(Outbox.dead))
        .order_by(col(Outbox.id).desc())
        .limit(100)
    ).all()
    return System(health, waiting, oldest, list(dead))
