"""Counting days 期限计算: the working calendar of Shanghai, and the demonstration clock in its place.

The rule (M05 and every limit in working days): the day of the event is not counted; a day counts if the
clock was running at its end; the limit ends at 24:00 of the last day counted, which is 00:00 of the day after.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from models.vocabulary.text import Text
from services import holidays_cn
from services.clock import SHANGHAI
from services.holidays_cn import Arrangement

DAY = timedelta(days=1)
OPENS, CLOSES = time(8, 30), time(17, 30)


@dataclass(frozen=True)
class Pause:
    """The clock stood still from `start` (included) to `end` (excluded; None = it still does)."""

    start: datetime
    end: datetime | None = None
    why: str = ""

    def holds_before(self, instant: datetime) -> bool:
        """Did the clock stand still just before `instant`?"""
        return self.start < instant and (self.end is None or self.end >= instant)


@dataclass(frozen=True)
class DayLine:
    """One line of "how was this calculated": a day, its number if it counts, and why (not).

    `at` is the instant the day ends; a demonstration day needs it, because many of them fit into one date.
    """

    day: date
    counted: int | None
    note: Text
    at: datetime | None = None


class StillPausedError(ValueError):
    """A clock that stands still has no end; ask again after it was resumed."""


def end_of(day: date) -> datetime:
    """24:00 of a Shanghai day, written as 00:00 of the next."""
    return datetime.combine(day + DAY, time(), SHANGHAI)


def day_of(instant: datetime) -> date:
    """The Shanghai date of an instant."""
    return instant.astimezone(SHANGHAI).date()


def last_day_of(due: datetime) -> date:
    """The last day of a limit that ends at `due`."""
    return day_of(due - timedelta(microseconds=1))


def _demand_ends(pauses: Sequence[Pause]) -> None:
    if any(p.end is None for p in pauses):
        raise StillPausedError("the clock stands still; there is no end until it runs again")


@dataclass(frozen=True)
class WorkingCalendar:
    """Monday to Friday, less holidays, plus make-up working days 调休.

    Args:
        days: the arrangements that differ from Monday to Friday.
        covered_until: the last day whose official arrangement is known.
        version: number of the calendar version in the database.
    """

    days: Mapping[date, Arrangement] = field(default_factory=dict)
    covered_until: date = date.max
    version: int = 1
    demonstration: bool = False

    @property
    def confirmed_until(self) -> date:
        """Ends after this day rest on an estimate."""
        return self.covered_until

    def is_working(self, day: date) -> bool:
        """Is it a working day 工作日?"""
        known = self.days.get(day)
        return known.working if known else day.weekday() < 5

    def is_confirmed(self, due: datetime) -> bool:
        """Does the limit end on a day whose arrangement is official?"""
        return last_day_of(due) <= self.covered_until

    def is_office_time(self, instant: datetime) -> bool:
        """Are the offices open (08:30 to 17:30 of a working day)?"""
        local = instant.astimezone(SHANGHAI)
        return self.is_working(local.date()) and OPENS <= local.time() < CLOSES

    def due(self, anchor: datetime, budget: int, pauses: Sequence[Pause] = (), unit: str = "wd") -> datetime:
        """The instant a limit ends.

        Args:
            anchor: the event that started it; its day is not counted.
            budget: days to count, extensions included; at least 1.
            pauses: closed intervals in which the clock stood still.
            unit: "wd" working days, "d" calendar days (whose last day moves on to a working day).

        Raises:
            StillPausedError: one of the pauses has no end.
        """
        _demand_ends(pauses)
        return end_of(self._walk(anchor, budget, pauses, unit)[-1][0])

    def explain(
        self, anchor: datetime, budget: int, pauses: Sequence[Pause] = (), unit: str = "wd"
    ) -> list[DayLine]:
        """Day by day, why a limit ends when it does; with an open pause, up to the day it began."""
        first = DayLine(
            day_of(anchor), None, Text("the day of the event is not counted", "起算当日，不计"), anchor
        )
        walked = self._walk(anchor, budget, pauses, unit)
        lines = [self._line(day, number, pauses, unit) for day, number in walked]
        if lines and not any(p.end is None and p.holds_before(end_of(walked[-1][0])) for p in pauses):
            end = lines[-1].note
            lines[-1] = replace(lines[-1], note=Text(f"{end.en}, ends at 24:00", f"{end.zh}，24:00 届满"))
        return [first, *lines]

    def working_days_between(self, a: date | datetime, b: date | datetime) -> int:
        """Working days after the day of `a` up to and including the day of `b`; negative if `b` is earlier."""
        start, stop = _as_day(a), _as_day(b)
        if stop < start:
            return -self.working_days_between(stop, start)
        return sum(self.is_working(start + DAY * n) for n in range(1, (stop - start).days + 1))

    def left(self, due: datetime, now: datetime) -> int:
        """Working days left after today; 0 on the last day; negative once the end has passed."""
        days = self.working_days_between(day_of(now), last_day_of(due))
        return days if now < due else min(days, -1)

    def share(
        self, anchor: datetime, budget: int, pauses: Sequence[Pause], now: datetime, unit: str = "wd"
    ) -> float:
        """The part of the budget used up at `now`, 0 to 1, counted in office hours of working days."""
        today = day_of(now)
        past = [
            anchor_day
            for anchor_day in _days_after(day_of(anchor), today - DAY)
            if self._counts(anchor_day, pauses, unit)
        ]
        used = float(len(past))
        if (
            day_of(anchor) < today
            and self._may_count(today, unit)
            and not any(p.holds_before(now) for p in pauses)
        ):
            used += _part_of_day(now) if unit == "wd" else 0.0
        return min(used / budget, 1.0)

    def reached(
        self, anchor: datetime, budget: int, part: float, pauses: Sequence[Pause] = (), unit: str = "wd"
    ) -> datetime:
        """The instant at which `share` comes to `part` (0 to 1), with the pauses known so far."""
        wanted = part * budget
        whole = math.ceil(wanted - 1e-9)
        day = next(d for d, n in self._walk(anchor, budget, pauses, unit) if n == whole)
        if unit != "wd":
            return end_of(day)
        opens, closes = datetime.combine(day, OPENS, SHANGHAI), datetime.combine(day, CLOSES, SHANGHAI)
        return opens + (closes - opens) * (wanted - (whole - 1))

    def next_office_time(self, instant: datetime) -> datetime:
        """The instant itself in office hours, else the opening of the next working day: nobody is told at night."""
        if self.is_office_time(instant):
            return instant
        day = day_of(instant)
        if not self.is_working(day) or instant.astimezone(SHANGHAI).time() >= CLOSES:
            day += DAY
        while not self.is_working(day):
            day += DAY
        return datetime.combine(day, OPENS, SHANGHAI)

    def _may_count(self, day: date, unit: str) -> bool:
        return unit == "d" or self.is_working(day)

    def _counts(self, day: date, pauses: Sequence[Pause], unit: str) -> bool:
        return self._may_count(day, unit) and _runs(day, pauses)

    def _walk(
        self, anchor: datetime, budget: int, pauses: Sequence[Pause], unit: str
    ) -> list[tuple[date, int | None]]:
        """Every day after the anchor's with its number, until the limit is used up or an open pause begins."""
        if budget < 1:
            raise ValueError("a limit has at least one day")
        walked: list[tuple[date, int | None]] = []
        number, day = 0, day_of(anchor)
        while not walked or number < budget or not self._counts(day, pauses, "wd"):
            day += DAY
            counts = number < budget and self._counts(day, pauses, unit)
            number += counts
            walked.append((day, number if counts else None))
            if any(p.end is None and p.holds_before(end_of(day)) for p in pauses):
                break
        return walked

    def _line(self, day: date, number: int | None, pauses: Sequence[Pause], unit: str) -> DayLine:
        if number is not None:
            note = Text(f"day {number}", f"第 {number} 日")
            if unit == "wd" and day.weekday() >= 5:
                note = Text(f"{note.en} (make-up working day)", f"{note.zh}（调休上班）")
            return DayLine(day, number, note, end_of(day))
        pause = next((p for p in pauses if p.holds_before(end_of(day))), None)
        if pause is not None and self._may_count(day, unit):
            return DayLine(day, None, _paused(pause), end_of(day))
        return DayLine(day, None, self._rest(day, unit), end_of(day))

    def _rest(self, day: date, unit: str) -> Text:
        known = self.days.get(day)
        why = holidays_cn.title(known.name) if known and not known.working else Text("weekend", "周末")
        if unit == "wd" and not self.is_working(day):
            return Text(f"{why.en}, not counted", f"{why.zh}，不计")
        return Text(f"{why.en}, the end moves on", f"{why.zh}，期限末日顺延")


@dataclass(frozen=True)
class DemonstrationClock:
    """The same counting in fast motion: one day, working or calendar, lasts so many seconds of running time."""

    seconds: float
    version: int = 1
    demonstration: bool = True

    @property
    def confirmed_until(self) -> date:
        return date.max

    @property
    def length(self) -> timedelta:
        """How long a day lasts."""
        return timedelta(seconds=self.seconds)

    def is_working(self, day: date) -> bool:
        """Every day of a demonstration is a working day."""
        return True

    def is_confirmed(self, due: datetime) -> bool:
        return True

    def is_office_time(self, instant: datetime) -> bool:
        return True

    def due(self, anchor: datetime, budget: int, pauses: Sequence[Pause] = (), unit: str = "wd") -> datetime:
        """The anchor plus `budget` days of running time. Raises StillPausedError."""
        if budget < 1:
            raise ValueError("a limit has at least one day")
        _demand_ends(pauses)
        return _after_running(anchor, self.length * budget, pauses)

    def explain(
        self, anchor: datetime, budget: int, pauses: Sequence[Pause] = (), unit: str = "wd"
    ) -> list[DayLine]:
        """The instants at which the demonstration days end, and the pauses between them."""
        lines = [DayLine(day_of(anchor), None, Text("demonstration clock starts", "演示时钟起算"), anchor)]
        lines += [DayLine(day_of(p.start), None, _paused(p), p.start) for p in pauses if p.start >= anchor]
        opened = next((p.start for p in sorted(pauses, key=lambda p: p.start) if p.end is None), None)
        closed = [p for p in pauses if p.end is not None]
        for number in range(1, budget + 1):
            at = _after_running(anchor, self.length * number, closed)
            if opened is not None and at > opened:
                break
            lines.append(DayLine(day_of(at), number, _demo_day(number, budget, at), at))
        return sorted(lines, key=lambda line: line.at or anchor)

    def working_days_between(self, a: datetime, b: datetime) -> int:
        """Whole demonstration days from `a` to `b`; negative if `b` is earlier."""
        return int((b - a) / self.length)

    def left(self, due: datetime, now: datetime) -> int:
        """Whole days left; 0 within the last one; negative once the end has passed."""
        return int((due - now) / self.length) if now < due else -1 - int((now - due) / self.length)

    def share(
        self, anchor: datetime, budget: int, pauses: Sequence[Pause], now: datetime, unit: str = "wd"
    ) -> float:
        """The part of the budget used up at `now`, 0 to 1, in running time."""
        return min(_running_time(anchor, now, pauses) / (self.length * budget), 1.0)

    def reached(
        self, anchor: datetime, budget: int, part: float, pauses: Sequence[Pause] = (), unit: str = "wd"
    ) -> datetime:
        """The instant at which `share` comes to `part`."""
        return _after_running(anchor, self.length * budget * part, pauses)

    def next_office_time(self, instant: datetime) -> datetime:
        """A demonstration never closes."""
        return instant


Calendar = WorkingCalendar | DemonstrationClock


def _as_day(value: date | datetime) -> date:
    return day_of(value) if isinstance(value, datetime) else value


def _days_after(first: date, last: date) -> Iterator[date]:
    return (first + DAY * n for n in range(1, (last - first).days + 1))


def _runs(day: date, pauses: Sequence[Pause]) -> bool:
    """Was the clock running at the end of the day?"""
    return not any(p.holds_before(end_of(day)) for p in pauses)


def _part_of_day(now: datetime) -> float:
    """How much of the office day is over, 0 to 1."""
    day = day_of(now)
    opens, closes = datetime.combine(day, OPENS, SHANGHAI), datetime.combine(day, CLOSES, SHANGHAI)
    return min(max((now - opens) / (closes - opens), 0.0), 1.0)


def _after_running(anchor: datetime, amount: timedelta, pauses: Sequence[Pause]) -> datetime:
    """The instant at which the clock has run for `amount` since the anchor."""
    at, left = anchor, amount
    for pause in sorted(pauses, key=lambda p: p.start):
        if pause.end is None or pause.end <= at:
            continue
        if pause.start >= at + left:
            break
        left -= max(pause.start - at, timedelta())
        at = pause.end
    return at + left


def _running_time(anchor: datetime, now: datetime, pauses: Sequence[Pause]) -> timedelta:
    """How long the clock has run from the anchor to `now`."""
    at, ran = anchor, timedelta()
    for pause in sorted(pauses, key=lambda p: p.start):
        if pause.start >= now or (pause.end is not None and pause.end <= at):
            continue
        ran += max(pause.start - at, timedelta())
        at = now if pause.end is None else min(pause.end, now)
    return ran + max(now - at, timedelta())


def _paused(pause: Pause) -> Text:
    why = f"（{pause.why}）" if pause.why else ""
    return Text(f"paused{why}, not counted", f"暂停{why}，不计")


def _demo_day(number: int, budget: int, at: datetime) -> Text:
    local = at.astimezone(SHANGHAI).isoformat(timespec="milliseconds")[11:21]
    last = number == budget
    return Text(
        f"day {number} ends at {local}{', the limit ends' if last else ''}",
        f"第 {number} 日，至 {local}{' 届满' if last else ''}",
    )
