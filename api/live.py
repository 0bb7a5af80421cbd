"""Live pages: one database connection a process listens; every open page waits on it."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID

import psycopg
import structlog
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from models.vocabulary.errors import NotFound
from services import live_events
from services.access import Actor
from services.live_events import News
from services.session import reading
from services.settings import settings

CHANNEL = "puhui_events"
FLOOR = 5.0  # seconds; the process looks by itself that often should a call get lost
LATEST = 60.0  # seconds; a page looks by itself that often: its reader may have lost the right to
TOGETHER = 0.1  # seconds; what follows so closely (a decision, then the next task) is told at once
RETRY_MS = 1000
LONGEST_PAUSE = 10.0

log = structlog.get_logger("puhui.live")


class Hub:
    """Wakes the pages of a case when something happens to it."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen while the with-block runs."""
        loops = [asyncio.create_task(self._keep_listening()), asyncio.create_task(self._keep_looking())]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    async def _keep_looking(self) -> None:
        """Wake the pages of every case in which something happened lately: one look for all of them."""
        while True:
            await asyncio.sleep(FLOOR)
            if not self._waiting:
                continue
            try:
                for case_id in await run_in_threadpool(_lately):
                    self._wake(case_id)
            except (SQLAlchemyError, OSError) as error:
                log.warning("looking_interrupted", error=type(error).__name__)

    async def _keep_listening(self) -> None:
        pause = 0.5
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("listening_interrupted", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _listen(self) -> None:
        address = settings().database_url.replace("+psycopg", "", 1)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(f"listen {CHANNEL}")
            self.wake_all()  # something may have happened while nobody listened
            async for notice in connection.notifies():
                self._wake(notice.payload.partition(" ")[0])

    def _wake(self, case_id: str) -> None:
        for event in self._waiting.get(case_id, ()):
            event.set()

    def wake_all(self) -> None:
        """Let every page look."""
        for case_id in list(self._waiting):
            self._wake(case_id)

    @contextlib.contextmanager
    def waiting(self, case_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set whenever something happens to the case."""
        event, key = asyncio.Event(), str(case_id)
        self._waiting[key].add(event)
        try:
            yield event
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]


hub = Hub()


async def case_stream(request: Request, actor: Actor, case_no: str) -> EventSourceResponse:
    """Server-sent events of a case: `stage`, `task`, `document`, `status`, each with its id.

    Resumes after the header Last-Event-ID (or `?after=`); without it only what happens from now on.

    Raises:
        NotFound: no such case for this person.
    """
    given = request.headers.get("last-event-id") or request.query_params.get("after") or ""
    resumed = int(given) if given.isdigit() else None
    case_id, last, turn = await run_in_threadpool(_start, actor, case_no, resumed)
    return EventSourceResponse(
        _events(request, actor, case_id, last, turn),
        ping=15,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _lately() -> list[str]:
    with reading() as session:
        return [str(case_id) for case_id in live_events.lately(session, timedelta(seconds=3 * FLOOR))]


def _start(actor: Actor, case_no: str, last: int | None) -> tuple[UUID, int, str]:
    with reading() as session:
        case_id, after = live_events.start(session, actor, case_no, last)
        known = live_events.present_turn(session, actor, case_id) if last is None else ""
        return case_id, after, known


def _look(actor: Actor, case_id: UUID, last: int, turn: str) -> News:
    with reading() as session:
        return live_events.news(session, actor, case_id, last, turn)


async def _events(
    request: Request, actor: Actor, case_id: UUID, last: int, turn: str
) -> AsyncIterator[ServerSentEvent]:
    with hub.waiting(case_id) as woken:
        yield ServerSentEvent(comment="listening", retry=RETRY_MS)
        while not await request.is_disconnected():
            woken.clear()
            try:
                news = await run_in_threadpool(_look, actor, case_id, last, turn)
            except NotFound:  # the person may not see the case any more
                return
            last, turn = news.last, news.turn
            for event in news.events:
                data = json.dumps(event.data, ensure_ascii=False)
                yield ServerSentEvent(id=str(event.id), event=event.channel, data=data)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(woken.wait(), LATEST)
                await asyncio.sleep(TOGETHER)
