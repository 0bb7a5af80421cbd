"""The relay: outbox rows become signals. At least once, in order per case; two relays may run."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities import measures
from services import outbox, tracing
from services.hearing import hear
from services.outbox import Message
from services.session import glance, transaction

log = structlog.get_logger()
#: The engine answers within this, or the message is offered again when its lease is over.
PATIENCE = timedelta(seconds=2)
PROCEDURE = SearchAttributeKey.for_keyword("Procedure")


async def define_search_attributes(client: Client) -> None:
    """Make the attributes engineers search by known to the server; an old server that has them is fine."""
    wanted = {
        "Procedure": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "Stage": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    }
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wanted)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


class Relay:
    """Delivers messages to the workflows of their cases.

    Args:
        client: connected Temporal client.
        queue: task queue that new workflows run on.
    """

    def __init__(self, client: Client, queue: str) -> None:
        self.client = client
        self.queue = queue
        self.awake = asyncio.Event()

    async def run(self) -> None:
        """Deliver for ever: woken by a notification, looking twice a second at least."""
        sent: list[int] = []
        while True:
            try:
                while rows := await asyncio.to_thread(_claim, sent):
                    sent = await self._deliver(rows)
                sent = []
            except Exception as error:
                log.warning("relay.database_unreachable", error=str(error)[:200])
                await asyncio.sleep(1)
            await self._sleep()

    async def _sleep(self) -> None:
        try:
            await asyncio.wait_for(self.awake.wait(), timeout=0.5)
        except TimeoutError:
            return
        finally:
            self.awake.clear()

    async def deliver(self) -> int:
        """Send what waits, a batch at a time, until nothing does; returns how many messages were claimed."""
        sent: list[int] = []
        claimed = 0
        while rows := await asyncio.to_thread(_claim, sent):
            sent, claimed = await self._deliver(rows), claimed + len(rows)
        return claimed

    async def _deliver(self, rows: list[Message]) -> list[int]:
        """Send a batch, side by side but in order for each case; the ids of what Temporal has."""
        by_case: dict[UUID, list[Message]] = defaultdict(list)
        for row in rows:
            by_case[row.case_id].append(row)
        sent = await asyncio.gather(*(self._deliver_case(batch) for batch in by_case.values()))
        return [row_id for ids in sent for row_id in ids]

    async def _deliver_case(self, batch: list[Message]) -> list[int]:
        sent: list[int] = []
        for row in batch:
            if not await self._attempt(row):
                break
            sent.append(row.id)
        return sent

    async def _attempt(self, row: Message) -> bool:
        """True when Temporal has the message and it may be forgotten."""
        try:
            with tracing.span(
                f"message {row.signal}", row.trace, case=str(row.case_id), attempt=row.attempts
            ):
                await self._send(row)
            measures.delivered(row.created_at)
            return True
        except WorkflowAlreadyStartedError:
            measures.not_delivered("dead")
            await asyncio.to_thread(_mark, outbox.dead, row.id, "the case's workflow has ended")
        except (RPCError, OSError, RuntimeError) as error:
            measures.not_delivered("failed")
            await asyncio.to_thread(_mark, outbox.failed, row.id, str(error))
            log.warning("relay.temporal_unreachable", error=str(error)[:200], attempts=row.attempts)
        return False

    async def _send(self, row: Message) -> None:
        """A course that runs is signalled; one that does not is started and signalled in one call, on the case's own id.

        Asking the engine to do whichever is right costs it half as much again as a signal, and a course is begun once.
        """
        signal, arguments = ("nudge", []) if row.signal in ("start", "nudge") else (row.signal, [row.payload])
        if row.signal == "start" or not await self._signal(str(row.case_id), signal, arguments):
            await self._start(row, signal, arguments)

    async def _signal(self, case_id: str, signal: str, arguments: list[Any]) -> bool:
        """False when no course of the case is running."""
        course = self.client.get_workflow_handle(f"case-{case_id}")
        try:
            await course.signal(signal, args=arguments, rpc_timeout=PATIENCE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def _start(self, row: Message, signal: str, arguments: list[Any]) -> None:
        await self.client.start_workflow(
            row.procedure,
            str(row.case_id),
            id=f"case-{row.case_id}",
            task_queue=self.queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            # a course that came to its end is never begun again; one that was killed by hand is, from the rows
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            start_signal=signal,
            start_signal_args=arguments,
            task_timeout=timedelta(seconds=4),
            rpc_timeout=PATIENCE,
            search_attributes=TypedSearchAttributes([SearchAttributePair(PROCEDURE, row.procedure)]),
        )


def _claim(sent: list[int]) -> list[Message]:
    """The next batch; what was `sent` before is forgotten in the same statement."""
    with glance() as session:
        return outbox.claim(session, sent)


def _mark(how: Callable[[Any, int, str], None], row_id: int, why: str) -> None:
    with transaction() as session:
        how(session, row_id, why)


async def listen(url: str, channel: str, wake: Callable[[], None]) -> None:
    """Call `wake` whenever the channel is notified; reconnects for ever."""
    while True:
        try:
            await hear(url, channel, wake, lambda _: wake())
        except (psycopg.Error, OSError) as error:
            log.warning("listen.lost", channel=channel, error=str(error)[:200])
            await asyncio.sleep(1)


async def every(seconds: float, what: Callable[[], Awaitable[None]]) -> None:
    """Do `what` again and again; a failure is told and does not end it."""
    while True:
        try:
            await what()
        except Exception as error:
            log.warning("loop.failed", what=getattr(what, "__qualname__", str(what)), error=str(error)[:300])
        await asyncio.sleep(seconds)
