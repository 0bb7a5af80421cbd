"""The tracking evaluation, turn by turn, in workflow time; each history is replayed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from activities import plans
from models.tables import AuditEvent, Case, EvaluationPlan, Finding, Notification, Project, TaskRow
from models.vocabulary.errors import Invalid, NotAllowed, NotFound
from models.vocabulary.facts import PlanMade, PlanStep
from models.vocabulary.specs import OVERDUE
from services import access, cases, clock, materials, projects, tasks
from services.reading import prepared
from services.session import transaction
from tests.scenarios import world
from tests.scenarios.conftest import Stage
from tests.scenarios.evaluating import CHECKED, REPORTED, YEAR, Setting, play, rows
from tests.scenarios.play import Cast, Scenario

pytestmark = pytest.mark.scenario


@pytest.mark.rule("G29")
def test_operation_that_conforms_closes(stage: Stage) -> None:
    setting = Setting(grams=YEAR)
    case = play(stage, setting)
    assert case.status == "closed"
    assert case.stages == CHECKED
    assert case.documents == REPORTED
    assert case.tasks["data_check/1/1"] == case.tasks["exchange_data_check/1/1"] == "checked"
    assert setting.state() == "implementing"
    assert setting.holding() == YEAR


@pytest.mark.rule("G29")
def test_checklists_show_what_was_filed_and_reported(stage: Stage) -> None:
    seen: list[dict[str, Any]] = []

    def look(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            case = session.get_one(Case, task.case_id)
            seen.extend(prepared.start(session, case, task)["items"])
        cast.complete(task, "checked", {})

    setting = Setting(grams=YEAR)
    play(stage, setting, data_check__1__1=look)
    assert {row["criterion"] for row in seen} == {"consistency", "soundness", "authenticity", "accuracy"}
    filed = {row["item"]: row["filed"] for row in seen}
    assert filed["评估期减排量签发"] == f"{setting.lot} 356.049 tCO₂e"
    assert filed["报送数据完整率"] == "0.0%（有效 0.0%）"
    assert filed["运行时间"] == "2024年12月20日"
    assert filed["减排量计入期"] == "2025年1月1日至2034年12月31日"
    assert filed["预计年均减排量（tCO₂e）"] == "356.049"  # the unit stands in the heading
    assert all(row["result"] == "unchecked" for row in seen)


@pytest.mark.rule("G29")
def test_team_is_one_person_of_each_side_at_once(stage: Stage) -> None:
    seen: list[set[str]] = []

    def first(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            seen.append({t.key for t in cases.open_tasks(session, task.case_id)})
            with pytest.raises(NotAllowed):
                tasks.claim(session, world.actor(session, "exchange"), task.id)
        cast.complete(task, "checked", {})

    play(stage, Setting(), data_check__1__1=first)
    # a slow projection is tried again, and looks again
    assert seen[0] == {"data_check", "exchange_data_check"}


def test_visit_is_made_when_either_side_wants_it_with_photos(stage: Stage) -> None:
    def visit(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            case = session.get_one(Case, task.case_id)
            officer, holder = world.actor(session, "officer"), world.actor(session, "applicant")
            materials.add(session, officer, case.case_no, "site_photo", "现场.pdf", world.PDF, False)
            with pytest.raises(NotAllowed):
                materials.add(session, officer, case.case_no, "feedback_paper", "x.pdf", world.PDF, False)
            with pytest.raises(Exception, match="no papers now"):
                materials.add(session, holder, case.case_no, "site_photo", "x.pdf", world.PDF, False)
        cast.complete(task, "visited", {})

    case = play(stage, Setting(), exchange_data_check__1__1="visit", site_visit__1__1=visit)
    assert case.stages == ["data_check", "site_visit", "evaluation_report"]
    with transaction() as session:
        papers = materials.listed(session, session.get_one(Case, case.case_id))
        assert [p.kind for p in papers] == ["site_photo"]


def test_visit_wanted_by_the_centre(stage: Stage) -> None:
    assert "site_visit" in play(stage, Setting(), data_check__1__1="visit").stages


@pytest.mark.rule("G29")
def test_holder_who_is_silent_does_not_stop_it(stage: Stage) -> None:
    case = play(stage, Setting(), feedback__1__1=None)
    assert case.status == "closed"
    assert case.tasks["feedback/1/1"] == OVERDUE


@pytest.mark.rule("G29")
@pytest.mark.parametrize("side", ["report_signature", "exchange_report_signature"])
def test_report_sent_back_by_either_side_is_drafted_again(stage: Stage, side: str) -> None:
    case = play(stage, Setting(), **{f"{side}__1__1": "return", "feedback__1__1": "comment"})
    assert case.status == "closed"
    assert case.tasks["evaluation_report/1/2"] == "conform"
    assert case.documents == ["evaluation_findings", *REPORTED]


@pytest.mark.rule("S04")
def test_rectification_in_time_closes(stage: Stage) -> None:
    case = play(stage, Setting(), evaluation_report__1__1="rectify")
    assert case.status == "closed"
    assert case.stages == [*CHECKED, "rectification"]
    assert case.documents == [*REPORTED, "rectification_notice"]
    [asked] = rows(Finding, case)
    assert (asked.stage, asked.reply, asked.verdict) == ("rectification", "已按要求修改。", "accepted")


@pytest.mark.rule("S04")
def test_rectification_not_enough_is_asked_for_again(stage: Stage) -> None:
    case = play(stage, Setting(), evaluation_report__1__1="rectify", rectification_check__1__1="again")
    assert case.status == "closed"
    assert case.documents.count("rectification_notice") == 2
    first, second = rows(Finding, case)
    assert (first.verdict, second.verdict) == ("rejected", "accepted")
    assert "仍缺 2025 年 9 月运行日志。" in second.text


@pytest.mark.rule("S04")
def test_rectification_deadline_is_seen_by_both_sides(stage: Stage) -> None:
    seen: list[Any] = []

    def look(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            for name in ("applicant", "officer", "exchange"):
                found = access.task_for(session, world.actor(session, name), task.id)
                assert found.due_at is not None
                seen.append((found.due_at - found.opened_at).days)
        cast.complete(task, "report", {})

    play(stage, Setting(), evaluation_report__1__1="rectify", rectification__1__1=look)
    assert len(set(seen)) == 1
    assert seen[0] >= 30


@pytest.mark.rule("S04")
def test_rectification_nobody_makes_is_escalated_to_suspension(stage: Stage) -> None:
    states: list[str] = []
    setting = Setting()

    def resumed(cast: Cast, task: TaskRow) -> None:
        states.append(setting.state())
        cast.complete(task, "resume", {})

    case = play(
        stage,
        setting,
        evaluation_report__1__1="rectify",
        rectification__1__1=None,
        rectification_check__1__1="escalate",
        resumption_decision__1__1=resumed,
    )
    assert case.status == "closed"
    assert case.stages == [*CHECKED, "rectification", "suspension"]
    assert (states, setting.state()) == (["suspended"], "implementing")


def test_escalation_sent_back_gives_one_more_chance(stage: Stage) -> None:
    case = play(
        stage,
        Setting(),
        evaluation_report__1__1="rectify",
        rectification_check__1__1="escalate",
        escalation_approval__1__1="return",
    )
    assert case.status == "closed"
    assert case.stages == [*CHECKED, "rectification"]
    assert case.tasks["rectification_check/1/2"] == "ok"


@pytest.mark.rule("G29")
def test_suspended_entry_takes_no_records_and_resumes_as_it_was(stage: Stage) -> None:
    setting, seen = Setting("scenario"), []

    def look(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            entry = session.exec(select(Project).where(Project.number == setting.number)).one()
            seen.append((entry.state, projects.takes_records(entry)))
        cast.complete(task, "resume", {})

    case = play(stage, setting, evaluation_report__1__1="suspend", resumption_decision__1__1=look)
    assert case.status == "closed"
    assert seen == [("suspended", False)]
    assert setting.state() == "running"
    told = [e.event for e in rows(AuditEvent, case) if e.event.startswith("project.")]
    assert told == ["project.suspended", "project.resumed"]


@pytest.mark.rule("G29")
@pytest.mark.parametrize(("decision", "state"), [("revoke", "deregistered"), ("keep", "implementing")])
def test_revocation_is_decided_by_the_bureau(stage: Stage, decision: str, state: str) -> None:
    setting = Setting()
    case = play(stage, setting, evaluation_report__1__1="revoke", revocation_decision__1__1=decision)
    assert case.status == "closed"
    assert case.stages == [*CHECKED, "revocation"]
    assert setting.state() == state


@pytest.mark.rule("G29")
@pytest.mark.parametrize(("decision", "state"), [("revoke", "deregistered"), ("keep", "implementing")])
def test_suspension_may_end_in_a_proposal_to_revoke(stage: Stage, decision: str, state: str) -> None:
    setting = Setting()
    case = play(
        stage,
        setting,
        evaluation_report__1__1="suspend",
        resumption_decision__1__1="propose_revocation",
        revocation_decision__1__1=decision,
    )
    assert case.stages == [*CHECKED, "suspension", "revocation"]
    assert setting.state() == state


def test_holder_reads_and_is_told_but_cannot_take_it_back(stage: Stage) -> None:
    setting = Setting()

    def look(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            holder = world.actor(session, "applicant")
            case = session.get_one(Case, task.case_id)
            assert access.case_for(session, holder, case.case_no).id == case.id
            assert not cases.may_withdraw(holder, case)
            with pytest.raises(NotAllowed):
                cases.withdraw(session, holder, case.case_no, "不同意评估")
            with pytest.raises(NotFound):
                access.case_for(session, world.actor(session, "school"), case.case_no)
            asked = session.exec(
                select(Notification).where(
                    Notification.task_id == task.id, Notification.user_id == holder.user_id
                )
            ).all()
            assert len(asked) == 1
        cast.complete(task, "accept", {})

    case = play(stage, setting, feedback__1__1=look)
    with transaction() as session:
        holder, row = world.actor(session, "applicant"), session.get_one(Case, case.case_id)
        assert [d.key for d in access.visible_documents(session, holder, row)] == REPORTED


def test_draft_of_the_office_is_its_authors_alone(stage: Stage) -> None:
    setting = Setting()
    with transaction() as session:
        officer = world.actor(session, "officer")
        form: dict[str, Any] = {"subject": {"project_number": setting.number}}
        case = cases.create(session, officer, "tracking_evaluation", form)
        cases.save(session, officer, case.case_no, form, case.version)
        for name in ("applicant", "officer2", "supervisor", "exchange", "auditor"):
            with pytest.raises(NotFound):
                access.case_for(session, world.actor(session, name), case.case_no)
        with pytest.raises(NotAllowed):
            cases.create(session, world.actor(session, "applicant"), "tracking_evaluation", {})
        cases.withdraw(session, officer, case.case_no, "误建")


@pytest.mark.parametrize("number", ["SHPH-XM-1999-0001", ""])
def test_entry_that_is_not_published_cannot_be_evaluated(stage: Stage, number: str) -> None:
    def change(form: dict[str, Any]) -> None:
        form["subject"]["project_number"] = number

    with pytest.raises(Invalid) as refused:
        stage.cast.file(Scenario(procedure="tracking_evaluation", form=change), 0)
    assert {p.loc for p in refused.value.problems} == {"subject.project_number"}


def test_entry_is_evaluated_once_at_a_time(stage: Stage) -> None:
    setting = Setting()

    def again(cast: Cast, task: TaskRow) -> None:
        with pytest.raises(Invalid) as refused:
            cast.file(Scenario(procedure="tracking_evaluation", form=setting.form()), 0)
        assert {p.loc for p in refused.value.problems} == {"subject.project_number"}
        cast.complete(task, "checked", {})

    assert play(stage, setting, data_check__1__1=again).status == "closed"


@pytest.mark.rule("M13")
def test_schedule_finds_a_year_planned_already_as_it_is(stage: Stage) -> None:
    now = clock.now()
    with transaction() as session:
        session.add(EvaluationPlan(year=now.year, seed="s", population=9, flagged=2, drawn=1, at=now))
    for _ in range(2):
        assert plans.plan_evaluations(PlanStep(at=now)) == PlanMade(year=now.year, cases=3)


@pytest.mark.rule("M13")
def test_schedule_rings_in_january_or_after_a_year_of_the_demonstration() -> None:
    now = clock.now()
    [day] = plans.when(None, now).calendars
    assert (day.month[0].start, day.day_of_month[0].start, day.hour[0].start) == (1, 10, 10)
    for seconds, every in ((60, timedelta(seconds=15_000)), (1, timedelta(hours=1))):
        [interval] = plans.when(seconds, now).intervals
        assert interval.every == every
        assert interval.offset == timedelta(seconds=int(now.timestamp()) % every.seconds)
