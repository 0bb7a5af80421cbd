"""Questions to the engine about one case, answered in our own words."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.failure.v1 import Failure
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.service import RPCError, RPCStatusCode

from services import troubles
from services.troubles import Trouble

PATIENCE = timedelta(seconds=3)


async def described(client: Client, case_id: UUID) -> WorkflowExecutionDescription | None:
    """The workflow of a case; None when the engine knows none. Raises RPCError when the engine is not there."""
    try:
        return await client.get_workflow_handle(f"case-{case_id}").describe(rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def failing(client: Client, case_id: UUID) -> list[Trouble]:
    """The activities of a case that have failed and are tried again."""
    seen = await described(client, case_id)
    if seen is None:
        return []
    return [
        _failing(case_id, p) for p in seen.raw_description.pending_activities if p.HasField("last_failure")
    ]


def _failing(case_id: UUID, pending: PendingActivityInfo) -> Trouble:
    return Trouble(
        case_id,
        troubles.ACTIVITY,
        pending.activity_type.name,
        message(pending.last_failure),
        # the attempt named is the one to come while the engine waits for it
        pending.attempt - (1 if pending.HasField("next_attempt_schedule_time") else 0) or 1,
        _instant(pending.scheduled_time),
        _instant(pending.next_attempt_schedule_time),
    )


def message(failure: Failure) -> str:
    """The type and words of a failure, with those of its cause."""
    kind = failure.application_failure_info.type
    said = f"{kind}: {failure.message}" if kind else failure.message
    return f"{said} ← {message(failure.cause)}" if failure.HasField("cause") else said


def _instant(stamp: Timestamp) -> datetime | None:
    return stamp.ToDatetime(tzinfo=UTC) if stamp.seconds else None


async def reported(client: Client, case_id: UUID) -> list[Trouble]:
    """The failing workflow task of a case: the course itself cannot be carried on by this version of the program."""
    seen = await described(client, case_id)
    if seen is None or seen.close_time is not None:
        return []
    pending = seen.raw_description.pending_workflow_task
    said = "、".join(
        str(v) for key in ("TemporalReportedProblems",) for v in (seen.search_attributes.get(key) or [])
    )
    return [
        Trouble(
            case_id,
            troubles.WORKFLOW_TASK,
            seen.workflow_type,
            said or "workflow task failed",
            pending.attempt or 1,
            _instant(pending.original_scheduled_time),
        )
    ]
