"""Cases in every stage, played one beside the other, each once."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlmodel import Session, select

from models.tables import Party
from runtime.seeds.filings import of_project
from runtime.seeds.moment import Timeline
from runtime.seeds.play import Play
from runtime.seeds.scenes import SCENES, Scene
from runtime.seeds.static import CENTRE
from runtime.seeds.theatre import Moments, StaffedError, curtain
from services import calendar
from services.session import reading, transaction
from services.settings import Settings

AT_ONCE = 3


async def seed(config: Settings, scenes: Sequence[Scene] = SCENES) -> None:
    """Play every scene that has not been played; a scene that fails is told and tried again next time.

    With the demonstration clock only the quick ones are played.
    """
    wanted = [s for s in scenes if (s.quick or not config.working_day_seconds) and s.key not in played()]
    try:
        failed = await _play(config, wanted) if wanted else 0
    except StaffedError as worker:
        print(
            f"系统正在运行，演示办件在下次 make up 时补齐 · a worker runs, cases come with the next make up: {worker}"
        )
        return
    if not failed:
        note(complete=True)


async def _play(config: Settings, wanted: list[Scene]) -> int:
    """How many failed."""
    async with curtain(config) as moments:
        done = [
            await _side_by_side([s for s in wanted if bool(s.after) is later], moments)
            for later in (False, True)
        ]
        return sum(done)


async def _side_by_side(wanted: list[Scene], moments: Moments) -> int:
    """How many failed of scenes that do not wait for each other."""
    ready = [s for s in wanted if not s.after or s.after in played()]
    plays = await asyncio.to_thread(lambda: [(scene, _opened(scene, moments)) for scene in ready])
    turns = asyncio.Semaphore(AT_ONCE)
    acts = [_perform(scene, play, turns) for scene, play in plays if play is not None]
    return len(wanted) - (await asyncio.gather(*acts)).count(True)


def _opened(scene: Scene, moments: Moments) -> Play | None:
    """None when the draft cannot be opened: one scene less must not keep the system from starting."""
    try:
        return opened(scene, moments)
    except Exception as error:
        print(f"办件未能生成 · case not made: {scene.key}: {error}", flush=True)
        return None


def opened(scene: Scene, moments: Moments) -> Play:
    """The play with its draft, which takes its case number here, in the order of the calendar."""
    with reading() as session:
        running = calendar.current(session)
    line = Timeline(running, datetime.now(UTC), scene.days_ago)
    play = Play(line, moments, scene.filing or of_project(scene.key))
    play.draft(scene.parts)
    return play


async def _perform(scene: Scene, play: Play, turns: asyncio.Semaphore) -> bool:
    async with turns:
        began = time.monotonic()
        try:
            await asyncio.to_thread(_act, scene, play)
        except Exception as error:  # one scene less must not keep the system from starting
            print(f"办件未能生成 · case not made: {play.title}: {error}", flush=True)
            return False
        seconds = time.monotonic() - began
        print(f"办件 · case {play.case_no} {play.title}: {seconds:.1f} s", flush=True)
        return True


def _act(scene: Scene, play: Play) -> None:
    scene.acts(play)
    play.hand_over()
    note(scene.key)


def played() -> list[str]:
    """Scenes that are done."""
    with reading() as session:
        found: list[str] = _centre(session).data["demonstration"]["played"]
        return found


def note(key: str = "", complete: bool = False) -> None:
    """Remember how far the demonstration has been set up."""
    with transaction() as session:
        centre = _centre(session, lock=True)
        before = centre.data["demonstration"]
        after = {"played": [*before["played"], *([key] if key else [])], "complete": complete}
        centre.data = {**centre.data, "demonstration": after}


def _centre(session: Session, lock: bool = False) -> Party:
    query = select(Party).where(Party.key == CENTRE)
    return session.exec(query.with_for_update() if lock else query).one()
