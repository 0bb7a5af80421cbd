"""The engine's own account of each case: what was asked, answered and issued, read from its histories."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowExecutionStatus

Letter = tuple[str, str, int]


@dataclass
class History:
    """What the newest run of a case's workflow tells.

    Args:
        waiting: ids of tasks that were opened and have no answer yet.
        asked: letters (key, slot, round) the course wanted; issued: those it was told are there.
    """

    case_id: str
    status: str
    result: str = ""
    waiting: set[str] = field(default_factory=set)
    asked: set[Letter] = field(default_factory=set)
    issued: set[Letter] = field(default_factory=set)


async def histories(address: str, namespace: str = "default") -> dict[str, History]:
    """The newest run of every case, by the case's id."""
    client = await Client.connect(address, namespace=namespace)
    newest: dict[str, Any] = {}
    async for run in client.list_workflows():
        known = newest.get(run.id)
        if run.id.startswith("case-") and (known is None or run.start_time > known.start_time):
            newest[run.id] = run
    found = {}
    for run in newest.values():
        status = (run.status or WorkflowExecutionStatus.RUNNING).name
        history = History(run.id.removeprefix("case-"), status)
        events = (await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()).events
        _read(history, events)
        found[history.case_id] = history
    return found


def _read(history: History, events: Iterable[Any]) -> None:
    """Follow the events in their order."""
    scheduled: dict[int, tuple[str, Any]] = {}
    for event in events:
        kind = event.WhichOneof("attributes").removesuffix("_event_attributes")
        told = getattr(event, event.WhichOneof("attributes"))
        if kind == "marker_recorded":
            _opened(history, _first(told.details["result"].payloads) if "result" in told.details else None)
        elif kind == "workflow_execution_signaled":
            _signalled(history, told.signal_name, _first(told.input.payloads))
        elif kind == "activity_task_scheduled":
            scheduled[event.event_id] = (told.activity_type.name, _first(told.input.payloads))
            if told.activity_type.name == "issue_documents":
                history.asked |= _letters(scheduled[event.event_id][1])
        elif kind == "activity_task_completed":
            name, argument = scheduled[told.scheduled_event_id]
            _completed(history, name, argument, _first(told.result.payloads))
        elif kind == "workflow_execution_completed":
            history.result = str(_first(told.result.payloads))
            history.waiting = set()


def _first(payloads: Iterable[Payload]) -> Any:
    return next((json.loads(p.data) for p in payloads if p.data), None)


def _opened(history: History, projected: Any) -> None:
    """What a projection opened; a task that was answered before comes with its answer."""
    for task in (projected or {}).get("tasks", []) if isinstance(projected, dict) else []:
        if not task.get("closed"):
            history.waiting.add(task["task_id"])


def _signalled(history: History, name: str, fact: Any) -> None:
    if name == "task_closed":
        history.waiting.discard(fact["task_id"])


def _completed(history: History, name: str, argument: Any, result: Any) -> None:
    if name == "project":
        _opened(history, result)
    elif name == "close_overdue" and result.get("closed"):
        history.waiting.discard(argument["task_id"])
    elif name == "issue_documents":
        history.issued |= _letters(argument)


def _letters(step: Any) -> set[Letter]:
    return {(key, step["slot"], step["round"]) for key in step["keys"]}
