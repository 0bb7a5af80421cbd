"""The description of the interface is made once, and nobody waits meanwhile."""

import asyncio
import threading
from typing import Any

import httpx
import pytest

from api import openapi
from api.app import create


@pytest.mark.usefixtures("database")
def test_others_are_answered_while_the_description_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, made, real = threading.Event(), threading.Event(), [], openapi.get_openapi

    def slow(**more: Any) -> dict[str, Any]:
        begun.set()
        assert go_on.wait(20), "somebody else was kept waiting"
        made.append(1)
        return real(**more)

    async def ask() -> list[int]:
        door = httpx.ASGITransport(create())
        async with httpx.AsyncClient(transport=door, base_url="http://testserver", timeout=60) as client:
            first = asyncio.create_task(client.get("/openapi.json"))
            await asyncio.to_thread(begun.wait, 20)
            found = [(await client.get("/healthz")).status_code]
            go_on.set()
            return [*found, (await first).status_code, (await client.get("/openapi.json")).status_code]

    monkeypatch.setattr(openapi, "get_openapi", slow)
    assert asyncio.run(ask()) == [200, 200, 200]
    assert made == [1]
