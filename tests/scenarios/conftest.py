"""One database and one time-skipping server for all scenarios of a run."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from activities import edge
from activities.relay import define_search_attributes
from runtime import embedded
from services import session as sessions
from services import settings as settings_module
from services.session import transaction
from tests.scenarios import world
from tests.scenarios.play import Cast, worker


class Stage:
    """An event loop in its own thread with the server, the worker and the cast."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.leave = asyncio.Event()
        self.ready: asyncio.Future[Cast] = asyncio.run_coroutine_threadsafe(self._made(), self.loop).result(
            20
        )
        self.running = asyncio.run_coroutine_threadsafe(self._serve(), self.loop)
        self.cast = asyncio.run_coroutine_threadsafe(self._wait(), self.loop).result(120)

    async def _made(self) -> "asyncio.Future[Cast]":
        return self.loop.create_future()

    async def _wait(self) -> Cast:
        return await self.ready

    async def _serve(self) -> None:
        async with await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(embedded.test_server_binary()),
            data_converter=pydantic_data_converter,
        ) as env:
            await define_search_attributes(env.client)
            cast = Cast(env.client)
            with ThreadPoolExecutor(8) as threads:
                async with worker(env.client, cast, threads):
                    self.ready.set_result(cast)
                    await self.leave.wait()

    def run(self, make: Callable[[Cast], Awaitable[Any]]) -> Any:
        """Run one coroutine on the stage's loop."""

        async def go() -> Any:
            return await make(self.cast)

        return asyncio.run_coroutine_threadsafe(go(), self.loop).result(240)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.leave.set)
        self.running.result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage scenarios are played on."""
    with embedded.embedded_postgres() as url:
        before = {
            k: os.environ.get(k)
            for k in ("PUHUI_DATABASE_URL", "PUHUI_DATA_DIR", "PUHUI_WORKING_DAY_SECONDS")
        }
        os.environ.update(
            PUHUI_DATABASE_URL=url,
            PUHUI_DATA_DIR=str(tmp_path_factory.mktemp("data")),
            PUHUI_WORKING_DAY_SECONDS="",
        )
        _forget()
        subprocess.run(
            [str(Path(sys.executable).with_name("alembic")), "upgrade", "head"],
            check=True,
            capture_output=True,
        )
        with transaction() as session:
            world.build(session)
        running = Stage()
        yield running
        running.close()
        edge.follow_workflow_time = False
        sessions.engine().dispose()
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.__setitem__(key, value)
        _forget()


def _forget() -> None:
    settings_module.settings.cache_clear()
    sessions.engine.cache_clear()
