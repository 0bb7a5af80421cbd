"""What follows when the two sides differ: conference 会商 and the bureau's decision (rule G23)."""

from datetime import date
from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, wanted
from models.procedures.shared.codes import MEETING_MODES, MeetingMode
from models.procedures.shared.joint_findings import CHANGES, no_changes
from models.procedures.shared.subjects import (
    Adjustment,
)
from models.vocabulary.errors import Problem
from models.vocabulary.forms import field

_MEETING: dict[str, Any] = {
    "held_on": "2026-11-18",
    "place": "上海市减污降碳管理运行技术中心 302 会议室",
    "mode": "onsite",
    "participants": "中心：经办人员、审核负责人；环交所：场景审核人员、数据工程师。",
    "centre_position": "减排行为边界应剔除调度里程，剔除后可以通过。",
    "exchange_position": "接口可以按场景标识区分调度里程，同意剔除后通过。",
}


class Conference(Answer):
    """会商纪要."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "revise": {**_MEETING, "result": "双方一致同意修改完善后通过。", "changes": [CHANGES[1]]},
        "refuse": {**_MEETING, "result": "双方一致认为不符合方法学要求，不予通过。", "changes": []},
        "unresolved": {**_MEETING, "result": "双方未能达成一致，提请市生态环境局决定。", "changes": []},
    }

    held_on: date = field(
        "会商日期",
        "Date",
        example=_MEETING["held_on"],
        widget="date",
        hint="会商召开日期。",
        hint_en="The day.",
    )
    place: str = field(
        "会商地点",
        "Place",
        example=_MEETING["place"],
        min_length=1,
        max_length=200,
        hint="会商地点。",
        hint_en="Where it took place.",
    )
    mode: MeetingMode = field(
        "会商方式",
        "Mode",
        example="onsite",
        choices=MEETING_MODES,
        widget="radio",
        hint="会商方式。",
        hint_en="How.",
    )
    participants: str = field(
        "参加人员",
        "Participants",
        example=_MEETING["participants"],
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="双方参加会商的人员。",
        hint_en="Who took part, of both sides.",
    )
    centre_position: str = field(
        "中心意见",
        "The centre's position",
        example=_MEETING["centre_position"],
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="市减污降碳中心的意见和理由。",
        hint_en="What the centre holds, and why.",
    )
    exchange_position: str = field(
        "环交所意见",
        "The exchange's position",
        example=_MEETING["exchange_position"],
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="上海环境能源交易所的意见和理由。",
        hint_en="What the exchange holds, and why.",
    )
    result: str = field(
        "会商结果",
        "Result",
        example="经会商，双方一致同意通过。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="达成的一致意见，或者仍有的分歧。",
        hint_en="What was agreed, or what stays in dispute.",
    )
    changes: list[Adjustment] = field(
        "修改要求",
        "Changes required",
        example=[],
        default_factory=list,
        hint="一致同意修改的，逐条列明。",
        hint_en="One by one, where both agree on changes.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Changes go with agreement on a revision, and only with it."""
        if outcome == "revise":
            return wanted(
                "changes", self.changes, "请至少列明一项修改要求。", "Please list at least one change."
            )
        return [no_changes()] if self.changes else []


class ConferenceConfirmation(Answer):
    """会商结果确认 by the exchange: the minutes bind both only when both stand by them."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"reason": "纪要未记载我所关于接口改造期限的意见，请补充。"},
        "dissent": {"reason": "对减排行为边界仍有不同意见，提请市生态环境局决定。"},
    }

    reason: str = field(
        "说明",
        "Note",
        example="纪要内容属实，同意会商结果。",
        default="",
        max_length=1000,
        widget="textarea",
        hint="退回或者不同意的，须写明理由。",
        hint_en="Say why, if you send it back or do not agree.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Whoever does not confirm says why."""
        if outcome == "confirm":
            return []
        return wanted("reason", self.reason, "请写明理由。", "Please say why.")


class BureauDecision(Answer):
    """市生态环境局决定 where centre and exchange stay apart."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "revise": {
            "reason": "边界表述可以通过修改完善，要求申请主体修改后继续办理。",
            "changes": [CHANGES[1]],
        },
        "refuse": {"reason": "减排行为边界不符合所适用方法学的要求，不予通过。", "changes": []},
    }

    reason: str = field(
        "决定理由",
        "Reasons",
        example="分歧不影响方法学适用和数据安全，同意通过会同审核。",
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="决定及其理由，将告知双方和申请主体。",
        hint_en="The decision and its reasons; told to both sides and the applicant.",
    )
    changes: list[Adjustment] = field(
        "修改要求",
        "Changes required",
        example=[],
        default_factory=list,
        hint="决定修改的，逐条列明。",
        hint_en="One by one, where changes are decided.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Changes go with a revision, and only with it."""
        if outcome == "revise":
            return wanted(
                "changes", self.changes, "请至少列明一项修改要求。", "Please list at least one change."
            )
        return [no_changes()] if self.changes else []
