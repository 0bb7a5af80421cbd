"""What the numbers are about: a time, a procedure; and how working days are counted inside the database."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Numeric, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col

from models.tables import Case
from models.vocabulary.statuses import CaseStatus
from services import calendar
from services.clock import SHANGHAI

FIRST, LAST = date(2020, 1, 1), date(2040, 12, 31)


@dataclass(frozen=True)
class Scope:
    """Which cases are counted: filed from `since` to `until` (days of Shanghai, both included), of one procedure."""

    since: date | None = None
    until: date | None = None
    procedure: str = ""

    def where(self) -> list[ColumnElement[bool]]:
        """The conditions on the case row; drafts are nobody's business."""
        found: list[ColumnElement[bool]] = [
            col(Case.submitted_at).is_not(None),
            col(Case.status) != CaseStatus.DRAFT.value,
        ]
        if self.since is not None:
            found.append(col(Case.submitted_at) >= _midnight(self.since))
        if self.until is not None:
            found.append(col(Case.submitted_at) < _midnight(self.until + timedelta(days=1)))
        if self.procedure:
            found.append(col(Case.procedure) == self.procedure)
        return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


class Days:
    """Working days as the database counts them, equal to `calendar.working_days_between` (tested).

    The running number of each day goes along as one array, so that a span is a subtraction of two elements.
    """

    def __init__(self, session: Session) -> None:
        self.by = calendar.current(session)
        self._numbers: Any = None
        if isinstance(self.by, calendar.WorkingCalendar):
            self._numbers = _numbered(self.by)

    def between(self, start: Any, end: Any) -> ColumnElement[Any]:
        """Working days after the day of `start` up to the day of `end`; two expressions of instants."""
        if isinstance(self.by, calendar.DemonstrationClock):
            seconds = self.by.length.total_seconds()
            return cast(func.trunc(cast(func.extract("epoch", end - start), Numeric) / seconds), Integer)
        return self._number(end) - self._number(start)

    def _number(self, at: Any) -> ColumnElement[Any]:
        day = cast(func.timezone("Asia/Shanghai", at), Date)
        within = func.greatest(func.least(day, literal(LAST, Date)), literal(FIRST, Date), type_=Date)
        place = cast(within - literal(FIRST, Date), Integer) + 1
        return cast(select(self._numbers.c.n).scalar_subquery()[place], Integer)


_kept: dict[tuple[int, int], Any] = {}


def _numbered(by: calendar.WorkingCalendar) -> Any:
    """array[n]: working days from the first day known to the n-th."""
    key = (by.version, hash(tuple(sorted((d, a.working) for d, a in by.days.items()))))
    if key not in _kept:
        numbers, n = [], 0
        for i in range((LAST - FIRST).days + 1):
            n += by.is_working(FIRST + timedelta(days=i))
            numbers.append(n)
        _kept.clear()
        _kept[key] = "{" + ",".join(map(str, numbers)) + "}"
    return select(cast(literal(_kept[key]), ARRAY(Integer)).label("n")).cte("day_numbers")
