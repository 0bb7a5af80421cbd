"""The worker of the bare design: ``python -m runtime.bench.bare_worker <temporal> <database>``."""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import uvloop
from temporalio.client import Client
from temporalio.worker import Worker

from runtime.bench import bare_course, bare_rows


async def serve(temporal: str, address: str) -> None:
    """Until it is ended."""
    bare_rows.address_of_rows = address
    client = await Client.connect(temporal)
    with ThreadPoolExecutor(max_workers=20) as threads:
        worker = Worker(
            client,
            task_queue=bare_course.QUEUE,
            workflows=[bare_course.BareCase],
            activities=[bare_rows.bare_write],
            activity_executor=threads,
            max_cached_workflows=2000,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        )
        async with worker:
            await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        uvloop.run(serve(sys.argv[1], sys.argv[2]))
    except KeyboardInterrupt:
        os._exit(0)
