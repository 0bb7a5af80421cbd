"""Numbers and the rows behind them (W02)."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session, col, select

from models.tables import Case, Finding, Notice, StageVisit, TaskRow
from models.vocabulary.events import Event
from services import audit, calendar, clock
from services.reading.statistics import figures, times
from services.reading.statistics.dimensions import DIMENSIONS, behind, counted, every
from services.reading.statistics.scope import FIRST, Days, Scope
from tests import factories

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def _case(session: Session, filer: Any, filed: datetime, stays: list[tuple[str, int]], **values: Any) -> Case:
    """A case that stayed so many calendar days in each stage; the last stay goes on unless it ended."""
    with clock.at(filed):
        case = factories.case(session, filer, status="in_progress", **values)
    at = filed
    for stage, days in stays:
        with clock.at(at):
            case.stage, case.stage_since = stage, at
            audit.record(session, Event.STAGE_ENTERED, case=case, data={"stage": stage})
        at += timedelta(days=days)
    return case


def _end(session: Session, case: Case, at: datetime, result: str = "published") -> None:
    with clock.at(at):
        case.status, case.ended_at = result, at
        audit.record(session, Event.CASE_ENDED, case=case, data={"result": result})
    session.flush()


def _task(session: Session, case: Case, key: str, role: str, opened: datetime, **values: Any) -> TaskRow:
    row = TaskRow(
        **{
            "case_id": case.id,
            "procedure": case.procedure,
            "key": key,
            "slot": str(uuid4())[:8],
            "role": role,
            "opened_at": opened,
            **values,
        }
    )
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def world(session: Session) -> Session:
    filer, officer = factories.user(session, "applicant"), factories.user(session, "officer")
    expert = factories.user(session, "expert")
    first = _case(session, filer, MONDAY, [("formal_review", 7), ("publicity", 7)])
    _end(session, first, MONDAY + timedelta(days=14))
    _case(session, filer, MONDAY + timedelta(days=30), [("formal_review", 3), ("expert_review", 9)])
    third = _case(session, filer, MONDAY + timedelta(days=60), [("formal_review", 5)])
    closed = {"state": "done", "closed_at": MONDAY + timedelta(days=3), "due_at": MONDAY + timedelta(days=7)}
    _task(session, first, "formal_review", "intake", MONDAY, closed_by=officer.id, **closed)
    for days in (4, 9):  # two experts asked at once: one wait, until the last has answered
        done = {**closed, "closed_at": MONDAY + timedelta(days=days)}
        _task(session, first, "expert_opinion", "expert", MONDAY, closed_by=expert.id, **done)
    _task(session, third, "correction", "applicant", MONDAY + timedelta(days=61), due_at=MONDAY)
    session.add(
        Finding(
            case_id=first.id,
            stage="correction",
            round=1,
            number=1,
            source="formal",
            target="materials.licence",
            text="补",
        )
    )
    session.add(
        Notice(
            case_id=first.id,
            procedure=first.procedure,
            title="公示",
            opened_at=MONDAY,
            closed_at=MONDAY + timedelta(days=7),
            state="closed",
        )
    )
    session.flush()
    return session


@pytest.mark.rule("W02")
@pytest.mark.parametrize(
    "scope", [Scope(), Scope(since=date(2026, 3, 10)), Scope(procedure="project_application")]
)
def test_every_figure_is_the_length_of_its_list(world: Session, scope: Scope) -> None:
    with clock.at(MONDAY + timedelta(days=90)):
        for dimension in DIMENSIONS.values():
            for group in counted(world, scope, dimension):
                rows, total = behind(world, scope, dimension, group.value)
                assert list(every(world, scope, dimension, group.value)) == rows
                assert (len(rows), total, sum(r.weight for r in rows)) == (
                    group.count,
                    group.count,
                    group.weight,
                )


@pytest.mark.rule("W02")
def test_sums_say_what_they_are_in() -> None:
    summed = {key: (d.unit.zh, d.amount.zh) for key, d in DIMENSIONS.items() if d.summed}
    assert summed == {
        "turn": ("个工作日", "个工作日"),
        **dict.fromkeys(("grams_class", "grams_methodology", "grams_district"), ("批", "克二氧化碳当量")),
    }


@pytest.mark.rule("W02")
def test_figures_say_what_happened(world: Session) -> None:
    with clock.at(MONDAY + timedelta(days=90)):
        found = figures.figures(world, Scope())
    assert {g.value: g.count for g in found.groups["stage"]} == {
        "project_application/expert_review": 1,
        "project_application/formal_review": 1,
    }
    assert {g.value: g.count for g in found.groups["status"]} == {"in_progress": 2, "published": 1}
    assert {g.value: (g.count, g.weight) for g in found.groups["turn"]}["experts"] == (1, 7)
    assert {g.value: g.weight for g in found.groups["turn"]}["public"] == 5
    assert [(g.value, g.count) for g in found.groups["correction"]] == [
        ("project_application/materials.licence", 1)
    ]
    assert (found.number("on_time", "in_time"), found.number("on_time", "late")) == (2, 1)
    assert found.groups["late"][0].value == "project_application/formal_review"
    stay = {t.stage: t for t in found.times if t.procedure == "project_application"}["formal_review"]
    assert (stay.passed, stay.median, stay.p95, stay.limit) == (2, 2, 5, 5)


@pytest.mark.rule("W02")
def test_drafts_are_not_counted_and_time_filters_by_day_of_filing(world: Session) -> None:
    factories.case(world, factories.user(world, "applicant"))
    total = {s: sum(g.count for g in counted(world, s, DIMENSIONS["status"])) for s in (
        Scope(), Scope(since=date(2026, 3, 2), until=date(2026, 3, 2)), Scope(until=date(2026, 3, 1)))}  # fmt: skip
    assert list(total.values()) == [3, 1, 0]


def test_database_counts_working_days_as_the_calendar_does(session: Session) -> None:
    days, by, dice = Days(session), calendar.current(session), random.Random(7)
    start = datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(days=1500)
    for _ in range(60):
        a = start + timedelta(minutes=dice.randrange(1_500_000))
        b = a + timedelta(minutes=dice.randrange(200_000))
        from sqlalchemy import DateTime, literal
        from sqlalchemy import select as plain

        kind = DateTime(timezone=True)
        got = session.execute(plain(days.between(literal(a, kind), literal(b, kind)))).scalar_one()
        assert got == by.working_days_between(a, b), (a, b)


@pytest.mark.rule("W02")
def test_suspension_is_not_working_time(session: Session) -> None:
    case = _case(session, factories.user(session, "applicant"), MONDAY, [("formal_review", 0)])
    for event, days in ((Event.CASE_SUSPENDED, 2), (Event.CASE_RESUMED, 9), (Event.STAGE_ENTERED, 14)):
        with clock.at(MONDAY + timedelta(days=days)):
            audit.record(session, event, case=case, data={"stage": "publicity"})
    visits = session.exec(
        select(StageVisit).where(StageVisit.case_id == case.id).order_by(col(StageVisit.n))
    ).all()
    assert [(v.n, v.stage, v.left_at is None) for v in visits] == [
        (1, "formal_review", False),
        (2, "publicity", True),
    ]
    stay = next(t for t in figures.figures(session, Scope()).times if t.stage == "formal_review" and t.passed)
    assert (stay.passed, stay.median) == (1, 5)


@pytest.mark.rule("W02")
def test_forecast_uses_observed_times_and_is_tried_on_later_cases(session: Session) -> None:
    filer = factories.user(session, "applicant")
    for n in range(8):
        filed = MONDAY + timedelta(days=7 * n)
        slow = 70 if n == 7 else 0
        case = _case(session, filer, filed, [("formal_review", 7), ("publicity", 7 + slow)])
        _end(session, case, filed + timedelta(days=14 + slow))
    open_ = _case(session, filer, MONDAY + timedelta(days=140), [("formal_review", 0)])
    with clock.at(MONDAY + timedelta(days=140)):
        observed = figures.rates(session, Scope())
        end = times.end_of(session, open_, observed)
        due = calendar.current(session).due(clock.now(), 10)
    assert (observed.tried, observed.right) == (8, 6)  # the slow one is wrong at both of its entries
    assert end is not None
    assert (end.days, end.ends_on) == (10, calendar.last_day_of(due))
