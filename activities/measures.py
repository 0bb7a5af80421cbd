"""What a worker tells Prometheus: how long its steps take, how long messages to the engine are on their way."""

import time
from datetime import datetime
from typing import Any

from prometheus_client import Counter, Histogram, start_http_server
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from services import clock

STEPS = Histogram("puhui_activity_seconds", "Time of a step of a course, in seconds", ["activity", "outcome"])
ON_THE_WAY = Histogram(
    "puhui_relay_seconds",
    "From the writing of a message until the engine has it, in seconds",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
MESSAGES = Counter("puhui_relay_messages", "Tries to hand a message to the engine", ["outcome"])


def tell(where: str) -> int:
    """Answer whoever asks there, from a thread of its own; the port it listens on.

    Args:
        where: host:port; port 0 = one that is free.

    Raises:
        SystemExit: with what to do, where nobody can listen there.
    """
    host, _, port = where.rpartition(":")
    try:
        server, _thread = start_http_server(int(port), host.strip("[]"))
    except OSError as error:
        raise SystemExit(
            f"设置有误：PUHUI_WORKER_METRICS={where} 无法监听（{error.strerror}）。请另选地址或端口，或者留空。\n"
            f"A setting is wrong: nobody can listen on PUHUI_WORKER_METRICS={where}. Choose another, or leave it empty."
        ) from error
    return int(server.server_port)


def delivered(written: datetime) -> None:
    """The engine has a message."""
    MESSAGES.labels("delivered").inc()
    ON_THE_WAY.observe(max(0.0, (clock.now() - written).total_seconds()))


def not_delivered(outcome: str) -> None:
    """The engine has it not: `failed`, and it is tried again, or `dead`, and nobody is left to hear it."""
    MESSAGES.labels(outcome).inc()


class Stopwatch(Interceptor):
    """Put into the worker; looks, and changes nothing."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap each activity."""
        return _Timed(super().intercept_activity(next))


class _Timed(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        began, outcome = time.perf_counter(), "failed"
        try:
            result = await super().execute_activity(input)
            outcome = "done"
            return result
        finally:
            STEPS.labels(activity.info().activity_type, outcome).observe(time.perf_counter() - began)
