"""What the drills are played on: embedded engine and database, copies of the tree, workers run from the copies, people."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from models.tables import Case, DocumentRow, TaskRow
from runtime.binaries import temporal_binary
from runtime.embedded import embedded_postgres, stop
from runtime.parts import WORKER
from runtime.plan import ROOT
from runtime.processes import die_with_parent
from runtime.temporal import TemporalServer, answers
from services import cases
from services.session import transaction
from services.settings import settings
from tests.conftest import environment
from tests.scenarios import world
from tests.scenarios.play import Cast, Scenario
from tests.system import free_port

#: Of the repository, what a worker and the guards need.
COPIED = (
    "models",
    "services",
    "activities",
    "workflows",
    "runtime",
    "tests",
    "document_templates",
    "methodologies",
)
FILES = ("worker.py", "pyproject.toml")
PROCEDURE = "mall_onboarding"
PATIENCE = 40.0
#: A version that has no cases left is found so after seconds; production asks every few minutes.
SOON = (
    'matching.wv.VersionDrainageStatusRefreshInterval="1s"',
    'matching.wv.VersionDrainageStatusVisibilityGracePeriod="1s"',
)


@dataclass
class Protocol:
    """What is printed, with the seconds since the beginning, and kept for the test."""

    began: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)
    number: int = 0

    def step(self, zh: str, en: str) -> None:
        """A new step."""
        self.number += 1
        self._print(f"\n{self.number}. {zh} · {en}")

    def say(self, text: str) -> None:
        """Something that happened, as found."""
        self._print(f"   {time.monotonic() - self.began:5.1f} s  {text}")

    def check(self, holds: bool, text: str) -> None:
        """Something that must be so. Raises AssertionError where it is not."""
        self._print(f"   {time.monotonic() - self.began:5.1f} s  {'✓' if holds else '✗'} {text}")
        assert holds, text

    def _print(self, line: str) -> None:
        self.lines.append(line)
        print(line, flush=True)


@contextlib.contextmanager
def parts() -> Iterator[Path]:
    """An engine, a migrated database with people, and the settings that name them; yields a folder for the copies."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="puhui-drill-")))
        server = TemporalServer(home / "temporal.db", free_port())
        stack.enter_context(_engine(server))
        url = stack.enter_context(embedded_postgres())
        ours = {
            "DATABASE_URL": url,
            "TEMPORAL_ADDRESS": server.address,
            "DATA_DIR": str(home / "data"),
            "SECRET_KEY": "only-for-the-drill-" + "0" * 32,
            "WORKING_DAY_SECONDS": "60",
            "LOG_LEVEL": "INFO",
        }
        stack.enter_context(environment(**ours))
        subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, check=True, capture_output=True
        )
        with transaction() as session:
            world.build(session)
        while not asyncio.run(answers(server.address, server.namespace)):
            time.sleep(0.1)
        yield home


@contextlib.contextmanager
def _engine(server: TemporalServer) -> Iterator[None]:
    command = [*server.command(), *(f for value in SOON for f in ("--dynamic-config-value", value))]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        yield
    finally:
        stop(process)


def copy_tree(to: Path) -> Path:
    """A scratch copy of everything a worker and the guards need; the repository itself is never touched."""
    for name in COPIED:
        shutil.copytree(ROOT / name, to / name)
    for name in FILES:
        shutil.copy2(ROOT / name, to / name)
    return to


def edit(tree: Path, file: str, before: str, after: str) -> None:
    """Change one place of a file of the copy. Raises AssertionError where the place is gone: the drill is out of date."""
    path = tree / file
    text = path.read_text()
    assert text.count(before) == 1, f"{file} no longer reads {before!r}: renew the drill"
    path.write_text(text.replace(before, after))


def run_in(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the copy."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PUHUI_")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=tree,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def temporal(*command: str) -> str:
    """A command of the engine's own tool, as an operator types it."""
    done = subprocess.run(
        [str(temporal_binary()), *command, "--address", settings().temporal_address],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


@contextlib.asynccontextmanager
async def worker(tree: Path, **version: str) -> AsyncIterator[Path]:
    """The worker of a copy, as production starts it, until the end of the with-block; yields its log."""
    log = tree / f"worker-{time.monotonic_ns()}.log"
    ours = {f"PUHUI_{k}": v for k, v in version.items()}
    with log.open("wb") as out:
        process = subprocess.Popen(
            WORKER,
            cwd=tree,
            env=os.environ | ours,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    try:
        await until(f"the worker of {tree.name}", lambda: _ready(process, log))
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 20)


def _ready(process: subprocess.Popen[bytes], log: Path) -> bool:
    text = log.read_text(errors="replace")
    assert process.poll() is None, text[-3000:]
    return "worker.ready" in text


async def until(what: str, look: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until it is so. Raises AssertionError with `what` otherwise."""
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(look):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(0.1)


class People:
    """Everybody who is asked in a case, and what is left of it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cast = Cast(client)
        self.filed = 0

    async def file(self) -> Case:
        """A case of the procedure the drill changes."""
        self.filed += 1
        return await asyncio.to_thread(self.cast.file, Scenario(procedure=PROCEDURE), self.filed)

    async def answer(self, case: Case, before: str = "") -> None:
        """Answer whatever is asked, with the first outcome, until the case has ended or asks for the task `before`."""
        end = time.monotonic() + PATIENCE
        while not await asyncio.to_thread(self._answered, case.id, before):
            assert time.monotonic() < end, f"{case.case_no} does not go on: {asked(case.id)}"
            await asyncio.sleep(0.05)

    def _answered(self, case_id: UUID, before: str) -> bool:
        with transaction() as session:
            if session.get_one(Case, case_id).ended_at is not None:
                return True
            waiting = cases.open_tasks(session, case_id)
        if before and before in {t.key for t in waiting}:
            return True
        for task in waiting:
            self.cast.complete(task, "", {})
        return False

    async def answer_one(self, case: Case, key: str) -> None:
        """Answer one task."""
        with transaction() as session:
            task = next(t for t in cases.open_tasks(session, case.id) if t.key == key)
        await asyncio.to_thread(self.cast.complete, task, "", {})


def asked(case_id: UUID) -> list[str]:
    """The kinds of tasks of a case, in the order they were asked."""
    with transaction() as session:
        rows = session.exec(
            select(TaskRow)
            .where(TaskRow.case_id == case_id)
            .order_by(col(TaskRow.opened_at), col(TaskRow.key))
        )
        return [t.key for t in rows]


def status(case_id: UUID) -> str:
    """How the case stands."""
    with transaction() as session:
        return session.get_one(Case, case_id).status


def documents(case_id: UUID) -> int:
    """How many documents it has."""
    with transaction() as session:
        return len(session.exec(select(DocumentRow.id).where(DocumentRow.case_id == case_id)).all())


async def connected() -> Client:
    """A client of the engine in the settings."""
    return await Client.connect(settings().temporal_address, data_converter=pydantic_data_converter)


def played(drill: Callable[[Path, Protocol], Coroutine[Any, Any, None]]) -> Protocol:
    """Play a drill on parts of its own and print what happens."""
    protocol = Protocol()
    with parts() as home:
        protocol.say("数据库、流程引擎就绪 · database and engine are ready")
        asyncio.run(drill(home, protocol))
    protocol.say("演练通过 · the drill has passed")
    return protocol
