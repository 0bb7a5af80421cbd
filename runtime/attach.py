"""For tools such as ``make seed``: use the system that runs, or just its database when none does."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from runtime.embedded import start, stop
from runtime.errors import RuntimeTrouble
from runtime.keys import secret_key
from runtime.lock import only_one
from runtime.parts import MIGRATE
from runtime.plan import ROOT, make_plan
from runtime.processes import die_with_parent
from runtime.temporal import TemporalServer, answers
from services.settings import Settings


def running(data_dir: Path) -> dict[str, str] | None:
    """Addresses of the system on this directory: web, temporal_ui, temporal_address, database_url."""
    try:
        note: dict[str, str] = json.loads((data_dir / "running.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return note if _is_locked(data_dir) else None


def _is_locked(data_dir: Path) -> bool:
    try:
        with only_one(data_dir):
            return False
    except RuntimeTrouble:
        return True


@contextlib.contextmanager
def database(settings: Settings, *, engine: bool = False, migrate: bool = True) -> Iterator[None]:
    """Put the database's address into the environment; starts and migrates the embedded one if none runs.

    Call it before anything asks for the settings: a process reads them once.

    Args:
        engine: also start the embedded Temporal, where nothing runs.
        migrate: False leaves the database as it is, for a restore into an empty one.
    """
    with contextlib.ExitStack() as stack:
        data_dir = (ROOT / settings.data_dir).resolve()
        note = running(data_dir)
        if note is None:
            stack.enter_context(only_one(data_dir))
        plan = make_plan(settings if note is None else _as_running(settings, note, data_dir))
        if plan.cluster:
            stack.callback(stop, start(plan.cluster))
            plan.cluster.ensure_database()
        if engine and plan.temporal and note is None:
            stack.enter_context(_engine(plan.temporal))
        os.environ.update(plan.environment())
        if migrate:
            subprocess.run(MIGRATE, cwd=ROOT, check=True)
        yield


@contextlib.contextmanager
def _engine(server: TemporalServer) -> Iterator[None]:
    """The embedded Temporal for the length of a with-block."""
    process = subprocess.Popen(
        server.command(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        while not asyncio.run(answers(server.address, server.namespace)):
            if process.poll() is not None:
                raise RuntimeTrouble("Temporal 未能启动。", "Temporal did not start.")
            time.sleep(0.1)
        yield
    finally:
        stop(process)


def _as_running(settings: Settings, note: dict[str, str], data_dir: Path) -> Settings:
    """The settings with the addresses of the running system, so that nothing embedded is started twice."""
    known = {name: note[name] for name in ("database_url", "temporal_address")}
    return settings.model_copy(update=known | {"secret_key": settings.secret_key or secret_key(data_dir)})
