"""The engine of the play: a worker in this process that lives in the time of the case it works for.

Cases of the past are played by the real workflows. The engine's own clock cannot be moved, so limits
are held back while a case is played (the workflow is told they stand still) and handed over at the end:
from then on the real worker conducts the case like any other.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import temporalio.client
import temporalio.worker
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities import edge
from activities.relay import Relay, define_search_attributes, listen
from models.vocabulary.facts import Projected, PublicityOpened
from runtime.engine_tls import tls
from services import outbox
from services.session import reading
from services.settings import Settings
from worker import make_worker

#: The present of each case that is being played, by case id.
Moments = dict[str, datetime]
IDENTITY = "@seeds"


class Prompter(temporalio.client.Interceptor, temporalio.worker.Interceptor):
    """Puts every activity into the time of its case and holds limits back."""

    def __init__(self, moments: Moments) -> None:
        self.moments = moments

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _InPlayTime(next, self.moments)


class _InPlayTime(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, moments: Moments) -> None:
        super().__init__(following)
        self.moments = moments

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        argument = input.args[0]
        moment = self.moments.get(getattr(argument, "case_id", ""))
        if moment is None:
            return await self.next.execute_activity(input)
        input.args = [argument.model_copy(update={"at": moment})]
        return without_limits(await self.next.execute_activity(input))


def without_limits(fact: Any) -> Any:
    """The same fact with every limit standing still."""
    if isinstance(fact, Projected):
        return fact.model_copy(update={"tasks": [t.model_copy(update={"due_at": None}) for t in fact.tasks]})
    return fact.model_copy(update={"due_at": None}) if isinstance(fact, PublicityOpened) else fact


class StaffedError(RuntimeError):
    """Another worker serves the queue: it would conduct the cases in the real present."""


async def _must_be_alone(client: Client, queue: str) -> None:
    """Raises StaffedError while a worker that is not a play polls the queue."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    pollers = (await client.workflow_service.describe_task_queue(request)).pollers
    others = [p.identity for p in pollers if not p.identity.endswith(IDENTITY)]
    if others:
        raise StaffedError(", ".join(others))


@asynccontextmanager
async def curtain(config: Settings) -> AsyncIterator[Moments]:
    """Worker and relay for the length of the play; the caller keeps each case's present in the moments.

    Raises:
        StaffedError: the real worker runs already.
    """
    moments: Moments = {}
    client = await Client.connect(
        config.temporal_address,
        namespace=config.temporal_namespace,
        data_converter=pydantic_data_converter,
        tls=tls(config),
        interceptors=[Prompter(moments)],
        identity=f"{os.getpid()}{IDENTITY}",
    )
    await _must_be_alone(client, config.temporal_task_queue)
    await define_search_attributes(client)
    before, edge.follow_workflow_time = edge.follow_workflow_time, True
    try:
        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="play") as threads:
            worker = make_worker(client, config.temporal_task_queue, threads)
            async with worker, _delivery(client, config):
                yield moments
                await asyncio.to_thread(_all_told)
    finally:
        edge.follow_workflow_time = before


@asynccontextmanager
async def _delivery(client: Client, config: Settings) -> AsyncIterator[None]:
    """The relay beside the worker."""
    relay = Relay(client, config.temporal_task_queue)
    address = config.database_url.replace("postgresql+psycopg://", "postgresql://")
    loops = [
        asyncio.create_task(relay.run()),
        asyncio.create_task(listen(address, "puhui_outbox", relay.awake.set)),
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


def _all_told() -> None:
    """Wait until the engine has every message; what is left after ten seconds the real worker delivers."""
    end = time.monotonic() + 10
    while _waiting() and time.monotonic() < end:
        time.sleep(0.05)


def _waiting() -> int:
    with reading() as session:
        return outbox.waiting(session)
