"""A child process that is kept alive: started, waited for, restarted after a crash, stopped."""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from runtime.console import Console, Stopwatch
from runtime.errors import RuntimeTrouble
from runtime.processes import Identity, die_with_parent

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
STEADY_AFTER = 30.0  # seconds; a crash after that starts the back-off anew
BOOT_TRIES = 4
LINE_LIMIT = 1 << 20


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Service:
    """What a child is: its command, how to know that it is ready, how to end it.

    ``ready`` gets the process id. ``patience`` and ``grace`` are seconds for becoming ready and
    for ending in order.
    """

    name: str
    command: Callable[[], list[str]]
    ready: Callable[[int], Awaitable[bool]]
    prepare: Callable[[], None] = _nothing
    stop_signal: signal.Signals = signal.SIGTERM
    identity: Identity | None = None
    patience: float = 30.0
    grace: float = 3.0


@dataclass(frozen=True)
class Surroundings:
    """What all children share: environment, working directory, log, and the list of their ids."""

    environment: Mapping[str, str]
    directory: Path
    console: Console
    roster: "Roster"


class Roster:
    """The ids of the children on disk, so that the next start can end what a crash left over."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows: dict[str, tuple[int, float]] = {}

    def enter(self, name: str, pid: int) -> None:
        with contextlib.suppress(psutil.Error):
            self.rows[name] = (pid, psutil.Process(pid).create_time())
            self._write()

    def leave(self, name: str) -> None:
        self.rows.pop(name, None)
        self._write()

    def _write(self) -> None:
        temporary = self.file.with_suffix(".tmp")
        temporary.write_text(json.dumps(self.rows))
        temporary.replace(self.file)

    def end_leftovers(self, seconds: float = 5) -> list[str]:
        """End processes of an earlier supervisor; their names. Blocks up to ``seconds``."""
        try:
            rows = json.loads(self.file.read_text())
        except (FileNotFoundError, ValueError):
            return []
        alive = {name: process for name, row in rows.items() if (process := _same(*row))}
        for process in alive.values():
            with contextlib.suppress(psutil.Error):
                process.terminate()
        _, stubborn = psutil.wait_procs(alive.values(), timeout=seconds)
        for process in stubborn:
            with contextlib.suppress(psutil.Error):
                process.kill()
        return list(alive)


def _same(pid: int, created: float) -> psutil.Process | None:
    """The process of that id, if it is still the one we started."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if abs(process.create_time() - created) < 1:
            return process
    return None


async def spawn(
    command: list[str], around: Surroundings, stop: signal.Signals, who: Identity | None
) -> asyncio.subprocess.Process:
    """Start a command in a process group of its own, so that Ctrl-C reaches only the supervisor."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LINE_LIMIT,
        env=dict(around.environment),
        cwd=around.directory,
        process_group=0,
        preexec_fn=die_with_parent(stop),
        user=who.uid if who else None,
        group=who.gid if who else None,
    )


class Child:
    """One service kept alive until stop() is called."""

    def __init__(self, service: Service, around: Surroundings) -> None:
        self.service = service
        self.around = around
        self.process: asyncio.subprocess.Process | None = None
        self.is_ready = asyncio.Event()
        self.stopping = False
        self.restarts = 0
        self.too_slow = 0  # lives in a row that were ended for not becoming ready
        self.keeper: asyncio.Task[None] | None = None

    async def start(self) -> float:
        """Start and wait until ready; seconds it took. RuntimeTrouble if it cannot be started."""
        watch = Stopwatch()
        self.keeper = asyncio.create_task(self._keep(), name=self.service.name)
        waiter = asyncio.create_task(self.is_ready.wait())
        try:
            await asyncio.wait({self.keeper, waiter}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
        if self.keeper.done() and not self.is_ready.is_set():
            self.keeper.result()
        return watch.seconds

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self.stopping:
            began = time.monotonic()
            reason = await self._run()
            if self._is_stopping():
                return
            self.restarts += 1
            if not self.is_ready.is_set() and self.restarts >= BOOT_TRIES:
                name = self.service.name
                raise RuntimeTrouble(
                    f"{name} 无法启动：{reason}。", f"{name} could not be started: {reason}."
                )
            if time.monotonic() - began > STEADY_AFTER:
                pause = FIRST_PAUSE
            name = self.service.name
            self.around.console.say(
                f"{name} 已退出（{reason}），{pause:g} 秒后重启",
                f"{name} ended ({reason}), restarting in {pause:g} s",
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run(self) -> str:
        """One life of the process; why it ended."""
        service, around = self.service, self.around
        try:
            await asyncio.to_thread(service.prepare)
        except RuntimeTrouble as trouble:
            if not self.is_ready.is_set():
                raise
            return str(trouble)  # it ran before: keep trying
        self.process = await spawn(service.command(), around, service.stop_signal, service.identity)
        around.roster.enter(service.name, self.process.pid)
        pump = asyncio.create_task(around.console.pump(service.name, self.process))
        watcher = asyncio.create_task(self._watch(self.process))
        code = await self.process.wait()
        watcher.cancel()
        with contextlib.suppress(asyncio.TimeoutError):  # a grandchild may hold the pipe open
            await asyncio.wait_for(pump, 1)
        around.roster.leave(service.name)
        return (
            "not ready in time" if code == -signal.SIGKILL and not self.is_ready.is_set() else f"code {code}"
        )

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Tell when the process is ready; end one that never becomes it.

        The next life gets twice the time: a machine with too much to do is not helped by beginning again and again.
        """
        end = time.monotonic() + self.service.patience * 2 ** min(self.too_slow, 3)
        while time.monotonic() < end:
            if await self.service.ready(process.pid):
                if self.restarts:
                    self.around.console.say(f"{self.service.name} 已恢复", f"{self.service.name} is back")
                self.is_ready.set()
                self.too_slow = 0
                return
            await asyncio.sleep(0.05)
        self.too_slow += 1
        self._signal(signal.SIGKILL)

    def _is_stopping(self) -> bool:
        """Asked anew: stop() may have been called while we waited."""
        return self.stopping

    def _signal(self, sent: signal.Signals) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if sent is signal.SIGKILL:
                os.killpg(self.process.pid, sent)
            else:
                self.process.send_signal(sent)

    async def stop(self, within: float | None = None) -> None:
        """End in order, then by force; ``within`` shortens the service's own grace (seconds)."""
        grace = min(self.service.grace, within if within is not None else self.service.grace)
        self.stopping = True
        if self.keeper is None:
            return
        self._signal(self.service.stop_signal)
        if self.process is None or self.process.returncode is not None:
            self.keeper.cancel()  # sleeping between two lives
        _, still_running = await asyncio.wait({self.keeper}, timeout=grace)
        if still_running:
            self._signal(signal.SIGKILL)
            await asyncio.wait({self.keeper}, timeout=2)
