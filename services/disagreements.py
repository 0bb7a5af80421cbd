"""Rows that do not fit one another: somebody changed them behind the back of the program. Each is named."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy import select as wide
from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, Deadline, Notice, Outbox, TaskRow
from models.vocabulary.events import Event
from models.vocabulary.statuses import ENDS, OPEN_STATES, CaseStatus, TaskState
from services import clock, troubles, unsaid
from services.troubles import Trouble

#: What is settled within seconds by the program itself is no disagreement.
SETTLED = timedelta(seconds=30)
MOST = 200
_ENDED = [s.value for s in ENDS]
_OPEN = [s.value for s in OPEN_STATES]


def found(session: Session) -> list[Trouble]:
    """Every disagreement, at most so many of each kind. One statement a kind, whatever the number of cases.

    What may disagree is picked first and each of it looked up in the trail: looked for every few seconds, this must
    cost as much as there are open tasks and cases, not as there ever were.
    """
    return [
        *_open_tasks_of_ended_cases(session),
        *_ended_without_event(session),
        *_tasks_without_audit(session),
        *_ends_that_moved(session),
        *_publicity_over(session),
        *_stage_not_entered(session),
        *unsaid.found(session),
    ]


def _trouble(case_id: object, what: str, message: str) -> Trouble:
    return Trouble(case_id, troubles.DISAGREE, what, message)  # type: ignore[arg-type]


def _unsaid(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    """No such event: looked up row by row, because the database would rather read all events of the kind."""
    return select(AuditEvent.id).where(*where).limit(1).scalar_subquery().is_(None)


def _open_tasks() -> Any:
    """What is asked of somebody now; kept apart, so that it is not looked for among all tasks there were."""
    columns: tuple[Any, ...] = (
        col(TaskRow.id).label("id"),
        col(TaskRow.case_id).label("case_id"),
        col(TaskRow.due_at).label("due_at"),
    )
    return wide(*columns).where(col(TaskRow.state).in_(_OPEN)).cte("open_task").prefix_with("materialized")


def _open_tasks_of_ended_cases(session: Session) -> list[Trouble]:
    task = _open_tasks()
    ended = select(Case.status).where(col(Case.id) == task.c.case_id).scalar_subquery().in_(_ENDED)
    query = wide(task.c.case_id).where(ended).distinct().limit(MOST)
    return [
        _trouble(i, "open_task_of_ended_case", "办件已办结，却仍有未关闭的事项")
        for i in session.execute(query).scalars()
    ]


def _ended_without_event(session: Session) -> list[Trouble]:
    """A status that says "ended", and no event that says who ended it."""
    unsaid = _unsaid(
        col(AuditEvent.case_id) == col(Case.id),
        col(AuditEvent.event).in_([Event.CASE_ENDED.value, Event.CASE_WITHDRAWN.value]),
    )
    recent = or_(col(Case.ended_at).is_(None), col(Case.ended_at) > clock.now() - timedelta(days=2))
    query = select(Case.id).where(col(Case.status).in_(_ENDED), recent, unsaid).limit(MOST)
    return [
        _trouble(i, "ended_without_event", "状态为已办结，但案卷中没有任何办结记录")
        for i in session.exec(query)
    ]


def _tasks_without_audit(session: Session) -> list[Trouble]:
    """Closed as done lately, and nobody's answer is on record."""
    unsaid = _unsaid(
        col(AuditEvent.task_id) == col(TaskRow.id),
        col(AuditEvent.event).in_(
            [
                Event.TASK_COMPLETED.value,
                Event.TASK_OVERRIDDEN.value,
                Event.TASK_OVERDUE.value,
                Event.TASK_CANCELLED.value,
            ]
        ),
    )
    closed = and_(
        col(TaskRow.state).in_([TaskState.DONE.value, TaskState.OVERDUE.value, TaskState.CANCELLED.value]),
        or_(col(TaskRow.closed_at).is_(None), col(TaskRow.closed_at) > clock.now() - timedelta(days=2)),
    )
    lately = (
        wide(col(TaskRow.case_id).label("case_id"))
        .where(closed, unsaid)
        .cte("lately")
        .prefix_with("materialized")
    )
    query = wide(lately.c.case_id).distinct().limit(MOST)
    return [
        _trouble(i, "closed_without_answer", "事项已关闭，但没有办理或取消记录（事项状态被直接改动）")
        for i in session.execute(query).scalars()
    ]


def _ends_that_moved(session: Session) -> list[Trouble]:
    """The end a task shows is not the end its ledger gives."""
    task = _open_tasks()
    query = (
        wide(task.c.case_id)
        .join(Deadline, col(Deadline.task_id) == task.c.id)
        .where(task.c.due_at.is_distinct_from(col(Deadline.due_at)))
        .distinct()
        .limit(MOST)
    )
    return [
        _trouble(i, "limit_not_of_ledger", "事项期限与期限台账不一致（期限被直接改动）")
        for i in session.execute(query).scalars()
    ]


def _publicity_over(session: Session) -> list[Trouble]:
    query = (
        select(Notice.case_id)
        .join(Case, col(Case.id) == col(Notice.case_id))
        .where(
            Notice.state == "open",
            col(Notice.closes_at) < clock.now() - SETTLED,
            col(Case.suspended_at).is_(None),
        )
        .limit(MOST)
    )
    return [_trouble(i, "publicity_over", "公示期已届满，流程尚未继续") for i in session.exec(query)]


def _stage_not_entered(session: Session) -> list[Trouble]:
    """A stage or a status under way that no event tells of."""
    unsaid = _unsaid(
        col(AuditEvent.case_id) == col(Case.id),
        col(AuditEvent.event) == Event.STAGE_ENTERED.value,
        col(AuditEvent.stage) == col(Case.stage),
    )
    working = col(Case.status).not_in([*_ENDED, CaseStatus.DRAFT.value])
    waiting = exists().where(col(Outbox.case_id) == col(Case.id))
    query = select(Case.id).where(working, Case.stage != "", unsaid, ~waiting).limit(MOST)
    return [
        _trouble(i, "stage_not_entered", "所处环节与办理记录不符（环节被直接改动）")
        for i in session.exec(query)
    ]
