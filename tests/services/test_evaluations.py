"""The yearly plan of evaluations: who is flagged, who is drawn, once a year (M13)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session, col, select

from models.tables import Case, DataBatch, EvaluationPlanItem, Outbox, Project, ReplacementDuty
from models.vocabulary.errors import Conflict, NotAllowed
from models.vocabulary.roles import Role
from services import calendar, clock, evaluations, limits
from services.access import Actor
from tests import entries, factories


@pytest.fixture
def supervisor(session: Session) -> Actor:
    calendar.seed(session)
    limits.seed(session)
    return factories.actor(session, Role.SUPERVISOR)


def park(session: Session, count: int) -> list[Project]:
    """Entries of one holder, long published, evaluated never."""
    holder = factories.user(session, Role.APPLICANT)
    long_ago = clock.now() - timedelta(days=800)
    return [entries.published(session, 500 + n, holder, published_at=long_ago) for n in range(count)]


def numbers(plan: evaluations.Plan) -> list[str]:
    return [c.project.number for c in plan.chosen]


@pytest.mark.rule("M13")
def test_plan_draws_one_in_five_and_the_same_for_the_same_seed(session: Session) -> None:
    park(session, 11)
    first, again = (evaluations.preview(session, 2026, "abc") for _ in range(2))
    assert (first.population, len(first.chosen)) == (11, 3)
    assert numbers(first) == numbers(again)
    assert {tuple(numbers(evaluations.preview(session, 2026, str(n)))) for n in range(9)} != {
        tuple(numbers(first))
    }


@pytest.mark.rule("M13")
def test_plan_holds_everything_flagged_besides_the_draw(session: Session) -> None:
    park_ = park(session, 6)
    session.add(
        DataBatch(
            id=uuid4(),
            project_id=park_[0].id or 0,
            key="k",
            channel="excel",
            sha256="0" * 64,
            rows=10,
            accepted=8,
            rejected=2,
        )
    )
    session.add(
        ReplacementDuty(
            case_id=park_[1].case_id,
            project_id=park_[1].id or 0,
            party_id=session.get_one(Case, park_[1].case_id).filer_id,
            lot_number="L",
            grams=5,
        )
    )
    session.flush()
    plan = evaluations.preview(session, 2026, "abc")
    assert numbers(plan)[:2] == [park_[0].number, park_[1].number]
    assert [c.flagged for c in plan.chosen] == [True, True, False]
    assert [s.words.zh for s in plan.chosen[0].signs] == ["报送数据 10 行中 2 行异常", "距上次公布已 2 年"]


@pytest.mark.rule("M13")
def test_weight_grows_with_anomalies_first_year_size_and_time(session: Session) -> None:
    holder = factories.user(session, Role.APPLICANT)
    new = entries.published(session, 700, holder, est_annual_g=2_000_000_000)
    [old] = park(session, 1)
    known = {c.project.number: c for c in _all(session)}
    year = clock.today().year
    assert known[new.number].weight == 300
    assert known[old.number].weight == 100 + 50 * (2 if year else 0)


def _all(session: Session) -> list[evaluations.Candidate]:
    found: dict[str, evaluations.Candidate] = {}
    for n in range(20):
        for c in evaluations.preview(session, clock.today().year, str(n)).chosen:
            found[c.project.number] = c
    return list(found.values())


@pytest.mark.rule("M13")
def test_plan_opens_its_evaluations_once_a_year(session: Session, supervisor: Actor) -> None:
    park(session, 5)
    year = clock.today().year
    seen = evaluations.preview(session, year)
    plan = evaluations.plan(session, supervisor, year, seen.seed)
    assert evaluations.plan(session, None, year) is plan
    [(item, project, case)] = evaluations.items(session, plan)
    assert [project.number] == numbers(seen)
    assert case is not None
    assert (case.status, case.title, case.created_by) == ("submitted", project.name, supervisor.user_id)
    assert case.filer_id == session.get_one(Case, project.case_id).filer_id
    assert [o.signal for o in session.exec(select(Outbox).where(Outbox.case_id == case.id))] == ["start"]
    assert (plan.seed, plan.population, item.weight) == (seen.seed, 5, seen.chosen[0].weight)


@pytest.mark.rule("M13")
def test_schedule_plans_by_an_account_nobody_can_use(session: Session, supervisor: Actor) -> None:
    park(session, 2)
    plan = evaluations.plan(session, None, 2031)
    assert plan.made_by is None
    [(_, _, case)] = evaluations.items(session, plan)
    assert case is not None
    assert evaluations.preview(session, 2032).population == 1  # what is being evaluated is not planned again


def test_plan_is_the_supervisors(session: Session) -> None:
    with pytest.raises(NotAllowed):
        evaluations.plan(session, factories.actor(session, Role.OFFICER), 2026)
    with pytest.raises(Conflict):
        evaluations.refuse_past(clock.today().year - 1)
    assert session.exec(select(EvaluationPlanItem).order_by(col(EvaluationPlanItem.id))).all() == []
