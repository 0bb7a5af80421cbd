"""What the worker sees of Temporal, written to rows: reachable, polled, stuck, in agreement with the rows."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities import engine_view
from models.tables import Case, EngineHealth, Outbox, TaskRow
from models.vocabulary.facts import CaseEnded, TaskClosed
from models.vocabulary.statuses import ENDS, CaseStatus, TaskState
from services import clock, comparing, course, outbox, troubles, unsaid
from services.session import transaction
from services.troubles import Trouble

#: What a healthy engine needs at most between a fact and its consequence.
SETTLED = timedelta(seconds=30)

#: Workflows of cases under way; the attribute's name is a reserved word, hence the quotes.
RUNNING = "ExecutionStatus='Running' AND `Procedure` IS NOT NULL"

#: Seconds that one question to the engine may take.
PATIENCE = timedelta(seconds=3)

#: A case whose start has been delivered has a workflow; so long it is left alone all the same.
STARTED = timedelta(seconds=5)


class Observer:
    """Looks at the engine now and then, and repairs a lost message.

    Args:
        client: connected Temporal client. queue: the task queue looked at.
    """

    def __init__(self, client: Client, queue: str) -> None:
        self.client = client
        self.queue = queue
        self._found = False

    async def look(self) -> None:
        """Is the engine reachable, does anybody poll, which workflows report problems, which activities fail?"""
        try:
            queue = await self.client.workflow_service.describe_task_queue(
                self._queue_request(), timeout=PATIENCE
            )
            problems = [
                e.id.removeprefix("case-")
                async for e in self.client.list_workflows(
                    "ExecutionStatus='Running' AND TemporalReportedProblems IS NOT NULL",
                    limit=100,
                    rpc_timeout=PATIENCE,
                )
            ]
            await self._look_closer(problems)
        except (RPCError, OSError) as error:
            await asyncio.to_thread(_note, "reachable", False, {"error": str(error)[:300]})
            return
        await asyncio.to_thread(_note, "reachable", True, {})
        await asyncio.to_thread(_note, "pollers", bool(queue.pollers), {"workers": len(queue.pollers)})
        await asyncio.to_thread(_note, "workflows", not problems, {"stuck": problems})

    async def _look_closer(self, stuck: list[str]) -> None:
        """What the engine itself says of the cases that gave a sign of trouble."""
        known = await asyncio.to_thread(_suspects)
        held = [c for c in stuck if _is_uuid(c)]
        seen = [t for case_id in held for t in await engine_view.reported(self.client, UUID(case_id))]
        await asyncio.to_thread(_replace, troubles.WORKFLOW_TASK, seen)
        for case_id in known:
            pending = await engine_view.failing(self.client, case_id)
            await asyncio.to_thread(_settle, case_id, pending)

    def _queue_request(self) -> DescribeTaskQueueRequest:
        return DescribeTaskQueueRequest(
            namespace=self.client.namespace,
            task_queue=TaskQueue(name=self.queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )

    async def compare(self) -> None:
        """Fewer running workflows than open cases: the engine has lost some, so look at each now, not in an hour.

        Rows are held against the trail first: that needs no engine.
        """
        await asyncio.to_thread(_compare_rows)
        running = await self.client.count_workflows(RUNNING, rpc_timeout=PATIENCE)
        if self._found or running.count < await asyncio.to_thread(_how_many_open):
            await self.reconcile()

    async def reconcile(self) -> None:
        """Compare every open case with its workflow and send again what got lost; the result is shown.

        The engine is asked for the list of what runs, and one by one only for what is not on it.
        """
        wrong: list[str] = []
        alive = {e.id async for e in self.client.list_workflows(RUNNING, page_size=1000)}
        for case_id, case_no in await asyncio.to_thread(_open_cases):
            if f"case-{case_id}" in alive:
                continue
            if await self._status(case_id) is WorkflowExecutionStatus.RUNNING:
                continue
            if await asyncio.to_thread(_resend, case_id):
                wrong.append(case_no)
        lost = await asyncio.to_thread(_unheard, alive)
        self._found = bool(wrong)
        await asyncio.to_thread(
            _note,
            "reconcile",
            not wrong and not lost,
            {"without_workflow": wrong[:100], "sent_again": lost[:100]},
        )

    async def _status(self, case_id: str) -> WorkflowExecutionStatus | None:
        try:
            return (await self.client.get_workflow_handle(f"case-{case_id}").describe()).status
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise


def _note(key: str, ok: bool, data: dict[str, Any]) -> None:
    with transaction() as session:
        row = session.get(EngineHealth, key) or EngineHealth(key=key)
        since = row.data.get("since") if row.ok is ok and row.data else None
        row.ok, row.data, row.at = ok, data | {"since": since or clock.now().isoformat()}, clock.now()
        session.add(row)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _suspects() -> list[UUID]:
    """Cases with a failing activity on record, and cases in which nothing is asked and nothing is under way."""
    with transaction() as session:
        failing = troubles.cases_with(session, troubles.ACTIVITY)
        return list(dict.fromkeys([*failing, *(c.id for c in _quiet(session)[:100])]))


def _settle(case_id: UUID, pending: list[Trouble]) -> None:
    """What the engine has pending is all that fails in this case."""
    with transaction() as session:
        names = {t.what for t in pending}
        for row in troubles.of_case(session, case_id):
            if row.kind == troubles.ACTIVITY and row.what not in names:
                session.delete(row)
        for trouble in pending:
            troubles.note(session, trouble)


def _replace(kind: str, found: list[Trouble]) -> None:
    with transaction() as session:
        troubles.replace(session, kind, found)


def _compare_rows() -> None:
    for step in comparing.STEPS:
        with transaction() as session:
            step(session)


def _how_many_open() -> int:
    """Open cases that should have a running workflow; counted, not read."""
    ended = [s.value for s in ENDS] + [CaseStatus.DRAFT.value]
    with transaction() as session:
        return session.exec(
            select(func.count())
            .select_from(Case)
            .where(
                col(Case.status).not_in(ended),
                col(Case.changed_at) < clock.now() - STARTED,
                col(Case.id).not_in(select(Outbox.case_id)),
            )
        ).one()


def _open_cases() -> list[tuple[str, str]]:
    ended = [s.value for s in ENDS] + [CaseStatus.DRAFT.value]
    with transaction() as session:
        rows = session.exec(
            select(Case.id, Case.case_no).where(
                col(Case.status).not_in(ended), col(Case.changed_at) < clock.now() - STARTED
            )
        ).all()
        pending = set(session.exec(select(Outbox.case_id)).all())
        return [(str(i), no) for i, no in rows if i not in pending]


def _resend(case_id: str) -> bool:
    """Start the workflow of a case again, unless the case has ended meanwhile.

    Its activities find every row already there and catch up by themselves.
    """
    with transaction() as session:
        case = course.locked(session, case_id)
        if CaseStatus(case.status) in ENDS or unsaid.ended(session, case):
            return False
        outbox.send(session, case.id, "start")
        return True


def _unheard(alive: Collection[str]) -> list[str]:
    """Cases whose newest fact is old and has opened nothing: tell the workflow again (facts are idempotent).

    Args:
        alive: ids of the workflows that run: a withdrawn case is told only to one that has not heard of it.
    """
    told: list[str] = []
    with transaction() as session:
        for case in _quiet(session):
            for task in session.exec(
                select(TaskRow).where(
                    TaskRow.case_id == case.id,
                    col(TaskRow.state).in_([TaskState.DONE.value, TaskState.OVERDUE.value]),
                )
            ):
                outbox.send(
                    session,
                    case.id,
                    "task_closed",
                    TaskClosed(task_id=str(task.id), outcome=task.outcome or ""),
                )
            told.append(case.case_no)
        for case in session.exec(
            select(Case).where(
                Case.status == CaseStatus.WITHDRAWN.value,
                col(Case.submitted_at).is_not(None),
                col(Case.ended_at) > clock.now() - timedelta(hours=2),
                col(Case.ended_at) < clock.now() - SETTLED,
            )
        ):
            if f"case-{case.id}" in alive:
                outbox.send(session, case.id, "case_ended", CaseEnded(result=case.status))
    return told


def _quiet(session: Session) -> list[Case]:
    """Open cases with nothing open, no notice running and no message under way."""
    ended = [s.value for s in ENDS] + [CaseStatus.DRAFT.value]
    busy = select(TaskRow.case_id).where(
        col(TaskRow.state).in_([TaskState.OPEN.value, TaskState.CLAIMED.value])
    )
    return list(
        session.exec(
            select(Case).where(
                col(Case.status).not_in(ended),
                Case.stage != "publicity",
                col(Case.id).not_in(busy),
                col(Case.id).not_in(select(Outbox.case_id)),
                col(Case.changed_at) < clock.now() - SETTLED,
            )
        )
    )
