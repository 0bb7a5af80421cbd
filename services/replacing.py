"""Replacing an expert who does not answer: the seat is taken back and the course draws another (G12)."""

from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, Problem
from models.vocabulary.events import Event
from models.vocabulary.facts import TaskClosed
from models.vocabulary.roles import Role
from models.vocabulary.specs import OVERDUE
from models.vocabulary.statuses import SeatState, TaskState
from models.vocabulary.text import Text
from services import audit, outbox, panels, tasks
from services.access import Actor
from services.task_rows import open_task

#: Tasks whose silence the course answers with a replacement.
SEATS = ("expert_invitation", "expert_opinion")


def take_seat(session: Session, actor: Actor, task_id: object, reason: str) -> dict[str, Any]:
    """End an expert's wait as "no reply" before its limit; the course then asks somebody else.

    Returns:
        {seat, attempt, slot}: the seat that is filled anew.

    Raises:
        NotAllowed: not a supervisor. Conflict: not an expert's open task, or the case is suspended. Invalid: no reason.
    """
    if not actor.is_any(Role.SUPERVISOR):
        raise NotAllowed(Text("Only a supervisor can replace an expert.", "仅审核负责人可以更换专家。"))
    if not reason.strip():
        raise Invalid((Problem("reason", Text("Please give the reason.", "请填写理由。")),))
    task = open_task(session, actor, task_id)
    case = session.get_one(Case, task.case_id)
    _replaceable(case, task)
    panels.mark(session, task, SeatState.SILENT, reason.strip())
    tasks.shut(task, TaskState.OVERDUE, OVERDUE)
    audit.record(
        session,
        Event.TASK_OVERRIDDEN,
        case=case,
        actor=actor,
        task=task,
        data={"key": task.key, "round": task.round, "slot": task.slot, "reason": reason.strip()},
    )
    outbox.send(session, case.id, "task_closed", TaskClosed(task_id=str(task.id), outcome=OVERDUE))
    seat, _, attempt = task.slot.partition(".")
    return {"seat": int(seat), "attempt": int(attempt or 1), "slot": task.slot, "round": task.round}


def _replaceable(case: Case, task: TaskRow) -> None:
    if task.key not in SEATS:
        raise Conflict(
            Text(
                "Only experts who are invited or write an opinion can be replaced.",
                "只能更换尚未答复邀请或尚未提交意见的专家。",
            ),
            "changed",
        )
    if case.suspended_at is not None:
        raise Conflict(Text("The case is suspended.", "本件已中止办理，恢复后方可更换专家。"), "suspended")
