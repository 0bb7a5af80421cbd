"""The row of a task, locked and open, and the small changes every act on it shares."""

from sqlmodel import Session

from models.tables import Case, TaskRow
from models.vocabulary.errors import Conflict, NotAllowed
from models.vocabulary.statuses import ENDS, CaseStatus, TaskState
from models.vocabulary.text import Text
from services import clock, holders
from services.access import Actor, open_task_for, task_for


def case_of(session: Session, task: TaskRow) -> Case:
    """The task's case."""
    return session.get_one(Case, task.case_id)


def hand_to(task: TaskRow, user_id: int) -> None:
    """Put the task into somebody's hands."""
    task.assignee_id, task.claimed_at, task.state = user_id, clock.now(), TaskState.CLAIMED.value
    task.version += 1


def started(session: Session, task: TaskRow) -> None:
    """Somebody has begun: the case is under way."""
    case = case_of(session, task)
    if case.status == CaseStatus.SUBMITTED.value:
        case.status = CaseStatus.IN_PROGRESS.value
    case.changed_at = clock.now()


def must(refusal: Text | None) -> None:
    """Raise NotAllowed with the reason, if there is one."""
    if refusal is not None:
        raise NotAllowed(refusal)


def open_task(session: Session, actor: Actor, task_id: object) -> TaskRow:
    """The task, locked and still open; each other state has its own conflict.

    What is closed stays closed, so whoever comes late is told at once: they do not queue for the lock, which the
    course may hold while it makes the documents of the very decision that was first.
    """
    task = open_task_for(session, actor, task_id)  # type: ignore[arg-type]
    if task is None:
        raise _over(session, actor, task_for(session, actor, task_id))  # type: ignore[arg-type]
    if CaseStatus(case_of(session, task).status) in ENDS:
        raise _over(session, actor, task)
    return task


def _over(session: Session, actor: Actor, task: TaskRow) -> Conflict:
    """Nothing can be decided any more: the case has ended, or this step."""
    case = case_of(session, task)
    if CaseStatus(case.status) not in ENDS:
        return holders.ended(session, actor, task)
    return Conflict(
        Text(
            f"Case {case.case_no} has ended; nothing can be decided any more.",
            f"{case.case_no} 已办结，不能再办理其中的事项。",
        ),
        "case_ended",
    )
