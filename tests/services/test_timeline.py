"""What the timeline says of a panel: who was drawn from how many, and why a seat is filled anew."""

import pytest

from models.procedures import procedure
from models.tables import AuditEvent
from models.vocabulary.events import Event
from services.reading.timeline import sentence

SEAT = {"key": "expert_opinion", "round": 1, "slot": "1.1", "reason": "专家出差"}


@pytest.mark.rule("G12")
@pytest.mark.parametrize(
    ("event", "data", "words"),
    [
        (Event.TASK_OVERRIDDEN, SEAT, "收回专家席位，记为逾期未复：填写专家评审意见。"),
        (Event.TASK_COMPLETED, {"key": "expert_opinion", "slot": "1.1"}, "填写专家评审意见：已提交。"),
        (
            Event.PANEL_REPLACED,
            {"seat": 2, "left": "declined", "reason": ""},
            "第 2 席补选专家，原专家已谢绝。",
        ),
        (
            Event.PANEL_DRAWN,
            {"size": 5, "eligible": 9, "excluded": 3},
            "从符合条件的 9 名专家中随机抽取 5 名，3 名因回避等原因不参加抽取。",
        ),
    ],
)
def test_what_happened_to_a_seat_is_told_in_words(event: Event, data: dict[str, object], words: str) -> None:
    row = AuditEvent(event=event.value, data=data)
    assert sentence(procedure("project_application"), row).zh == words
