"""L and C: how soon the next row is there, and how many cases a second, with the bare design on this engine."""

import asyncio
import contextlib
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import psycopg
from temporalio.client import Client, WorkflowHandle

from runtime.bench.bare_course import QUEUE, TASKS, BareCase
from runtime.bench.bare_rows import CHANNEL, SCHEMA
from runtime.bench.figures import CpuMeter, Figures, spread
from runtime.bench.stand import Stand
from runtime.temporal import polls

_numbers = count(1)
Queues = dict[str, "asyncio.Queue[tuple[int, float]]"]


@contextlib.contextmanager
def _worker(stand: Stand) -> Any:
    command = [sys.executable, "-m", "runtime.bench.bare_worker", stand.plan.temporal_address, stand.address]
    stand.run("bare", command)
    pid = stand.processes["bare"].pid
    ready: Callable[[], bool] = lambda: asyncio.run(polls(stand.plan.temporal_address, "default", QUEUE, pid))  # noqa: E731
    stand.until("bare", ready)
    yield
    stand.processes["bare"].kill()
    stand.processes.pop("bare").wait()


@contextlib.asynccontextmanager
async def _heard(address: str) -> AsyncIterator[Queues]:
    queues: Queues = defaultdict(asyncio.Queue)
    connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
    await connection.execute(f"listen {CHANNEL}")

    async def listen() -> None:
        async for notice in connection.notifies():
            case_id, no = notice.payload.split(" ")
            queues[case_id].put_nowait((int(no), time.perf_counter()))

    task = asyncio.create_task(listen())
    yield queues
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await connection.close()


class Bots:
    """People of the bare design: look at the row, send the message, wait for the next row."""

    def __init__(self, client: Client, connection: "psycopg.AsyncConnection[Any]", queues: Queues) -> None:
        self.client, self.connection, self.queues = client, connection, queues
        self.visible: list[float] = []

    async def play(self) -> None:
        """One case to its end."""
        case_id = f"bare-{next(_numbers)}"
        handle: WorkflowHandle[Any, Any] = await self.client.start_workflow(
            BareCase.run, case_id, id=case_id, task_queue=QUEUE
        )
        no, _ = await asyncio.wait_for(self.queues[case_id].get(), 60)
        while True:
            began = time.perf_counter()
            await self.connection.execute(
                "select state from bench_bare.task where case_id = %s and no = %s", (case_id, no)
            )
            await handle.signal(BareCase.decided, no)
            if no == TASKS:
                break
            no, at = await asyncio.wait_for(self.queues[case_id].get(), 60)
            self.visible.append((at - began) * 1000)
        await handle.result()


async def _measure(stand: Stand, alone: int, people: int, cases: int) -> Figures:
    client = await Client.connect(stand.plan.temporal_address)
    async with _heard(stand.address) as queues:
        connection = await psycopg.AsyncConnection.connect(stand.address, autocommit=True)
        await Bots(client, connection, queues).play()
        one = Bots(client, connection, queues)
        for _ in range(alone):
            await one.play()
        meter, bots = CpuMeter(stand.parts), Bots(client, connection, queues)

        async def person() -> None:
            for _ in range(cases):
                await bots.play()

        began = time.perf_counter()
        await asyncio.gather(*(person() for _ in range(people)))
        seconds = time.perf_counter() - began
        await connection.close()
        return {
            "L_ms": spread(one.visible),
            "C_cases_per_s": round(people * cases / seconds, 2),
            "visible_ms_at_once": spread(bots.visible),
            "cpu_ms_per_task": meter.per(people * cases * TASKS),
        }


def measure(stand: Stand, alone: int, people: int, cases: int) -> Figures:
    """L with `alone` cases one after another; C with `people`, each `cases` cases."""
    with psycopg.connect(stand.address, autocommit=True) as connection:
        connection.execute(SCHEMA)
    with _worker(stand):
        return asyncio.run(_measure(stand, alone, people, cases))
