"""The scenario application where somebody sends back, refuses, falls short or asks for more."""

import itertools
from typing import Any

import pytest
from sqlmodel import select

from models.tables import Expert
from services.session import transaction
from tests.scenarios.conftest import Stage
from tests.scenarios.play import Cast, Played, Scenario

pytestmark = pytest.mark.scenario
NUMBERS = itertools.count(501)
COMPLEX = {"centre_review/.*": ("agree", {"complex": True, "complex_reason": "首次应用该方法学。"})}


def play(stage: Stage, **script: Any) -> Played:
    n = next(NUMBERS)
    wanted = Scenario(procedure="scenario_application", **script)
    return stage.run(lambda cast: cast.play(wanted, n))  # type: ignore[no-any-return]


def test_what_is_sent_back_is_done_again(stage: Stage) -> None:
    again = ("publicity_approval", "technical_opinion_signature", "publication_approval")
    answers: dict[str, Any] = {f"{task}/1/1": "return" for task in again}
    case = play(
        stage, answers=answers | COMPLEX | {"centre_acceptance/1/1": "return", "panel_approval/1/1": "redraw"}
    )
    assert case.status == "online"
    assert [case.tasks[f"{task}/1/2"] for task in again] == ["approve", "sign", "approve"]
    assert case.tasks["centre_acceptance/1/2"] == "accept"
    assert case.tasks["panel_approval/1/2"] == "approve"


@pytest.mark.rule("G10")
def test_corrections_beyond_the_rounds_are_the_supervisors_decision(stage: Stage) -> None:
    case = play(
        stage, answers={"formal_review/1/[123]": "request_correction", "extra_round/.*": "one_more_round"}
    )
    assert case.status == "online"
    assert case.documents.count("correction_notice") == 3


def test_no_further_round_ends_it(stage: Stage) -> None:
    case = play(stage, answers={"formal_review/1/[123]": "request_correction", "extra_round/.*": "refuse"})
    assert (case.status, case.documents[-1]) == ("not_accepted", "refusal_notice")


@pytest.mark.rule("G09")
def test_refusal_needs_two_persons(stage: Stage) -> None:
    case = play(stage, answers={"formal_review/1/[12]": "refuse", "refusal_approval/1/1": "return"})
    assert case.status == "not_accepted"
    assert case.tasks["refusal_approval/1/2"] == "confirm"


def test_experts_decline_until_the_library_is_widened(stage: Stage) -> None:
    def widened(cast: Cast, task: Any) -> None:
        with transaction() as session:
            session.exec(select(Expert).where(Expert.key == "EXP-08")).one().available = True
        cast.complete(task, "draw_again", {})

    first = {"expert_invitation/1.1/1": "conflict", r"expert_invitation/5\.[1-6]/1": "decline"}
    try:
        case = play(stage, answers=first | COMPLEX | {"panel_shortfall/.*": widened})
    finally:
        with transaction() as session:
            session.exec(select(Expert).where(Expert.key == "EXP-08")).one().available = False
    assert case.status == "online"
    assert "draw_again" in case.tasks.values()
    assert case.documents.count("expert_opinion") == 5


@pytest.mark.rule("G24")
def test_experts_ask_for_changes_and_the_officer_checks(stage: Stage) -> None:
    case = play(
        stage,
        answers=COMPLEX
        | {
            "expert_opinion/.*": "pass_after_revision",
            "group_opinion/.*": "pass_after_revision",
            "group_signature/2.*": "sign_with_reservation",
            "revision_check/1/1": "not_ok",
        },
    )
    assert case.status == "online"
    assert case.tasks["revision/1/2"] == "resubmit"


def test_experts_look_at_the_revision_again(stage: Stage) -> None:
    case = play(
        stage,
        answers=COMPLEX
        | {
            "expert_opinion/.*": "pass_after_re_review",
            "group_opinion/.*": "pass_after_re_review",
            "revision_recheck/1.1/1": "not_ok",
        },
    )
    assert case.status == "online"
    assert case.tasks["revision_exchange_check/1/1"] == "ok"
    assert case.tasks["revision_recheck/1.1/2"] == "ok"


def test_experts_refuse_and_the_supervisor_confirms(stage: Stage) -> None:
    case = play(stage, answers=COMPLEX | {"expert_opinion/.*": "fail", "group_opinion/.*": "fail"})
    assert (case.status, case.documents[-1]) == ("rejected", "rejection_notice")


def test_objection_not_upheld_is_answered(stage: Stage) -> None:
    case = play(stage, objections={1: 1}, answers={"objection_answer/.*": "not_upheld"})
    assert case.status == "online"
    assert "objection_answer" in case.documents


def test_objection_upheld_as_fatal_rejects(stage: Stage) -> None:
    case = play(stage, objections={1: 1}, answers={"objection_answer/.*": "upheld_fatal"})
    assert (case.status, case.documents[-1]) == ("rejected", "rejection_notice")


def test_negative_technical_opinion_rejects(stage: Stage) -> None:
    case = play(stage, answers={"technical_opinion/.*": "negative"})
    assert (case.status, case.documents[-2:]) == ("rejected", ["technical_opinion", "rejection_notice"])
