"""A trace goes with the message to the course, and from the course with the step it brought about.

The workflow reads no trace: what came with the last message goes out with the next step, unopened. A case without
traced messages carries nothing, so histories stay as small as they were.
"""

from collections.abc import Mapping
from typing import Any

from temporalio import activity, converter
from temporalio.api.common.v1 import Payload
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.client import OutboundInterceptor, SignalWorkflowInput, StartWorkflowInput, WorkflowHandle
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from services import tracing

HEADER = tracing.HEADER
_words = converter.default().payload_converter


class SendTraces(ClientInterceptor):
    """Put into the client of the relay: a message carries the span it is sent in."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Wrap the calls to the server."""
        return _Sending(super().intercept_client(next))


class _Sending(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        trace = tracing.here()
        if trace:
            input.headers = {**input.headers, HEADER: _words.to_payload(trace)}
        return await super().start_workflow(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        trace = tracing.here()
        if trace:
            input.headers = {**input.headers, HEADER: _words.to_payload(trace)}
        await super().signal_workflow(input)


class CarryTraces(Interceptor):
    """Put into the worker: the step runs in a span under the message that brought it about."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap each activity."""
        return _Running(super().intercept_activity(next))

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """Wrap each workflow."""
        return _Hearing


class _Running(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info, parent = activity.info(), input.headers.get(HEADER)
        trace = _words.from_payload(parent, str) if parent is not None else ""
        with tracing.span(
            f"step {info.activity_type}", trace, attempt=info.attempt, workflow=info.workflow_id or ""
        ):
            return await super().execute_activity(input)


class _Hearing(WorkflowInboundInterceptor):
    """Keeps what came last. Two messages at once: the steps after them go under the later one."""

    last: Payload | None = None

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Asking(outbound, self))

    def _heard(self, headers: Mapping[str, Payload]) -> None:
        self.last = headers.get(HEADER, self.last)

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        self._heard(input.headers)
        return await super().execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        self._heard(input.headers)
        await super().handle_signal(input)


class _Asking(WorkflowOutboundInterceptor):
    def __init__(self, next: WorkflowOutboundInterceptor, hearing: _Hearing) -> None:
        super().__init__(next)
        self._hearing = hearing

    def _with_trace(self, headers: Mapping[str, Payload]) -> Mapping[str, Payload]:
        last = self._hearing.last
        return headers if last is None else {**headers, HEADER: last}

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:
        input.headers = self._with_trace(input.headers)
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:
        input.headers = self._with_trace(input.headers)
        return super().start_local_activity(input)
