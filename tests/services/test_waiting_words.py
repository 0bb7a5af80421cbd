"""What a case waits for, where nobody has anything to do."""

import pytest
from sqlmodel import Session

from models.procedures import issuance, project_application, scenario_application
from models.tables import Case
from models.vocabulary.text import Text
from services.reading.explain import sentence_of, title_for, veiled
from services.reading.status import words_of
from tests import factories


@pytest.mark.rule("J10")
@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("event_schedule", "特定活动已通过评估论证，尚未开始。"),
        ("event", "活动在申请的期限内开放兑换，到期自动关闭。"),
        ("", "材料已收到，系统正在安排下一步。"),
    ],
)
def test_an_event_says_that_it_waits_for_its_days(stage: str, words: str) -> None:
    case = Case(procedure="mall_onboarding", status="in_progress", stage=stage)
    assert words_of(case, []).zh == words


def test_a_sentence_that_two_offices_share_is_said_once() -> None:
    case = Case(procedure="tracking_evaluation", stage="report", status="in_progress")
    one, other = Text("The report is being concluded.", "正在形成评估报告。"), Text("Another.", "另一件。")
    assert words_of(case, [one, one, other]) == Text(
        "The report is being concluded. Another.", "正在形成评估报告。另一件。"
    )


@pytest.mark.rule("M05")
def test_several_objections_are_counted_as_objections_not_as_people() -> None:
    asked = project_application.SPEC.task("objection_reply")
    assert sentence_of(asked, 2, 3).zh == "待申请主体对异议作出说明（共 3 件异议，已完成 1 件）。"
    assert sentence_of(asked, 2, 3).en.endswith("There are 3 objections; 1 done.")
    assert sentence_of(asked, 1, 1) == asked.public
    opinion = project_application.SPEC.task("expert_opinion")
    assert "共 5 位，已完成 2 位" in sentence_of(opinion, 3, 5).zh


@pytest.mark.parametrize(
    ("spec", "key"),
    [
        (project_application.SPEC, "rejection_approval"),
        (scenario_application.SPEC, "rejection_approval"),
        (project_application.SPEC, "refusal_approval"),
        (issuance.SPEC, "refusal_approval"),
        (issuance.SPEC, "issuance_refusal_approval"),
    ],
)
def test_a_refusal_nobody_has_confirmed_is_not_told_outside(session: Session, spec, key: str) -> None:
    task = spec.task(key)
    outside, inside = factories.actor(session, "applicant"), factories.actor(session, "supervisor")
    assert title_for(outside, task) == Text("Confirm the result of the review", "复核审查结果")
    assert "不予" in title_for(inside, task).zh
    assert (veiled(outside, task), veiled(inside, task)) == (True, False)
