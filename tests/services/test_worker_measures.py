"""What a worker tells Prometheus of messages, and where."""

import socket
from datetime import timedelta

import httpx
import pytest
from prometheus_client import REGISTRY
from pydantic import ValidationError

from activities import measures
from services import clock
from services.settings import Settings


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_message_is_measured_from_its_writing_until_the_engine_has_it() -> None:
    before, count = value("puhui_relay_seconds_sum"), value("puhui_relay_messages_total", outcome="delivered")
    measures.delivered(clock.now() - timedelta(seconds=40))
    measures.delivered(
        clock.now() + timedelta(seconds=5)
    )  # clocks of two machines differ: not less than nothing
    assert 40 <= value("puhui_relay_seconds_sum") - before < 45
    assert value("puhui_relay_messages_total", outcome="delivered") - count == 2


def test_it_answers_where_it_was_told_to_and_says_so_where_it_cannot() -> None:
    port = measures.tell("127.0.0.1:0")
    assert (
        "puhui_activity_seconds"
        in httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=90).text
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SystemExit, match=f"PUHUI_WORKER_METRICS={where}"):
            measures.tell(where)


@pytest.mark.parametrize("where", ["9464", ":9464", "127.0.0.1:", "127.0.0.1:many"])
def test_what_is_no_address_is_refused_at_the_start(where: str) -> None:
    with pytest.raises(ValidationError):
        Settings(worker_metrics=where)
