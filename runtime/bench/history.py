"""What a case leaves in the engine, what reading it again costs, and what the sandbox adds."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from runtime.bench.course import TenTasks
from runtime.bench.decisions import Office, Taken, play_case
from runtime.bench.figures import Figures
from runtime.bench.people import decide
from worker import CONVERTER
from workflows.sandbox import runner


@dataclass(frozen=True)
class Kept:
    """A history with its size as the engine counts it."""

    history: WorkflowHistory
    events: int
    size: int


def measure(office: Office, cases: int) -> Figures:
    """Play some cases and read their histories."""
    for _ in range(cases):
        play_case(office, lambda opening: decide(office.who, opening), Taken())
    kept = asyncio.run(_fetch(office.stand.plan.temporal_address, cases))
    boxed, free = asyncio.run(_replays(kept, runner())), asyncio.run(_replays(kept, _free()))
    return {
        "cases": len(kept),
        "events": statistics.median(k.events for k in kept),
        "kb": round(statistics.median(k.size for k in kept) / 1024, 1),
        "personal_data_found": _told(kept, office),
        "replay_ms": round(boxed, 1),
        "replay_ms_without_sandbox": round(free, 1),
        "sandbox_ms": round(boxed - free, 1),
    }


def _free() -> UnsandboxedWorkflowRunner:
    return UnsandboxedWorkflowRunner()


async def _fetch(address: str, number: int) -> list[Kept]:
    client = await Client.connect(address, data_converter=CONVERTER)
    found: list[Kept] = []
    async for one in client.list_workflows(
        'WorkflowType = "project_application" and ExecutionStatus = "Completed"'
    ):
        handle = client.get_workflow_handle(one.id, run_id=one.run_id)
        size = (await handle.describe()).raw_description.workflow_execution_info.history_size_bytes
        history = await handle.fetch_history()
        found.append(Kept(history, len(history.events), size))
        if len(found) == number:
            break
    return found


async def _replays(kept: list[Kept], with_: Any) -> float:
    """Milliseconds of processor time to replay one history; what the worker loads once is left out."""

    async def timed(histories: list[Kept]) -> float:
        async def each() -> AsyncIterator[WorkflowHistory]:
            for one in histories:
                yield one.history

        began = time.process_time()
        replayer = Replayer(workflows=[TenTasks], workflow_runner=with_, data_converter=CONVERTER)
        await replayer.replay_workflows(each())
        return (time.process_time() - began) * 1000

    await timed(kept[:1])
    once = await timed(kept[:1])
    return (await timed(kept * 2) - once) / (2 * len(kept) - 1)


def _told(kept: list[Kept], office: Office) -> list[str]:
    """Words about people that stand in a history: names, numbers and addresses of the form and of the accounts."""
    words = set(_texts(office.form.get("applicant"))) | {a.name for a in office.who.by_role.values()}
    whole = "".join(json.dumps(k.history.to_json_dict(), ensure_ascii=False) for k in kept)
    return sorted(w for w in words if len(w) > 1 and w in whole)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [t for v in value.values() for t in _texts(v)]
    if isinstance(value, list):
        return [t for v in value for t in _texts(v)]
    return [value] if isinstance(value, str) and not value.isascii() else []


def open_cases(office: Office, number: int) -> Figures:
    """What one more open case costs the worker: memory, and processor time to bring it to its first question."""
    part = office.stand.part("worker")
    memory, cpu = part.memory_mb(), part.cpu_ms()
    office.open_cases(number)
    return {
        "cases": number,
        "worker_mb_per_case": round((part.memory_mb() - memory) / number, 3),
        "worker_cpu_ms_per_case": round((part.cpu_ms() - cpu) / number, 1),
    }
