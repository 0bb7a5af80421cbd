"""Every activity that fails is written down at once, with its message and attempt; that it ran at last, too."""

import asyncio
from typing import Any
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from services import troubles
from services.session import transaction
from services.troubles import Trouble

log = structlog.get_logger()


class Witness(Interceptor):
    """Put into the worker; looks, and changes nothing."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap each activity."""
        return _Witnessed(super().intercept_activity(next))


class _Witnessed(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        """Run it; the failure goes on as it came."""
        info = activity.info()
        try:
            result = await super().execute_activity(input)
        except Exception as error:
            await _told(_failed, info, f"{type(error).__name__}: {error}")
            raise
        if info.attempt > 1:
            await _told(_ran, info, "")
        return result


async def _told(write: Any, info: activity.Info, message: str) -> None:
    """A database that is down must not hide the activity's own failure."""
    try:
        await asyncio.to_thread(write, info, message)
    except Exception as error:
        log.warning("witness.not_written", error=str(error)[:200])


def _case_id(info: activity.Info) -> UUID | None:
    name = (info.workflow_id or "").removeprefix("case-")
    try:
        return UUID(name)
    except ValueError:
        return None


def _failed(info: activity.Info, message: str) -> None:
    case_id = _case_id(info)
    if case_id is not None:
        with transaction() as session:
            found = Trouble(case_id, troubles.ACTIVITY, info.activity_type, message, info.attempt)
            troubles.note(session, found, happened=True)


def _ran(info: activity.Info, _message: str) -> None:
    case_id = _case_id(info)
    if case_id is not None:
        with transaction() as session:
            troubles.clear(session, case_id, troubles.ACTIVITY, info.activity_type)
