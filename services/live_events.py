"""What happened to a case since an event, as its live page may tell it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from models.tables import AuditEvent, Case
from models.vocabulary.errors import NotFound
from models.vocabulary.events import EVENT_TITLES, Event, channel
from models.vocabulary.roles import CENTRE, OVERSIGHT, Role
from models.vocabulary.text import Text
from services import clock
from services.access import Actor, case_for, visible_cases
from services.reading.explain import waits
from services.reading.status import waiting_words

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


def lately(session: Session, age: timedelta) -> list[UUID]:
    """The cases in which something happened in the time just gone."""
    recent = select(AuditEvent.case_id).where(AuditEvent.at > clock.now() - age).distinct()
    return [case_id for case_id in session.exec(recent) if case_id is not None]


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
    if not reads_all(actor):
        query = query.where(col(AuditEvent.public).is_(True))
    return [LiveEvent(row.id or 0, channel(row.event), _told(row)) for row in session.exec(query)]


@dataclass(frozen=True)
class News:
    """What a page is told next: events, the id to continue after, and whose turn it is as this reader knows it."""

    events: list[LiveEvent]
    last: int
    turn: str


def news(session: Session, actor: Actor, case_id: UUID, last: int, turn: str) -> News:
    """Events after `last`; for those who read the public part only, also that it is somebody else's turn now.

    An officer's task is nobody's business outside, so its event stays hidden. What the reader's own page says of the
    case does change with it; that sentence, and nothing else, is what the event carries.

    Args:
        turn: the sentence the page shows; empty = not known, e.g. after a connection was lost.

    Raises:
        NotFound: the person may not see the case any more.
    """
    events = after(session, actor, case_id, last)
    if reads_all(actor) or len(events) == AT_ONCE:
        return News(events, events[-1].id if events else last, turn)
    newest = session.exec(
        select(func.max(AuditEvent.id)).where(AuditEvent.case_id == case_id, col(AuditEvent.id) > last)
    ).one()
    if newest is None:
        return News(events, last, turn)
    case = session.get_one(Case, case_id)
    words = sentence(session, actor, case)
    if words.zh != turn and not events:
        data = {
            "id": newest,
            "at": clock.now().isoformat(),
            "event": "turn.changed",
            "stage": case.stage,
            "text": {"zh": words.zh, "en": words.en},
        }
        events = [LiveEvent(newest, "status", data)]
    return News(events, newest, words.zh)


def sentence(session: Session, actor: Actor, case: Case) -> Text:
    """What the case waits for, as the reader's own page says it."""
    return waiting_words(case, waits(session, actor, case))


def present_turn(session: Session, actor: Actor, case_id: UUID) -> str:
    """The sentence of a page that has just been opened; empty for those who get every event."""
    return "" if reads_all(actor) else sentence(session, actor, session.get_one(Case, case_id)).zh


def reads_all(actor: Actor) -> bool:
    """Gets hidden events, too."""
    return actor.is_any(*CENTRE, *OVERSIGHT, Role.BUREAU)


def _told(row: AuditEvent) -> dict[str, Any]:
    title = EVENT_TITLES[Event(row.event)]
    text = row.data.get("text") or {"zh": title.zh, "en": title.en}
    return {"id": row.id, "at": row.at.isoformat(), "event": row.event, "stage": row.stage, "text": text}
