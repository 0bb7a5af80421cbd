"""Working time of stages against their limits, and what it foretells for open cases, with how often that was right."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import false, func, literal, select
from sqlmodel import Session, col

from models.procedures import PROCEDURES, procedure
from models.tables import Case, StagePause, StageVisit
from models.vocabulary.roles import Role
from models.vocabulary.specs import ProcedureSpec, Stage
from models.vocabulary.statuses import ENDS, CaseStatus
from models.vocabulary.text import Text
from services import calendar, clock, limits
from services.counting import last_day_of
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


@dataclass(frozen=True)
class Spent:
    """How many visits of each (procedure, stage) lasted how many working days.

    Args:
        middle: the instant before which half of the successful cases had ended; None without any.
        early: of `all`, the visits of cases that had ended by then.
    """

    all: "dict[tuple[str, str], Counter[int]]"
    early: "dict[tuple[str, str], Counter[int]]"
    middle: Any


def stage_times(session: Session, scope: Scope, known: Spent | None = None) -> list[StageTime]:
    """Every stage of every procedure in the order of its course."""
    spent = (known or spent_in_stages(session, scope)).all
    out = []
    for spec in PROCEDURES.values():
        if scope.procedure in ("", spec.key):
            for stage in spec.stages:
                days = spent.get((spec.key, stage.key), Counter())
                out.append(_time(spec, stage, days, _limit(session, spec, stage)))
    return out


def _time(spec: ProcedureSpec, stage: Stage, days: "Counter[int]", limit: int) -> StageTime:
    over = sum(n for d, n in days.items() if limit and d > limit)
    return StageTime(
        spec.key, stage.key, stage.title, days.total(), part(days, 0.5), part(days, 0.8), part(days, 0.95),
        limit, over,
    )  # fmt: skip


def _limit(session: Session, spec: ProcedureSpec, stage: Stage) -> int:
    institution = {t.limit.key for t in spec.tasks if t.by is Role.AGENCY}
    return sum(limits.value(session, key) for key in stage.limits if key not in institution)


def part(days: "Counter[int]", share: float) -> float:
    """The least number of days that `share` of the cases stayed within (percentile_disc); 0 without any."""
    wanted, seen = share * days.total(), 0
    for d in sorted(days):
        seen += days[d]
        if seen >= wanted:
            return float(d)
    return 0.0


def spent_in_stages(session: Session, scope: Scope) -> Spent:
    """Working days of visits, suspensions taken out, counted in the database in one pass."""
    middle, days = _middle(session, scope), Days(session)
    stood = (
        select(
            col(StagePause.case_id).label("case_id"),
            col(StagePause.n).label("n"),
            func.sum(
                days.between(col(StagePause.from_at), func.coalesce(col(StagePause.to_at), clock.now()))
            ).label("days"),
        )
        .group_by(col(StagePause.case_id), col(StagePause.n))
        .subquery()
    )
    spent = days.between(col(StageVisit.entered_at), col(StageVisit.left_at)) - func.coalesce(stood.c.days, 0)
    is_early = func.coalesce(col(Case.ended_at) <= middle, False) if middle is not None else false()
    visits = (
        select(
            col(StageVisit.procedure).label("procedure"),
            col(StageVisit.stage).label("stage"),
            spent.label("days"),
            is_early.label("early"),
        )
        .join(Case, col(Case.id) == col(StageVisit.case_id))
        .outerjoin(stood, (stood.c.case_id == col(StageVisit.case_id)) & (stood.c.n == col(StageVisit.n)))
        .where(col(StageVisit.left_at).is_not(None), *scope.where())
        .subquery()
    )
    every = (visits.c.procedure, visits.c.stage, visits.c.days, visits.c.early)
    found = Spent({}, {}, middle)
    for key, stage, d, early, n in session.execute(select(*every, func.count()).group_by(*every)):
        for counters in (found.all, found.early) if early else (found.all,):
            counters.setdefault((key, stage), Counter())[max(int(d), 0)] += n
    return found


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


def rates(session: Session, scope: Scope, known: Spent | None = None) -> Rates:
    """Medians of all cases; the hit rate learns from the earlier half of the ended cases and is tried on the later.

    A forecast is tried at every entry into a stage: the medians of that stage and those after it, against the
    working days the case really took from there to its end.
    """
    spent = known or spent_in_stages(session, scope)
    medians = {k: part(d, 0.5) for k, d in spent.all.items()}
    if spent.middle is None:
        return Rates(medians, 0, 0)
    learned = {k: part(d, 0.5) for k, d in spent.early.items()}
    tried = right = 0
    for key, stage, rest, n in _rests(session, scope, spent.middle):
        foretold = _ahead(procedure(key), stage, learned)
        tried += n
        right += n if abs(rest - foretold) <= max(BAND_DAYS, BAND_PART * foretold) else 0
    return Rates(medians, tried, right)


def _success() -> list[str]:
    return sorted({s.success for s in PROCEDURES.values()})


def _middle(session: Session, scope: Scope) -> Any:
    """The instant before which half of the successful cases had ended."""
    ended = func.percentile_disc(0.5).within_group(col(Case.ended_at))
    query = select(ended).where(col(Case.status).in_(_success()), *scope.where())
    return session.execute(query).scalar_one_or_none()


def _rests(session: Session, scope: Scope, since: Any) -> list[tuple[str, str, int, int]]:
    rest = Days(session).between(col(StageVisit.entered_at), col(Case.ended_at))
    query = (
        select(col(StageVisit.procedure), col(StageVisit.stage), rest, func.count())
        .join(Case, col(Case.id) == col(StageVisit.case_id))
        .where(col(Case.ended_at) > since, col(Case.status).in_(_success()), *scope.where())
        .group_by(col(StageVisit.procedure), col(StageVisit.stage), rest)
    )
    return [(k, s, int(d), n) for k, s, d, n in session.execute(query)]


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
    if CaseStatus(case.status) in ENDS or case.stage == "":
        return None
    by, now = calendar.current(session), clock.now()
    spent = by.working_days_between(case.stage_since or now, now)
    whole = _ahead(procedure(case.procedure), case.stage, observed.medians)
    here = observed.medians.get((case.procedure, case.stage), 0.0)
    days = max(1, round(whole - min(float(spent), here)))
    stage = next((s.title for s in procedure(case.procedure).stages if s.key == case.stage), Text("", ""))
    return Foretold(case.case_no, case.title, stage, days, last_day_of(by.due(now, days)))


def foretold(session: Session, scope: Scope, observed: Rates, limit: int = 50) -> list[Foretold]:
    """The open cases that have waited longest in their stage, with their likely ends."""
    query = (
        select(Case)
        .where(col(Case.ended_at).is_(None), col(Case.stage) != literal(""), *scope.where())
        .order_by(col(Case.stage_since))
        .limit(limit)
    )
    found = (end_of(session, case, observed) for case in session.execute(query).scalars())
    return [f for f in found if f is not None]
