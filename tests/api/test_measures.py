"""What the measures say of a system that has just begun, and of answers that stay open."""

import asyncio
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY

from api.envelope import Envelope
from services import health
from services.session import reading
from tests.conftest import environment


def _ask(path: str, content_type: bytes) -> None:
    """One request to an application that has this one answer."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["route"] = type("Route", (), {"path": path})
        headers = [(b"content-type", content_type)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def nothing(message: Any = None) -> Any:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    asyncio.run(Envelope(app)(scope, nothing, nothing))


def _told(name: str, path: str, **more: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"method": "GET", "route": path, **more})


def test_a_live_page_is_counted_and_its_hour_is_no_time_of_an_answer() -> None:
    _ask("/a-page", b"text/html; charset=utf-8")
    _ask("/a-live-page", b"text/event-stream; charset=utf-8")
    assert _told("puhui_http_requests_total", "/a-live-page", status="200") == 1
    assert _told("puhui_http_seconds_count", "/a-page") == 1
    assert not _told("puhui_http_seconds_count", "/a-live-page")


def test_the_disk_is_watched_before_the_first_file_is_kept(database: str, tmp_path: Path) -> None:
    with environment(DATABASE_URL=database, DATA_DIR=str(tmp_path / "new")):
        health.DISK.clear()
        health.measure(reading)
    free = REGISTRY.get_sample_value("puhui_disk_free_ratio", {"volume": "files"})
    assert free is not None
    assert 0 <= free <= 1
