"""The worker: workflows and activities, the relay, the observer, reminders and mail; stops gracefully."""

import asyncio
import contextlib
import hashlib
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import structlog
import uvloop
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, Worker, WorkerDeploymentConfig

from activities import ACTIVITIES
from activities.failures import DiscreetFailures
from activities.measures import Stopwatch, tell
from activities.observer import Observer
from activities.operator import Operator
from activities.plans import define_schedules
from activities.proofs import ProofDesk
from activities.relay import Relay, define_search_attributes, every, listen
from activities.traces import CarryTraces, SendTraces
from activities.versions import deployment
from activities.witness import Witness
from runtime.engine_tls import tls
from services import clock, ledger_upkeep, logs, mail, points, reminders, scenario_issuance, tally, tracing
from services.monitoring import duties
from services.session import transaction
from services.settings import Settings, settings
from workflows import PERIODIC, WORKFLOWS
from workflows.sandbox import runner

log = structlog.get_logger()

#: Tasks reminded of in one transaction: whoever decides one of them waits no longer than that takes.
ROUND = 5
#: Data as pydantic writes it; of errors only what may stand in a history.
CONVERTER = replace(pydantic_data_converter, failure_converter_class=DiscreetFailures)


async def connect(config: Settings) -> Client:
    """A client; waits for a server that is not up yet."""
    while True:
        try:
            return await Client.connect(
                config.temporal_address,
                namespace=config.temporal_namespace,
                data_converter=CONVERTER,
                tls=tls(config),
                interceptors=[SendTraces()],
            )
        except RuntimeError as error:
            log.info("worker.waiting_for_temporal", error=str(error)[:120])
            await asyncio.sleep(1)


@cache
def courses_id() -> str:
    """Which courses these are: a digest of their sources, which the engine notes beside every step of a case.

    Left to the engine's library, it would read and digest the code of all modules there are, a third of a second.
    """
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).with_name("workflows").rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:32]


def make_worker(
    client: Client, queue: str, threads: ThreadPoolExecutor, version: WorkerDeploymentConfig | None = None
) -> Worker:
    """A worker as production, seeds and tests run it."""
    return Worker(
        client,
        task_queue=queue,
        workflows=[*WORKFLOWS, *PERIODIC],
        activities=ACTIVITIES,
        activity_executor=threads,
        workflow_runner=runner(),
        build_id=None if version else courses_id(),
        deployment_config=version,
        interceptors=[CarryTraces(), Witness(), Stopwatch()],
        max_cached_workflows=2000,
        max_concurrent_activities=16,
        max_concurrent_local_activities=16,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        graceful_shutdown_timeout=timedelta(seconds=2),
    )


def _remind() -> None:
    told = ROUND
    while told == ROUND:
        with transaction() as session:
            told = reminders.sweep(session, ROUND)


def _post() -> None:
    """One mail a transaction: a worker that dies leaves at most the one it was sending to be sent again."""
    with contextlib.closing(mail.Post()) as post:
        more = True
        while more:
            with transaction() as session:
                mail.send_due(session, post, most=1)
                more = mail.is_due(session)


def _owe() -> None:
    """Open what projects owe for the months that have ended, remind, and mark what is overdue (G16)."""
    with transaction() as session:
        duties.open_duties(session, clock.now())
        duties.mark_overdue(session, clock.now())


def _keep_ledger() -> None:
    """Give back what nobody answered, buy points back, carry on what was being issued."""
    for step in ledger_upkeep.STEPS.values():
        more = True
        while more:
            with transaction() as session:
                more = step(session, 1) > 0
    with transaction() as session:
        merchants = ledger_upkeep.to_buy_back(session)
        runs = ledger_upkeep.unfinished_runs(session)
    for merchant in merchants:
        with transaction() as session:
            points.buy_back(session, merchant)
    for run in runs:
        more = True
        while more:
            with transaction() as session:
                more = scenario_issuance.advance(session, run)


def _add_up() -> None:
    """Bring the sums of the statistics up to what has changed."""
    more = True
    while more:
        with transaction() as session:
            more = tally.advance(session)


def proof_desk(client: Client) -> ProofDesk:
    """Audit roots and checks; replays run the code this worker runs."""
    replayer = Replayer(
        workflows=WORKFLOWS, workflow_runner=runner(), data_converter=CONVERTER, build_id=courses_id()
    )
    return ProofDesk(client, replayer)


def background(client: Client, config: Settings) -> list["asyncio.Task[None]"]:
    """The loops beside the worker."""
    relay, observer = Relay(client, config.temporal_task_queue), Observer(client, config.temporal_task_queue)
    operator = Operator(client)
    address = config.database_url.replace("postgresql+psycopg://", "postgresql://")
    pace = config.working_day_seconds or 60.0
    return [
        asyncio.create_task(c)
        for c in (
            relay.run(),
            listen(address, "puhui_outbox", relay.awake.set),
            every(5, observer.look),
            every(1, operator.work),
            every(2, proof_desk(client).turn),
            every(10, observer.compare),
            every(3600, observer.reconcile),
            every(max(0.5, min(60.0, pace / 4)), lambda: asyncio.to_thread(_remind)),
            every(5, lambda: asyncio.to_thread(_post)),
            every(3600, lambda: asyncio.to_thread(_owe)),
            every(30, lambda: asyncio.to_thread(_keep_ledger)),
            every(10, lambda: asyncio.to_thread(_add_up)),
        )
    ]


async def serve() -> None:
    """Run until SIGTERM or SIGINT."""
    config, stop = settings(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if config.worker_metrics:
        tell(config.worker_metrics)
    client = await connect(config)
    await define_search_attributes(client)
    await define_schedules(client, config.temporal_task_queue, config.working_day_seconds)
    with ThreadPoolExecutor(max_workers=20, thread_name_prefix="activity") as threads:
        async with make_worker(client, config.temporal_task_queue, threads, deployment(config)):
            loops = background(client, config)
            log.info("worker.ready", workflows=[w.__name__ for w in WORKFLOWS])
            await stop.wait()
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)


def main() -> None:
    """Entry point; leaves at once when done (the client's threads may outlive the interpreter)."""
    logs.configure()
    tracing.configure("worker")
    uvloop.run(serve())
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
