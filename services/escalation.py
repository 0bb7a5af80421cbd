"""The ladder of reminders 督办阶梯: half, four fifths, the limit, five working days after it; when each rung is due.

`services.reminders` climbs it; pages show it. A rung that falls outside of office hours is delivered when they open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from models.tables import Case, Deadline, TaskRow, User
from models.vocabulary.roles import ROLE_TITLES, Role
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from services import calendar, clock, deadlines
from services.access import spec_of
from services.counting import Calendar

HALF, FOUR_FIFTHS, OVER, LAST = 50, 80, 100, 150
#: Working days after the limit at which the administrators are told.
GRACE = 5


@dataclass(frozen=True)
class Rung:
    """A step of the ladder.

    Args:
        percent: 50, 80, 100, or 150 for the last one.
        at: when it is told, within office hours; None while the clock stands still.
        state: done | next | later | never.
        why: why it is not told, where it is not.
    """

    percent: int
    title: Text
    who: Text
    at: datetime | None
    state: str
    why: Text | None = None


@dataclass(frozen=True)
class Ladder:
    task: TaskRow
    title: Text
    rungs: tuple[Rung, ...]

    @property
    def next(self) -> Rung | None:
        """The rung to come."""
        return next((r for r in self.rungs if r.state == "next"), None)


_TITLES = {
    HALF: Text("Half of the time is over", "办理时间过半"),
    FOUR_FIFTHS: Text("Four fifths are over", "已用 80% 时间"),
    OVER: Text("Limit passed", "期限届满"),
    LAST: Text(f"{GRACE} working days after it", f"逾期满 {GRACE} 个工作日"),
}


def last_rung(due_at: datetime, by: Calendar) -> datetime:
    """When the administrators are told: so many working days after the limit."""
    if by.demonstration:
        return by.due(due_at, GRACE)
    return by.due(due_at - timedelta(microseconds=1), GRACE)  # the limit ends at 24:00 of its last day


def due_times(row: Deadline, by: Calendar) -> dict[int, datetime]:
    """percent -> the instant the rung is told, moved into office hours. Empty while the clock stands still."""
    if row.due_at is None:
        return {}
    pauses = deadlines.pauses_of(row)
    times = {
        HALF: by.reached(row.anchor_at, row.budget, 0.5, pauses, row.unit),
        FOUR_FIFTHS: by.reached(row.anchor_at, row.budget, 0.8, pauses, row.unit),
        OVER: row.due_at,
        LAST: last_rung(row.due_at, by),
    }
    return {percent: by.next_office_time(at) for percent, at in times.items()}


def ladder(task: TaskRow, row: Deadline, by: Calendar, holder: str = "") -> Ladder:
    """All rungs of a task with their times; the ones told, the next, and why some never come."""
    times, spec = due_times(row, by), spec_of(task)
    steps = [p for p in (HALF, FOUR_FIFTHS, OVER, LAST) if p < OVER or not spec.lapses]
    coming = _coming(task, steps, times, by)
    rungs: list[Rung] = []
    for percent in steps:
        done = task.reminded >= percent
        state = "done" if done else "next" if percent == coming else "later"
        if not done and coming and percent < coming:
            state = "never"
        rungs.append(
            Rung(
                percent,
                _TITLES[percent],
                _who(task, percent, holder),
                times.get(percent),
                state,
                _why(task, percent),
            )
        )
    if spec.lapses and times:
        closes = Text("The step closes by itself", "到期自动关闭")
        rungs.append(Rung(OVER, closes, Text("system", "系统"), row.due_at, "later"))
    return Ladder(task, spec.title, tuple(rungs))


def _coming(task: TaskRow, steps: list[int], times: dict[int, datetime], by: Calendar) -> int:
    """The rung to come, with its time set; 0 = none. Of several that passed untold only the last is told, and soon."""
    left = [p for p in steps if p > task.reminded and p in times]
    passed = [p for p in left if times[p] <= clock.now()]
    if passed:
        times[passed[-1]] = by.next_office_time(clock.now())
        return passed[-1]
    return left[0] if left else 0


def _who(task: TaskRow, percent: int, holder: str) -> Text:
    if percent < OVER:
        role = ROLE_TITLES[Role(task.role)]
        return Text(holder or f"group: {role.en}", holder or f"{role.zh}（全组）")
    if percent == LAST or task.role == Role.SUPERVISOR.value:
        return ROLE_TITLES[Role.ADMIN]
    return ROLE_TITLES[Role.SUPERVISOR]


def _why(task: TaskRow, percent: int) -> Text | None:
    held = bool(task.hold_reason) and (task.held_until is None or task.held_until > clock.now())
    if held and percent < OVER:
        return Text("put aside: not reminded", "事项已搁置，暂不提醒")
    return None


def of_case(session: Session, case: Case) -> list[Ladder]:
    """The ladders of everything the case waits for. One statement and the calendar."""
    return _found(session, col(TaskRow.case_id) == case.id)


def of_task(session: Session, task: TaskRow) -> list[Ladder]:
    """The ladder of one task, none where no limit runs."""
    return _found(session, col(TaskRow.id) == task.id)


def of_tasks(session: Session, tasks: Iterable[TaskRow]) -> dict[UUID, Ladder]:
    """By task, where a limit runs: the ladders of a list, in one statement."""
    wanted = [t.id for t in tasks]
    return {one.task.id: one for one in _found(session, col(TaskRow.id).in_(wanted))} if wanted else {}


def _found(session: Session, which: ColumnElement[bool]) -> list[Ladder]:
    by = calendar.current(session)
    query = (
        select(TaskRow, Deadline, User.name)
        .join(Deadline, col(Deadline.task_id) == col(TaskRow.id))
        .outerjoin(User, col(User.id) == col(TaskRow.assignee_id))
        .where(which, col(TaskRow.state).in_([s.value for s in OPEN_STATES]))
        .order_by(col(TaskRow.due_at))
    )
    return [ladder(task, row, by, name or "") for task, row, name in session.exec(query)]
