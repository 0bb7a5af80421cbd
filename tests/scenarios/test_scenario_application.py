"""The scenario application, turn by turn, in workflow time; each history is replayed."""

import itertools
from typing import Any

import pytest
from sqlmodel import col, select

from models.procedures.scenario_application_forms.bundle import SUB_SCENARIOS
from models.procedures.scenario_application_forms.party import ENTRUSTMENT_EXAMPLE
from models.tables import AuditEvent, Case, CaseVersion, Finding, Notice, Project, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound
from services import access, cases, materials, projects
from services.reading import desk
from services.session import transaction
from tests.scenarios import play as stagecraft
from tests.scenarios import world
from tests.scenarios.conftest import Stage
from tests.scenarios.play import Cast, Played, Scenario

pytestmark = pytest.mark.scenario
NUMBERS = itertools.count(1)
STRAIGHT = ["readiness", "formal_review", "joint_review", "publicity", "opinion", "publication", "connection"]
REVISED = [*STRAIGHT[:3], "revision", *STRAIGHT[3:]]
BEGUN = ["receipt", "appendix_c", "acceptance_notice"]
FINISH = ["publicity_notice", "technical_opinion", "publication_notice", "connection_acceptance"]
BUNDLED = ("entrustment_letter", "sub_platform_connection", "sub_user_agreement")


def play(stage: Stage, **script: Any) -> Played:
    n = next(NUMBERS)
    wanted = Scenario(procedure="scenario_application", **script)
    return stage.run(lambda cast: cast.play(wanted, n))  # type: ignore[no-any-return]


def rows(table: Any, case: Played) -> list[Any]:
    with transaction() as session:
        return list(session.exec(select(table).where(table.case_id == case.case_id).order_by(col(table.id))))


@pytest.fixture(scope="module")
def straight(stage: Stage) -> Played:
    """The path on which everybody agrees, for all who only look at what came of it."""
    return play(stage)


@pytest.mark.rule("G21")
@pytest.mark.rule("G23")
@pytest.mark.rule("G25")
@pytest.mark.rule("S01")
def test_straight_path_goes_online(straight: Played) -> None:
    assert straight.status == "online"
    assert straight.stages == STRAIGHT
    assert straight.documents == [*BEGUN, "joint_review_opinion", *FINISH]
    assert straight.tasks["readiness_check/1/1"] == "ready"
    [entry] = rows(Project, straight)
    assert (entry.kind, entry.state, entry.est_annual_g) == ("scenario", "running", 526_782_000)
    assert entry.number.startswith("SHPH-CJ-")
    assert projects.takes_records(entry)


@pytest.mark.rule("S01")
def test_readiness_not_confirmed_is_supplemented(stage: Stage) -> None:
    def supplemented(cast: Cast, task: TaskRow) -> None:
        change = {
            "path": "readiness.compatibility.note",
            "value": "接口改造 2026 年 12 月完成，测试环境已就绪。",
        }
        cast.complete(task, "resubmit", {"changes": [change]})

    case = play(stage, answers={"readiness_check/1/1": "supplement", "readiness_supplement/.*": supplemented})
    assert case.status == "online"
    assert case.documents[:4] == ["receipt", "appendix_c", "appendix_c", "acceptance_notice"]
    assert [v.kind for v in rows(CaseVersion, case)] == ["submission", "readiness_supplement"]
    [asked] = rows(Finding, case)
    assert (asked.target, asked.verdict) == ("readiness.compatibility", "accepted")


@pytest.mark.rule("S01")
def test_readiness_nobody_supplements_lapses(stage: Stage) -> None:
    case = play(stage, answers={"readiness_check/.*": "supplement", "readiness_supplement/.*": None})
    assert case.status == "lapsed"
    assert case.documents == ["receipt", "appendix_c", "termination_notice"]


@pytest.mark.rule("S01")
def test_readiness_not_met_cannot_be_filed(stage: Stage) -> None:
    def unready(form: dict[str, Any]) -> None:
        form["readiness"]["maturity"] = {"met": False, "note": "骑行里程计量尚在调试。"}

    with pytest.raises(Invalid) as refused:
        stage.cast.file(Scenario(procedure="scenario_application", form=unready), next(NUMBERS))
    assert [p.loc for p in refused.value.problems] == ["readiness.maturity.met"]


@pytest.mark.rule("G23")
def test_joint_review_asks_both_at_once(stage: Stage) -> None:
    seen: list[set[str]] = []

    def first(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            seen.append({t.key for t in cases.open_tasks(session, task.case_id)})
        cast.complete(task, "agree", {})

    case = play(stage, answers={"centre_review/.*": first})
    assert seen == [{"centre_review", "exchange_review"}]
    assert case.status == "online"


@pytest.mark.rule("G23")
@pytest.mark.rule("G10")
def test_one_side_wants_revision_both_check_it(stage: Stage) -> None:
    case = play(stage, answers={"exchange_review/.*": "needs_revision"})
    assert case.status == "online"
    assert case.stages == REVISED
    assert [(f.source, f.verdict) for f in rows(Finding, case)] == [("exchange", "accepted")]
    assert case.tasks["revision_check/1/1"] == "ok"
    assert case.tasks["revision_exchange_check/1/1"] == "ok"
    assert case.documents[3:5] == ["joint_review_opinion", "appendix_c"]


@pytest.mark.rule("G23")
def test_both_findings_stand_on_one_page(stage: Stage) -> None:
    seen: list[tuple[str, str]] = []

    def look(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            page = desk.load(session, world.actor(session, "officer"), task.id)
            seen.extend((noun.key, given.outcome) for noun, _, given in page.beside)
        cast.complete(task, "pass", {})

    play(stage, answers={"exchange_review/.*": "disagree", "conference/.*": look})
    assert seen == [("centre_review", "agree"), ("exchange_review", "disagree")]


def test_exchange_sends_the_revision_back(stage: Stage) -> None:
    case = play(
        stage,
        answers={"centre_review/.*": "needs_revision", "revision_exchange_check/1/1": "not_ok"},
    )
    assert case.status == "online"
    assert case.tasks["revision/1/2"] == "resubmit"
    assert case.tasks["revision_exchange_check/1/2"] == "ok"


@pytest.mark.rule("G23")
def test_both_disagree_and_the_supervisor_confirms(stage: Stage) -> None:
    case = play(stage, answers={"(centre|exchange)_review/.*": "disagree"})
    assert case.status == "rejected"
    assert "conference/1/1" not in case.tasks
    assert case.documents == [*BEGUN, "joint_review_opinion", "rejection_notice"]


@pytest.mark.rule("G23")
def test_both_disagree_sent_back_both_look_again(stage: Stage) -> None:
    case = play(
        stage,
        answers={"(centre|exchange)_review/1/1": "disagree", "rejection_approval/.*": "return"},
    )
    assert case.status == "online"
    assert case.tasks["exchange_review/1/2"] == "agree"
    assert case.documents.count("joint_review_opinion") == 2


@pytest.mark.rule("G23")
@pytest.mark.parametrize(
    ("result", "status", "stages"),
    [("pass", "online", STRAIGHT), ("revise", "online", REVISED), ("refuse", "rejected", STRAIGHT[:3])],
)
def test_disagreement_is_settled_in_conference(
    stage: Stage, result: str, status: str, stages: list[str]
) -> None:
    case = play(stage, answers={"exchange_review/.*": "disagree", "conference/.*": result})
    assert (case.status, case.stages) == (status, stages)
    assert case.documents[3:5] == ["conference_minutes", "joint_review_opinion"]
    assert "bureau_decision/1/1" not in case.tasks


def test_conference_takes_the_place_of_what_a_side_wanted(stage: Stage) -> None:
    case = play(
        stage,
        answers={
            "centre_review/.*": "needs_revision",
            "exchange_review/.*": "disagree",
            "conference/.*": "revise",
        },
    )
    assert case.stages == REVISED
    assert [f.source for f in rows(Finding, case)] == ["conference"]


def test_minutes_sent_back_are_rewritten(stage: Stage) -> None:
    case = play(stage, answers={"centre_review/.*": "disagree", "conference_confirmation/1/1": "return"})
    assert case.status == "online"
    assert case.tasks["conference/1/2"] == "pass"
    assert case.documents.count("conference_minutes") == 1


@pytest.mark.rule("G23")
@pytest.mark.parametrize(
    ("decision", "status", "stages"),
    [("pass", "online", STRAIGHT), ("revise", "online", REVISED), ("refuse", "rejected", STRAIGHT[:3])],
)
def test_unresolved_the_bureau_decides(stage: Stage, decision: str, status: str, stages: list[str]) -> None:
    case = play(
        stage,
        answers={
            "centre_review/.*": "disagree",
            "conference/.*": "unresolved",
            "bureau_decision/.*": decision,
        },
    )
    assert (case.status, case.stages) == (status, stages)
    assert case.tasks["bureau_decision/1/1"] == decision


def test_exchange_dissents_from_the_minutes_and_the_bureau_decides(stage: Stage) -> None:
    case = play(
        stage,
        answers={"exchange_review/.*": "disagree", "conference_confirmation/.*": "dissent"},
    )
    assert case.status == "online"
    assert case.tasks["bureau_decision/1/1"] == "pass"


@pytest.mark.rule("G24")
@pytest.mark.parametrize("side", ["centre_review", "exchange_review"])
def test_either_side_marks_complex_and_experts_come_in(stage: Stage, side: str) -> None:
    marked = ("agree", {"complex": True, "complex_reason": "首次应用该方法学。"})
    case = play(stage, answers={f"{side}/.*": marked, "group_opinion/.*": "pass"})
    assert case.status == "online"
    assert case.stages == [*STRAIGHT[:3], "expert_review", *STRAIGHT[3:]]
    assert case.documents.count("expert_opinion") == 5


@pytest.mark.rule("G24")
def test_plain_scenario_has_no_panel(straight: Played) -> None:
    assert not [name for name in straight.tasks if name.startswith("panel")]
    assert "agency_review/1/1" not in straight.tasks


@pytest.mark.rule("M05")
@pytest.mark.rule("G14")
def test_publicity_lasts_five_working_days_and_curable_objections_restart_it(stage: Stage) -> None:
    case = play(stage, objections={1: 1}, answers={"objection_answer/.*": "upheld_curable"})
    assert case.status == "online"
    notices = rows(Notice, case)
    assert [n.state for n in notices] == ["closed", "closed"]
    assert all((n.closes_at - n.opened_at).days >= 5 for n in notices)
    assert notices[0].text["sections"][0]["title"]["zh"] == "减排场景基本情况"


@pytest.mark.rule("G23")
@pytest.mark.rule("M05")
def test_what_an_objection_changed_is_checked_by_both_who_reviewed(stage: Stage) -> None:
    case = play(
        stage,
        objections={1: 1},
        answers={"objection_answer/.*": "upheld_curable", "revision_exchange_check/1/1": "not_ok"},
    )
    assert case.status == "online"
    assert [case.tasks[f"revision_exchange_check/1/{n}"] for n in (1, 2)] == ["not_ok", "ok"]
    assert case.tasks["publicity_release/1/2"] == "release"


@pytest.mark.rule("G25")
def test_failed_test_goes_back_to_the_agreement(stage: Stage) -> None:
    case = play(stage, answers={"connection_test/1/1": "failed"})
    assert case.status == "online"
    assert case.tasks["connection_spec/1/2"] == "propose"
    assert case.tasks["connection_test/1/2"] == "passed"


@pytest.mark.rule("G25")
def test_either_side_can_send_the_connection_back(stage: Stage) -> None:
    case = play(stage, answers={"exchange_acceptance/1/1": "return", "connection_agreement/1/1": "return"})
    assert case.status == "online"
    assert case.tasks["connection_agreement/1/2"] == "agree"
    assert case.tasks["centre_acceptance/1/2"] == "accept"
    assert case.documents[-1] == "connection_acceptance"


@pytest.mark.rule("G25")
def test_published_scenario_is_not_live_while_it_connects(stage: Stage) -> None:
    seen: list[tuple[str, str, bool]] = []

    def look(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            entry = projects.of_case(session, task.case_id)
            case = session.get_one(Case, task.case_id)
            assert entry is not None
            seen.append((case.status, entry.state, projects.takes_records(entry)))
            operator = world.actor(session, "operator")
            assert not cases.may_withdraw(operator, case)
            with pytest.raises(Conflict):
                cases.withdraw(session, operator, case.case_no, "不再运营")
        cast.complete(task, "propose", {})

    case = play(stage, answers={"connection_spec/.*": look})
    assert seen == [("waiting_applicant", "connecting", False)]
    live = [e for e in rows(AuditEvent, case) if e.event == "project.live"]
    assert len(live) == 1


@pytest.mark.rule("G25")
@pytest.mark.rule("S03")
def test_test_without_a_refused_consent_does_not_pass(stage: Stage) -> None:
    def blind(cast: Cast, task: TaskRow) -> None:
        record = {"expected": "accepted", "answered": "accepted", "expected_g": 97, "answered_g": 97}
        records = [record | {"record_no": f"T-{n}", "kind": "normal"} for n in range(6)]
        with pytest.raises(Invalid) as refused:
            cast.complete(task, "passed", {"records": records})
        assert [p.loc for p in refused.value.problems] == ["records"] * 3
        cast.complete(task, "passed", {})

    assert play(stage, answers={"connection_test/.*": blind}).status == "online"


def bundle(form: dict[str, Any]) -> None:
    form["applicant"] |= {"is_bundled": True, "is_agency": True}
    form["entrustment"] = ENTRUSTMENT_EXAMPLE
    form["sub_scenarios"] = SUB_SCENARIOS


@pytest.mark.rule("G22")
@pytest.mark.rule("S02")
def test_bundle_brings_one_set_of_papers_for_each_sub_scenario(stage: Stage) -> None:
    case = play(stage, form=bundle, answers={"formal_review/.*": _all_papers})
    assert case.status == "online"
    with transaction() as session:
        row = session.get_one(Case, case.case_id)
        kinds = [a.kind for a in materials.listed(session, row)]
        assert row.principal_id is not None
    assert [kinds.count(kind) for kind in BUNDLED] == [2, 2, 2]


def _all_papers(cast: Cast, task: TaskRow) -> None:
    kinds = ("appendix_c", "licence", "legal_rep_identity", "user_agreement", *BUNDLED)
    items = [{"kind": k, "complete": True, "conforming": True, "sealed": True, "note": ""} for k in kinds]
    cast.complete(task, "accept", {"items": items})


@pytest.mark.rule("G22")
def test_bundle_with_too_few_papers_is_told_how_many(stage: Stage) -> None:
    form = stagecraft.scenario_form(next(NUMBERS))
    bundle(form)
    with transaction() as session:
        who = world.actor(session, "operator")
        case = cases.create(session, who, "scenario_application", form)
        for kind in ("licence", "legal_rep_identity", "user_agreement", *BUNDLED):
            materials.add(session, who, case.case_no, kind, f"{kind}.pdf", world.PDF, True)
        told = {p.loc for p in cases.check(session, case)}
    assert told == {f"materials.{kind}" for kind in BUNDLED}


def test_one_platform_serves_one_scenario(stage: Stage) -> None:
    n = next(NUMBERS)
    script = Scenario(procedure="scenario_application")
    stage.run(lambda cast: cast.play(script, n))

    def renamed(form: dict[str, Any]) -> None:
        form["scenario"]["scenario_name"] += "二期"

    with pytest.raises(Invalid) as refused:
        stage.cast.file(Scenario(procedure="scenario_application", form=renamed), n)
    assert {p.loc for p in refused.value.problems} == {"description.facilities.icp_no"}


def test_exchange_reads_scenarios_and_no_projects(stage: Stage, straight: Played) -> None:
    with transaction() as session:
        exchange = world.actor(session, "exchange")
        found = access.case_for(session, exchange, straight.case_no)
        keys = {d.key for d in access.visible_documents(session, exchange, found)}
        assert {"joint_review_opinion", "connection_acceptance", "appendix_c"} <= keys
        project = stage.cast.file(Scenario(), 9000 + next(NUMBERS))
        with pytest.raises(NotFound):
            access.case_for(session, exchange, project.case_no)


def test_officer_may_not_speak_for_the_exchange(stage: Stage) -> None:
    def wrong(cast: Cast, task: TaskRow) -> None:
        from services import tasks

        with transaction() as session, pytest.raises(NotAllowed):
            tasks.claim(session, world.actor(session, "officer"), task.id)
        cast.complete(task, "agree", {})

    assert play(stage, answers={"exchange_review/.*": wrong}).status == "online"
