"""The report on an event that is over, and what the exchange says to it (rule J10)."""

from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, Approval, problem
from models.vocabulary.errors import Problem
from models.vocabulary.forms import field


class ActivityReport(Answer):
    """活动总结 of the merchant, when its event is over."""

    redeemed: int = field(
        "兑换件数",
        "Pieces redeemed",
        example=860,
        ge=0,
        le=10**9,
        unit="件",
        hint="活动期间实际兑换的件数，不超过投放总量。",
        hint_en="Pieces redeemed during the event, no more than its quantity.",
    )
    participants: int = field(
        "参与人数",
        "Participants",
        example=512,
        ge=0,
        le=10**9,
        unit="人",
        hint="完成兑换的人数。",
        hint_en="Persons who redeemed something.",
    )
    complaints: int = field(
        "投诉件数",
        "Complaints",
        example=2,
        ge=0,
        le=10**6,
        unit="件",
        hint="活动期间收到的投诉。",
        hint_en="Complaints during the event.",
    )
    summary: str = field(
        "活动总结",
        "Summary",
        example="活动按申请内容组织开展，规则和剩余数量实时公开，投诉均已办结，未兑换权益已下架。",
        min_length=10,
        max_length=4000,
        widget="textarea",
        hint="活动组织、公平公开情况、投诉处理和未兑换权益的处置。",
        hint_en="How it ran, how fair it was, complaints, and what became of what was left.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Nobody takes part without redeeming something."""
        if self.participants <= self.redeemed:
            return []
        return [
            problem(
                "participants",
                "参与人数不能超过兑换件数，请核对。",
                "There cannot be more participants than pieces redeemed.",
            )
        ]


class ActivityConfirmation(Approval):
    """活动总结确认 by the exchange."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"reason": "请补充未兑换权益的处置情况后重新提交。"},
    }
