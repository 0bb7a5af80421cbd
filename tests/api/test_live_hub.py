"""The hub of live pages: nothing is lost, nothing comes twice, rights are looked at again, and one page holds up none."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable
from typing import Any, Self

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlmodel import select

from api import live
from models.tables import Case, Expert, LoginSession, Panel, PanelMember, User
from models.vocabulary.events import Event
from services import accounts, audit, clock, people
from services.access import Actor, actor_of
from services.live_events import Page
from services.session import engine, transaction
from tests import factories


@pytest.fixture
def filed(database: str) -> Callable[[], tuple[Case, Actor]]:
    """Makes a case and its applicant."""

    def made() -> tuple[Case, Actor]:
        with transaction() as session:
            filer = factories.user(session, "applicant")
            case = factories.case(session, filer, status="in_progress")
            return case, actor_of(filer)

    return made


@pytest.fixture
def officer(database: str) -> Actor:
    with transaction() as session:
        return factories.actor(session, "officer")


def happen(case: Case, event: Event = Event.STAGE_ENTERED, *, public: bool = True) -> int:
    with transaction() as session:
        locked = session.get_one(Case, case.id, with_for_update=True)
        return audit.record(session, event, case=locked, public=public).id or 0


class Reader:
    """The far end of a page."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)

    @property
    def text(self) -> str:
        return b"".join(m["body"] for m in self.sent).decode()

    @property
    def ids(self) -> list[int]:
        return [int(line[4:]) for line in self.text.split("\n") if line.startswith("id: ")]

    @property
    def ended(self) -> bool:
        return bool(self.sent) and not self.sent[-1]["more_body"]


class Open:
    """A hub that listens, and pages that are open on it."""

    def __init__(self) -> None:
        self.hub = live.Hub()
        self.stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.stack.enter_async_context(self.hub.listening())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stack.aclose()

    def page(self, case: Case, actor: Actor, last: int = 0, login: str = "") -> Reader:
        reader = Reader()
        self.stack.enter_context(self.hub.watching(Page(actor, case.id, last, "", login), reader.send))
        return reader


async def until(true: Callable[[], Any], seconds: float = 120) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


def test_every_page_gets_every_event_once_and_in_order(filed: Any, officer: Actor) -> None:
    case, applicant = filed()

    async def play() -> None:
        async with Open() as it:
            pages = [it.page(case, officer) for _ in range(3)] + [it.page(case, applicant)]
            ids = []
            for n in range(12):
                ids.append(await asyncio.to_thread(happen, case))
                if n % 4 == 0:
                    late = it.page(case, officer, last=ids[-1])
            await until(lambda: all(ids[-1] in p.ids for p in [*pages, late]))
            assert [p.ids for p in pages] == [ids] * 4
            assert late.ids == ids[9:]
            first = pages[0].text.split("\n\n")[0].split("\n")
            assert first[:2] == [f"id: {ids[0]}", "event: stage"]
            assert json.loads(first[2].removeprefix("data: "))["event"] == "stage.entered"

    asyncio.run(play())


def test_event_whose_call_is_lost_is_found_by_looking(
    filed: Any, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHANNEL", "nobody_calls_here")
    monkeypatch.setattr(live, "FLOOR", 0.1)
    case, _ = filed()

    async def play() -> None:
        async with Open() as it:
            page = it.page(case, officer)
            await asyncio.sleep(0.2)
            number = await asyncio.to_thread(happen, case)
            await until(lambda: page.ids)
            await asyncio.sleep(0.4)
            assert page.ids == [number]

    asyncio.run(play())


def test_reader_who_lost_the_right_is_sent_away_without_any_event(
    filed: Any, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LATEST", 0.3)
    monkeypatch.setattr(live, "ROUND", 0.05)
    case, _ = filed()
    with transaction() as session:
        person = factories.user(session, "expert")
        expert = Expert(
            user_id=person.id, key=f"E-{person.id}", name="专家", specialty="光伏", employer="大学"
        )
        panel = Panel(case_id=case.id)
        session.add_all([expert, panel])
        session.flush()
        seat = PanelMember(
            panel_id=panel.id, case_id=case.id, slot="1", seat=1, expert_id=expert.id, state="accepted"
        )
        session.add(seat)
        actor = actor_of(session.get_one(User, person.id))

    def leave() -> None:
        with transaction() as session:
            session.get_one(PanelMember, seat.id).state = "declined"

    async def play() -> None:
        async with Open() as it:
            page, staff = it.page(case, actor), it.page(case, officer)
            number = await asyncio.to_thread(happen, case)
            await until(lambda: page.ids == [number])
            await asyncio.to_thread(leave)
            await until(lambda: page.ended)
            later = await asyncio.to_thread(happen, case)
            await until(lambda: staff.ids == [number, later])
            assert page.ids == [number]
            assert not staff.ended

    asyncio.run(play())


@pytest.mark.parametrize("how", ["signed out", "disabled", "lapsed"])
def test_reader_whose_session_has_ended_is_sent_away_without_any_event(
    filed: Any, officer: Actor, how: str
) -> None:
    case, _ = filed()
    with transaction() as session:
        user = session.get_one(User, officer.user_id)
        people.open_session(session, user, ip="")
        token = people.open_session(session, user, ip="").token

    def end() -> None:
        with transaction() as session:
            row = session.exec(
                select(LoginSession).where(LoginSession.token_hash == people.token_hash(token))
            ).one()
            if how == "signed out":
                session.delete(row)
            elif how == "lapsed":
                row.expires_at = clock.now()
            else:
                accounts.disable(session, None, officer.user_id, "离职")

    async def play() -> None:
        async with Open() as it:
            page, other = it.page(case, officer, login=people.token_hash(token)), it.page(case, officer)
            first = await asyncio.to_thread(happen, case, public=False)
            await until(lambda: page.ids == other.ids == [first])
            await asyncio.to_thread(end)
            await asyncio.to_thread(happen, case, public=False)
            await until(lambda: page.ended)
            assert page.ids == [first]
            assert not other.ended

    asyncio.run(play())


def test_silence_is_broken_by_a_ping(filed: Any, officer: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PING", 0.1)
    monkeypatch.setattr(live, "ROUND", 0.05)
    case, _ = filed()

    async def play() -> None:
        async with Open() as it:
            page = it.page(case, officer)
            await until(lambda: page.text.count(": ping\n\n") >= 2)
            assert page.ids == []

    asyncio.run(play())


def test_reader_who_does_not_read_holds_up_nobody_and_misses_nothing(
    filed: Any, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FLOOR", 60)
    case, _ = filed()

    async def play() -> None:
        async with Open() as it:
            slow, quick = it.page(case, officer), it.page(case, officer)
            slow.reads.clear()
            ids = []
            for _ in range(3):
                ids.append(await asyncio.to_thread(happen, case))
                await until(lambda: quick.ids == ids)
            slow.reads.set()
            await until(lambda: slow.ids == ids)

    asyncio.run(play())


def test_case_that_cannot_be_told_ends_its_own_pages_only(filed: Any, officer: Actor) -> None:
    (broken, _), (sound, _) = filed(), filed()
    with transaction() as session:
        locked = session.get_one(Case, broken.id, with_for_update=True)
        audit.record(session, "no.such.event", case=locked)  # type: ignore[arg-type]

    async def play() -> None:
        async with Open() as it:
            number = await asyncio.to_thread(happen, sound)
            bad, good = it.page(broken, officer), it.page(sound, officer)
            await until(lambda: bad.ended and good.ids == [number])
            assert not good.ended

    asyncio.run(play())


def test_pages_stay_open_while_the_database_is_away(filed: Any, officer: Actor, database: str) -> None:
    case, _ = filed()
    url = make_url(database)
    root = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)

    def away(is_away: bool) -> None:
        with psycopg.connect(root, autocommit=True) as connection:
            flag = "false" if is_away else "true"
            connection.execute(f'alter database "{url.database}" allow_connections {flag}')
            ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
            if is_away:
                connection.execute(ended, [url.database])

    async def play() -> None:
        async with Open() as it:
            page = it.page(case, officer)
            first = await asyncio.to_thread(happen, case)
            await until(lambda: page.ids == [first])
            await asyncio.to_thread(away, True)
            try:
                other = it.page(case, officer, last=first)  # asks to be looked at, in vain
                await asyncio.sleep(0.2)
            finally:
                await asyncio.to_thread(away, False)
            second = await asyncio.to_thread(happen, case)
            await until(lambda: page.ids == [first, second] and other.ids == [second], 20)
            assert not page.ended

    asyncio.run(play())
    engine().dispose()


def test_pages_end_in_order_when_the_process_is_told_to_end(filed: Any, officer: Actor) -> None:
    case, _ = filed()
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))

    async def play() -> None:
        async with Open() as it:
            page = it.page(case, officer)
            signal.raise_signal(signal.SIGTERM)
            await until(lambda: page.ended)
            late = it.page(case, officer)
            await until(lambda: late.ended)

    try:
        asyncio.run(play())
        assert told == [signal.SIGTERM]  # the server hears of it, too
        signal.raise_signal(signal.SIGTERM)
        assert len(told) == 2
    finally:
        signal.signal(signal.SIGTERM, before)


def test_nothing_is_kept_of_pages_that_were_left(filed: Any, officer: Actor) -> None:
    case, _ = filed()

    async def play() -> live.Hub:
        async with Open() as it:
            pages = [it.page(case, officer) for _ in range(5)]
            number = await asyncio.to_thread(happen, case)
            await until(lambda: all(p.ids == [number] for p in pages))
        return it.hub

    hub = asyncio.run(play())
    assert (hub._rooms, hub._due, hub._resting) == ({}, {}, {})
