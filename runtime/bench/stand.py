"""The system under measurement: database, engine, worker and web as `make up` runs them, on an empty directory.

The database has the people of the demonstration and no case.
"""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runtime import embedded, parts
from runtime.bench.figures import Part
from runtime.errors import RuntimeTrouble
from runtime.plan import ROOT, Plan, make_plan
from runtime.processes import die_with_parent, free_port
from runtime.temporal import answers, polls
from services.settings import Settings

WORKER = [sys.executable, "-m", "runtime.bench.stand_worker"]
FILES = 20_000  # connections a process may hold


@dataclass
class Stand:
    """A running system.

    Args:
        plan: addresses and secrets.
        home: directory of its data.
        processes: the running parts by name.
    """

    plan: Plan
    home: Path
    environment: dict[str, str]
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    @property
    def web(self) -> str:
        return self.plan.web_address

    @property
    def address(self) -> str:
        """The database, as psycopg reads it."""
        return self.plan.database_url.replace("+psycopg", "", 1)

    @property
    def parts(self) -> list[Part]:
        return [Part(name, process.pid) for name, process in self.processes.items()]

    def part(self, name: str) -> Part:
        """One part by its name: postgres, temporal, worker, web."""
        return Part(name, self.processes[name].pid)

    def run(self, name: str, command: list[str]) -> None:
        """Start a part; its log lies in the data directory."""
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def run_worker(self) -> None:
        """Start the worker and wait until the engine sees it."""
        self.run("worker", WORKER)
        own, pid = self.plan.settings, self.processes["worker"].pid
        where = (self.plan.temporal_address, own.temporal_namespace, own.temporal_task_queue, pid)
        self.until("worker", lambda: asyncio.run(polls(*where)))

    def until(self, name: str, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for a part. Raises RuntimeTrouble with the end of its log."""
        end = time.monotonic() + seconds
        while not ready():
            if self.processes[name].poll() is not None or time.monotonic() > end:
                tail = (self.home / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeTrouble(f"{name} 未能启动：\n{tail}", f"{name} did not start")
            time.sleep(0.1)

    def kill_worker(self) -> None:
        """As a machine fails: no farewell."""
        self.processes["worker"].kill()
        self.processes["worker"].wait()


@contextlib.contextmanager
def stand(home: Path) -> Iterator[Stand]:
    """The system on `home` for the length of a with-block. This process works on its database, too."""
    _allow_connections()
    made = Settings(
        data_dir=home,
        database_url="",
        temporal_address="",
        http_port=free_port(0),
        working_day_seconds=3600.0,
        demo_password="",
    )
    plan = make_plan(made)
    assert plan.cluster is not None
    assert plan.temporal is not None
    ours = {"PUHUI_HTTP_PORT": str(made.http_port), "PUHUI_WORKING_DAY_SECONDS": "3600"}
    environment = plan.environment() | ours
    os.environ.update(environment)
    found = Stand(plan, home, environment)
    with contextlib.ExitStack() as stack:
        stack.callback(_stop, found)
        found.processes["postgres"] = embedded.start(plan.cluster)
        plan.cluster.ensure_database()
        subprocess.run(parts.MIGRATE, cwd=ROOT, env=environment, check=True, capture_output=True)
        _furnish(found)
        found.run("temporal", plan.temporal.command())
        where = (plan.temporal.address, plan.temporal.namespace)
        found.until("temporal", lambda: asyncio.run(answers(*where)))
        found.run_worker()
        found.run("web", parts.web(plan).command())
        ready = parts.web(plan).ready
        found.until("web", lambda: asyncio.run(_true(ready)))
        yield found


async def _true(ready: Callable[[int], object]) -> bool:
    return bool(await ready(0))  # type: ignore[misc]


def _allow_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _furnish(found: Stand) -> None:
    from runtime.seeds import static
    from services.session import transaction

    with transaction() as session:
        static.seed(session, found.plan.demo_password)


def _stop(found: Stand) -> None:
    from services.session import engine

    engine().dispose()
    for name in ("web", "worker", "temporal", "postgres"):
        process = found.processes.get(name)
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            embedded.stop(process)
