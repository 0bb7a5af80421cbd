"""The nearest peer, DBOS: the same ten questions as a durable course on PostgreSQL alone.

``python -m runtime.bench.peer <database> <process> <people> <cases>`` plays cases and prints what it took as JSON.
One process conducts and decides, as DBOS is used; two of them use both cores.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections import defaultdict
from functools import cache
from typing import Any

import psycopg
import uvloop
from dbos import DBOS
from psycopg_pool import AsyncConnectionPool

from runtime.bench.bare_course import TASKS
from runtime.bench.bare_rows import WRITE

Rows = AsyncConnectionPool[psycopg.AsyncConnection[Any]]
queues: "dict[str, asyncio.Queue[tuple[int, float]]]" = defaultdict(asyncio.Queue)


@cache
def rows(address: str) -> Rows:
    """The connections of this process."""
    return AsyncConnectionPool(address, min_size=4, max_size=20, kwargs={"autocommit": True}, open=False)


@DBOS.step()
async def write(case_id: str, no: int) -> None:
    """Write what the decision before has led to."""
    async with rows(sys.argv[1]).connection() as connection:
        await connection.execute(WRITE, {"case": case_id, "no": no})


@DBOS.workflow()
async def ten_tasks(case_id: str) -> None:
    """Ask, wait, ask the next."""
    for no in range(1, TASKS + 2):
        await write(case_id, no)
        if no <= TASKS:
            await DBOS.recv_async("decided", timeout_seconds=60)


async def listen(address: str) -> None:
    """Rows as they become visible."""
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute("listen bench_bare")
        async for notice in connection.notifies():
            case_id, no = notice.payload.split(" ")
            queues[case_id].put_nowait((int(no), time.perf_counter()))


async def play(case_id: str) -> None:
    """One case to its end."""
    handle = await DBOS.start_workflow_async(ten_tasks, case_id)
    no, _ = await asyncio.wait_for(queues[case_id].get(), 60)
    while True:
        async with rows(sys.argv[1]).connection() as connection:
            await connection.execute(
                "select state from bench_bare.task where case_id = %s and no = %s", (case_id, no)
            )
        await DBOS.send_async(handle.workflow_id, no, "decided", idempotency_key=f"{case_id}/{no}")
        if no == TASKS:
            break
        no, _ = await asyncio.wait_for(queues[case_id].get(), 60)
    await handle.get_result()


async def main(address: str, process: str, people: int, cases: int) -> None:
    """Play, after one case that warms up; everything starts when the other process is ready, too."""
    await rows(address).open()
    listening = asyncio.create_task(listen(address))
    DBOS.launch()
    await play(f"dbos-{process}-warm")
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began = time.perf_counter()

    async def person(n: int) -> None:
        for case in range(cases):
            await play(f"dbos-{process}-{n}-{case}")

    await asyncio.gather(*(person(n) for n in range(people)))
    print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening
    os._exit(0)


if __name__ == "__main__":
    database, system, process_ = sys.argv[1], sys.argv[2], sys.argv[3]
    logging.disable(logging.WARNING)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": system,
            "executor_id": process_,
            "application_version": "1",
            "log_level": "ERROR",
        }
    )
    uvloop.run(main(database, process_, int(sys.argv[4]), int(sys.argv[5])))
