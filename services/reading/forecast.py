"""When the stages still to come are expected: the limits of the nouns laid on the working calendar (screens 4.1)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from models.procedures import procedure
from models.procedures.issuance import EXCEPTION
from models.procedures.shared.issuing import FIRST_ISSUANCE
from models.tables import Case, TaskRow
from models.vocabulary.roles import Role
from models.vocabulary.specs import ProcedureSpec, Stage
from models.vocabulary.statuses import ENDS, CaseStatus
from services import calendar, cases, clock, issuing, limits, paths
from services.counting import day_of, last_day_of


@dataclass(frozen=True)
class StageForecast:
    """The latest a stage should take by its limits; `starts_on` of the current stage is a fact."""

    stage: str
    starts_on: date
    ends_on: date
    ends_at: datetime


def forecast(session: Session, case: Case, ends_at: datetime | None = None) -> list[StageForecast]:
    """The current stage and those that normally follow; empty for an ended case.

    Args:
        ends_at: suppose that the current stage ends then, if that is later than by its limits.
    """
    if CaseStatus(case.status) in ENDS:
        return []
    spec = procedure(case.procedure)
    now, by = clock.now(), calendar.current(session)
    out: list[StageForecast] = []
    anchor = now
    for stage in _ahead(session, spec, case):
        days = _budget(session, spec, case, stage, day_of(now))
        if stage.key == case.stage:
            start = case.stage_since or case.submitted_at or now
            end = _current_end(
                by.due(start, days) if days else now, cases.open_tasks(session, case.id), now, by
            )
            end = max(end, ends_at) if ends_at is not None else end
        else:
            start, end = anchor, by.due(anchor, days) if days else anchor
        out.append(StageForecast(stage.key, day_of(start), max(day_of(start), last_day_of(end)), end))
        anchor = end
    return out


def _ahead(session: Session, spec: ProcedureSpec, case: Case) -> list[Stage]:
    """The current stage and every later one that is not optional, or is known to come (G18)."""
    keys = [s.key for s in spec.stages]
    here = keys.index(case.stage) if case.stage in keys else 0
    return [
        s for i, s in enumerate(spec.stages) if i >= here and (not s.optional or _comes(session, s, case))
    ]


def _comes(session: Session, stage: Stage, case: Case) -> bool:
    """An optional stage is ahead where the case is in it, where its application asks for it, and where what has been
    issued before asks for it."""
    if stage.key == case.stage:
        return True
    if stage.asked_at and paths.first(case.form, stage.asked_at) in stage.asked_by:
        return True
    if stage.key == FIRST_ISSUANCE.key:
        return issuing.asked_first(case)
    return stage.key == EXCEPTION and issuing.is_exception(session, case)


def _budget(session: Session, spec: ProcedureSpec, case: Case, stage: Stage, on: date) -> int:
    """Working days of a stage; the institution's time only where the case is complex."""
    institution = {t.limit.key for t in spec.tasks if t.by is Role.AGENCY}
    return sum(
        limits.value(session, key, on) for key in stage.limits if case.complex or key not in institution
    )


def _current_end(planned: datetime, tasks: list[TaskRow], now: datetime, by: calendar.Calendar) -> datetime:
    """Not before the limits of what is open, and never in the past: what is late is late, one day at least is ahead."""
    latest = max([planned, *(t.due_at for t in tasks if t.due_at is not None)])
    return latest if latest > now else by.due(now, 1)
