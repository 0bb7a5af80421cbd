"""What a case waits for, where nobody has anything to do."""

import pytest

from models.tables import Case
from models.vocabulary.text import Text
from services.reading.status import words_of


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
