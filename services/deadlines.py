"""Deadlines 期限: a ledger of budget, anchor and pauses; the end is derived from it and pinned.

Nothing here commits. Callers hold the lock of the case row. Whoever moves an end by `extend`, `pause_case` or
`resume_case` tells the workflow (`cases.tell_deadlines`); `deadline_moves` tells it itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from models.tables import Case, Deadline, Notice, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotFound, Problem
from models.vocabulary.specs import Task
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from services import calendar, clock, direct, limits
from services.access import spec_of
from services.calendar import Calendar, DayLine, DemonstrationClock, Pause

PAUSED = Text("Paused", "已暂停")
FAR = 366  # days of a demonstration clock: such an end was set by the calendar, e.g. that of a monitoring period
LAST_DAY = Text("Due today", "今日到期")

_ANCHORS = {
    "opened": Text("opened, not counted", "事项开启，当日不计"),
    "received": Text("received, not counted", "收到，当日不计"),
    "accepted": Text("accepted, not counted", "受理，当日不计"),
    "published": Text("published, not counted", "公示发布，当日不计"),
}


@dataclass(frozen=True)
class Explanation:
    """How an end was calculated.

    Args:
        lines: day by day (demonstration clock: instant by instant).
        sentence: the same in one line, runs of days drawn together.
        due_at: the end, exclusive (24:00 of the last day is 00:00 of the next); None while paused.
        confirmed: False if it rests on a year whose official arrangement is not known yet.
    """

    lines: list[DayLine]
    sentence: Text
    budget: int
    unit: str
    due_at: datetime | None
    confirmed: bool
    calendar_version: int
    paused: bool
    demonstration: bool


def open_for_task(
    session: Session, task: TaskRow, spec: Task, anchor_at: datetime, anchor: str = "opened"
) -> Deadline:
    """Start the limit of a task and pin its end in `task.due_at`; a second call finds the first's.

    Args:
        anchor_at: the event the limit counts from; its day is not counted.
        anchor: what the event was: opened, received, accepted.
    """
    session.flush()
    found = find(session, task.id)
    if found is not None:
        return found
    return _start(session, _of_new(session, task, spec, anchor_at, anchor), task)


def open_with_task(session: Session, task: TaskRow, spec: Task, anchor_at: datetime) -> Deadline:
    """Write a new task together with its limit, each with the end it has: two statements instead of five."""
    row = _standing(session, _of_new(session, task, spec, anchor_at, "opened"))
    pin(row, task, calendar.current(session))
    direct.put(session, task, _NEW_TASK)
    direct.put(session, row, _NEW_DEADLINE, "id")
    return row


_NEW_TASK, _NEW_DEADLINE = insert(TaskRow), insert(Deadline).returning(col(Deadline.id))


def _of_new(session: Session, task: TaskRow, spec: Task, anchor_at: datetime, anchor: str) -> Deadline:
    return Deadline(
        case_id=task.case_id,
        task_id=task.id,
        anchor=anchor,
        anchor_at=anchor_at,
        limit_key=spec.limit.key,
        unit=spec.limit.unit,
        budget=_budget(session, spec.limit.key, anchor_at),
    )


def open_for_notice(session: Session, notice: Notice, key: str, anchor_at: datetime) -> Deadline:
    """Start the limit of a publicity (M05) and pin its end in `notice.closes_at`."""
    session.flush()
    found = of_notice(session, notice.id or 0)
    if found is not None:
        return found
    row = Deadline(
        case_id=notice.case_id,
        notice_id=notice.id,
        anchor="published",
        anchor_at=anchor_at,
        limit_key=key,
        budget=_budget(session, key, anchor_at),
    )
    return _start(session, row, notice)


def _budget(session: Session, key: str, anchor_at: datetime) -> int:
    return limits.value(session, key, calendar.day_of(anchor_at))


def _start(session: Session, row: Deadline, owner: TaskRow | Notice) -> Deadline:
    """Write the ledger of what is there already."""
    session.add(_standing(session, row))
    pin(row, owner, calendar.current(session))
    session.flush()
    return row


def _standing(session: Session, row: Deadline) -> Deadline:
    """In a suspended case a limit starts with the clock standing still."""
    case = session.get(Case, row.case_id)
    if case is not None and case.suspended_at is not None:
        row.pauses = [stop(row.anchor_at, "")]
    return row


def find(session: Session, task_id: UUID) -> Deadline | None:
    """The deadline of a task, if it has one."""
    return session.exec(select(Deadline).where(Deadline.task_id == task_id)).first()


def of_task(session: Session, task: TaskRow) -> Deadline:
    """The deadline of a task. Raises NotFound."""
    row = find(session, task.id)
    if row is None:
        raise NotFound(Text("This task has no limit.", "本事项没有办理期限。"))
    return row


def of_notice(session: Session, notice_id: int) -> Deadline | None:
    """The deadline of a publicity."""
    return session.exec(select(Deadline).where(Deadline.notice_id == notice_id)).first()


def open_of(session: Session, case: Case) -> list[Deadline]:
    """The deadlines of a case that still count, locked."""
    return list(session.exec(locked(running().where(col(Deadline.case_id) == case.id))).all())


def running() -> SelectOfScalar[Deadline]:
    """Deadlines whose task or notice is open."""
    return (
        select(Deadline)
        .outerjoin(TaskRow, col(TaskRow.id) == col(Deadline.task_id))
        .outerjoin(Notice, col(Notice.id) == col(Deadline.notice_id))
        .where(or_(col(TaskRow.state).in_([s.value for s in OPEN_STATES]), col(Notice.state) == "open"))
        .order_by(col(Deadline.id))
    )


def locked(query: SelectOfScalar[Deadline]) -> SelectOfScalar[Deadline]:
    """The same, each held until the transaction ends."""
    return query.with_for_update(of=Deadline)


def pauses_of(row: Deadline) -> list[Pause]:
    """The intervals the clock stood still, as the calendar reads them."""
    return [
        Pause(
            datetime.fromisoformat(p["from"]),
            datetime.fromisoformat(p["to"]) if p["to"] else None,
            str(p.get("why", "")),
        )
        for p in row.pauses
    ]


def is_paused(row: Deadline) -> bool:
    """Does the clock stand still now?"""
    return any(p["to"] is None for p in row.pauses)


def due_of(row: Deadline, by: Calendar) -> datetime | None:
    """The end the ledger gives with a calendar; None while paused."""
    if is_paused(row):
        return None
    return by.due(row.anchor_at, row.budget, pauses_of(row), row.unit)


def stop(at: datetime, why: str) -> dict[str, str | None]:
    return {"from": at.isoformat(), "to": None, "why": why}


def pin(row: Deadline, owner: TaskRow | Notice, by: Calendar) -> None:
    """Write the end into the ledger and onto what it limits."""
    row.due_at, row.calendar_version = due_of(row, by), by.version
    row.day_seconds = by.seconds if isinstance(by, DemonstrationClock) else None
    row.confirmed = row.due_at is None or by.is_confirmed(row.due_at)
    if isinstance(owner, TaskRow):
        owner.due_at = row.due_at
    else:
        owner.closes_at = row.due_at


def owner_of(session: Session, row: Deadline) -> TaskRow | Notice:
    """The task or the notice it limits."""
    found = session.get(TaskRow, row.task_id) if row.task_id else session.get(Notice, row.notice_id)
    if found is None:
        raise LookupError(f"deadline {row.id} belongs to nothing")
    return found


def pause_case(session: Session, case: Case, why: str) -> list[Deadline]:
    """Stop the clocks of a case; a clock that stands still already is left alone."""
    stopped = [row for row in open_of(session, case) if not is_paused(row)]
    now, by = clock.now(), calendar.current(session)
    for row in stopped:
        row.pauses = [*row.pauses, stop(now, why.strip())]
        pin(row, owner_of(session, row), by)
    session.flush()
    return stopped


def resume_case(session: Session, case: Case) -> list[Deadline]:
    """Let the clocks of a case run on; every end moves by what it stood still."""
    running = [row for row in open_of(session, case) if is_paused(row)]
    now, by = clock.now(), calendar.current(session)
    for row in running:
        row.pauses = [p if p["to"] else {**p, "to": now.isoformat()} for p in row.pauses]
        pin(row, owner_of(session, row), by)
    session.flush()
    return running


def may_extend(session: Session, task: TaskRow, days: int, reason: str) -> None:
    """A limit can be extended once, with a reason, by at most what the settings allow for this task.

    Raises:
        Conflict: the task cannot be extended, or was already.
        Invalid: too few or too many days, or no reason.
    """
    key = spec_of(task).extension
    if key is None:
        raise Conflict(
            Text("The limit of this task cannot be extended.", "本事项的期限不能延长。"), "changed"
        )
    if of_task(session, task).extensions:
        raise Conflict(
            Text(
                "The limit was extended before; that can be done only once.",
                "本事项的期限已延长过一次，不能再次延长。",
            ),
            "changed",
        )
    problems, most = _extension_problems(days, reason), limits.value(session, key)
    if days > most:
        problems.append(Problem("days", Text(f"At most {most} days.", f"延长天数不能超过 {most} 日。")))
    if not problems:
        problems = _in_vain(session, of_task(session, task), days, most)
    if problems:
        raise Invalid(tuple(problems))


def _in_vain(session: Session, row: Deadline, days: int, most: int) -> list[Problem]:
    """The one extension there is must not be spent on an end that is past as well."""
    if is_paused(row):
        return []
    by, now = calendar.current(session), clock.now()

    def helps(more: int) -> bool:
        return by.due(row.anchor_at, row.budget + more, pauses_of(row), row.unit) > now

    if helps(days):
        return []
    least = next((more for more in range(days + 1, most + 1) if helps(more)), None)
    told = (
        Text(
            f"With {days} day(s) more the limit is past as well, and it is extended once only: give at least {least}.",
            f"延长 {days} 日后仍已逾期，而期限只能延长一次：至少需要延长 {least} 日。",
        )
        if least
        else Text(
            f"The limit is past by more than the {most} day(s) there are: remind, reassign or settle the task instead.",
            f"逾期已超过可延长的 {most} 日，延长不起作用：请催办、改派或者代为决定。",
        )
    )
    return [Problem("days", told)]


def _extension_problems(days: int, reason: str) -> list[Problem]:
    problems = []
    if days < 1:
        problems.append(Problem("days", Text("Give at least one day.", "延长天数至少为 1 日。")))
    if not reason.strip():
        problems.append(Problem("reason", Text("Please give the reason.", "请填写延期理由。")))
    return problems


def extend(session: Session, deadline: Deadline, days: int, reason: str, user_id: int | None) -> Deadline:
    """Add days, in the unit of the limit, to its budget.

    Raises:
        Invalid: no days, or no reason.
    """
    problems = _extension_problems(days, reason)
    if problems:
        raise Invalid(tuple(problems))
    entry = {"days": days, "reason": reason.strip(), "by": user_id, "at": clock.now().isoformat()}
    deadline.extensions = [*deadline.extensions, entry]
    deadline.budget += days
    pin(deadline, owner_of(session, deadline), calendar.current(session))
    session.flush()
    return deadline


def explain(session: Session, deadline: Deadline) -> Explanation:
    """Line by line, why the limit ends when it does, with the calendar it was pinned with."""
    by = _counted_with(session, deadline)
    lines = by.explain(deadline.anchor_at, deadline.budget, pauses_of(deadline), deadline.unit)
    if not by.demonstration:
        lines[0] = DayLine(lines[0].day, None, _ANCHORS.get(deadline.anchor, lines[0].note), lines[0].at)
    return Explanation(
        lines=lines,
        sentence=sentence(lines),
        budget=deadline.budget,
        unit=deadline.unit,
        due_at=deadline.due_at,
        confirmed=deadline.confirmed,
        calendar_version=deadline.calendar_version,
        paused=is_paused(deadline),
        demonstration=by.demonstration,
    )


def _counted_with(session: Session, row: Deadline) -> Calendar:
    if row.day_seconds is not None:
        return DemonstrationClock(row.day_seconds, row.calendar_version)
    return calendar.load(session, row.calendar_version)


def counted_days(session: Session, deadline: Deadline) -> list[str]:
    """The days that counted, as ISO dates, e.g. for the text of a notice."""
    return [line.day.isoformat() for line in explain(session, deadline).lines if line.counted is not None]


def sentence(lines: Sequence[DayLine]) -> Text:
    """The lines in one, consecutive days with the same note drawn together: 10月1日—10月3日 国庆节，不计."""
    runs: list[tuple[DayLine, DayLine]] = []
    for line in lines:
        if runs and line.counted is None and runs[-1][0].note == line.note:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return Text(
        " · ".join(f"{_span_en(a, b)} {a.note.en}" for a, b in runs),
        " · ".join(f"{_span_zh(a, b)} {a.note.zh}" for a, b in runs),
    )


def _span_zh(a: DayLine, b: DayLine) -> str:
    first, last = f"{a.day.month}月{a.day.day}日", f"{b.day.month}月{b.day.day}日"
    return first if a.day == b.day else f"{first}—{last}"


def _span_en(a: DayLine, b: DayLine) -> str:
    return a.day.isoformat() if a.day == b.day else f"{a.day.isoformat()} to {b.day.isoformat()}"


def left(session: Session, due_at: datetime, now: datetime | None = None) -> int:
    """Working days left after today: 0 on the last day, negative once the end has passed."""
    return calendar.current(session).left(due_at, now or clock.now())


def label(due_at: datetime | None, now: datetime | None = None, by: Calendar | None = None) -> Text:
    """The words of a deadline tag; None = the clock stands still."""
    if due_at is None:
        return PAUSED
    by, now = by or calendar.known(), now or clock.now()
    days = by.left(due_at, now)
    if by.demonstration and days > FAR:
        return Text(f"in {(due_at - now).days} days", f"还有 {(due_at - now).days} 天")
    if days < 0:
        return Text(f"{_days(-days)} overdue", f"逾期 {-days} 个工作日")
    return Text(f"{_days(days)} left", f"还剩 {days} 个工作日") if days else LAST_DAY


def _days(days: int) -> str:
    return f"{days} working day{'' if days == 1 else 's'}"
