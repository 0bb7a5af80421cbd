"""Reminders 催办: at half and at four fifths of a limit, the supervisor at it, administrators after; in office hours (I30)."""

from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ARRAY, ColumnElement, DateTime, case, func, literal
from sqlmodel import Session, and_, col, or_, select

from models.tables import Case, Deadline, TaskRow
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from services import absences, audit, calendar, clock, deadlines, escalation, notifications
from services.access import spec_of
from services.calendar import Calendar, DemonstrationClock, WorkingCalendar
from services.counting import day_of, end_of
from services.escalation import FOUR_FIFTHS, HALF, LAST, OVER

#: Percent of the working time at which somebody is told.
RUNGS = (FOUR_FIFTHS, HALF)
#: Budgets of more working days than this are looked at in every round.
LONGEST = 200
DAY = timedelta(days=1)


def sweep(session: Session, most: int | None = None) -> int:
    """Tell whoever has to act, or has to step in; returns how many tasks somebody was told of.

    Each rung is told once; the silence of the night, weekends and holidays is kept. Several may run at once.

    Args:
        most: stop after so many tasks. Each stays locked until the transaction ends, and people decide meanwhile:
            the edge commits after a few and calls again.
    """
    by, now = calendar.current(session), clock.now()
    absences.begin_due(session)
    if not by.is_office_time(now):
        return 0
    climbed = (1 for task, row in _candidates(session, by, now) if _climb(session, task, row, by, now))
    return sum(islice(climbed, most))


def _candidates(session: Session, by: Calendar, now: datetime) -> list[tuple[TaskRow, Deadline]]:
    """Open tasks whose clock runs and that may have a rung to climb, oldest end first.

    Those whose next rung cannot have been reached yet are left where they are: a round takes as long as there is
    somebody to tell, not as there are open tasks.
    """
    told = col(TaskRow.reminded)
    climbing = or_(
        and_(told < FOUR_FIFTHS, or_(col(TaskRow.due_at) <= now, _may_have_come(by, now))),
        and_(col(Deadline.extensions) != [], told > 0),  # a longer limit leads down the ladder again
        and_(told < OVER, col(TaskRow.due_at) <= now),
        and_(told < LAST, col(TaskRow.due_at) <= now - _day(by) * (escalation.GRACE - 1)),
    )
    query = (
        select(TaskRow, Deadline)
        .join(Deadline, col(Deadline.task_id) == col(TaskRow.id))
        .where(
            col(TaskRow.state).in_([s.value for s in OPEN_STATES]), col(TaskRow.due_at).is_not(None), climbing
        )
        .order_by(col(TaskRow.due_at))
    )
    return list(session.exec(query).all())


def _day(by: Calendar) -> timedelta:
    return by.length if isinstance(by, DemonstrationClock) else DAY


def _may_have_come(by: Calendar, now: datetime) -> ColumnElement[bool]:
    """So much time has passed since the clock started that the next rung may be reached; pauses only make it later."""
    percent = case((col(TaskRow.reminded) < HALF, HALF), else_=FOUR_FIFTHS)
    if isinstance(by, DemonstrationClock):
        passed = col(Deadline.budget) * percent / literal(100.0) * literal(by.length)
        return col(Deadline.anchor_at) <= literal(now) - passed
    days = func.ceil(col(Deadline.budget) * percent / literal(100.0))
    starts = literal(_latest_starts(by, now), ARRAY(DateTime(timezone=True)))
    counted = LONGEST - func.width_bucket(col(Deadline.anchor_at), starts)
    return or_(
        and_(col(Deadline.unit) == "wd", or_(counted >= days, days > LONGEST)),
        and_(col(Deadline.unit) != "wd", col(Deadline.anchor_at) <= literal(now) - (days - 1) * literal(DAY)),
    )


def _latest_starts(by: WorkingCalendar, now: datetime) -> list[datetime]:
    """Of the n-th from the end: a clock that started before it has n working days behind it by the end of today."""
    day, found = day_of(now), list[datetime]()
    while len(found) < LONGEST:
        if by.is_working(day):
            found.append(end_of(day - DAY))
        day -= DAY
    return found[::-1]


def rung(task: TaskRow, row: Deadline, by: Calendar, now: datetime) -> int:
    """The percent that has been reached: 0, 50, 80, 100, or 150 some working days after the limit.

    A task that was put aside is not nagged about, but its limit runs, so its end is still told of.
    A task whose silence has an outcome is closed at its end, not escalated. Both stay where they are.
    """
    if row.due_at is not None and now >= row.due_at:
        if spec_of(task).lapses:
            return task.reminded
        return LAST if now >= escalation.last_rung(row.due_at, by) else OVER
    if _is_held(task, now):
        return task.reminded
    percent = by.share(row.anchor_at, row.budget, deadlines.pauses_of(row), now, row.unit) * 100
    return next((step for step in RUNGS if percent >= step), 0)


def _is_held(task: TaskRow, now: datetime) -> bool:
    return bool(task.hold_reason) and (task.held_until is None or task.held_until > now)


def _climb(session: Session, task: TaskRow, row: Deadline, by: Calendar, now: datetime) -> bool:
    """Go up to the rung reached; after an extension down to it, so that the new end is told of again."""
    reached = rung(task, row, by, now)
    if reached == task.reminded or (reached < task.reminded and not row.extensions):
        return False
    case = _lock(session, task)
    if case is None or task.reminded == reached:
        return False
    higher = reached > task.reminded
    task.reminded = reached
    if higher:
        _tell(session, case, task, row, reached, deadlines.label(row.due_at, now, by))
    session.flush()
    return higher


def _lock(session: Session, task: TaskRow) -> Case | None:
    """Case and task, locked and read anew; None if somebody is at work on them: the next round will see."""
    case = session.exec(select(Case).where(Case.id == task.case_id).with_for_update(skip_locked=True)).first()
    fresh = session.exec(
        select(TaskRow)
        .where(TaskRow.id == task.id, col(TaskRow.state).in_([s.value for s in OPEN_STATES]))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()
    return case if fresh is not None and fresh.due_at is not None else None


def _tell(session: Session, case: Case, task: TaskRow, row: Deadline, reached: int, left: Text) -> None:
    key = f"task:{task.id}:limit:{row.budget}:{reached}"
    title = notifications.title_of(session, task)
    text = Text(
        f"{case.case_no}: “{title.en}” — {left.en}", f"{case.case_no}：“{title.zh}”{left.zh}，请抓紧办理。"
    )
    link = notifications.task_link(case, task)
    notifications.notify(
        session,
        user_ids=notifications.recipients(session, task),
        kind="reminder",
        dedupe=key,
        text=text,
        case=case,
        task=task,
        link=link,
    )
    if reached >= OVER:
        _escalate(session, case, task, key, left, reached)
    audit.record(
        session,
        Event.TASK_ESCALATED if reached >= OVER else Event.TASK_REMINDED,
        case=case,
        task=task,
        data={"key": task.key, "percent": reached, "text": _sentence(title, left)},
    )


def _escalate(session: Session, case: Case, task: TaskRow, key: str, left: Text, reached: int) -> None:
    """The supervisors are told; of their own tasks, and when days have passed since, the administrators."""
    title = notifications.title_of(session, task)
    chiefs_own = task.role == Role.SUPERVISOR.value
    above = Role.ADMIN if chiefs_own or reached == LAST else Role.SUPERVISOR
    text = Text(
        f"{case.case_no}: “{title.en}” — {left.en}. Please step in: remind, reassign or extend.",
        f"{case.case_no}：“{title.zh}”{left.zh}，请督办：可催办、改派或延长期限。",
    )
    notifications.notify_role(
        session,
        above,
        kind="escalation",
        dedupe=f"{key}:above",
        text=text,
        case=case,
        task=task,
        link=f"/tasks/{task.id}",
        mail=False,
    )


def _sentence(title: Text, left: Text) -> dict[str, str]:
    return {"en": f"“{title.en}”: {left.en}", "zh": f"“{title.zh}”{left.zh}"}
