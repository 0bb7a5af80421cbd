"""All figures of the statistics page at once, as they are now."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from services import clock
from services.reading.statistics import times
from services.reading.statistics.dimensions import DIMENSIONS, SPENT, WON, Group, groups
from services.reading.statistics.kept import Direct, Reader
from services.reading.statistics.scope import Scope
from services.reading.statistics.times import Foretold, Rates, StageTime


@dataclass(frozen=True)
class Figures:
    """What the page shows.

    Args:
        at: the instant they were counted.
        groups: the figures of each dimension.
    """

    scope: Scope
    at: datetime
    groups: dict[str, list[Group]]
    times: list[StageTime]
    rates: Rates
    foretold: list[Foretold]

    def number(self, dimension: str, value: str) -> int:
        """One figure; 0 where nothing has the value."""
        return next((g.count for g in self.groups[dimension] if g.value == value), 0)

    def total(self, dimension: str) -> int:
        return sum(g.count for g in self.groups[dimension])

    @property
    def on_time_rate(self) -> float | None:
        all_ = self.total("on_time")
        return self.number("on_time", "in_time") / all_ if all_ else None


def figures(session: Session, scope: Scope, by: Direct | None = None) -> Figures:
    """Everything now, from the kept sums or `by` another way of counting."""
    reader = by or Reader(session)
    wanted = [*DIMENSIONS.values(), SPENT, WON]
    *shown, spent, won = reader.read([(d, scope) for d in wanted])
    observed = times.rates_of(reader, scope, spent, won)
    return Figures(
        scope,
        clock.now(),
        {d.key: groups(d, found) for d, found in zip(DIMENSIONS.values(), shown, strict=True)},
        times.stage_times(session, scope, spent),
        observed,
        times.foretold(reader.days, scope, observed),
    )


def rates(session: Session, scope: Scope, by: Direct | None = None) -> Rates:
    """What was observed, alone."""
    reader = by or Reader(session)
    return times.rates_of(reader, scope, *reader.read([(SPENT, scope), (WON, scope)]))


def answered(session: Session) -> tuple[int, int]:
    """(answered in time, all tasks with a limit that are over), of all cases: what the console says in a sentence."""
    on_time = DIMENSIONS["on_time"]
    found = groups(on_time, *Reader(session).read([(on_time, Scope())]))
    return next((g.count for g in found if g.value == "in_time"), 0), sum(g.count for g in found)
