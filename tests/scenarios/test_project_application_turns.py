"""Turns of the project application that send a step back or let it pass otherwise; each history is replayed."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from activities import course as act
from models.tables import Case, TaskRow
from models.vocabulary.facts import OverdueAnswer, OverdueCheck
from services import cases, clock, tasks
from services.session import transaction
from tests.scenarios import world
from tests.scenarios.conftest import Stage
from tests.scenarios.play import Cast, Played, Scenario

pytestmark = pytest.mark.scenario
NUMBERS = itertools.count(501)


def play(stage: Stage, **answers: Any) -> Played:
    n = next(NUMBERS)
    return stage.run(lambda cast: cast.play(Scenario(answers=answers["answers"]), n))  # type: ignore[no-any-return]


def test_what_the_supervisor_sends_back_is_done_again(stage: Stage) -> None:
    case = play(
        stage,
        answers={
            "triage/.*": "complex",
            "agency_approval/1/1": "return",
            "agency_review/.*": "pass",
            "publicity_approval/1/1": "return",
            "publication_approval/1/1": "return",
        },
    )
    assert case.status == "published"
    assert [case.tasks[f"{t}/1/2"] for t in ("triage", "agency_approval", "publicity_approval")] == [
        "complex",
        "approve",
        "approve",
    ]
    assert case.tasks["publication_approval/1/2"] == "approve"
    assert case.documents.count("publicity_notice") == 1


def test_third_correction_is_allowed_by_the_supervisor(stage: Stage) -> None:
    case = play(
        stage, answers={"formal_review/1/[123]": "request_correction", "extra_round/.*": "one_more_round"}
    )
    assert case.status == "published"
    assert case.tasks["correction/1/3"] == "resubmit"


@pytest.mark.rule("G13")
def test_group_opinion_is_signed_with_a_reservation_and_without_an_absent_expert(stage: Stage) -> None:
    def absent(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            boss = world.actor(session, "supervisor")
            tasks.override(session, boss, task.id, "sign_absent", "该专家住院，无法签署")

    case = play(
        stage, answers={"group_signature/2.*": "sign_with_reservation", "group_signature/3.*": absent}
    )
    assert case.status == "published"
    assert case.tasks["group_signature/2.1/1"] == "sign_with_reservation"
    assert case.tasks["group_signature/3.1/1"] == "sign_absent"


@pytest.mark.rule("G10")
def test_experts_who_find_the_revision_wanting_ask_for_another(stage: Stage) -> None:
    case = play(
        stage,
        answers={
            "expert_opinion/.*": "pass_after_re_review",
            "group_opinion/.*": "pass_after_re_review",
            "revision_recheck/1.1/1": "not_ok",
        },
    )
    assert case.status == "published"
    assert case.tasks["revision/1/2"] == "resubmit"
    assert case.tasks["revision_recheck/1.1/2"] == "ok"


@pytest.mark.rule("G11")
def test_institution_that_stays_silent_is_passed_over(stage: Stage) -> None:
    def settle(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            boss = world.actor(session, "supervisor")
            tasks.override(session, boss, task.id, "another_institution", "该机构长期未出具报告")

    case = play(stage, answers={"triage/1/1": "complex", "triage/1/2": "plain", "agency_review/1/1": settle})
    assert case.status == "published"
    assert case.tasks["agency_review/1/1"] == "another_institution"
    assert case.tasks["triage/1/2"] == "plain"
    assert "agency_report" not in case.documents


@pytest.mark.rule("G13")
def test_lead_who_stays_silent_hands_over_to_the_next_member(stage: Stage) -> None:
    def settle(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            boss = world.actor(session, "supervisor")
            tasks.override(session, boss, task.id, "another_lead", "组长因故无法起草")

    case = play(stage, answers={"group_opinion/1.1/1": settle})
    assert case.status == "published"
    assert case.tasks["group_opinion/1.1/1"] == "another_lead"
    assert case.tasks["group_opinion/2.1/2"] == "pass"
    assert case.tasks["group_signature/1.1/2"] == "sign"
    assert case.documents.count("group_opinion") == 1


@pytest.mark.rule("G09")
def test_limit_that_is_moved_while_its_end_is_asked_about_still_comes(stage: Stage) -> None:
    """Suspended and resumed in the instant the correction is due: the answer from in between is older than the news."""

    def move(cast: Cast, check: OverdueCheck) -> OverdueAnswer:
        with transaction() as session:
            number = session.get_one(Case, session.get_one(TaskRow, UUID(check.task_id)).case_id).case_no
        with clock.at(check.at), transaction() as session:
            cases.suspend(session, world.actor(session, "supervisor"), number, "核实有关情况")
        answer = act.close_overdue(check)
        assert answer.due_at is None
        with clock.at(check.at + timedelta(hours=1)), transaction() as session:
            cases.resume(session, world.actor(session, "supervisor"), number, "情况已核实")
        cast.deliver()
        return answer

    script = Scenario({"formal_review/1/1": "request_correction", "correction/.*": None}, at_a_limit=move)
    n = next(NUMBERS)
    case: Played = stage.run(lambda cast: cast.play(script, n))
    assert (case.status, case.tasks["correction/1/1"]) == ("lapsed", "overdue")
