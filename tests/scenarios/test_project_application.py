"""The project application, turn by turn, in workflow time; each history is replayed."""

import itertools
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from models.tables import (
    AuditEvent,
    Case,
    CaseVersion,
    Expert,
    Finding,
    Notice,
    Objection,
    Panel,
    PanelMember,
    Project,
    TaskRow,
)
from models.vocabulary.errors import Conflict, Invalid, NotAllowed
from models.vocabulary.types import mask_id
from services import audit, cases, panels, tasks
from services.session import transaction
from tests.scenarios import world
from tests.scenarios.conftest import Stage
from tests.scenarios.play import Cast, Played, Scenario

pytestmark = pytest.mark.scenario
NUMBERS = itertools.count(1)
STRAIGHT = ["formal_review", "technical_review", "expert_review", "publicity", "opinion", "publication"]
REVISED = [*STRAIGHT[:3], "revision", *STRAIGHT[3:]]
BEGUN = ["receipt", "appendix_a", "appendix_b"]
OPINIONS = ["expert_opinion"] * 5
FINISH = ["publicity_notice", "technical_opinion", "publication_notice"]
ONE_CHANGE: dict[str, Any] = {
    "changes": [{"target": "design.boundary_text", "text": "请补充关口计量表之后的边界说明。"}]
}


def play(stage: Stage, **script: Any) -> Played:
    n = next(NUMBERS)
    return stage.run(lambda cast: cast.play(Scenario(**script), n))  # type: ignore[no-any-return]


def rows(table: Any, case: Played) -> list[Any]:
    with transaction() as session:
        return list(session.exec(select(table).where(table.case_id == case.case_id).order_by(col(table.id))))


@pytest.fixture(scope="module")
def straight(stage: Stage) -> Played:
    """The path on which everybody agrees, for all who only look at what came of it."""
    return play(stage)


@pytest.mark.rule("G15")
@pytest.mark.rule("G14")
@pytest.mark.rule("G05")
def test_straight_path_is_published(straight: Played) -> None:
    assert straight.status == "published"
    assert straight.stages == STRAIGHT
    assert straight.documents == [*BEGUN, "acceptance_notice", *OPINIONS, "group_opinion", *FINISH]
    [project] = rows(Project, straight)
    assert project.number.startswith("SHPH-XM-")


@pytest.mark.rule("G09")
@pytest.mark.rule("G10")
def test_two_correction_rounds_keep_each_version(stage: Stage) -> None:
    def corrected(cast: Cast, task: TaskRow) -> None:
        cast.complete(
            task,
            "resubmit",
            {"changes": [{"path": "project.address", "value": f"上海市闵行区示例路{300 + task.round}号"}]},
        )

    case = play(stage, answers={"formal_review/1/[12]": "request_correction", "correction/.*": corrected})
    assert case.status == "published"
    assert case.documents[:10] == [
        *BEGUN,
        "correction_notice",
        "appendix_a",
        "appendix_b",
        "correction_notice",
        "appendix_a",
        "appendix_b",
        "acceptance_notice",
    ]
    versions = rows(CaseVersion, case)
    assert [v.kind for v in versions] == ["submission", "correction", "correction"]
    assert [v.form["project"]["address"][-4:] for v in versions] == ["300号", "301号", "302号"]
    assert {(f.round, f.verdict) for f in rows(Finding, case)} == {(1, "rejected"), (2, "accepted")}


@pytest.mark.rule("G10")
def test_later_round_may_not_add_what_was_visible_before(stage: Stage) -> None:
    def again(cast: Cast, task: TaskRow) -> None:
        fresh = {
            "defects": [{"target": "project.project_name", "requirement": "名称不规范", "basis": "指南"}]
        }
        with pytest.raises(Invalid) as refused:
            cast.complete(task, "request_correction", fresh)
        assert [p.loc for p in refused.value.problems] == ["defects.0.target"]
        cast.complete(task, "accept", {})

    case = play(stage, answers={"formal_review/1/1": "request_correction", "formal_review/1/2": again})
    assert case.status == "published"


def test_third_correction_is_the_supervisors_decision(stage: Stage) -> None:
    case = play(stage, answers={"formal_review/1/[123]": "request_correction", "extra_round/.*": "refuse"})
    assert case.status == "not_accepted"
    assert case.tasks["extra_round/1/3"] == "refuse"
    assert case.documents[-1] == "refusal_notice"


def test_unanswered_correction_lapses(stage: Stage) -> None:
    case = play(stage, answers={"formal_review/1/1": "request_correction", "correction/.*": None})
    assert case.status == "lapsed"
    assert case.tasks["correction/1/1"] == "overdue"
    assert case.documents[-2:] == ["correction_notice", "termination_notice"]


@pytest.mark.rule("G09")
def test_refusal_needs_two_persons(stage: Stage) -> None:
    case = play(stage, answers={"formal_review/.*": "refuse"})
    assert case.status == "not_accepted"
    assert case.tasks == {"formal_review/1/1": "refuse", "refusal_approval/1/1": "confirm"}
    assert case.documents == [*BEGUN, "refusal_notice"]


def test_refusal_sent_back_is_reviewed_again(stage: Stage) -> None:
    case = play(stage, answers={"formal_review/1/1": "refuse", "refusal_approval/.*": "return"})
    assert case.status == "published"
    assert case.tasks["formal_review/1/2"] == "accept"


@pytest.mark.rule("G11")
def test_complex_project_goes_to_the_agency(stage: Stage) -> None:
    case = play(stage, answers={"triage/.*": "complex", "agency_review/.*": "pass_with_findings"})
    assert case.status == "published"
    assert case.stages == REVISED
    assert case.tasks["agency_approval/1/1"] == "approve"
    assert "agency_report" in case.documents
    assert {(f.source, f.basis) for f in rows(Finding, case)} <= {
        ("agency", "不符合"),
        ("agency", "澄清"),
        ("agency", "后续观察"),
    }


@pytest.mark.rule("G11")
def test_plain_project_does_not_go_to_the_agency(straight: Played) -> None:
    assert not [t for t in straight.tasks if t.startswith("agency")]


@pytest.mark.rule("G11")
def test_agency_fail_is_refused_by_the_supervisor(stage: Stage) -> None:
    case = play(stage, answers={"triage/.*": "complex", "agency_review/.*": "fail"})
    assert case.status == "rejected"
    assert case.documents[-2:] == ["agency_report", "rejection_notice"]


@pytest.mark.rule("G12")
def test_declining_conflicted_and_silent_experts_are_replaced(stage: Stage) -> None:
    case = play(
        stage,
        answers={
            "expert_invitation/1.1/1": "decline",
            "expert_invitation/2.1/1": "conflict",
            "expert_invitation/3.1/1": None,
            "expert_opinion/4.1/1": None,
        },
    )
    assert case.status == "published"
    states = {m.slot: m.state for m in rows(PanelMember, case)}
    assert (states["1.1"], states["2.1"], states["3.1"], states["4.1"]) == (
        "declined",
        "conflicted",
        "silent",
        "silent",
    )
    assert sorted(s for s, state in states.items() if state == "submitted") == [
        "1.2",
        "2.2",
        "3.2",
        "4.2",
        "5.1",
    ]
    assert case.documents.count("expert_opinion") == 5


@pytest.mark.rule("G12")
def test_panel_is_drawn_without_conflicts_and_can_be_verified(straight: Played) -> None:
    with transaction() as session:
        [panel] = session.exec(select(Panel).where(Panel.case_id == straight.case_id))
        reasons = {e["expert"]: e["reason"] for e in panel.excluded}
        assert set(reasons) == {"EXP-03", "EXP-08"}
        assert "回避" in reasons["EXP-03"]
        assert "暂不能" in reasons["EXP-08"]
        assert len(panels.members(session, panel)) == 5
        assert panels.verify(session, panel)


@pytest.mark.rule("G12")
@pytest.mark.rule("G13")
def test_group_cannot_conclude_against_the_votes(stage: Stage) -> None:
    def against(cast: Cast, task: TaskRow) -> None:
        with pytest.raises(Invalid) as refused:
            cast.complete(task, "pass", {})
        assert refused.value.problems[0].loc == "outcome"
        cast.complete(task, "fail", {})

    case = play(stage, answers={"expert_opinion/[123].*": "fail", "group_opinion/.*": against})
    assert case.status == "rejected"
    assert case.documents[-2:] == ["group_opinion", "rejection_notice"]


@pytest.mark.rule("G12")
def test_four_experts_left_wait_for_a_fifth(stage: Stage) -> None:
    def widened(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            session.exec(select(Expert).where(Expert.key == "EXP-08")).one().available = True
        cast.complete(task, "draw_again", {})

    declining = {f"expert_invitation/5.{n}/1": "decline" for n in range(1, 7)}
    case = play(stage, answers={**declining, "panel_shortfall/.*": widened})
    with transaction() as session:
        session.exec(select(Expert).where(Expert.key == "EXP-08")).one().available = False
    assert case.status == "published"
    assert case.tasks["panel_shortfall/5.6/1"] == "draw_again"
    assert case.tasks["expert_opinion/5.7/1"] == "pass"


@pytest.mark.rule("G12")
def test_silent_experts_are_asked_again_when_nobody_else_is_left(stage: Stage) -> None:
    case = play(stage, answers={"expert_invitation/5.[1-6]/1": None})
    assert case.status == "published"
    assert case.tasks["panel_shortfall/5.6/1"] == "draw_again"
    seat = {m.slot: m for m in rows(PanelMember, case) if m.seat == 5}
    assert seat["5.7"].state == "submitted"
    assert seat["5.7"].expert_id in {seat[f"5.{n}"].expert_id for n in range(1, 7)}


@pytest.mark.rule("G12")
def test_redrawn_panel_is_a_new_draw(stage: Stage) -> None:
    case = play(stage, answers={"panel_approval/1/1": "redraw"})
    assert case.status == "published"
    first, second = rows(Panel, case)
    assert first.seed != second.seed


@pytest.mark.rule("G10")
@pytest.mark.rule("G14")
def test_revision_is_checked_finding_by_finding(stage: Stage) -> None:
    case = play(
        stage,
        answers={
            "expert_opinion/.*": "pass_after_revision",
            "group_opinion/.*": "pass_after_revision",
            "revision_check/1/1": "not_ok",
        },
    )
    assert case.status == "published"
    assert case.stages == REVISED
    findings = rows(Finding, case)
    assert {f.round for f in findings} == {1, 2}
    assert {f.verdict for f in findings if f.round == 2} == {"accepted"}
    assert [v.kind for v in rows(CaseVersion, case)] == ["submission", "revision", "revision"]


def test_revision_after_re_review_is_looked_at_by_three_experts(stage: Stage) -> None:
    case = play(
        stage,
        answers={"expert_opinion/.*": "pass_after_revision", "group_opinion/.*": "pass_after_re_review"},
    )
    assert case.status == "published"
    assert len([t for t in case.tasks if t.startswith("revision_recheck")]) == 3


def test_revision_that_never_holds_is_rejected(stage: Stage) -> None:
    case = play(
        stage,
        answers={
            "expert_opinion/.*": "pass_after_revision",
            "group_opinion/.*": "pass_after_revision",
            "revision_check/.*": "not_ok",
        },
    )
    assert case.status == "rejected"
    assert sorted(t for t in case.tasks if t.startswith("revision/")) == [
        "revision/1/1",
        "revision/1/2",
        "revision/1/3",
    ]


def test_unanswered_revision_lapses(stage: Stage) -> None:
    case = play(
        stage,
        answers={
            "expert_opinion/.*": "pass_after_revision",
            "group_opinion/.*": "pass_after_revision",
            "revision/.*": None,
        },
    )
    assert case.status == "lapsed"


@pytest.mark.rule("M05")
def test_publicity_lasts_five_working_days(straight: Played) -> None:
    [notice] = rows(Notice, straight)
    with transaction() as session:
        from services import notices

        days = notices.counted_days(session, notice)
    assert len(days) == 5
    assert notice.closed_at >= notice.closes_at
    assert notice.opened_at.date().isoformat() not in days


@pytest.mark.rule("M05")
def test_every_objection_is_answered_before_publication(stage: Stage) -> None:
    case = play(stage, objections={1: 2}, answers={"objection_reply/2/.*": None})
    assert case.status == "published"
    assert case.tasks["objection_reply/2/1"] == "overdue"
    assert {o.finding for o in rows(Objection, case)} == {"not_upheld"}
    assert case.documents.count("objection_answer") == 2


@pytest.mark.rule("M05")
def test_curable_objection_restarts_the_publicity(stage: Stage) -> None:
    case = play(stage, objections={1: 1}, answers={"objection_answer/1/1": "upheld_curable"})
    assert case.status == "published"
    assert len(rows(Notice, case)) == 2
    assert {f.source for f in rows(Finding, case)} == {"objection"}


@pytest.mark.rule("M05")
def test_fatal_objection_rejects_with_two_persons(stage: Stage) -> None:
    case = play(stage, objections={1: 1}, answers={"objection_answer/.*": "upheld_fatal"})
    assert case.status == "rejected"
    assert case.tasks["rejection_approval/1/1"] == "confirm"
    assert case.documents[-2:] == ["objection_answer", "rejection_notice"]


@pytest.mark.rule("M05")
def test_fatal_objection_leaves_no_other_objection_unanswered(stage: Stage) -> None:
    case = play(
        stage,
        objections={1: 2},
        answers={"objection_answer/1/.*": "upheld_fatal", "rejection_approval/1/1": "return"},
    )
    assert case.status == "rejected"
    assert case.tasks["rejection_approval/1/2"] == "confirm"
    assert {o.finding for o in rows(Objection, case)} == {"upheld_fatal", "not_upheld"}
    assert case.documents.count("objection_answer") == 2


def test_withdrawal_in_publicity_is_published(stage: Stage) -> None:
    def withdraw(cast: Cast, case_id: UUID) -> None:
        with transaction() as session:
            cases.withdraw(
                session, world.actor(session, "applicant"), session.get_one(Case, case_id).case_no, "项目调整"
            )

    case = play(stage, in_publicity=withdraw)
    assert case.status == "withdrawn"
    [notice] = rows(Notice, case)
    assert notice.state == "withdrawn"
    assert "publication_notice" not in case.documents


def test_suspension_moves_the_end_of_publicity(stage: Stage) -> None:
    def pause(cast: Cast, case_id: UUID) -> None:
        with transaction() as session:
            boss, number = world.actor(session, "supervisor"), session.get_one(Case, case_id).case_no
            cases.suspend(session, boss, number, "核实举报")
            cases.resume(session, boss, number, "核实完毕")

    case = play(stage, in_publicity=pause)
    assert case.status == "published"
    assert [e.event for e in rows(AuditEvent, case) if e.event in ("case.suspended", "case.resumed")] == [
        "case.suspended",
        "case.resumed",
    ]


@pytest.mark.rule("G14")
def test_technical_opinion_carries_two_signatures(stage: Stage) -> None:
    case = play(stage, answers={"technical_opinion_signature/1/1": "return"})
    assert case.status == "published"
    assert case.tasks["technical_opinion/1/2"] == "positive"
    assert case.documents.count("technical_opinion") == 1


def test_negative_technical_opinion_rejects(stage: Stage) -> None:
    case = play(stage, answers={"technical_opinion/.*": "negative"})
    assert case.status == "rejected"
    assert case.documents[-2:] == ["technical_opinion", "rejection_notice"]


@pytest.mark.rule("M01")
def test_supervisor_may_not_sign_what_the_same_person_drafted(stage: Stage) -> None:
    def same_person(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            from models.tables import User

            other = session.exec(select(User).where(User.username == "supervisor2")).one()
            officer = session.exec(select(User).where(User.username == "officer")).one()
            kept, other.person_key = other.person_key, officer.person_key
            session.flush()
            who = world.actor(session, "supervisor2")
            with pytest.raises(NotAllowed):
                tasks.claim(session, who, task.id)
            other.person_key = kept
        cast.complete(task, "sign", {})

    assert play(stage, answers={"technical_opinion_signature/.*": same_person}).status == "published"


def test_override_settles_a_wait_with_a_reason(stage: Stage) -> None:
    def overridden(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            boss = world.actor(session, "supervisor")
            with pytest.raises(Invalid):
                tasks.override(session, boss, task.id, "resubmit", " ")
            tasks.override(session, boss, task.id, "resubmit", "申请方已书面提交更正，系统账户无法登录")

    case = play(stage, answers={"formal_review/1/1": "request_correction", "correction/.*": overridden})
    assert case.status == "published"
    assert "task.overridden" in [e.event for e in rows(AuditEvent, case)]


def test_decision_after_the_case_ended_is_refused(stage: Stage) -> None:
    def too_late(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            number = session.get_one(Case, task.case_id).case_no
            cases.withdraw(session, world.actor(session, "applicant"), number, "不再申请")
        with pytest.raises(Conflict) as refused:
            cast.complete(task, "plain", {})
        assert refused.value.kind == "case_ended"

    assert play(stage, answers={"triage/.*": too_late}).status == "withdrawn"


@pytest.mark.rule("M10")
def test_trail_of_a_case_is_whole_and_history_holds_no_personal_data(stage: Stage) -> None:
    case = play(stage, objections={1: 1})
    with transaction() as session:
        assert audit.verify(session, case.case_id) == []
        form = session.get_one(Case, case.case_id).form
    told = case.history.to_json()
    secrets = [
        form["applicant"]["contact_mobile"],
        form["applicant"]["legal_rep_id_no"],
        form["applicant"]["contact_name"],
        form["project"]["project_name"],
        "citizen@example.com",
    ]
    assert [s for s in secrets if s in told] == []
    assert mask_id(secrets[1]) != secrets[1]
