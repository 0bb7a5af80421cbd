"""The kept sums of the statistics are what counting the rows gives, whatever happens and however far they have come."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func
from sqlmodel import Session, col, select

from models.tables import Case, Finding, Notice, Tally, TallyChange, TaskRow
from models.vocabulary.events import Event
from services import audit, calendar, clock, tally
from services.reading.statistics import figures
from services.reading.statistics.dimensions import DIMENSIONS, behind
from services.reading.statistics.kept import Direct, Reader, periods
from services.reading.statistics.scope import Days, Scope
from tests import factories

BEGIN = datetime(2024, 11, 4, 2, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 20, 2, 0, tzinfo=UTC)
STAGES = ("formal_review", "technical_review", "expert_review", "publicity")
ENDS = ("published", "rejected", "withdrawn", "lapsed")
ROLES = ("intake", "officer", "expert", "applicant", "agency", "exchange")
KEYS = {"expert": "expert_opinion", "applicant": "correction"}
SCOPES = (
    Scope(),
    Scope(procedure="scenario_application"),
    Scope(since=date(2024, 12, 20), until=date(2026, 1, 31)),
    Scope(since=date(2025, 3, 14)),
    Scope(until=date(2025, 6, 2), procedure="project_application"),
)


class World:
    """An office in which anything may happen to anything, behind the back of the services too."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.dice = session, random.Random(seed)
        self.filers = [factories.user(session, "applicant") for _ in range(3)]
        self.staff = [factories.user(session, role) for role in ("intake", "officer", "expert")]
        self.cases: list[Case] = []
        self.serial = 0

    def at(self, after: datetime) -> datetime:
        return min(NOW, after + timedelta(minutes=self.dice.randrange(60, 60 * 24 * 30)))

    def step(self) -> None:
        acts = (self.file, self.enter, self.ask, self.ask, self.answer, self.answer, self.end, self.pause,
                self.publish, self.close, self.find, self.void, self.tamper)  # fmt: skip
        (self.dice.choice(acts) if self.cases else self.file)()
        self.session.flush()

    def file(self) -> None:
        at = BEGIN + timedelta(minutes=self.dice.randrange(60 * 24 * 480))
        with clock.at(at):
            case = factories.case(
                self.session,
                self.dice.choice(self.filers),
                status="in_progress",
                procedure=self.dice.choice(("project_application", "scenario_application")),
                submitted_at=at,
            )
        self.cases.append(case)

    def enter(self) -> None:
        case = self.dice.choice(self.cases)
        if case.ended_at is None:
            with clock.at(self.at(case.stage_since or case.submitted_at or BEGIN)):
                case.stage, case.stage_since = self.dice.choice(STAGES), clock.now()
                audit.record(self.session, Event.STAGE_ENTERED, case=case, data={"stage": case.stage})

    def ask(self) -> None:
        case, role = self.dice.choice(self.cases), self.dice.choice(ROLES)
        opened, self.serial = self.at(case.submitted_at or BEGIN), self.serial + 1
        holder = self.dice.choice((None, *self.staff))
        self.session.add(
            TaskRow(
                case_id=case.id, procedure=case.procedure, key=KEYS.get(role, "formal_review"),
                slot=str(self.serial), round=self.dice.randint(1, 2), role=role, opened_at=opened,
                assignee_id=holder.id if holder else None, due_at=self.at(opened),
            )
        )  # fmt: skip

    def answer(self) -> None:
        task = self._one(TaskRow, col(TaskRow.state) == "open")
        if task is not None:
            task.state = self.dice.choice(("done", "done", "overdue", "cancelled"))
            task.closed_at, task.closed_by = self.at(task.opened_at), self.dice.choice(self.staff).id

    def end(self) -> None:
        case = self.dice.choice(self.cases)
        if case.ended_at is None and case.stage:
            with clock.at(self.at(case.stage_since or BEGIN)):
                case.status, case.ended_at = self.dice.choice(ENDS), clock.now()
                audit.record(self.session, Event.CASE_ENDED, case=case, data={"result": case.status})

    def pause(self) -> None:
        case = self.dice.choice(self.cases)
        if case.ended_at is None and case.stage_since is not None:
            for what in (Event.CASE_SUSPENDED, Event.CASE_RESUMED)[: self.dice.randint(1, 2)]:
                with clock.at(self.at(case.stage_since)):
                    audit.record(self.session, what, case=case)

    def publish(self) -> None:
        case, self.serial = self.dice.choice(self.cases), self.serial + 1
        opened = self.at(case.submitted_at or BEGIN)
        self.session.add(
            Notice(
                case_id=case.id, procedure=case.procedure, title="公示", round=self.serial, opened_at=opened
            )
        )

    def close(self) -> None:
        notice = self._one(Notice, col(Notice.closed_at).is_(None))
        if notice is not None:
            notice.state, notice.closed_at = "closed", self.at(notice.opened_at)

    def find(self) -> None:
        case, self.serial = self.dice.choice(self.cases), self.serial + 1
        target = self.dice.choice(("materials.licence", "project.project_name"))
        self.session.add(
            Finding(case_id=case.id, stage="correction", round=1, number=self.serial, source="formal",
                    target=target, text="补正")
        )  # fmt: skip

    def void(self) -> None:
        """As a return to a step does."""
        row = self._one(self.dice.choice((TaskRow, Finding, Notice)))
        if row is not None:
            if isinstance(row, TaskRow) and row.state == "open":
                row.state, row.closed_at = "cancelled", NOW
            row.void_at = NOW

    def tamper(self) -> None:
        """What no service does."""
        case = self.dice.choice(self.cases)
        task = self._one(TaskRow)
        if self.dice.random() < 0.4 and task is not None:
            self.session.delete(task)
        elif self.dice.random() < 0.5 and case.submitted_at is not None:
            case.submitted_at += timedelta(days=self.dice.randint(-40, 40))
        else:
            case.filer_id = self.dice.choice(self.filers).party_id

    def _one(self, table: Any, *where: Any) -> Any:
        return self.session.exec(select(table).where(*where).order_by(func.random()).limit(1)).first()


@pytest.mark.rule("W02")
@pytest.mark.parametrize("seed", range(4))
def test_kept_figures_equal_counted_ones_at_every_moment(session: Session, seed: int) -> None:
    session.exec(select(func.setseed(seed / 10))).one()
    world = World(session, seed)
    tally.rebuild(session)
    for scope in SCOPES:
        for _ in range(world.dice.randint(1, 50)):
            world.step()
        if world.dice.random() < 0.7:
            assert tally.advance(session) is False
            for _ in range(world.dice.randint(0, 4)):  # some cases stand noted as changed
                world.step()
        with clock.at(NOW):
            assert Reader(session).usable
            assert figures.figures(session, scope) == figures.figures(session, scope, Direct(session))
    tally.advance(session)
    assert session.exec(select(func.count()).select_from(TallyChange)).one() == 0
    assert tally.wrong(session) == []


@pytest.mark.rule("W02")
def test_a_kept_figure_is_the_length_of_its_list(session: Session) -> None:
    world = World(session, 11)
    tally.rebuild(session)
    for _ in range(120):
        world.step()
    tally.advance(session)
    world.step()
    with clock.at(NOW):
        for scope in SCOPES[1:3]:
            found = figures.figures(session, scope)
            for key, groups in found.groups.items():
                for g in groups:
                    rows, total = behind(session, scope, DIMENSIONS[key], g.value)
                    assert (len(rows), total, sum(r.weight for r in rows)) == (g.count, g.count, g.weight)


def test_sums_of_another_calendar_are_not_read_and_made_anew(session: Session) -> None:
    world = World(session, 3)
    for _ in range(60):
        world.step()
    tally.rebuild(session)
    day = date(2025, 6, 4)
    changes = {day: calendar.Arrangement(False, "台风停工")}
    calendar.publish(session, calendar.proposed(session, changes, day), "台风", None)
    with clock.at(NOW):
        assert not Reader(session).usable
        before = figures.figures(session, Scope())
        tally.advance(session)
        assert Reader(session).usable
        assert figures.figures(session, Scope()) == before


def test_a_sum_changed_behind_the_back_is_found(session: Session) -> None:
    world = World(session, 5)
    for _ in range(60):
        world.step()
    tally.rebuild(session)
    session.exec(select(Tally).where(Tally.dimension == "status", Tally.grain == "d").limit(1)).one().n += 1
    session.flush()
    assert [w.split()[:3] for w in tally.wrong(session)] == [["sum", "d", "status"]]
    tally.rebuild(session)
    assert tally.wrong(session) == []


def test_two_that_add_up_at_once_do_not_wait_for_one_another(
    session: Session, rolled_back_engine: Any
) -> None:
    tally.rebuild(session)
    with Session(rolled_back_engine) as other:
        assert tally.advance(other) is False


@pytest.mark.parametrize("seed", range(20))
def test_periods_hold_each_day_once(seed: int) -> None:
    dice = random.Random(seed)
    first = date(2023, 1, 1) + timedelta(days=dice.choice((0, 31, dice.randrange(900))))
    last = first + timedelta(days=dice.choice((0, 1, 30, 364, dice.randrange(1200))))
    days: list[date] = []
    for grain, start, stop in periods(first, last):
        step = {"y": "year", "m": "month", "d": "day"}[grain]
        assert grain == "d" or start.day == 1
        assert step != "year" or start.month == 1
        days += [start + timedelta(days=n) for n in range((stop - start).days + 1)]
    assert sorted(days) == [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_figures_ask_a_fixed_number_of_statements(session: Session) -> None:
    world = World(session, 7)
    for _ in range(80):
        world.step()
    tally.rebuild(session)
    asked: list[int] = []
    for _ in range(2):
        told: list[str] = []
        note = lambda *a, told=told: told.append(str(a[2]))  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", note)
        figures.figures(session, Scope())
        event.remove(session.get_bind(), "before_cursor_execute", note)
        asked.append(len(told))
        for _ in range(40):
            world.step()
        tally.advance(session)
    assert asked == [STATEMENTS, STATEMENTS]


#: Calendar, figures kept and counted with the state of the sums, limits, open cases.
STATEMENTS = 6


def test_days_are_named_by_how_they_count(session: Session) -> None:
    assert Days(session).key == Days(session).key != ""
