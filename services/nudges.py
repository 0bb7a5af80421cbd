"""Waking a case whose course stands still: what the engine did not hear is told again. Decides nothing."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.tables import Outbox, TaskRow
from models.vocabulary.errors import Conflict
from models.vocabulary.events import Event
from models.vocabulary.facts import TaskClosed
from models.vocabulary.statuses import ENDS, CaseStatus, TaskState
from models.vocabulary.text import Text
from services import audit, clock, outbox
from services.access import Actor, case_for

CLOSED = (TaskState.DONE.value, TaskState.OVERDUE.value)


@dataclass(frozen=True)
class Nudge:
    """What was sent again."""

    resent: int
    text: Text


def nudge(session: Session, actor: Actor, case_no: str) -> Nudge:
    """Ring the course of a case again.

    Undelivered and dead messages are offered to the engine at once, and every answer is told once more:
    facts are taken in by task id, so telling one twice is telling it once. Raises Conflict for drafts and ended cases.
    """
    case = case_for(session, actor, case_no, lock=True)
    if case.status == CaseStatus.DRAFT.value or CaseStatus(case.status) in ENDS:
        raise Conflict(
            Text(
                f"{case_no} is not under way; there is nothing to wake.", f"{case_no} 不在办理中，无需唤起。"
            ),
            "case_ended",
        )
    stuck = list(session.exec(select(Outbox).where(Outbox.case_id == case.id)))
    for row in stuck:
        row.dead, row.lease_until, row.last_error = False, clock.now(), ""
    outbox.send(session, case.id, "start")
    for task in session.exec(
        select(TaskRow)
        .where(TaskRow.case_id == case.id, col(TaskRow.state).in_(CLOSED))
        .order_by(col(TaskRow.closed_at))
    ):
        outbox.send(
            session, case.id, "task_closed", TaskClosed(task_id=str(task.id), outcome=task.outcome or "")
        )
    audit.record(
        session,
        Event.TASK_REMINDED,
        case=case,
        actor=actor,
        data={
            "what": "engine",
            "resent": len(stuck),
            "text": {
                "zh": "重新唤起流程，重发未送达消息",
                "en": "Course woken, undelivered messages sent again",
            },
        },
    )
    return Nudge(
        len(stuck),
        Text(
            f"The engine was rung again; {len(stuck)} undelivered message(s) were sent anew. The result shows on the case within seconds.",
            f"已重新通知流程引擎，并重发 {len(stuck)} 条未送达消息，结果将在数秒内显示于办件页面。",
        ),
    )
