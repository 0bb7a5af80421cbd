"""The time of a play: office hours of working days, or days of the demonstration clock."""

from datetime import date, datetime, time, timedelta

from services.calendar import Calendar, day_of
from services.clock import SHANGHAI

OPENS, HOURS = time(9, 0), timedelta(hours=8)
DAY = timedelta(days=1)


class Timeline:
    """Moves through working time, never past the real present.

    Args:
        calendar: what limits are counted with.
        now: the real present.
        days_ago: working days before it that the play begins.
    """

    def __init__(self, calendar: Calendar, now: datetime, days_ago: float) -> None:
        self.calendar = calendar
        self.end = now
        self.at = self._begin(days_ago)

    def advance(self, days: float) -> datetime:
        """Go on by so many working days (a working day has eight hours here)."""
        if self.calendar.demonstration:
            return self.move_to(self.at + self._length() * days)
        self.at, left = self._at_work(self.at), HOURS * days
        while left > (rest := self._opening(day_of(self.at)) + HOURS - self.at):
            left -= rest
            self.at = self._opening(self._next(day_of(self.at)))
        return self.move_to(self.at + left)

    def move_to(self, moment: datetime) -> datetime:
        """Go to a later moment."""
        self.at = min(max(moment, self.at), self.end)
        return self.at

    def _begin(self, days_ago: float) -> datetime:
        if self.calendar.demonstration:
            return self.end - self._length() * days_ago
        day = day_of(self.end)
        for _ in range(int(days_ago)):
            day = self._previous(day)
        return min(self._opening(day) + HOURS * (days_ago % 1) + timedelta(minutes=12), self.end)

    def _at_work(self, moment: datetime) -> datetime:
        """The moment itself within office hours, else the next opening."""
        day, opens = day_of(moment), self._opening(day_of(moment))
        if not self.calendar.is_working(day) or moment >= opens + HOURS:
            return self._opening(self._next(day))
        return max(moment.astimezone(SHANGHAI), opens)

    def _length(self) -> timedelta:
        length: timedelta = getattr(self.calendar, "length")  # noqa: B009 - only the demonstration clock has it
        return length

    def _opening(self, day: date) -> datetime:
        return datetime.combine(day, OPENS, SHANGHAI)

    def _next(self, day: date) -> date:
        day += DAY
        return day if self.calendar.is_working(day) else self._next(day)

    def _previous(self, day: date) -> date:
        day -= DAY
        return day if self.calendar.is_working(day) else self._previous(day)
