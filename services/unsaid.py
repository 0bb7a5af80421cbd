"""Rows that hold what nobody said: a state, holder, answer or end that the trail does not tell of. Changes nothing.

The trail, the submissions and the reservations cannot be changed by the program; what they give is right.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, exists, null, or_
from sqlalchemy import select as wide
from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, EngineTrouble, Outbox, Submission, TaskRow, User
from models.vocabulary.events import Event
from models.vocabulary.roles import FILERS
from models.vocabulary.statuses import ENDS, OFFICE_STATUS_TITLES, OPEN_STATES, CaseStatus, TaskState
from services import clock, troubles
from services.troubles import Trouble

#: What the engine settles within seconds by itself is no disagreement.
SETTLED = timedelta(seconds=30)
LATELY = timedelta(days=2)
MOST = 200
ANSWERED = (Event.TASK_COMPLETED.value, Event.TASK_OVERRIDDEN.value, Event.TASK_OVERDUE.value)
CANCELLED = Event.TASK_CANCELLED.value
ENDED = (Event.CASE_ENDED.value, Event.CASE_WITHDRAWN.value)
#: Acts that put a task into somebody's hands, or take it out.
HANDED = tuple(
    e.value
    for e in (
        Event.TASK_CLAIMED,
        Event.TASK_RELEASED,
        Event.TASK_DELEGATED,
        Event.TASK_REASSIGNED,
        Event.TASK_SUBSTITUTED,
    )
)
_ENDS = [s.value for s in ENDS]
_OPEN = [s.value for s in OPEN_STATES]
_FILERS = sorted(r.value for r in FILERS)


def found(session: Session) -> list[Trouble]:
    """Every such row, at most so many of each kind; a statement a kind."""
    return [
        *_open_again(session),
        *_other_answers(session),
        *_other_holders(session),
        *_other_statuses(session),
        *_ends_undone(session),
        *_other_ends(session),
    ]


def _troubles(session: Session, query: Any, what: str, message: str) -> list[Trouble]:
    ids = session.execute(query.distinct().limit(MOST)).scalars()
    return [Trouble(i, troubles.DISAGREE, what, message) for i in ids]


def _newest(column: Any, *where: ColumnElement[bool]) -> ScalarSelect[Any]:
    """A column of the newest event of those; looked up row by row along an index.

    The row is named: a query within a query would otherwise look among the events of every task.
    """
    query = wide(column).where(*where).order_by(col(AuditEvent.seq).desc()).limit(1)
    return query.correlate(TaskRow, Case).scalar_subquery()


def _open_again(session: Session) -> list[Trouble]:
    """Asked of somebody again, though the trail has the answer."""
    said = _newest(
        col(AuditEvent.id),
        col(AuditEvent.task_id) == col(TaskRow.id),
        col(AuditEvent.event).in_([*ANSWERED, CANCELLED]),
    )
    query = wide(col(TaskRow.case_id)).where(col(TaskRow.state).in_(_OPEN), said.is_not(None))
    return _troubles(session, query, "open_again", "事项已有办理记录，却又处于待办（事项状态被直接改动）")


def _other_answers(session: Session) -> list[Trouble]:
    """The outcome of a task closed lately is not the one that was submitted."""
    query = (
        wide(col(TaskRow.case_id))
        .join(Submission, col(Submission.task_id) == col(TaskRow.id))
        .where(
            col(TaskRow.state) == TaskState.DONE.value,
            or_(col(TaskRow.closed_at).is_(None), col(TaskRow.closed_at) > clock.now() - LATELY),
            col(TaskRow.outcome).is_distinct_from(col(Submission.outcome)),
        )
    )
    return _troubles(session, query, "other_answer", "事项结论与提交的办理意见不一致（结论被直接改动）")


def expected_holder() -> ColumnElement[Any]:
    """The user the trail gives an open task to, as SQL; of a stand-in's task the row itself is believed."""
    mine = (col(AuditEvent.task_id) == col(TaskRow.id), col(AuditEvent.event).in_(HANDED))
    event, by = _newest(col(AuditEvent.event), *mine), _newest(col(AuditEvent.user_id), *mine)
    name = _newest(col(AuditEvent.data)["to"].astext, *mine)
    to = wide(col(User.id)).where(col(User.username) == name).scalar_subquery()
    return case(
        (event == Event.TASK_CLAIMED.value, by),
        (event.in_([Event.TASK_DELEGATED.value, Event.TASK_REASSIGNED.value]), to),
        (event == Event.TASK_SUBSTITUTED.value, col(TaskRow.assignee_id)),
        else_=null(),
    )


def of_a_group() -> tuple[ColumnElement[bool], ...]:
    """Open tasks that people take and hand on: reserved ones and those of filers belong to one from the start."""
    return (
        col(TaskRow.state).in_(_OPEN),
        col(TaskRow.reserved_for).is_(None),
        col(TaskRow.role).not_in(_FILERS),
    )


def _other_holders(session: Session) -> list[Trouble]:
    query = wide(col(TaskRow.case_id)).where(
        *of_a_group(), col(TaskRow.assignee_id).is_distinct_from(expected_holder())
    )
    return _troubles(session, query, "other_holder", "事项承办人与领取、改派记录不一致（承办人被直接改动）")


def _other_statuses(session: Session) -> list[Trouble]:
    """The status is not what open tasks and a suspension give; courses that are catching up are left alone."""
    asked = exists().where(
        col(TaskRow.case_id) == col(Case.id),
        col(TaskRow.state).in_(_OPEN),
        col(TaskRow.role).in_(_FILERS),
        col(TaskRow.void_at).is_(None),
    )
    status, waiting = col(Case.status), CaseStatus.WAITING_APPLICANT.value
    stopped = col(Case.suspended_at).is_not(None)
    wrong = or_(
        stopped != (status == CaseStatus.SUSPENDED.value),
        and_(~stopped, asked != (status == waiting)),
    )
    busy = or_(
        exists().where(col(Outbox.case_id) == col(Case.id)),
        exists().where(col(EngineTrouble.case_id) == col(Case.id), col(EngineTrouble.kind) != "disagree"),
    )
    query = (
        wide(col(Case.id), status)
        .where(
            status.not_in([*_ENDS, CaseStatus.DRAFT.value]),
            col(Case.changed_at) < clock.now() - SETTLED,
            wrong,
            ~busy,
        )
        .limit(MOST)
    )
    return [
        Trouble(i, troubles.DISAGREE, "other_status", f"状态“{_title(now)}”与待办事项和中止记录不符（状态被直接改动）")
        for i, now in session.execute(query)
    ]  # fmt: skip


def _title(status: str) -> str:
    return OFFICE_STATUS_TITLES[CaseStatus(status)].zh if status in set(CaseStatus) else status


def end_of(column: Any) -> ScalarSelect[Any]:
    """A column of the event that ended a case; NULL for one that nobody ended."""
    return _newest(column, col(AuditEvent.case_id) == col(Case.id), col(AuditEvent.event).in_(ENDED))


def ended(session: Session, row: Case) -> bool:
    """Has somebody ended the case, whatever its row says?"""
    said = (AuditEvent.case_id == row.id, col(AuditEvent.event).in_(ENDED))
    return session.exec(select(AuditEvent.id).where(*said).limit(1)).first() is not None


def _ends_undone(session: Session) -> list[Trouble]:
    """The trail has the end, the row goes on (I18: an end has no exit)."""
    going = col(Case.status).not_in([*_ENDS, CaseStatus.DRAFT.value])
    query = select(Case.id).where(going, end_of(col(AuditEvent.id)).is_not(None))
    return _troubles(session, query, "end_undone", "案卷中有办结记录，状态却为在办（状态被直接改动）")


def _other_ends(session: Session) -> list[Trouble]:
    """Ended lately, and otherwise than the trail says."""
    result = end_of(col(AuditEvent.data)["result"].astext)
    query = select(Case.id, Case.status).where(
        col(Case.status).in_(_ENDS),
        or_(col(Case.ended_at).is_(None), col(Case.ended_at) > clock.now() - LATELY),
        result.is_not(None),
        result != col(Case.status),
    )
    return [
        Trouble(
            i, troubles.DISAGREE, "other_end", f"办结结果“{_title(now)}”与办结记录不一致（状态被直接改动）"
        )
        for i, now in session.exec(query.limit(MOST))
    ]
