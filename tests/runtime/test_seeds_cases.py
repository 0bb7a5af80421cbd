"""Demonstration cases are played by the real workflows on a real engine, in the past."""

import asyncio
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select
from temporalio.client import Client

from models.tables import AuditEvent, Case, Notice, Project, TaskRow, User
from models.vocabulary.statuses import OPEN_STATES
from runtime.processes import free_port
from runtime.seeds import cases, static
from runtime.seeds.filings import ONLINE_MALL
from runtime.seeds.moment import Timeline
from runtime.seeds.scenes import SCENES
from runtime.temporal import TemporalServer, answers
from services import audit, calendar
from services.access import actor_of
from services.counting import DemonstrationClock
from services.reading import case_list, mall, public
from services.reading.statistics import figures
from services.reading.statistics.scope import Scope
from services.reading.status import overview
from services.reading.timeline import timeline
from services.session import reading, transaction
from services.settings import settings
from tests.conftest import environment

ROOFS = ("published_1", "published_2", "publicity", "correction", "draft")
PLAYED = (*ROOFS, "mall_online", "scenario", "event", "evaluation", "issuance")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A development server of the module's own."""
    server = TemporalServer(Path(tmp_path_factory.mktemp("temporal")) / "temporal.db", free_port(0))
    process = subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not asyncio.run(answers(server.address, "default")):
            assert process.poll() is None
        yield server.address
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def played(database: str, engine: str) -> Iterator[None]:
    """A scene of each kind."""
    with environment(TEMPORAL_ADDRESS=engine):
        with transaction() as session:
            static.seed(session, "only-for-tests")
        asyncio.run(cases.seed(settings(), [s for s in SCENES if s.key in PLAYED]))
        yield


def test_scenes_end_where_they_should(played: None) -> None:
    with reading() as session:
        found = list(session.exec(select(Case.status, Case.stage).order_by(Case.case_no)))
    assert [tuple(row) for row in found] == [
        ("in_progress", "joint_review"),
        ("waiting_applicant", "evaluation_report"),
        ("in_progress", "quantity_review"),
        ("online", "connection"),
        ("in_progress", "assessment"),
        ("published", "publication"),
        ("published", "first_issuance"),
        ("in_progress", "publicity"),
        ("waiting_applicant", "formal_review"),
        ("draft", ""),
    ]


def test_everything_happened_before_now_and_in_order(played: None) -> None:
    with reading() as session:
        for case in session.exec(select(Case)):
            times = list(
                session.exec(
                    select(AuditEvent.at).where(AuditEvent.case_id == case.id).order_by(AuditEvent.seq)
                )
            )
            assert times == sorted(times), case.title
            assert times[-1] <= datetime.now(UTC)


def test_limits_of_open_tasks_lie_ahead(played: None) -> None:
    with reading() as session:
        states = [s.value for s in OPEN_STATES]
        dues = list(session.exec(select(TaskRow.due_at).where(col(TaskRow.state).in_(states))))
        ends = list(session.exec(select(Notice.closes_at).where(Notice.state == "open")))
    assert (len(dues), len(ends)) == (5, 1)
    assert all(due is not None and due > datetime.now(UTC) for due in dues + ends)


def test_workflows_wait_for_the_true_limits(played: None) -> None:
    with reading() as session:
        case_id = session.exec(select(Case.id).where(Case.stage == "publicity")).one()

    async def timers() -> list[timedelta]:
        client = await Client.connect(settings().temporal_address)
        history = await client.get_workflow_handle(f"case-{case_id}").fetch_history()
        return [
            e.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
            for e in history.events
            if e.HasField("timer_started_event_attributes")
        ]

    assert [t for t in asyncio.run(timers()) if t > timedelta(hours=1)] != []


def test_audit_chains_are_intact(played: None) -> None:
    with reading() as session:
        assert audit.verify(session) == []


def test_playing_again_changes_nothing(played: None) -> None:
    with reading() as session:
        before = audit.count(session)
    asyncio.run(cases.seed(settings(), [s for s in SCENES if s.key in PLAYED]))
    with reading() as session:
        assert audit.count(session) == before


@pytest.mark.rule("G18", "G20")
def test_second_issuance_asks_for_the_reported_months_of_this_year(played: None) -> None:
    with reading() as session:
        [form] = session.exec(select(Case.form).where(Case.procedure == "issuance"))
    told = form["application"]
    assert told["data_source"] == "reported"
    assert told["period_from"].endswith("-01-01")
    assert told["second_in_year_reason"]


@pytest.mark.rule("G29")
def test_evaluation_lies_with_the_holder_of_the_entry(played: None) -> None:
    with reading() as session:
        case = session.exec(select(Case).where(Case.procedure == "tracking_evaluation")).one()
        holder = session.exec(select(User).where(User.username == "applicant")).one()
        task = session.exec(
            select(TaskRow).where(TaskRow.case_id == case.id, TaskRow.key == "feedback")
        ).one()
        assert (case.filer_id, task.party_id) == (holder.party_id, holder.party_id)


@pytest.mark.rule("J10")
def test_mall_of_the_demonstration_is_open(played: None) -> None:
    with reading() as session:
        [entry] = mall.entries(session)
        _, goods = mall.entry(session, entry.member.number)
        assert (entry.member.state, entry.member.name) == ("online", ONLINE_MALL)
        assert all(g.live is not None and g.live.active for g in goods)


@pytest.mark.rule("W01")
@pytest.mark.parametrize("words", ["示例中医医院", "SHTPH-XM", "浦晖新能源"])
def test_library_is_searched_by_name_number_and_applicant(played: None, words: str) -> None:
    with reading() as session:
        auditor = actor_of(session.exec(select(User).where(User.username == "auditor")).one())
        lines, _ = case_list.listed(session, auditor, case_list.CaseFilter(q=words))
        assert "示例中医医院屋顶分布式光伏发电项目" in [line.case.title for line in lines]


@pytest.mark.rule("W01", "G15")
def test_published_project_is_found_by_the_public(played: None) -> None:
    with reading() as session:
        number = session.exec(select(Project.number).where(col(Project.name).contains("中医医院"))).one()
        found = [p.number for p in public.projects_below(session, q="中医医院", below=None, limit=5)]
    assert found == [number]


@pytest.mark.rule("W02")
def test_managers_see_time_by_stage_and_where_cases_wait(played: None) -> None:
    with reading() as session:
        found = figures.figures(session, Scope())
    spent = {(t.procedure, t.stage): t.median for t in found.times}
    assert spent["project_application", "publicity"] >= 5
    assert {g.value: g.count for g in found.groups["stage"]} == {
        "project_application/formal_review": 1,
        "project_application/publicity": 1,
        "scenario_application/joint_review": 1,
        "tracking_evaluation/evaluation_report": 1,
        "issuance/quantity_review": 1,
        "mall_onboarding/assessment": 1,
    }


def test_timeline_stays_in_office_hours(database: str) -> None:
    with reading() as session:
        running = calendar.in_force(session)
    line = Timeline(running, datetime(2026, 10, 12, 15, 0, tzinfo=SHANGHAI), 8)
    for _ in range(12):
        at = line.advance(0.6)
        assert running.is_working(at.date())
        assert 9 <= at.hour <= 17
        assert at <= line.end


def test_timeline_of_the_demonstration_clock_counts_its_days() -> None:
    now = datetime(2026, 10, 12, 15, 0, tzinfo=UTC)
    line = Timeline(DemonstrationClock(2), now, 10)
    assert line.advance(3) == now - timedelta(seconds=14)
    assert line.advance(100) == now


@pytest.mark.rule("M13")
def test_what_the_office_opens_is_nowhere_called_an_application(played: None) -> None:
    with reading() as session:
        case = session.exec(select(Case).where(Case.procedure == "tracking_evaluation")).first()
        assert case is not None
        holder = session.exec(
            select(User).where(User.party_id == case.filer_id, col(User.roles).contains(["applicant"]))
        ).first()
        assert holder is not None
        reader = actor_of(holder)
        steps = [s.title.zh for s in overview(session, reader, case).steps]
        told = [e.text.zh for e in timeline(session, reader, case)]
    assert steps[0] == "启动"
    assert not [t for t in told for word in ("申请已提交", "申请主体", "申请草稿") if word in t]
