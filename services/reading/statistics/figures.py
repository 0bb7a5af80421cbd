"""All figures of the statistics page at once, kept for a moment where counting them takes long."""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from services import clock
from services.reading.statistics import times
from services.reading.statistics.dimensions import DIMENSIONS, Group, counted
from services.reading.statistics.scope import Scope
from services.reading.statistics.times import Foretold, Rates, StageTime

#: Numbers that took long to count are shown again for this many times as long, and at most so many seconds.
KEPT_TIMES, KEPT_MOST, SLOW = 300, 600.0, 0.15


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


def figures(session: Session, scope: Scope) -> Figures:
    """Count everything now."""
    spent = times.spent_in_stages(session, scope)
    observed = times.rates(session, scope, spent)
    return Figures(
        scope,
        clock.now(),
        {key: counted(session, scope, d) for key, d in DIMENSIONS.items()},
        times.stage_times(session, scope, spent),
        observed,
        times.foretold(session, scope, observed),
    )


_kept: dict[tuple[str, Scope], tuple[float, float, Figures]] = {}


def lately(session: Session, scope: Scope, *, anew: bool = False) -> Figures:
    """The figures as counted a moment ago, if counting takes long; `Figures.at` says when."""
    key = (f"{session.get_bind().engine.url}", scope)
    now = time.monotonic()
    kept = _kept.get(key)
    if kept is not None and now < kept[1] and not anew:
        return kept[2]
    found = figures(session, scope)
    took = time.monotonic() - now
    if took > SLOW:
        if len(_kept) > 200:
            _kept.clear()
        _kept[key] = (now, now + min(took * KEPT_TIMES, KEPT_MOST), found)
    return found
