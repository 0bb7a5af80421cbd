"""The conditions of the task lists, each in one place: queues, filters, what "on hold" means."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, exists, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models.tables import AuditEvent, Case, Objection, Submission, TaskRow, User
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import FILERS, OVERSIGHT, STAFF, Role
from models.vocabulary.statuses import OPEN_STATES, TaskState
from models.vocabulary.text import Text
from services import access, calendar, clock
from services.access import Actor
from services.reading.filters import DUE_TITLES, MARK_TITLES, Filters, Queue

#: "Recent changes" looks back so far.
RECENT = timedelta(days=30)
#: Events that tell a colleague something; claims and drafts of others do not.
TELLING = [
    e.value
    for e in (
        Event.CASE_WITHDRAWN,
        Event.CASE_SUSPENDED,
        Event.CASE_RESUMED,
        Event.CASE_ENDED,
        Event.STAGE_ENTERED,
        Event.TASK_COMPLETED,
        Event.TASK_OVERRIDDEN,
        Event.TASK_OVERDUE,
        Event.TASK_REASSIGNED,
        Event.TASK_DELEGATED,
        Event.DEADLINE_EXTENDED,
        Event.EXTENSION_ASKED,
        Event.PANEL_DRAWN,
        Event.PANEL_REPLACED,
        Event.NOTICE_PUBLISHED,
        Event.NOTICE_CLOSED,
        Event.OBJECTION_RECEIVED,
        Event.PROJECT_PUBLISHED,
    )
]

_filer_roles = [r.value for r in FILERS]


def is_open() -> ColumnElement[bool]:
    """Claimable or in hand."""
    return col(TaskRow.state).in_([s.value for s in OPEN_STATES])


def in_queue(actor: Actor, queue: Queue) -> ColumnElement[bool]:
    """The tasks under a tab for this person, for statements that join their cases. Nothing where the tab is not theirs."""
    made: ColumnElement[bool] = _QUEUES[queue](actor)
    return made


def _inbox(actor: Actor) -> ColumnElement[bool]:
    mine = or_(
        col(TaskRow.assignee_id) == actor.user_id,
        col(TaskRow.reserved_for) == actor.user_id,
        _of_party(actor),
    )
    return and_(is_open(), mine)


def _of_party(actor: Actor) -> ColumnElement[bool]:
    """Asked of the person's own organisation: any colleague may answer."""
    if actor.party_id is None or not actor.roles:
        return false()
    return and_(
        col(TaskRow.party_id) == actor.party_id,
        col(TaskRow.role).in_(_roles(actor)),
        col(TaskRow.reserved_for).is_(None),
    )


def _claimable(actor: Actor) -> ColumnElement[bool]:
    return and_(
        col(TaskRow.state) == TaskState.OPEN.value,
        col(TaskRow.reserved_for).is_(None),
        col(TaskRow.party_id).is_(None),
        col(TaskRow.role).in_(_roles(actor)),
    )


def _roles(actor: Actor) -> list[str]:
    return sorted(r.value for r in actor.roles)


def _waiting(actor: Actor) -> ColumnElement[bool]:
    """Open tasks of others, in cases where the person has answered one, or that the person has passed on."""
    passed_on = col(TaskRow.delegations).contains([{"from": actor.user_id}])
    others = and_(
        is_open(), or_(col(TaskRow.assignee_id).is_(None), col(TaskRow.assignee_id) != actor.user_id)
    )
    if not actor.is_any(*STAFF):
        return and_(others, passed_on)
    answered = exists().where(
        col(Submission.case_id) == col(TaskRow.case_id), col(Submission.by_user) == actor.user_id
    )
    return and_(others, or_(passed_on, and_(answered, access.sees(actor))), ~_claimable(actor))


def _archive(actor: Actor) -> ColumnElement[bool]:
    return and_(col(TaskRow.closed_by) == actor.user_id, col(TaskRow.state) == TaskState.DONE.value)


def _all(actor: Actor) -> ColumnElement[bool]:
    if not actor.is_any(Role.SUPERVISOR, Role.EXCHANGE, Role.BUREAU, *OVERSIGHT):
        return false()
    return and_(is_open(), access.sees(actor))


_QUEUES: dict[Queue, Any] = {
    Queue.INBOX: _inbox,
    Queue.QUEUE: _claimable,
    Queue.WAITING: _waiting,
    Queue.ARCHIVE: _archive,
    Queue.ALL: _all,
    Queue.RECENT: lambda actor: false(),
}


def held() -> ColumnElement[bool]:
    """On hold still: a date not reached, or an answer not come (pain P10: the answer of day 18 of 30 wakes it)."""
    reason, until = col(TaskRow.hold_reason) != "", col(TaskRow.held_until)
    waits = or_(until > clock.now(), and_(until.is_(None), col(TaskRow.hold_wakes_on_answer)))
    return and_(reason, waits, ~and_(col(TaskRow.hold_wakes_on_answer), _answer_came()))


def _answer_came() -> ColumnElement[bool]:
    """The applicant or the public has written since the task was put aside."""
    since = (
        select(func.max(AuditEvent.at))
        .where(col(AuditEvent.task_id) == col(TaskRow.id), col(AuditEvent.event) == Event.TASK_HELD.value)
        .correlate(TaskRow)
        .scalar_subquery()
    )
    answered = (
        exists()
        .where(
            col(Submission.case_id) == col(TaskRow.case_id),
            col(Submission.role).in_(_filer_roles),
            col(Submission.at) > since,
        )
        .correlate(TaskRow)
    )
    objected = (
        exists()
        .where(col(Objection.case_id) == col(TaskRow.case_id), col(Objection.at) > since)
        .correlate(TaskRow)
    )
    return or_(answered, objected)


def narrowed(
    actor: Actor, filters: Filters, filer: Any, principal: Any, holder: Any
) -> list[ColumnElement[bool]]:
    """The filters as conditions."""
    wanted: list[ColumnElement[bool]] = []
    if filters.procedure:
        wanted.append(col(TaskRow.procedure) == filters.procedure)
    if filters.stage:
        wanted.append(col(Case.stage) == filters.stage)
    if filters.kind:
        wanted.append(col(TaskRow.key) == filters.kind)
    if filters.due:
        wanted.append(_due(filters.due))
    if filters.holder:
        wanted.append(_held_by(actor, filters.holder, holder))
    if filters.mark:
        wanted.append(_marked(filters.mark))
    if filters.q.strip():
        wanted.append(_words(filters.q, filer, principal))
    return wanted


def _due(key: str) -> ColumnElement[bool]:
    due = col(TaskRow.due_at)
    if key not in DUE_TITLES:
        raise Invalid((Problem("due", Text(f"Unknown limit filter “{key}”.", f"没有“{key}”这一期限筛选。")),))
    if key == "overdue":
        return due <= clock.now()
    if key == "none":
        return due.is_(None)
    return and_(due > clock.now(), due <= _until(key))


def _until(key: str) -> datetime:
    """The end of the working day so many days on; "today" is today's midnight in Shanghai."""
    now = clock.now()
    counting = calendar.known()
    if key == "today":
        return (
            calendar.end_of(clock.today().date())
            if isinstance(counting, calendar.WorkingCalendar)
            else counting.due(now, 1)
        )
    return counting.due(now, int(key))


def _held_by(actor: Actor, name: str, holder: Any) -> ColumnElement[bool]:
    if name == "none":
        return col(TaskRow.assignee_id).is_(None)
    if name == "me":
        return col(TaskRow.assignee_id) == actor.user_id
    named: ColumnElement[bool] = holder.username == name
    return named


def _marked(mark: str) -> ColumnElement[bool]:
    if mark not in MARK_TITLES:
        raise Invalid((Problem("mark", Text(f"Unknown mark “{mark}”.", f"没有“{mark}”这一标记。")),))
    objected = exists().where(col(Objection.case_id) == col(TaskRow.case_id)).correlate(TaskRow)
    marks: dict[str, ColumnElement[bool]] = {
        "paused": col(TaskRow.due_at).is_(None),
        "held": held(),
        "again": col(TaskRow.round) > 1,
        "delegated": func.jsonb_array_length(col(TaskRow.delegations)) > 0,
        "extension": func.jsonb_exists(col(TaskRow.extension_asked), "days"),
        "objection": objected,
        "applicant": col(TaskRow.role).in_(_filer_roles),
    }
    return marks[mark]


def _words(q: str, filer: Any, principal: Any) -> ColumnElement[bool]:
    """Every word somewhere in number, title, applicant or principal."""
    return and_(
        *(
            or_(
                *(
                    c.icontains(w, autoescape=True)
                    for c in (col(Case.case_no), col(Case.title), filer.name, principal.name)
                )
            )
            for w in q.split()[:8]
        )
    )


def case_words(filters: Filters, filer: Any) -> ColumnElement[bool]:
    """The filters that make sense for cases."""
    wanted: list[Any] = [true()]
    if filters.procedure:
        wanted.append(col(Case.procedure) == filters.procedure)
    if filters.stage:
        wanted.append(col(Case.stage) == filters.stage)
    wanted += [
        or_(*(c.icontains(w, autoescape=True) for c in (col(Case.case_no), col(Case.title), filer.name)))
        for w in filters.q.split()[:8]
    ]
    return and_(*wanted)


def changes(actor: Actor, filters: Filters) -> tuple[Subquery, Any]:
    """(the newest telling event by others of each case the person had a part in, the alias of who did it)."""
    mine = select(col(TaskRow.case_id)).where(
        or_(col(TaskRow.closed_by) == actor.user_id, col(TaskRow.assignee_id) == actor.user_id)
    )
    if not actor.is_any(*STAFF, *OVERSIGHT):
        mine = mine.where(false())
    known = access.visible_cases(actor).with_only_columns(col(Case.id))
    query = (
        select(AuditEvent)
        .ext(distinct_on(col(AuditEvent.case_id)))
        .where(
            col(AuditEvent.case_id).in_(mine),
            col(AuditEvent.case_id).in_(known),
            col(AuditEvent.event).in_(TELLING),
            col(AuditEvent.at) > clock.now() - RECENT,
            or_(col(AuditEvent.user_id).is_(None), col(AuditEvent.user_id) != actor.user_id),
        )
        .order_by(col(AuditEvent.case_id), col(AuditEvent.id).desc())
    )
    return query.subquery(), aliased(User)


def queues_of(actor: Actor) -> list[Queue]:
    """The tabs this person has."""
    if actor.is_any(*OVERSIGHT) and not actor.is_any(*STAFF):
        return [Queue.ALL]
    tabs = [Queue.INBOX]
    if actor.is_any(*STAFF):
        tabs += [Queue.QUEUE, Queue.WAITING, Queue.RECENT]
    tabs.append(Queue.ARCHIVE)
    if actor.is_any(Role.SUPERVISOR, Role.EXCHANGE, Role.BUREAU):
        tabs.append(Queue.ALL)
    return tabs


def warm(session: Session) -> None:
    """Let the calendar in force be the one the filters count with."""
    calendar.in_force(session)
