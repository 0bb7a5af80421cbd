"""Orders to the engine, and the look at what came of every act. The web leaves rows; this carries them out."""

import asyncio
from datetime import timedelta
from uuid import UUID

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetActivityRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from activities import engine_view
from models.tables import OperatorAct
from models.vocabulary.operator import ActKind
from services import clock, operator_verify, returning, troubles
from services.operator_verify import EngineSight
from services.session import transaction

PATIENCE = timedelta(seconds=3)


class Operator:
    """Carries out what administrators order of the engine, and verifies all acts by looking.

    Args:
        client: connected Temporal client.
    """

    def __init__(self, client: Client) -> None:
        self.client = client

    async def work(self) -> None:
        """One round over the acts whose result is not seen yet."""
        for act in await asyncio.to_thread(_waiting):
            wrong = ""
            if act.kind == ActKind.RETRY.value and not act.data.get("sent"):
                wrong = await self._retry(act)
            if act.kind == ActKind.RETURN.value and "done" not in act.data:
                wrong = await self._return(act)
            sight = await self._sight(act.case_id, wrong)
            await asyncio.to_thread(_settle, act.id or 0, sight)

    async def _retry(self, act: OperatorAct) -> str:
        """Have the failing activities tried at once. Returns what went wrong, or nothing."""
        try:
            seen = await engine_view.described(self.client, act.case_id)
            for pending in seen.raw_description.pending_activities if seen else ():
                request = ResetActivityRequest(
                    namespace=self.client.namespace,
                    execution=WorkflowExecution(workflow_id=f"case-{act.case_id}"),
                    identity="puhui-console",
                    id=pending.activity_id,
                )
                await self.client.workflow_service.reset_activity(request, timeout=PATIENCE)
        except (RPCError, OSError) as error:
            return str(error)[:200]
        await asyncio.to_thread(_mark_sent, act.id or 0)
        return ""

    async def _return(self, act: OperatorAct) -> str:
        """Stop the run of the course; once none runs, change the rows and have it begun again.

        Until then the relay holds the case's messages, so that nothing begins a run from the old rows.
        """
        try:
            seen = await engine_view.described(self.client, act.case_id)
            if seen is not None and seen.status is WorkflowExecutionStatus.RUNNING:
                await asyncio.to_thread(_stopped, act.id or 0, seen.run_id)
                handle = self.client.get_workflow_handle(seen.id, run_id=seen.run_id)
                await handle.terminate(f"returned, act {act.id}", rpc_timeout=PATIENCE)
                seen = await engine_view.described(self.client, act.case_id)
            if seen is None or seen.status is not WorkflowExecutionStatus.RUNNING:
                await asyncio.to_thread(_go_back, act.id or 0)
        except (RPCError, OSError) as error:
            return str(error)[:200]
        return ""

    async def _sight(self, case_id: UUID, wrong: str) -> EngineSight:
        try:
            seen = await engine_view.described(self.client, case_id)
            failing = await engine_view.failing(self.client, case_id)
        except (RPCError, OSError):
            return EngineSight(None, wrong=wrong)
        running = seen is not None and seen.status is WorkflowExecutionStatus.RUNNING
        first = failing[0] if failing else None
        return EngineSight(
            running, troubles.readable(first.message) if first else "", first.attempts if first else 0, wrong
        )


def _waiting() -> list[OperatorAct]:
    with transaction() as session:
        return operator_verify.waiting(session)


def _mark_sent(act_id: int) -> None:
    with transaction() as session:
        act = session.get_one(OperatorAct, act_id)
        act.data = {**act.data, "sent": clock.now().isoformat()}


def _stopped(act_id: int, run: str) -> None:
    """Kept before the run is stopped: what it still tries afterwards is refused."""
    with transaction() as session:
        act = session.get_one(OperatorAct, act_id)
        act.data = {**act.data, "runs": [*act.data.get("runs", []), run]}


def _go_back(act_id: int) -> None:
    with transaction() as session:
        returning.carry_out(session, act_id)


def _settle(act_id: int, sight: EngineSight) -> None:
    with transaction() as session:
        act = operator_verify.settle(session, act_id, sight)
        if act is not None and act.kind == ActKind.RETRY.value and sight.running and not sight.failing:
            troubles.clear(session, act.case_id, troubles.ACTIVITY)
