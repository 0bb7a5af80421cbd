"""What the numbers are about: a time, a procedure; and how working days are counted inside the database."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col

from models.tables import Case
from models.vocabulary.statuses import CaseStatus
from services import calendar
from services.clock import SHANGHAI

FIRST, LAST = date(2020, 1, 1), date(2040, 12, 31)


class Part(Enum):
    """Of rows that last: all, those that are over, those that go on with the clock."""

    ALL = "all"
    SETTLED = "settled"
    MOVING = "moving"


@dataclass(frozen=True)
class Scope:
    """Which cases are counted: filed from `since` to `until` (days of Shanghai, both included), of one procedure.

    Args:
        cases: of these alone, None = of all.
        part: which of the rows that last.
    """

    since: date | None = None
    until: date | None = None
    procedure: str = ""
    cases: tuple[UUID, ...] | None = None
    part: Part = Part.ALL

    def where(self) -> list[ColumnElement[bool]]:
        """The conditions on the case row; drafts are nobody's business."""
        found: list[ColumnElement[bool]] = [
            col(Case.submitted_at).is_not(None),
            col(Case.status) != CaseStatus.DRAFT.value,
        ]
        if self.since is not None:
            found.append(col(Case.submitted_at) >= _midnight(self.since))
        if self.until is not None and self.until < date.max:
            found.append(col(Case.submitted_at) < _midnight(self.until + timedelta(days=1)))
        if self.procedure:
            found.append(col(Case.procedure) == self.procedure)
        if self.cases is not None:
            found.append(col(Case.id) == any_(bindparam("of_cases", list(self.cases), ARRAY(Uuid))))
        return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


class Days:
    """Working days as the database counts them, equal to `calendar.working_days_between` (tested).

    The running number of each day goes along as one array, so that a span is a subtraction of two elements.

    Args:
        by: what days are counted with.
        key: the same as a word: equal words count equally.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.by = calendar.current(session)
        self._numbers: Any = None
        if isinstance(self.by, calendar.DemonstrationClock):
            self.key = f"seconds {self.by.length.total_seconds():g}"
        elif isinstance(self.by, calendar.WorkingCalendar):
            self.key, self._numbers = _numbered(self.by)

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


_kept: dict[tuple[int, int], tuple[str, Any]] = {}


def _numbered(by: calendar.WorkingCalendar) -> tuple[str, Any]:
    """array[n]: working days from the first day known to the n-th; and a word for it."""
    key = (by.version, hash(tuple(sorted((d, a.working) for d, a in by.days.items()))))
    if key not in _kept:
        numbers, n = [], 0
        for i in range((LAST - FIRST).days + 1):
            n += by.is_working(FIRST + timedelta(days=i))
            numbers.append(n)
        text = "{" + ",".join(map(str, numbers)) + "}"
        _kept.clear()
        _kept[key] = (
            "days " + hashlib.sha256(text.encode()).hexdigest()[:16],
            select(cast(literal(text), ARRAY(Integer)).label("n")).cte("day_numbers"),
        )
    return _kept[key]
