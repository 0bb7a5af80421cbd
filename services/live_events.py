"""What happened to a case since an event, as its live pages may tell it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select, text

from models.tables import AuditEvent, Case
from models.vocabulary.events import EVENT_TITLES, Event, channel
from models.vocabulary.roles import CENTRE, OVERSIGHT, Role
from models.vocabulary.text import Text
from services import clock, people
from services.access import Actor, case_for, sees
from services.reading.turns import Turn, turns

AT_ONCE = 200


@dataclass(frozen=True)
class LiveEvent:
    """An event on its way to the pages that may know of it."""

    id: int
    channel: str
    data: dict[str, Any]

    @cached_property
    def json(self) -> str:
        """The data as it is sent; written once, however many pages get it."""
        return json.dumps(self.data, ensure_ascii=False)


@dataclass(frozen=True)
class Page:
    """An open page of a case.

    Args:
        last: id of the event it was told last.
        turn: the sentence it shows of whose turn it is; empty = not known, e.g. after a connection was lost.
        login: hash of the session it was opened in; it is told nothing once that has ended.
    """

    actor: Actor
    case_id: UUID
    last: int
    turn: str
    login: str = ""


@dataclass(frozen=True)
class News:
    """What a page is told next: events, the id to continue after, and whose turn it is as this reader knows it.

    Args:
        more: there were too many events for one look; the page looks again at once.
    """

    events: list[LiveEvent]
    last: int
    turn: str
    more: bool = False


def start(session: Session, actor: Actor, case_no: str, last: int | None) -> tuple[UUID, int]:
    """(case id, id of the event to continue after). Raises NotFound."""
    case = case_for(session, actor, case_no)
    if last is None:
        newest = select(func.max(AuditEvent.id)).where(AuditEvent.case_id == case.id)
        last = session.exec(newest).one() or 0
    return case.id, last


def lately(session: Session, age: timedelta) -> dict[UUID, int]:
    """The cases in which something happened in the time just gone, each with the id of its newest event."""
    recent = (
        select(AuditEvent.case_id, func.max(AuditEvent.id))
        .where(AuditEvent.at > clock.now() - age)
        .group_by(col(AuditEvent.case_id))
    )
    return {case_id: newest for case_id, newest in session.exec(recent) if case_id is not None and newest}


def told(session: Session, asked: Sequence[Page]) -> list[News | None]:
    """What each page is told next, in the order of the pages; None = its reader may not see the case any more, or
    the session it was opened in has ended.

    The filing party and experts get the public events only; and, when nothing but hidden ones came, that it is
    somebody else's turn now. An officer's task is nobody's business outside, so its event stays hidden. What the
    reader's own page says of the case does change with it; that sentence, and nothing else, is what they are told.

    The number of statements depends on the cases and on how many kinds of readers they have, not on the pages.
    """
    living = people.living(session, {p.login for p in asked if p.login})
    pages = [p for p in asked if not p.login or p.login in living]
    seen = _seen(session, pages)
    found = _happened(session, [p for p in pages if (_eyes(p.actor), p.case_id) in seen])
    waited = {p.case_id for p in pages if p.case_id in found and not reads_all(p.actor)}
    waiting = turns(session, waited)
    news = {
        id(p): _news(p, found.get(p.case_id, []), waiting)
        for p in pages
        if (_eyes(p.actor), p.case_id) in seen
    }
    return [news.get(id(p)) for p in asked]


def present_turn(session: Session, actor: Actor, case_id: UUID) -> str:
    """The sentence of a page that has just been opened; empty for those who get every event."""
    return "" if reads_all(actor) else turns(session, [case_id])[case_id].words(actor).zh


def reads_all(actor: Actor) -> bool:
    """Gets hidden events, too."""
    return actor.is_any(*CENTRE, *OVERSIGHT, Role.BUREAU)


# ---- who ---------------------------------------------------------------------------------------------


@lru_cache(4096)
def _eyes(actor: Actor) -> bytes:
    """The same for actors whose right to see a case is decided by the same clause, to the letter and the value.

    Made of the clause itself: whatever rights come to depend on, two readers are never taken for one wrongly.
    """
    clause = sees(actor).compile()
    return sha256(f"{clause} {sorted(clause.params.items())}".encode()).digest()


def _seen(session: Session, pages: Iterable[Page]) -> set[tuple[bytes, UUID]]:
    """Which cases each kind of reader sees at this moment: a statement for each kind."""
    kinds: dict[bytes, tuple[Actor, set[UUID]]] = {}
    for page in pages:
        kinds.setdefault(_eyes(page.actor), (page.actor, set()))[1].add(page.case_id)
    return {
        (eyes, case_id)
        for eyes, (actor, asked) in kinds.items()
        for case_id in session.exec(select(Case.id).where(sees(actor), col(Case.id).in_(sorted(asked))))
    }


# ---- what --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Happened:
    event: LiveEvent
    public: bool


_AFTER = text(
    """
    select e.id, e.case_id, e.at, e.event, e.stage, e.public, e.data -> 'text' as words
    from unnest(cast(:cases as uuid[]), cast(:lasts as bigint[])) as page (case_id, last)
    cross join lateral (
        select * from audit_event a where a.case_id = page.case_id and a.id > page.last order by a.id limit :most
    ) e
    order by e.id
    """
)


def _happened(session: Session, pages: Iterable[Page]) -> dict[UUID, list[_Happened]]:
    """The events of each case after the lowest `last` of its pages, in their order: one statement for all cases."""
    lasts: dict[UUID, int] = {}
    for page in pages:
        lasts[page.case_id] = min(page.last, lasts.get(page.case_id, page.last))
    found: dict[UUID, list[_Happened]] = {}
    if lasts:
        given = {"cases": list(lasts), "lasts": list(lasts.values()), "most": AT_ONCE}
        for row in session.connection().execute(_AFTER, given):
            found.setdefault(row.case_id, []).append(_Happened(_event(row), row.public))
    return found


def _event(row: Any) -> LiveEvent:
    title = EVENT_TITLES[Event(row.event)]
    words = row.words or {"zh": title.zh, "en": title.en}
    data = {"id": row.id, "at": row.at.isoformat(), "event": row.event, "stage": row.stage, "text": words}
    return LiveEvent(row.id, channel(row.event), data)


def _news(page: Page, found: list[_Happened], waiting: dict[UUID, Turn]) -> News:
    more = len(found) == AT_ONCE
    new = [h for h in found if h.event.id > page.last]
    if not new:
        return News([], page.last, page.turn, more)
    everything = reads_all(page.actor)
    events = [h.event for h in new if everything or h.public]
    newest = new[-1].event.id
    if everything or more:
        return News(events, newest, page.turn, more)
    turn = waiting[page.case_id]
    words = turn.words(page.actor)
    if words.zh != page.turn and not events:
        events = [_turn_changed(newest, turn.case, words)]
    return News(events, newest, words.zh)


def _turn_changed(number: int, case: Case, words: Text) -> LiveEvent:
    data = {
        "id": number,
        "at": clock.now().isoformat(),
        "event": "turn.changed",
        "stage": case.stage,
        "text": {"zh": words.zh, "en": words.en},
    }
    return LiveEvent(number, "status", data)
