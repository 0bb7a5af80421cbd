"""What happened to a case since an event, as its live page may tell it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.tables import AuditEvent, Case
from models.vocabulary.errors import NotFound
from models.vocabulary.events import EVENT_TITLES, Event, channel
from models.vocabulary.roles import CENTRE, OVERSIGHT, Role
from services.access import Actor, case_for, visible_cases

AT_ONCE = 200


@dataclass(frozen=True)
class LiveEvent:
    """An event on its way to a page."""

    id: int
    channel: str
    data: dict[str, Any]


def start(session: Session, actor: Actor, case_no: str, last: int | None) -> tuple[UUID, int]:
    """(case id, id of the event to continue after). Raises NotFound."""
    case = case_for(session, actor, case_no)
    if last is None:
        newest = select(func.max(AuditEvent.id)).where(AuditEvent.case_id == case.id)
        last = session.exec(newest).one() or 0
    return case.id, last


def after(session: Session, actor: Actor, case_id: UUID, last: int) -> list[LiveEvent]:
    """Events after `last` in their order; the filing party and experts get the public ones only.

    Raises:
        NotFound: the person may not see the case any more.
    """
    if session.exec(visible_cases(actor).where(Case.id == case_id)).first() is None:
        raise NotFound
    query = (
        select(AuditEvent)
        .where(AuditEvent.case_id == case_id, col(AuditEvent.id) > last)
        .order_by(col(AuditEvent.id))
        .limit(AT_ONCE)
    )
    if not actor.is_any(*CENTRE, *OVERSIGHT, Role.BUREAU):
        query = query.where(col(AuditEvent.public).is_(True))
    return [LiveEvent(row.id or 0, channel(row.event), _told(row)) for row in session.exec(query)]


def _told(row: AuditEvent) -> dict[str, Any]:
    title = EVENT_TITLES[Event(row.event)]
    text = row.data.get("text") or {"zh": title.zh, "en": title.en}
    return {"id": row.id, "at": row.at.isoformat(), "event": row.event, "stage": row.stage, "text": text}
