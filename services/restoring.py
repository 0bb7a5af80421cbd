"""Rows that somebody changed past the program are brought back to what the trail and the ledgers say. Decides nothing."""

from sqlalchemy import select as wide
from sqlmodel import Session, col, delete, select

from models.tables import AuditEvent, Case, Deadline, Outbox, Submission, TaskRow
from models.vocabulary.errors import Conflict
from models.vocabulary.events import Event
from models.vocabulary.specs import OVERDUE
from models.vocabulary.statuses import ENDS, OPEN_STATES, CaseStatus, TaskState
from models.vocabulary.text import Text
from services import calendar, cases, clock, deadlines, disagreements, turn, unsaid
from services.cases import tell_deadlines

_ANSWERS = (*unsaid.ANSWERED, unsaid.CANCELLED)
_ENDED = unsaid.ENDED


def restore(session: Session, case: Case) -> list[str]:
    """Bring the rows of a case back in line: end, stage, tasks, limits. The caller holds the case's lock.

    Returns:
        What was put right, as the names of the disagreements.

    Raises:
        Conflict: nothing disagrees, or what disagrees cannot be told from the trail.
    """
    mended = [
        *(["ended_without_event"] if _end(session, case) else []),
        *_ended(session, case),
        *(["stage_not_entered"] if _stage(session, case) else []),
        *(["closed_without_answer"] if _tasks(session, case) else []),
        *(["open_again"] if _closed(session, case) else []),
        *(["other_answer"] if _answers(session, case) else []),
        *(["other_holder"] if _holders(session, case) else []),
        *(["limit_not_of_ledger"] if _limits(session, case) else []),
        *(["other_status"] if _status(session, case) else []),
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
        turn.settle_status(session, case)
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
    closed = (TaskState.DONE.value, TaskState.OVERDUE.value, TaskState.CANCELLED.value)
    rows = session.exec(
        select(TaskRow).where(TaskRow.case_id == case.id, col(TaskRow.state).in_(closed)).with_for_update()
    ).all()
    wrong = [t for t in rows if t.id not in answered]
    for task in wrong:
        task.state = (TaskState.CLAIMED if task.assignee_id else TaskState.OPEN).value
        task.outcome, task.closed_at, task.closed_by = None, None, None
        task.version += 1
    return bool(wrong)


def _ended(session: Session, case: Case) -> list[str]:
    """Ended by somebody, and the row goes on or tells another end."""
    said = _events(session, case, _ENDED)
    result = str(said[-1].data.get("result", "")) if said else ""
    if result not in set(CaseStatus) or case.status == result:
        return []
    name = "other_end" if CaseStatus(case.status) in ENDS else "end_undone"
    case.status, case.ended_at, case.changed_at = result, said[-1].at, clock.now()
    cases.cancel_tasks(session, case)
    session.exec(delete(Outbox).where(col(Outbox.case_id) == case.id))  # nobody is left to hear them
    return [name]


def _closed(session: Session, case: Case) -> bool:
    """Open, and the trail has the answer or the cancelling: closed as it was."""
    last = {e.task_id: e for e in _events(session, case, _ANSWERS)}
    wrong = [t for t in cases.open_tasks(session, case.id) if t.id in last]
    for task in wrong:
        said = last[task.id]
        task.state = _STATES.get(said.event, TaskState.DONE).value
        task.closed_at, task.closed_by = said.at, said.user_id
        answer = session.exec(select(Submission.outcome).where(Submission.task_id == task.id)).first()
        task.outcome = answer or (OVERDUE if task.state == TaskState.OVERDUE.value else None)
        task.version += 1
    return bool(wrong)


_STATES = {Event.TASK_OVERDUE.value: TaskState.OVERDUE, unsaid.CANCELLED: TaskState.CANCELLED}


def _answers(session: Session, case: Case) -> bool:
    """The outcome of a task is the one that was submitted."""
    rows = session.exec(
        select(TaskRow, Submission.outcome)
        .join(Submission, col(Submission.task_id) == col(TaskRow.id))
        .where(
            TaskRow.case_id == case.id,
            TaskRow.state == TaskState.DONE.value,
            col(TaskRow.outcome).is_distinct_from(col(Submission.outcome)),
        )
    ).all()
    for task, outcome in rows:
        task.outcome = outcome
        task.version += 1
    return bool(rows)


def _holders(session: Session, case: Case) -> bool:
    """Whoever took the task, or was given it last, has it."""
    session.flush()
    holder = unsaid.expected_holder()
    rows = session.execute(
        wide(TaskRow, holder).where(
            *unsaid.of_a_group(),
            col(TaskRow.case_id) == case.id,
            col(TaskRow.assignee_id).is_distinct_from(holder),
        )
    ).all()
    for task, user_id in rows:
        task.assignee_id = user_id
        task.state = (TaskState.CLAIMED if user_id else TaskState.OPEN).value
        task.claimed_at = (task.claimed_at or clock.now()) if user_id else None
        task.version += 1
    return bool(rows)


def _status(session: Session, case: Case) -> bool:
    """Whose turn it is, and whether it is suspended, decide the status."""
    if CaseStatus(case.status) in ENDS:
        return False
    session.flush()
    before, suspended = case.status, CaseStatus.SUSPENDED.value
    if case.suspended_at is not None:
        case.status = suspended
    elif case.status == suspended:
        case.status = CaseStatus.IN_PROGRESS.value
    turn.settle_status(session, case)
    return case.status != before


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
