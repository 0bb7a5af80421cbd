"""Working time of stages against their limits, and what it foretells for open cases, with how often that was right."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import literal, select
from sqlmodel import Session, col

from models.procedures import PROCEDURES, procedure
from models.tables import Case
from models.vocabulary.roles import Role
from models.vocabulary.specs import ProcedureSpec, Stage
from models.vocabulary.statuses import ENDS, CaseStatus
from models.vocabulary.text import Text
from services import calendar, clock, limits
from services.counting import last_day_of
from services.reading.statistics.dimensions import REST, SPENT, Sum
from services.reading.statistics.kept import Direct
from services.reading.statistics.scope import Days, Scope

#: A forecast is right when it misses by no more than this many working days, or this part of the time foretold.
BAND_DAYS, BAND_PART = 5, 0.2


@dataclass(frozen=True)
class StageTime:
    """Working days spent in a stage: how many cases passed it, the median, what 80 and 95 of 100 stayed within.

    Args:
        limit: working days the rules give it; the institution's only where a case is complex.
        over: how many stayed longer than the limit.
    """

    procedure: str
    stage: str
    title: Text
    passed: int
    median: float
    p80: float
    p95: float
    limit: int
    over: int


#: How many visits of each (procedure, stage) lasted how many working days.
Spent = dict[tuple[str, str], "Counter[int]"]


def spread(found: Iterable[Sum]) -> Spent:
    """Figures whose values are procedure/stage/days, by stage."""
    spent: Spent = {}
    for value, _, n, _ in found:
        key, stage, days = value.split("/")
        spent.setdefault((key, stage), Counter())[int(days)] += n
    return spent


def stage_times(session: Session, scope: Scope, spent: Iterable[Sum]) -> list[StageTime]:
    """Every stage of every procedure in the order of its course."""
    specs = [s for s in PROCEDURES.values() if scope.procedure in ("", s.key)]
    days, values = spread(spent), limits.values(session)
    return [
        _time(spec, stage, days.get((spec.key, stage.key), Counter()), _limit(values, spec, stage))
        for spec in specs
        for stage in spec.stages
    ]


def _time(spec: ProcedureSpec, stage: Stage, days: "Counter[int]", limit: int) -> StageTime:
    over = sum(n for d, n in days.items() if limit and d > limit)
    return StageTime(
        spec.key, stage.key, stage.title, days.total(), part(days, 0.5), part(days, 0.8), part(days, 0.95),
        limit, over,
    )  # fmt: skip


def _limit(values: dict[str, int], spec: ProcedureSpec, stage: Stage) -> int:
    institution = {t.limit.key for t in spec.tasks if t.by is Role.AGENCY}
    return sum(values[key] for key in stage.limits if key not in institution)


def part(days: "Counter[int]", share: float) -> float:
    """The least number of days that `share` of the cases stayed within (percentile_disc); 0 without any."""
    wanted, seen = share * days.total(), 0
    for d in sorted(days):
        seen += days[d]
        if seen >= wanted:
            return float(d)
    return 0.0


# ---- the forecast --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rates:
    """What was observed, and how often it foretold right.

    Args:
        medians: working days of each stage of each procedure.
        tried, right: forecasts made for ended cases from the times of other cases, and how many hit the band.
    """

    medians: dict[tuple[str, str], float]
    tried: int
    right: int

    @property
    def hit_rate(self) -> float | None:
        return self.right / self.tried if self.tried else None


def rates_of(reader: Direct, scope: Scope, spent: Iterable[Sum], won: Iterable[Sum]) -> Rates:
    """Medians of all cases; the hit rate learns from the cases filed first and is tried on those filed later.

    The line is the day by which half of the successful cases had been filed. A forecast is tried at every entry into
    a stage: the medians of that stage and those after it, against the working days the case really took from there
    to its end.
    """
    medians, middle = _medians(spent), _middle(won)
    if middle is None:
        return Rates(medians, 0, 0)
    earlier = replace(scope, until=min(middle, scope.until or middle))
    later = replace(scope, since=max(middle + timedelta(days=1), scope.since or middle))
    learned, rests = reader.read([(SPENT, earlier), (REST, later)])
    known, tried, right = _medians(learned), 0, 0
    for (key, stage), counts in spread(rests).items():
        foretold = _ahead(procedure(key), stage, known)
        band = max(BAND_DAYS, BAND_PART * foretold)
        tried += counts.total()
        right += sum(n for rest, n in counts.items() if abs(rest - foretold) <= band)
    return Rates(medians, tried, right)


def _medians(found: Iterable[Sum]) -> dict[tuple[str, str], float]:
    return {k: part(d, 0.5) for k, d in spread(found).items()}


def _middle(won: Iterable[Sum]) -> date | None:
    """The day by which half of the successful cases had been filed; None without any."""
    by_day = sorted((day, n) for day, _, n, _ in won)
    half, seen = sum(n for _, n in by_day) / 2, 0
    for day, n in by_day:
        seen += n
        if seen >= half:
            return date.fromisoformat(day)
    return None


def _ahead(spec: ProcedureSpec, stage: str, medians: dict[tuple[str, str], float]) -> float:
    """Median working days from the beginning of a stage to the end; optional stages only while the case is there."""
    keys = [s.key for s in spec.stages]
    here = keys.index(stage) if stage in keys else 0
    return sum(
        medians.get((spec.key, s.key), 0.0)
        for i, s in enumerate(spec.stages)
        if i >= here and (not s.optional or i == here)
    )


@dataclass(frozen=True)
class Foretold:
    """When a case is likely to end."""

    case_no: str
    title: str
    stage: Text
    days: int
    ends_on: date


def end_of(session: Session, case: Case, observed: Rates) -> Foretold | None:
    """The likely end of an open case: the medians of the stages ahead, less what it has spent in this one."""
    return _end_of(calendar.current(session), case, observed)


def _end_of(by: calendar.Calendar, case: Case, observed: Rates) -> Foretold | None:
    if CaseStatus(case.status) in ENDS or case.stage == "":
        return None
    now = clock.now()
    spent = by.working_days_between(case.stage_since or now, now)
    whole = _ahead(procedure(case.procedure), case.stage, observed.medians)
    here = observed.medians.get((case.procedure, case.stage), 0.0)
    days = max(1, round(whole - min(float(spent), here)))
    stage = next((s.title for s in procedure(case.procedure).stages if s.key == case.stage), Text("", ""))
    return Foretold(case.case_no, case.title, stage, days, last_day_of(by.due(now, days)))


def foretold(days: Days, scope: Scope, observed: Rates, limit: int = 50) -> list[Foretold]:
    """The open cases that have waited longest in their stage, with their likely ends."""
    query = (
        select(Case)
        .where(col(Case.ended_at).is_(None), col(Case.stage) != literal(""), *scope.where())
        .order_by(col(Case.stage_since))
        .limit(limit)
    )
    found = (_end_of(days.by, case, observed) for case in days.session.execute(query).scalars())
    return [f for f in found if f is not None]
