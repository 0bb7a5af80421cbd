"""Ends that move for many cases at once: another calendar is in force, or another clock runs."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col

from models.tables import Deadline, Notice, TaskRow
from models.vocabulary.facts import DeadlineMoved
from services import calendar, clock, deadlines, outbox
from services.calendar import Calendar
from services.settings import settings

ANOTHER_CLOCK = "时钟更换，重新起算 · counted anew with another clock"
AT_REST = "演示系统停止运行 · the demonstration was switched off"


@dataclass(frozen=True)
class Moved:
    """An open deadline whose end another calendar puts elsewhere."""

    deadline: Deadline
    old: datetime | None
    new: datetime | None


def moves(session: Session, by: Calendar) -> list[Moved]:
    """The report before a calendar is put into force: every open deadline whose end it moves. Changes nothing."""
    return [
        Moved(row, row.due_at, due)
        for row in session.exec(deadlines.running()).all()
        if (due := deadlines.due_of(row, by)) != row.due_at
    ]


def recompute_all(session: Session, new_version: int) -> list[Moved]:
    """Count every open deadline with a calendar version, tell the workflows, list what moved."""
    now = calendar.current(session)
    by = now if now.demonstration else calendar.load(session, new_version)
    rows = session.exec(deadlines.locked(deadlines.running())).all()
    return [moved for row in rows if (moved := _count(session, row, by)) is not None]


def begin_anew(session: Session) -> list[Moved]:
    """Give every open limit that another clock was counting its whole time again, from now on.

    A limit of five working days is five real days with the calendar and a minute with a demonstration clock: what has
    gone by with one means nothing to the other. The time until now stands in the ledger as a pause.
    """
    now, by = clock.now(), calendar.current(session)
    seconds = settings().working_day_seconds
    other = deadlines.running().where(col(Deadline.day_seconds).is_distinct_from(seconds))
    moved = []
    for row in session.exec(deadlines.locked(other)).all():
        if row.anchor_at < now:
            still = {**deadlines.stop(row.anchor_at, ANOTHER_CLOCK), "to": now.isoformat()}
            row.pauses = [still, *({**p, "from": now.isoformat()} for p in row.pauses if p["to"] is None)]
        if (one := _count(session, row, by)) is not None:
            moved.append(one)
    return moved


def rest(session: Session, since: datetime) -> list[Moved]:
    """A demonstration clock stands still while nothing runs: limits that ran at `since` go on from there."""
    now, by = clock.now(), calendar.current(session)
    ran = deadlines.running().where(col(Deadline.day_seconds).is_not(None), col(Deadline.due_at) > since)
    moved = []
    for row in session.exec(deadlines.locked(ran)).all():
        begin = max(since, row.anchor_at)
        row.pauses = [*row.pauses, {**deadlines.stop(begin, AT_REST), "to": now.isoformat()}]
        if (one := _count(session, row, by)) is not None:
            moved.append(one)
    return moved


def _count(session: Session, row: Deadline, by: Calendar) -> Moved | None:
    old, owner = row.due_at, deadlines.owner_of(session, row)
    deadlines.pin(row, owner, by)
    session.flush()
    if row.due_at == old:
        return None
    fact = DeadlineMoved(task_id=_name(owner), due_at=row.due_at, moved_at=clock.now())
    outbox.send(session, row.case_id, "deadline_moved", fact)
    return Moved(row, old, row.due_at)


def _name(owner: TaskRow | Notice) -> str:
    """What the workflow calls it."""
    return str(owner.id) if isinstance(owner, TaskRow) else f"publicity/{owner.round}"
