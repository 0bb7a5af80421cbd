"""The embedded Temporal keeps its workflows when it is killed."""

import asyncio
import os
import signal
from io import StringIO
from pathlib import Path

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from activities.observer import RUNNING
from activities.relay import PROCEDURE
from runtime.children import Child, Roster, Surroundings
from runtime.console import Console
from runtime.parts import temporal
from runtime.processes import free_port
from runtime.temporal import TemporalServer, polls


def test_temporal_keeps_workflows_after_kill(home: Path) -> None:
    server = TemporalServer(home / "temporal.db", free_port(0))
    around = Surroundings(os.environ, home, Console(StringIO()), Roster(home / "children.json"))

    async def scene() -> WorkflowExecutionStatus | None:
        child = Child(temporal(server), around)
        try:
            await child.start()
            client = await Client.connect(server.address)
            await client.start_workflow("Nothing", id="case-1", task_queue="nobody")
            assert child.process is not None
            os.kill(child.process.pid, signal.SIGKILL)
            child.is_ready.clear()
            await asyncio.wait_for(child.is_ready.wait(), 30)
            client = await Client.connect(server.address)
            return (await client.get_workflow_handle("case-1").describe()).status
        finally:
            await child.stop()

    assert asyncio.run(scene()) == WorkflowExecutionStatus.RUNNING


def test_worker_is_not_ready_when_nobody_answers() -> None:
    assert asyncio.run(polls(f"127.0.0.1:{free_port(0)}", "default", "puhui", os.getpid())) is False


def test_temporal_counts_the_workflows_of_cases(home: Path) -> None:
    """The observer's question must be one the server understands: `Procedure` is a reserved word there."""
    server = TemporalServer(home / "temporal.db", free_port(0))
    around = Surroundings(os.environ, home, Console(StringIO()), Roster(home / "children.json"))

    async def scene() -> tuple[int, int]:
        child = Child(temporal(server), around)
        try:
            await child.start()
            client = await Client.connect(server.address)
            before = (await client.count_workflows(RUNNING)).count
            named = TypedSearchAttributes([SearchAttributePair(PROCEDURE, "project_application")])
            await client.start_workflow("Nothing", id="case-1", task_queue="nobody", search_attributes=named)
            for _ in range(50):
                if (after := (await client.count_workflows(RUNNING)).count) > before:
                    return before, after
                await asyncio.sleep(0.1)
            return before, before
        finally:
            await child.stop()

    assert asyncio.run(scene()) == (0, 1)
