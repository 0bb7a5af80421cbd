"""The working calendar 工作日历: its versions in the database, and the one that limits are counted with now.

How days are counted is in `services.counting`; its words are offered here too.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from sqlmodel import Session, col, select

from models.tables import CalendarDay, CalendarVersion
from services import clock, direct, holidays_cn, pictures
from services.counting import (
    Calendar,
    DayLine,
    DemonstrationClock,
    Pause,
    StillPausedError,
    WorkingCalendar,
    day_of,
    end_of,
    last_day_of,
)
from services.holidays_cn import Arrangement
from services.settings import settings

__all__ = [
    "Arrangement",
    "Calendar",
    "DayLine",
    "DemonstrationClock",
    "Pause",
    "StillPausedError",
    "WorkingCalendar",
    "built_in",
    "current",
    "day_of",
    "end_of",
    "in_force",
    "known",
    "last_day_of",
    "load",
    "proposed",
    "publish",
    "seed",
]

#: Loaded versions by (number, time of creation): a number alone could be another calendar after a roll-back.
_loaded: dict[tuple[int, datetime], WorkingCalendar] = {}
_latest: list[WorkingCalendar] = []


def seed(session: Session) -> None:
    """Version 1 from the library, unless there is a calendar already."""
    if _newest(session) is not None:
        return
    session.add(
        CalendarVersion(
            number=1,
            note="国务院办公厅 2024—2026 年部分节假日安排；以后年度为预计",
            covered_until=holidays_cn.COVERED_UNTIL,
            created_at=clock.now(),
        )
    )
    session.flush()
    _write_days(session, 1, holidays_cn.arrangements())


def _write_days(session: Session, number: int, days: Mapping[date, Arrangement]) -> None:
    session.add_all(
        CalendarDay(version=number, day=day, working=a.working, name=a.name) for day, a in days.items()
    )
    session.flush()


class _Version(Protocol):
    """What is read of a version."""

    @property
    def number(self) -> int: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def covered_until(self) -> date: ...


def _newest(session: Session) -> _Version | None:
    return pictures.once(session, "calendar", lambda: direct.ask(session, _NEWEST).first())


_NEWEST = (
    select(col(CalendarVersion.number), col(CalendarVersion.created_at), col(CalendarVersion.covered_until))
    .order_by(col(CalendarVersion.number).desc())
    .limit(1)
)


def load(session: Session, number: int) -> WorkingCalendar:
    """The calendar of a version, e.g. the one pinned to a deadline; the library's if it is not there."""
    row = _newest(session)
    if row is None or row.number != number:
        row = session.get(CalendarVersion, number)
    return _of(session, row) if row is not None else built_in()


def _of(session: Session, row: _Version) -> WorkingCalendar:
    key = (row.number, row.created_at)
    if key not in _loaded:
        days = session.exec(select(CalendarDay).where(CalendarDay.version == row.number)).all()
        _loaded[key] = WorkingCalendar(
            {d.day: Arrangement(d.working, d.name) for d in days}, row.covered_until, row.number
        )
    return _loaded[key]


def built_in() -> WorkingCalendar:
    """The calendar the library knows, for a database that has none yet."""
    return WorkingCalendar(holidays_cn.arrangements(), holidays_cn.COVERED_UNTIL, 1)


def in_force(session: Session) -> WorkingCalendar:
    """The calendar of the highest version, never the demonstration clock."""
    row = _newest(session)
    _latest[:] = [_of(session, row) if row is not None else built_in()]
    return _latest[0]


def current(session: Session) -> Calendar:
    """What limits are counted with: the calendar in force, or the demonstration clock where one is set."""
    real = in_force(session)
    return _demonstration(real.version) or real


def known() -> Calendar:
    """The same without a session, for labels: the calendar this process saw last."""
    real = _latest[0] if _latest else built_in()
    return _demonstration(real.version) or real


def _demonstration(version: int) -> DemonstrationClock | None:
    seconds = settings().working_day_seconds
    return DemonstrationClock(seconds, version) if seconds else None


def proposed(
    session: Session, changes: Mapping[date, Arrangement | None], covered_until: date
) -> WorkingCalendar:
    """The calendar in force with changes (None = Monday to Friday again), as the next version, not saved."""
    base = in_force(session)
    days = {**base.days, **changes}
    return WorkingCalendar(
        {day: a for day, a in days.items() if a is not None}, covered_until, base.version + 1
    )


def publish(session: Session, calendar: WorkingCalendar, note: str, user_id: int | None) -> CalendarVersion:
    """Put a proposed calendar into force; `deadline_moves.recompute_all` then moves the open limits."""
    row = CalendarVersion(
        number=calendar.version,
        note=note,
        covered_until=calendar.covered_until,
        by_user=user_id,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    _write_days(session, row.number, calendar.days)
    pictures.changed(session)
    return row
