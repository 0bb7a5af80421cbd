"""Children come back after a crash, and none outlives its supervisor."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path

import psutil
import pytest

from runtime.children import Child, Roster, Service, Surroundings
from runtime.console import Console
from runtime.errors import RuntimeTrouble

SLEEPER = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)"]


async def _at_once(_pid: int) -> bool:
    return True


def _child(
    home: Path, command: list[str], ready: Callable[[int], Awaitable[bool]] = _at_once, patience: float = 5
) -> Child:
    around = Surroundings(os.environ, home, Console(StringIO()), Roster(home / "children.json"))
    return Child(Service("sleeper", lambda: command, ready, patience=patience), around)


async def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def test_child_comes_back_after_kill(home: Path) -> None:
    async def scene() -> tuple[int, int, int]:
        child = _child(home, SLEEPER)
        await child.start()
        assert child.process is not None
        first = child.process.pid
        os.kill(first, signal.SIGKILL)
        await _until(lambda: child.process is not None and child.process.pid != first)
        second = child.process.pid
        await child.stop()
        return first, second, child.restarts

    first, second, restarts = asyncio.run(scene())
    assert restarts == 1
    assert [psutil.pid_exists(pid) for pid in (first, second)] == [False, False]


def test_child_that_cannot_start_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.children.FIRST_PAUSE", 0.01)

    async def never(_pid: int) -> bool:
        return False

    with pytest.raises(RuntimeTrouble, match="sleeper could not be started: code 3"):
        asyncio.run(_start(_child(home, [sys.executable, "-c", "raise SystemExit(3)"], never)))


async def _start(child: Child) -> None:
    await child.start()


def test_child_that_is_too_slow_gets_more_time_in_its_next_life(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.children.FIRST_PAUSE", 0.01)
    began: dict[int, float] = {}

    async def after_a_second(pid: int) -> bool:
        return time.monotonic() - began.setdefault(pid, time.monotonic()) > 1

    async def scene() -> tuple[int, int]:
        child = _child(home, SLEEPER, after_a_second, patience=0.4)
        await child.start()
        found = child.restarts, child.too_slow
        await child.stop()
        return found

    assert asyncio.run(scene()) == (2, 0)  # 0.4 s, 0.8 s, 1.6 s


def test_child_that_ignores_the_signal_is_killed(home: Path) -> None:
    deaf = [
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, signal.SIG_IGN);print('deaf', flush=True); time.sleep(60)",
    ]

    async def scene() -> float:
        child = _child(home, deaf)
        await child.start()
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await child.stop(within=0.5)
        assert child.process is not None
        assert child.process.returncode == -signal.SIGKILL
        return time.monotonic() - began

    assert asyncio.run(scene()) < 2


def test_roster_ends_children_of_a_dead_supervisor(home: Path) -> None:
    orphan = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
    Roster(home / "children.json").enter("sleeper", orphan.pid)
    assert Roster(home / "children.json").end_leftovers() == ["sleeper"]
    orphan.wait(60)
    assert not psutil.pid_exists(orphan.pid)


def test_roster_leaves_a_process_that_only_has_the_same_number(home: Path) -> None:
    roster = Roster(home / "children.json")
    roster.rows["sleeper"] = (os.getpid(), 1.0)
    roster._write()
    assert Roster(home / "children.json").end_leftovers() == []


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux only")
def test_child_dies_with_a_killed_parent() -> None:
    script = (
        "import signal, subprocess, sys, time\n"
        "from runtime.processes import die_with_parent\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        " preexec_fn=die_with_parent(signal.SIGTERM))\n"
        "print(child.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    end = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.02)
