"""Traces: from the click through the message and the step of the course to the document it made.

Off unless `PUHUI_TRACES_URL` names a collector; off, it costs a comparison. Spans carry addresses' patterns, case
numbers, names of steps and outcomes, never what somebody typed and nothing about a person (M10).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.settings import settings

CARRIER = TraceContextTextMapPropagator()
#: The name of the W3C header, also of the one in messages to a course.
HEADER = "traceparent"


class _Process:
    """What this process traces with; None = nothing is traced."""

    tracer: trace.Tracer | None = None


def configure(process: str) -> None:
    """Send the spans of this process to the collector, if there is one.

    Args:
        process: `web` or `worker`; shown as part of the service's name.
    """
    address = settings().traces_url
    if not address:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    use(process, BatchSpanProcessor(OTLPSpanExporter(endpoint=address, timeout=5)))


def use(process: str, processor: Any) -> None:
    """Hand the spans of this process to a processor of the SDK; a share of the traces, the same in every process."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    provider = TracerProvider(
        resource=Resource.create({"service.name": f"puhui-{process}"}),
        sampler=ParentBasedTraceIdRatio(settings().traces_share),
    )
    provider.add_span_processor(processor)
    _Process.tracer = provider.get_tracer("puhui")


def stop() -> None:
    """No further spans."""
    _Process.tracer = None


@contextmanager
def span(name: str, parent: str = "", *, server: bool = False, **facts: Any) -> Iterator[Span]:
    """What happens inside, as one span; an error marks it and goes on, its message stays out.

    Args:
        name: what is done, from a small set of names.
        parent: the `traceparent` of what asked for it; empty = what goes on around.
        server: whether it answers a request from outside.
        facts: attributes; texts, whole numbers, truths.
    """
    if _Process.tracer is None:
        yield trace.INVALID_SPAN
        return
    with _Process.tracer.start_as_current_span(
        name,
        _context(parent),
        kind=SpanKind.SERVER if server else SpanKind.INTERNAL,
        attributes=facts,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def _context(parent: str) -> Context | None:
    return CARRIER.extract({HEADER: parent}) if parent else None


def here() -> str:
    """The `traceparent` of the span around; empty where nothing is traced."""
    if _Process.tracer is None:
        return ""
    carrier: dict[str, str] = {}
    CARRIER.inject(carrier)
    return carrier.get(HEADER, "")
