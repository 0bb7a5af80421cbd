"""Rows that somebody changed past the program are brought back to what the trail and the ledgers say. Decides nothing."""

from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, Deadline, TaskRow
from models.vocabulary.errors import Conflict
from models.vocabulary.events import Event
from models.vocabulary.statuses import ENDS, OPEN_STATES, CaseStatus, TaskState
from models.vocabulary.text import Text
from services import calendar, clock, course, deadlines, disagreements
from services.cases import tell_deadlines

_ANSWERS = (Event.TASK_COMPLETED.value, Event.TASK_OVERRIDDEN.value, Event.TASK_OVERDUE.value)
_ENDED = (Event.CASE_ENDED.value, Event.CASE_WITHDRAWN.value)


def restore(session: Session, case: Case) -> list[str]:
    """Bring the rows of a case back in line: end, stage, tasks, limits. The caller holds the case's lock.

    Returns:
        What was put right, as the names of the disagreements.

    Raises:
        Conflict: nothing disagrees, or what disagrees cannot be told from the trail.
    """
    mended = [
        *(["ended_without_event"] if _end(session, case) else []),
        *(["stage_not_entered"] if _stage(session, case) else []),
        *(["closed_without_answer"] if _tasks(session, case) else []),
        *(["limit_not_of_ledger"] if _limits(session, case) else []),
    ]
    if not mended:
        raise Conflict(
            Text(
                "The rows agree with the trail; there is nothing to restore.",
                "案卷数据与办理记录一致，无需恢复。",
            ),
            "changed",
        )
    session.flush()
    if CaseStatus(case.status) not in ENDS:
        course.settle_status(session, case)
        tell_deadlines(session, case)
    return mended


def _events(session: Session, case: Case, names: tuple[str, ...]) -> list[AuditEvent]:
    return list(
        session.exec(
            select(AuditEvent)
            .where(AuditEvent.case_id == case.id, col(AuditEvent.event).in_(names))
            .order_by(col(AuditEvent.seq))
        )
    )


def _end(session: Session, case: Case) -> bool:
    """Ended according to the row, and nobody ended it: it goes on."""
    if CaseStatus(case.status) not in ENDS or _events(session, case, _ENDED):
        return False
    case.status, case.ended_at, case.changed_at = CaseStatus.IN_PROGRESS.value, None, clock.now()
    return True


def _stage(session: Session, case: Case) -> bool:
    entered = _events(session, case, (Event.STAGE_ENTERED.value,))
    if not entered or entered[-1].stage == case.stage:
        return False
    case.stage, case.stage_since, case.changed_at = entered[-1].stage, entered[-1].at, clock.now()
    return True


def _tasks(session: Session, case: Case) -> bool:
    """Closed as answered, and nobody answered: open again."""
    answered = {e.task_id for e in _events(session, case, _ANSWERS)}
    closed = (TaskState.DONE.value, TaskState.OVERDUE.value)
    rows = session.exec(
        select(TaskRow).where(TaskRow.case_id == case.id, col(TaskRow.state).in_(closed)).with_for_update()
    ).all()
    wrong = [t for t in rows if t.id not in answered]
    for task in wrong:
        task.state = (TaskState.CLAIMED if task.assignee_id else TaskState.OPEN).value
        task.outcome, task.closed_at, task.closed_by = None, None, None
        task.version += 1
    return bool(wrong)


def _limits(session: Session, case: Case) -> bool:
    """A limit is what its ledger gives."""
    by = calendar.current(session)
    query = (
        select(TaskRow, Deadline)
        .join(Deadline, col(Deadline.task_id) == col(TaskRow.id))
        .where(
            TaskRow.case_id == case.id,
            col(TaskRow.state).in_([s.value for s in OPEN_STATES]),
            col(TaskRow.due_at).is_distinct_from(col(Deadline.due_at)),
        )
    )
    rows = session.exec(query).all()
    for task, ledger in rows:
        ledger.due_at = deadlines.due_of(ledger, by)
        task.due_at = ledger.due_at
        task.version += 1
    return bool(rows)


def still_wrong(session: Session, case: Case) -> list[str]:
    """What of the case still disagrees, in words."""
    return [t.message for t in disagreements.found(session) if t.case_id == case.id]
