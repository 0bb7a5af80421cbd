"""The yearly plan of tracking evaluations 年度跟踪评估计划: all that is flagged, and a weighted draw from the rest (M13, G29).

The draw can be repeated by anybody: entries in the order of their numbers, one random number each from the recorded
seed, the largest u^(1/weight) first.
"""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.procedures.tracking_evaluation import KEY
from models.tables import (
    Case,
    EvaluationPlan,
    EvaluationPlanItem,
    Project,
    User,
)
from models.vocabulary.errors import Conflict, NotAllowed
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.statuses import ENDS, CaseStatus
from models.vocabulary.text import Text
from services import audit, cases, clock, evaluation_signs
from services.access import Actor
from services.evaluation_signs import Sign
from services.people import person_key_of

#: Share of the entries that are not flagged: one in five.
ONE_IN = 5
#: Account the schedule acts by; nobody can sign in with it.
SCHEDULE = "schedule"
#: States of entries that are in operation.
RUNNING = ("implementing", "running")


@dataclass(frozen=True)
class Candidate:
    """An entry with its signs. weight: of the draw, in hundredths. flagged: taken whatever the draw."""

    project: Project
    signs: tuple[Sign, ...]
    weight: int
    flagged: bool


@dataclass(frozen=True)
class Plan:
    """A plan before it is opened. `chosen` in the order it was drawn, flagged entries first."""

    year: int
    seed: str
    population: int
    chosen: tuple[Candidate, ...]


def preview(session: Session, year: int, seed: str = "") -> Plan:
    """What the plan of a year would be; the same seed gives the same plan as long as the rows are the same."""
    seed = seed or secrets.token_hex(8)
    known = [_candidate(session, project, year) for project in _population(session)]
    flagged = [c for c in known if c.flagged]
    rest = [c for c in known if not c.flagged]
    return Plan(year, seed, len(known), (*flagged, *_drawn(rest, seed)))


def _population(session: Session) -> list[Project]:
    """Entries in operation that are not being evaluated already, by number."""
    busy = select(Case.project_id).where(
        Case.procedure == KEY,
        col(Case.project_id).is_not(None),
        col(Case.status).not_in([CaseStatus.DRAFT.value, *(end.value for end in ENDS)]),
    )
    query = select(Project).where(col(Project.state).in_(RUNNING), col(Project.id).not_in(busy))
    return list(session.exec(query.order_by(col(Project.number))))


def _candidate(session: Session, project: Project, year: int) -> Candidate:
    signs = tuple(evaluation_signs.of(session, project, date(year, 12, 31)))
    return Candidate(project, signs, 100 + sum(s.weight for s in signs), any(s.flags for s in signs))


def _drawn(rest: Sequence[Candidate], seed: str) -> list[Candidate]:
    """One in five, rounded up, each with a chance by its weight (Efraimidis and Spirakis)."""
    dice = random.Random(seed)  # noqa: S311 - a draw anybody can repeat, not a secret
    keyed = [(dice.random() ** (100 / c.weight), n) for n, c in enumerate(rest)]
    wanted = -(-len(rest) // ONE_IN)
    return [rest[n] for _, n in sorted(keyed, reverse=True)[:wanted]]


def plan(session: Session, actor: Actor | None, year: int, seed: str = "") -> EvaluationPlan:
    """Make the plan of a year and open its evaluations, once a year: asked again it answers with the first.

    Args:
        actor: a supervisor; None is the schedule.
        seed: of the preview that was looked at; empty draws a new one.

    Raises:
        NotAllowed: not a supervisor.
    """
    if actor is not None and not actor.is_any(Role.SUPERVISOR):
        raise NotAllowed(Text("Only a supervisor makes the plan.", "年度计划由审核负责人编制。"))
    session.connection().execute(text("select pg_advisory_xact_lock(hashtext('evaluation plan'))"))
    found = of_year(session, year)
    if found is not None:
        return found
    wanted = preview(session, year, seed)
    row = EvaluationPlan(
        year=year,
        seed=wanted.seed,
        population=wanted.population,
        flagged=sum(c.flagged for c in wanted.chosen),
        drawn=sum(not c.flagged for c in wanted.chosen),
        made_by=actor.user_id if actor else None,
        at=clock.now(),
    )
    session.add(row)
    session.flush()
    opener = actor or _schedule(session)
    for candidate in wanted.chosen:
        session.add(_item(row, candidate, _opened(session, opener, year, candidate)))
    session.flush()
    said = {
        "zh": f"编制 {year} 年度跟踪评估计划，共 {len(wanted.chosen)} 件",
        "en": f"Plan of evaluations for {year}: {len(wanted.chosen)} cases",
    }
    audit.record(
        session,
        Event.EVALUATIONS_PLANNED,
        actor=actor,
        data={"year": year, "seed": row.seed, "population": row.population, "text": said},
    )
    return row


def of_year(session: Session, year: int) -> EvaluationPlan | None:
    """The plan of a year, once it is made."""
    return session.exec(select(EvaluationPlan).where(EvaluationPlan.year == year)).first()


def items(session: Session, plan: EvaluationPlan) -> list[tuple[EvaluationPlanItem, Project, Case | None]]:
    """The entries of a plan with their cases, as they were drawn."""
    rows = session.exec(
        select(EvaluationPlanItem, Project, Case)
        .join(Project, col(Project.id) == col(EvaluationPlanItem.project_id))
        .outerjoin(Case, col(Case.id) == col(EvaluationPlanItem.case_id))
        .where(EvaluationPlanItem.plan_id == plan.id)
        .order_by(col(EvaluationPlanItem.id))
    )
    return [(item, project, case) for item, project, case in rows]


def made(session: Session) -> list[EvaluationPlan]:
    """All plans, the newest year first."""
    return list(session.exec(select(EvaluationPlan).order_by(col(EvaluationPlan.year).desc())))


def _item(plan: EvaluationPlan, candidate: Candidate, case: Case) -> EvaluationPlanItem:
    return EvaluationPlanItem(
        plan_id=plan.id or 0,
        project_id=candidate.project.id or 0,
        case_id=case.id,
        flagged=candidate.flagged,
        weight=candidate.weight,
        reasons=[{"zh": s.words.zh, "en": s.words.en} for s in candidate.signs],
    )


def _opened(session: Session, opener: Actor, year: int, candidate: Candidate) -> Case:
    """The evaluation of an entry, filed with the reasons it is in the plan for."""
    reasons = "；".join(s.words.zh for s in candidate.signs) or "随机抽取"
    last = min(date(year, 12, 31), clock.today().date())
    form: dict[str, Any] = {
        "subject": {
            "project_number": candidate.project.number,
            "trigger": "plan",
            "trigger_note": f"列入 {year} 年度跟踪评估计划：{reasons}。",
        },
        "coverage": {
            "period_from": (last - timedelta(days=364)).isoformat(),
            "period_to": last.isoformat(),
            "scope": ["operation", "maintenance", "monitoring", "reporting"],
            "way": "evaluation",
        },
    }
    case = cases.create(session, opener, KEY, form)
    return cases.submit(session, opener, case.case_no, {"accepted": True, "signatory": opener.name})


def _schedule(session: Session) -> Actor:
    """The account that the yearly schedule opens cases by; without a password, a role of its own, or a way in."""
    user = session.exec(select(User).where(User.username == SCHEDULE)).first()
    if user is None:
        user = User(
            username=SCHEDULE,
            name="年度计划（系统）",
            person_key=person_key_of("schedule of evaluations"),
            roles=[],
            active=False,
        )
        session.add(user)
        session.flush()
    return Actor(user.id or 0, user.username, user.name, frozenset({Role.SUPERVISOR}), None, user.person_key)


def refuse_past(year: int) -> None:
    """A plan is made for this year or the next. Raises Conflict."""
    now = clock.today().year
    if year not in (now, now + 1):
        raise Conflict(
            Text(
                f"A plan is made for {now} or {now + 1}.",
                f"只能编制 {now} 年或 {now + 1} 年的年度计划。",
            )
        )
