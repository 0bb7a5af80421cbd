"""The seeded city: its rows fit together, its trail can be proved."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, StageVisit, TaskRow
from runtime.city import build
from services import audit, tally
from services import session as sessions
from services.reading.statistics import figures
from services.reading.statistics.kept import Direct, Reader
from services.reading.statistics.scope import Scope
from tests.conftest import clone_of

CASES = 120


@pytest.fixture(scope="module")
def city(template: str) -> Iterator[Session]:
    with clone_of(template) as url:
        build.build(url, CASES, lambda words: None)
        engine = sessions.make_engine(url)
        with Session(engine) as session:
            yield session
        engine.dispose()


@pytest.mark.rule("M10")
def test_every_chain_of_the_city_verifies(city: Session) -> None:
    problems = audit.verify(city)
    assert not list(getattr(problems, "findings", problems) or [])  # whichever way the proof tells them
    assert city.exec(select(func.count()).select_from(AuditEvent)).one() >= 35 * CASES


def test_city_has_about_four_tasks_a_case_and_most_cases_have_ended(city: Session) -> None:
    tasks = city.exec(select(func.count()).select_from(TaskRow)).one()
    ended = city.exec(select(func.count()).where(col(Case.ended_at).is_not(None))).one()
    assert 3.5 * CASES <= tasks <= 6.5 * CASES
    assert 0.6 * CASES <= ended < CASES


def test_visits_of_the_city_are_those_of_its_trail(city: Session) -> None:
    entered = city.exec(select(func.count()).where(col(AuditEvent.event) == "stage.entered")).one()
    assert city.exec(select(func.count()).select_from(StageVisit)).one() == entered
    open_ = city.exec(select(func.count()).where(col(StageVisit.left_at).is_(None))).one()
    assert open_ == city.exec(select(func.count()).where(col(Case.ended_at).is_(None))).one()


@pytest.mark.rule("W02")
def test_figures_of_the_city_add_up(city: Session) -> None:
    found = figures.figures(city, Scope())
    assert found.total("status") == CASES
    assert found.total("stage") == city.exec(select(func.count()).where(col(Case.ended_at).is_(None))).one()
    assert found.rates.tried > 0


def test_triggers_are_back_after_the_bulk(city: Session) -> None:
    assert list(city.execute(text("select tgname from pg_trigger where tgenabled = 'D'"))) == []


@pytest.mark.rule("W02")
def test_sums_of_the_city_are_made(city: Session) -> None:
    assert Reader(city).usable
    assert tally.wrong(city) == []
    assert figures.figures(city, Scope()).groups == figures.figures(city, Scope(), Direct(city)).groups
