"""Live pages: one database connection a process listens, and one look at a case serves all who have it open.

A page at rest is one waiting task of the server and a few words of memory. What is told goes out in a task of its own
that ends at once; pings, the floor look and the re-check of rights are one round a second for all pages.
"""

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from types import FrameType
from uuid import UUID

import psycopg
import structlog
from fastapi import Request
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from models.vocabulary.whole import is_whole
from services import live_events
from services.hearing import hear
from services.live_events import LiveEvent, News
from services.people import Login
from services.session import reading
from services.settings import settings

CHANNEL = "puhui_events"
FLOOR = 5.0  # seconds; the process looks by itself that often should a call get lost
LATEST = 60.0  # seconds; a page is looked at that often: its reader may have lost the right to
TOGETHER = 0.1  # seconds; what follows so closely (a decision, then the next task) is told at once
PING = 15.0  # seconds of silence after which a page is told that we are there
ROUND = 1.0
RETRY_MS = 1000
LONGEST_PAUSE = 10.0
CASES_AT_ONCE = 100
LONGEST_ID = 18  # digits a bigint holds for certain

#: The database is not there for now; anything else is a fault of the look itself.
AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)

log = structlog.get_logger("puhui.live")


class Watcher:
    """A page that is open: what it was told, and the way to it. Kept small, there are thousands."""

    __slots__ = ("again", "busy", "ended", "looked", "out", "page", "send", "told")

    def __init__(self, page: live_events.Page, send: Send) -> None:
        self.page, self.send = page, send
        self.out = b""  # what waits to be sent
        self.busy = False  # something is being sent; until it is, the page is not looked at
        self.again = False  # something happened meanwhile
        self.ended = False
        self.told = self.looked = time.monotonic()


class Hub:
    """Knows the open pages, and tells them what happens to their cases."""

    def __init__(self) -> None:
        self._rooms: dict[UUID, set[Watcher]] = {}
        self._resting: dict[UUID, asyncio.TimerHandle] = {}  # woken just now; what follows is waited for
        self._due: dict[UUID, None] = {}  # to be looked at, in this order
        self._sending: set[asyncio.Task[None]] = set()
        self._called = asyncio.Event()
        self._closed = False

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen while the with-block runs."""
        self._called, self._closed = asyncio.Event(), False
        work = (self._keep_listening, self._keep_looking, self._keep_telling, self._keep_going_round)
        loops = [asyncio.create_task(one()) for one in work]
        try:
            with _warned(self.close):
                yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            for timer in self._resting.values():
                timer.cancel()
            self._resting.clear()
            self._due.clear()

    @contextlib.contextmanager
    def watching(self, page: live_events.Page, send: Send) -> Iterator[None]:
        """The page is open while the with-block runs; it is looked at at once."""
        watcher = Watcher(page, send)
        self._rooms.setdefault(page.case_id, set()).add(watcher)
        if self._closed:
            self._end(watcher)
        else:
            self._look_at(page.case_id)
        try:
            yield
        finally:
            watcher.ended = True
            self._leave(watcher)

    def close(self) -> None:
        """End every page; whoever reads comes back to another process, or to this one when it is there again."""
        self._closed = True
        for watcher in [w for room in self._rooms.values() for w in room]:
            self._end(watcher)

    # ---- being woken -----------------------------------------------------------------------------

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
        await hear(
            settings().database_url.replace("+psycopg", "", 1), CHANNEL, self._wake_all, self._called_out
        )

    def _wake_all(self) -> None:
        """Something may have happened while nobody listened."""
        for case_id in self._rooms:
            self._wake(case_id)

    def _called_out(self, words: str) -> None:
        with contextlib.suppress(ValueError):  # events of no case
            self._wake(UUID(words.partition(" ")[0]))

    async def _keep_looking(self) -> None:
        """Wake the pages that have missed something that happened lately: one look for all of them."""
        while True:
            await asyncio.sleep(FLOOR)
            if not self._rooms:
                continue
            try:
                for case_id, newest in (await run_in_threadpool(_lately)).items():
                    if any(w.page.last < newest for w in self._rooms.get(case_id, ())):
                        self._wake(case_id)
            except (SQLAlchemyError, OSError) as error:
                log.warning("looking_interrupted", error=type(error).__name__)

    async def _keep_going_round(self) -> None:
        """Ping who heard nothing for long; look at the pages nobody looked at for long."""
        while True:
            await asyncio.sleep(ROUND)
            now = time.monotonic()
            for case_id, room in self._rooms.items():
                for watcher in room:
                    if now - watcher.told >= PING and not watcher.busy:
                        self._push(watcher, b": ping\n\n")
                if any(now - w.looked >= LATEST and not w.busy for w in room):
                    self._wake(case_id)

    def _wake(self, case_id: UUID) -> None:
        if case_id in self._rooms and case_id not in self._resting and case_id not in self._due:
            later = asyncio.get_running_loop().call_later(TOGETHER, self._look_at, case_id)
            self._resting[case_id] = later

    def _look_at(self, case_id: UUID) -> None:
        if timer := self._resting.pop(case_id, None):
            timer.cancel()
        self._due[case_id] = None
        self._called.set()

    # ---- telling ---------------------------------------------------------------------------------

    async def _keep_telling(self) -> None:
        pause = 0.5
        while True:
            await self._called.wait()
            self._called.clear()
            while chosen := list(islice(self._due, CASES_AT_ONCE)):
                for case_id in chosen:
                    del self._due[case_id]
                try:
                    await self._tell(chosen)
                    pause = 0.5
                except AWAY as error:
                    log.warning("telling_interrupted", error=type(error).__name__)
                    self._due = dict.fromkeys([*chosen, *self._due])
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_PAUSE)
                except Exception:
                    log.exception("telling_failed")
                    await self._tell_each(chosen)

    async def _tell_each(self, chosen: list[UUID]) -> None:
        """One case cannot be told: the others can. Its pages end; they come back and say what they had."""
        for case_id in chosen:
            try:
                await self._tell([case_id])
            except AWAY:
                self._look_at(case_id)
            except Exception:
                log.exception("case_not_told", case=str(case_id))
                for watcher in list(self._rooms.get(case_id, ())):
                    self._end(watcher)

    async def _tell(self, chosen: Iterable[UUID]) -> None:
        """Look at the cases, and hand each page what it may know."""
        watchers: list[Watcher] = []
        for watcher in [w for case_id in chosen for w in self._rooms.get(case_id, ())]:
            watcher.again = watcher.busy
            if not watcher.busy:
                watchers.append(watcher)
        if not watchers:
            return
        found = await run_in_threadpool(_look, [w.page for w in watchers])
        now = time.monotonic()
        for watcher, (news, chunk) in zip(watchers, found, strict=True):
            if watcher.ended:
                continue
            if news is None:  # the person may not see the case any more, or has signed out
                self._end(watcher)
                continue
            old, watcher.looked = watcher.page, now
            if (old.last, old.turn) != (news.last, news.turn):
                watcher.page = replace(old, last=news.last, turn=news.turn)
            self._push(watcher, chunk)
            if news.more:
                self._look_at(old.case_id)

    def _push(self, watcher: Watcher, chunk: bytes) -> None:
        """Send something, after what is on its way already."""
        watcher.out += chunk
        if (watcher.out or watcher.ended) and not watcher.busy:
            watcher.busy = True
            task = asyncio.create_task(self._flush(watcher))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _flush(self, watcher: Watcher) -> None:
        with contextlib.suppress(OSError):  # gone; its own task hears of it
            while watcher.out:
                chunk, watcher.out = watcher.out, b""
                watcher.told = time.monotonic()
                await watcher.send({"type": "http.response.body", "body": chunk, "more_body": True})
            if watcher.ended:  # stays busy: nothing may follow
                await watcher.send({"type": "http.response.body", "body": b"", "more_body": False})
                return
        watcher.busy = False
        if watcher.again and not watcher.ended:
            watcher.again = False
            self._look_at(watcher.page.case_id)

    def _end(self, watcher: Watcher) -> None:
        """Close the answer in order; the server then wakes the task of the page."""
        if not watcher.ended:
            watcher.ended = True
            self._leave(watcher)
            self._push(watcher, b"")

    def _leave(self, watcher: Watcher) -> None:
        case_id = watcher.page.case_id
        room = self._rooms.get(case_id, set())
        room.discard(watcher)
        if not room:
            self._rooms.pop(case_id, None)


hub = Hub()


class Stream(Response):
    """Server-sent events of one page. The answer is one task that waits for the reader to leave."""

    media_type = "text/event-stream"

    def __init__(self, page: live_events.Page) -> None:
        self.status_code, self.background, self.page = 200, None, page
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and stay until the reader leaves or the hub has ended the answer."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        opening = f": listening\nretry: {RETRY_MS}\n\n".encode()
        await send({"type": "http.response.body", "body": opening, "more_body": True})
        with hub.watching(self.page, send):
            while (await receive())["type"] != "http.disconnect":
                """The rest of a body nobody asked for."""


async def case_stream(request: Request, login: Login, case_no: str) -> Stream:
    """Server-sent events of a case: `stage`, `task`, `document`, `status`, each with its id.

    Resumes after the header Last-Event-ID (or `?after=`); without it only what happens from now on.

    Raises:
        NotFound: no such case for this person.
    """
    given = request.headers.get("last-event-id") or request.query_params.get("after") or ""
    return Stream(
        await run_in_threadpool(_start, login, case_no, int(given) if is_whole(given, LONGEST_ID) else None)
    )


def _lately() -> dict[UUID, int]:
    with reading() as session:
        return live_events.lately(session, timedelta(seconds=3 * FLOOR))


def _start(login: Login, case_no: str, last: int | None) -> live_events.Page:
    actor = login.actor
    with reading() as session:
        case_id, after = live_events.start(session, actor, case_no, last)
        known = live_events.present_turn(session, actor, case_id) if last is None else ""
        return live_events.Page(actor, case_id, after, known, login.token_hash)


def _look(pages: list[live_events.Page]) -> list[tuple[News | None, bytes]]:
    with reading() as session:
        found = live_events.told(session, pages)
    return [(news, b"".join(map(_wire, news.events)) if news else b"") for news in found]


def _wire(event: LiveEvent) -> bytes:
    return f"id: {event.id}\nevent: {event.channel}\ndata: {event.json}\n\n".encode()


@contextlib.contextmanager
def _warned(act: Callable[[], None]) -> Iterator[None]:
    """Act when the process is told to end: the server waits for open answers before it says so to the application."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    found = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    before = {int(number): handler for number, handler in found.items() if callable(handler)}

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        before[number](number, frame)

    for number in before:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is told:
                signal.signal(number, handler)
