"""The children of the supervisor, each with its command and its sign of readiness."""

import asyncio
import importlib.util
import signal
import sys

import httpx
import psycopg

from runtime.children import Service
from runtime.engine_tls import tls
from runtime.plan import Plan
from runtime.postgres import Cluster
from runtime.temporal import TemporalServer, answers, polls

PYTHON = sys.executable
WORKER = [PYTHON, "-m", "runtime.start", "worker"]
WEB = [PYTHON, "-m", "uvicorn", "--factory", "runtime.start:web"]
MIGRATE = [PYTHON, "-m", "alembic", "upgrade", "head"]
SEED = [PYTHON, "-m", "runtime.seeds"]
OTHER_CLOCK = [PYTHON, "-m", "runtime.other_clock"]
UNSEEDED = """
    select not exists (select 1 from user_account)
        or exists (select 1 from party where data -> 'demonstration' ->> 'complete' = 'false')"""


def postgres(cluster: Cluster) -> Service:
    """PostgreSQL; ready when it answers and the application's database exists."""

    def ready() -> bool:
        if not cluster.is_ready():
            return False
        cluster.ensure_database()
        return True

    return Service(
        name="postgres",
        command=cluster.command,
        ready=lambda _pid: asyncio.to_thread(ready),
        prepare=cluster.prepare,
        stop_signal=signal.SIGINT,
        identity=cluster.identity,
        patience=120,  # recovery after a power cut may take its time
        grace=4,
    )


def temporal(server: TemporalServer) -> Service:
    """Temporal; ready when it answers for the namespace."""
    return Service(
        name="temporal",
        command=server.command,
        ready=lambda _pid: answers(server.address, server.namespace),
        grace=2,
    )


def worker(plan: Plan) -> Service:
    """The Temporal worker with the relay; ready when the engine sees it polling."""
    own = plan.settings
    return Service(
        name="worker",
        command=lambda: WORKER,
        ready=lambda pid: polls(
            plan.temporal_address, own.temporal_namespace, own.temporal_task_queue, pid, tls(own)
        ),
        patience=120,  # on a crowded machine loading takes long; ending it would make it longer
        grace=3,
    )


def web(plan: Plan) -> Service:
    """The web; ready when /healthz answers. At the end it finishes what is under way; live pages end at once.

    Nothing waits longer for a row than ten seconds (lock_timeout), so within fifteen no decision is broken off and
    answered with an error while it still may count. Where all has to end sooner, it is cut without any answer.

    A quiet line is kept for 75 seconds, longer than clients and proxies keep theirs: hung up in the instant the next
    request leaves, it would lose that request, and whoever sent it could not know whether it counted.
    """
    where = ["--host", plan.settings.http_host, "--port", str(plan.settings.http_port)]
    timing = ["--timeout-graceful-shutdown", "15", "--timeout-keep-alive", "75", "--no-server-header"]
    return Service(
        name="web",
        command=lambda: [*WEB, *where, *timing],
        ready=lambda _pid: _is_healthy(f"{plan.web_address}/healthz"),
        patience=120,  # on a crowded machine loading takes long; ending it would make it longer
        grace=6,
    )


async def _is_healthy(address: str) -> bool:
    try:
        # a proxy from the environment must not stand between us and our own port
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            return (await client.get(address)).is_success
    except httpx.HTTPError:
        return False


def wants_seed(database_url: str) -> bool:
    """Whether demonstration data is to be made: nobody can sign in yet, or a run before was stopped."""
    with psycopg.connect(database_url.replace("+psycopg", "", 1)) as connection:
        row = connection.execute(UNSEEDED).fetchone()
    return bool(row and row[0])


def can_seed() -> bool:
    """Whether this copy carries demonstration data."""
    return importlib.util.find_spec("runtime.seeds") is not None
