"""The verbs every procedure is written with: stage · ask · ask_each · signed · issue · publish_for_comment · conduct.

A workflow only orders and waits. Who may do what, whether an answer is valid and what it changes is decided
where the rows are; the workflow hears facts (ids and outcomes) and says what to ask next.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import FailureError

from activities import course as act
from models.vocabulary.facts import (
    CaseEnded,
    CaseMarks,
    CaseResult,
    CaseStep,
    DeadlineMoved,
    DeedAnswer,
    DocumentStep,
    OpenedTask,
    OverdueCheck,
    PanelDrawn,
    Projected,
    Projection,
    PublicityClosed,
    Published,
    RoundLimits,
    TaskClosed,
    TaskRequest,
)
from models.vocabulary.specs import Task

T = TypeVar("T")

#: A projection is tried twice close by, then for as long as it takes. What is under way when a case ends is let finish.
NEAR: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=2),
    "retry_policy": RetryPolicy(maximum_attempts=2),
}
PATIENT: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=5),
    "retry_policy": RetryPolicy(maximum_interval=timedelta(seconds=5)),
    "cancellation_type": workflow.ActivityCancellationType.ABANDON,
}
RENDERING: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=60),
    "retry_policy": RetryPolicy(maximum_interval=timedelta(seconds=30)),
    "cancellation_type": workflow.ActivityCancellationType.ABANDON,
}

STAGE = SearchAttributeKey.for_keyword("Stage")


class Ended(Exception):
    """The course ends here, with this result."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


class Procedure:
    """What all procedures can do. Subclasses write `course()`."""

    def __init__(self) -> None:
        self._closed: dict[str, TaskClosed] = {}
        self._due: dict[str, datetime | None] = {}
        self._moved: dict[str, tuple[int, datetime | None]] = {}
        self._rounds: dict[str, int] = {}
        self._result: str | None = None
        self._stage: str | None = None
        self._stages: list[str] = []
        self._wanted: list[tuple[list[TaskRequest], asyncio.Future[list[OpenedTask]]]] = []
        self._projecting = False
        self._version = 1

    # What people have done. Handlers only store: a message can neither fail nor block a case.

    @workflow.signal
    def task_closed(self, fact: TaskClosed) -> None:
        self._closed.setdefault(fact.task_id, fact)

    @workflow.signal
    def deadline_moved(self, fact: DeadlineMoved) -> None:
        times, newest = self._moved.get(fact.task_id, (0, None))
        if fact.moved_at is not None and newest is not None and fact.moved_at < newest:
            return  # sent twice, and overtaken by what came after it
        self._moved[fact.task_id] = (times + 1, fact.moved_at or newest)
        self._due[fact.task_id] = fact.due_at

    @workflow.signal
    def case_ended(self, fact: CaseEnded) -> None:
        self._result = self._result or fact.result

    @workflow.signal
    def nudge(self) -> None:
        """Wake up and look again."""

    # The verbs.

    @property
    def case_id(self) -> str:
        """The case's own id; the workflow is named after it."""
        return workflow.info().workflow_id.removeprefix("case-")

    async def conduct(self, course: Coroutine[Any, Any, str]) -> str:
        """Follow the course until it ends by itself or a person ends the case."""
        work = asyncio.create_task(course)
        await workflow.wait_condition(lambda: work.done() or self._result is not None)
        result = self._result or await self._outcome(work)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await self._patiently(
            act.close_case, CaseResult(case_id=self.case_id, at=workflow.now(), result=result)
        )
        await workflow.wait_condition(workflow.all_handlers_finished)
        return result

    async def _outcome(self, work: "asyncio.Task[str]") -> str:
        """The course's own end; one that broke is parked for an operator and waits, it never fails (I30)."""
        try:
            return work.result()
        except Ended as end:
            return end.result
        except FailureError as broken:
            await self._patiently(act.park_case, self._step(key=str(broken.cause or broken)))
            await workflow.wait_condition(lambda: self._result is not None)
            return str(self._result)

    async def stage(self, key: str) -> None:
        """Enter a stage; written together with what is asked next."""
        self._stage = key
        workflow.upsert_search_attributes([STAGE.value_set(key)])

    async def ask(
        self, task: Task, round_: int | None = None, slot: str = "1", letter: str = ""
    ) -> TaskClosed:
        """Ask one person (role, party) and wait for the answer, or for the limit where silence has an outcome.

        Args:
            letter: a document that tells them so, made when the limit is known.
        """
        round_ = self.next_round(task, slot) if round_ is None else round_
        opened = await self._open([TaskRequest(key=task.key, slot=slot, round=round_)])
        if letter:
            await self.issue(letter, round_=round_, slot=slot)
        return await self._answer(opened[0])

    async def ask_each(self, task: Task, slots: list[str], round_: int | None = None) -> list[TaskClosed]:
        """Ask several side by side and wait for all of them."""
        return list(await asyncio.gather(*(self.ask(task, round_, slot) for slot in slots)))

    async def signed(self, draft: Task, approval: Task) -> tuple[int, str]:
        """A draft by one person, the signature of another; what is sent back is drafted again.

        Returns:
            The round that was signed, and the draft's outcome.
        """
        while True:
            round_ = self.next_round(draft)
            drafted = await self.ask(draft, round_)
            if (await self.ask(approval, round_)).outcome not in ("return", "redraw"):
                return round_, drafted.outcome

    async def issue(self, *keys: str, round_: int = 1, slot: str = "1") -> None:
        """Have documents made now: numbered, rendered, frozen."""
        await self._write_stage()
        step = DocumentStep(case_id=self.case_id, at=workflow.now(), keys=list(keys), round=round_, slot=slot)
        await workflow.execute_activity(act.issue_documents, step, **RENDERING)

    async def reissue(self, *keys: str) -> None:
        """Make the applicant's papers anew from the version just submitted."""
        self._version += 1
        await self.issue(*keys, round_=self._version)

    async def publish_for_comment(self, round_: int) -> list[str]:
        """Put the case before the public for the days the rule names; returns the objections to answer."""
        opened = await self._patiently(act.open_publicity, self._step(round_=round_))
        await self.issue("publicity_notice", round_=round_)
        key = f"publicity/{round_}"
        self._due.setdefault(key, opened.due_at)
        while True:
            if await self._ran_out(key):
                before = self._moved.get(key)
                closed: PublicityClosed = await self._patiently(
                    act.close_publicity, self._step(round_=round_)
                )
                if closed.over:
                    return closed.objections
                self._still_runs(key, closed.due_at, before)

    async def publish(self) -> Published:
        """Give the permanent number and show it to everybody; the answer tells what was asked for along with it."""
        await self._write_stage()
        return await self._patiently(act.publish_result, self._step())

    async def round_limits(self) -> RoundLimits:
        """How many rounds the rules allow, recorded with the case."""
        return await self._patiently(act.round_limits, self._step())

    async def marks(self) -> CaseMarks:
        """What people have marked on the case, recorded in its course."""
        return await self._patiently(act.case_marks, self._step())

    async def carry_out(self, deed: str, round_: int = 1, slot: str = "1") -> DeedAnswer:
        """Have a deed done by its name (services.deeds); what stands against it is an outcome."""
        await self._write_stage()
        return await self._patiently(act.carry_out, self._step(round_=round_, slot=slot, key=deed))

    async def pass_time(self, key: str, until: datetime | None) -> None:
        """Wait for an instant; a deadline that moves under the same key moves it. None: nothing to wait for."""
        self._due.setdefault(key, until)
        while until is not None and not await self._ran_out(key):
            """Moved: wait for the new instant."""

    async def appoint_panel(self, round_: int) -> PanelDrawn:
        """Draw the seats of the panel."""
        return await self._patiently(act.appoint_panel, self._step(round_=round_))

    async def widen_panel(self, round_: int) -> PanelDrawn:
        """Try again to fill the seats that nobody was left for."""
        return await self._patiently(act.widen_panel, self._step(round_=round_))

    async def refill_seat(self, round_: int, slot: str) -> str | None:
        """Replace the expert of a slot; None when the library has nobody left."""
        return (await self._patiently(act.refill_seat, self._step(round_=round_, slot=slot))).slot

    def next_round(self, task: Task, slot: str = "1") -> int:
        """Count how often this task has been asked of this slot."""
        key = f"{task.key}/{slot}"
        self._rounds[key] = self._rounds.get(key, 0) + 1
        return self._rounds[key]

    # Underneath.

    def _step(self, round_: int = 1, slot: str = "1", key: str = "") -> CaseStep:
        return CaseStep(case_id=self.case_id, at=workflow.now(), round=round_, slot=slot, key=key)

    async def _patiently(self, activity: Callable[[Any], T], argument: Any) -> T:
        return await workflow.execute_activity(activity, argument, **PATIENT)

    async def _open(self, requests: list[TaskRequest]) -> list[OpenedTask]:
        """Queue requests; what siblings want at the same moment is opened in one projection."""
        mine: asyncio.Future[list[OpenedTask]] = asyncio.Future()
        self._wanted.append((requests, mine))
        if not self._projecting:
            await self._project_all()
        return await mine

    async def _project_all(self) -> None:
        """One projection at a time for each case."""
        self._projecting = True
        await asyncio.sleep(0)
        while self._wanted:
            batch, self._wanted = self._wanted, []
            written = await self._project([r for requests, _ in batch for r in requests])
            opened = iter(written.tasks)
            for requests, future in batch:
                future.set_result([next(opened) for _ in requests])
        self._projecting = False

    async def _write_stage(self) -> None:
        if self._stage is not None:
            await self._project([])

    async def _project(self, requests: list[TaskRequest]) -> Projected:
        stage, self._stage = self._stage, None
        if stage is not None and self._stages[-1:] != [stage]:
            self._stages.append(stage)
        wanted = Projection(
            case_id=self.case_id,
            at=workflow.now(),
            stage=stage,
            tasks=requests,
            stage_no=len(self._stages),
        )
        try:
            written = await workflow.execute_local_activity(act.project, wanted, **NEAR)
        except FailureError:
            written = await self._patiently(act.project, wanted)
        if written.ended:
            await workflow.wait_condition(lambda: self._result is not None)
            raise Ended(str(self._result))
        return written

    async def _answer(self, task: OpenedTask) -> TaskClosed:
        """Wait for a task's outcome. Where silence has one, the row says at the limit which came first."""
        if task.closed is not None:
            return task.closed
        key = task.task_id
        self._due.setdefault(key, task.due_at)
        while key not in self._closed:
            if await self._ran_out(key, timed=task.lapses):
                before = self._moved.get(key)
                answer = await self._patiently(
                    act.close_overdue, OverdueCheck(task_id=key, at=workflow.now())
                )
                if answer.closed is not None:
                    self._closed.setdefault(key, answer.closed)
                else:
                    self._still_runs(key, answer.due_at, before)
        return self._closed[key]

    def _still_runs(self, key: str, due: datetime | None, before: tuple[int, datetime | None] | None) -> None:
        """Wait on for the end that the row told. What was heard while it was asked is as new as that, or newer:
        each move of a row is followed by its message, so the newest is never missed.
        """
        if self._moved.get(key) == before or not workflow.patched("2026-11-what-was-heard-meanwhile-holds"):
            self._due[key] = due

    async def _ran_out(self, key: str, *, timed: bool = True) -> bool:
        """Wait until `key` is answered, its limit is moved, or the limit comes: True for the last."""
        due = self._due[key] if timed else None
        left = None if due is None else max(due - workflow.now(), timedelta(0))
        try:
            await workflow.wait_condition(
                lambda: key in self._closed or (timed and self._due[key] != due), timeout=left
            )
        except TimeoutError:
            return True
        return False
