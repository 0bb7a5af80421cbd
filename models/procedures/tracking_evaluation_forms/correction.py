"""Data correction 数据修正: the holder's self-check, the recomputation, the decision (rules G27, S04)."""

from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, Approval, ReasonedDecision, problem
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.types import PastDate

#: The largest amount a form takes, grams.
MOST = 10**18


class CorrectedFigure(Group):
    """A figure as it was reported and as it should have been."""

    item: str = field(
        "数据项",
        "Figure",
        example="2025 年 7 月上网电量",
        min_length=1,
        max_length=200,
        hint="写明设备、期间和数据名称。",
        hint_en="Device, period and name of the figure.",
    )
    reported: str = field(
        "原报送值",
        "Reported",
        example="48230.00",
        max_length=200,
        hint="原报送的数值和单位。",
        hint_en="As reported, with its unit.",
    )
    corrected: str = field(
        "更正值",
        "Corrected",
        example="47658.00",
        max_length=200,
        hint="更正后的数值和单位。",
        hint_en="As it should be, with its unit.",
    )
    reason: str = field(
        "更正理由",
        "Reason",
        example="抄表员将次月两日读数计入本月。",
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="偏差产生的原因和证据。",
        hint_en="Why it was off, and the proof.",
    )


_FIGURE = {
    "item": "2025 年 7 月上网电量",
    "reported": "48230.00",
    "corrected": "47658.00",
    "reason": "抄表员将次月两日读数计入本月。",
}


class CorrectionAnswer(Answer):
    """数据自查报告."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "dispute": {"cause": "经自查，报送数据与电能表底码、结算单一致。", "figures": []},
    }

    cause: str = field(
        "自查情况",
        "Self-check",
        example="经自查，2025 年 7 月读数区间有误，已按电能表底码更正。",
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="自查的过程、异常原因和影响范围。",
        hint_en="How it was looked into, why it happened, how far it reaches.",
    )
    figures: list[CorrectedFigure] = field(
        "更正数据",
        "Corrected figures",
        example=[_FIGURE],
        default_factory=list,
        max_length=500,
        hint="逐项列出；认为数据无误的可不填。",
        hint_en="One by one; none where the data stand.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Whoever corrects names the figures."""
        if outcome == "correct" and not self.figures:
            return [
                problem(
                    "figures",
                    "请列出更正数据；认为数据无误的，请选择“数据无误”。",
                    "Please list the corrected figures, or choose “the data stand”.",
                )
            ]
        return []


class Recomputed(Group):
    """A lot of issued reductions, and what it should have been."""

    lot_number: str = field(
        "签发批次",
        "Lot",
        example="SHPH-XM-2026-0001-01",
        min_length=1,
        max_length=60,
        hint="受影响期间涉及的签发批次，由系统带出。",
        hint_en="A lot of the affected period; filled in by the system.",
    )
    old_g: int = field(
        "现有签发量",
        "As issued",
        example=356049000,
        ge=0,
        le=MOST,
        unit="gCO2e",
        hint="扣除以往修正后的签发量，由系统带出。",
        hint_en="Issued less earlier corrections; filled in by the system.",
    )
    new_g: int = field(
        "重新核算量",
        "As recomputed",
        example=355947000,
        ge=0,
        le=MOST,
        unit="gCO2e",
        hint="按更正数据和原方法学版本重新核算的量。",
        hint_en="By the corrected data and the methodology version of the lot.",
    )


class CorrectionReview(Answer):
    """重新核算."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "again": {"basis": "自查报告未说明 8 月数据是否受到影响，请补充。", "lots": []},
    }

    lots: list[Recomputed] = field(
        "涉及批次",
        "Lots",
        example=[],
        default_factory=list,
        max_length=200,
        hint="受影响期间尚未签发的没有批次，核算依据中说明即可。",
        hint_en="None where the period has not been issued yet; the basis says so.",
    )
    basis: str = field(
        "核算依据",
        "Basis",
        example="按更正后的上网电量和签发时所用方法学版本复算，其余参数不变。",
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="所用数据、方法学版本、参数和计算过程要点。",
        hint_en="Data, methodology version, parameters and the main steps.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """A lot is recomputed once."""
        numbers = [lot.lot_number for lot in self.lots]
        return [
            problem(f"lots.{no}.lot_number", "该批次已列出。", "This lot is listed already.")
            for no, number in enumerate(numbers)
            if number in numbers[:no]
        ]


class CorrectionApproval(Approval):
    """数据修正审批."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"reason": "复算未说明线损参数取值，请补充后重新提交。"},
    }


class Resumption(ReasonedDecision):
    """恢复运行决定."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "propose_revocation": {"reason": "暂停期间拒不整改，提请市生态环境局撤销。"},
    }

    reason: str = field(
        "理由",
        "Reason",
        example="停运组串已修复，经现场核实运行正常，同意恢复。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="写明整改情况和核实结果，将告知被评估单位。",
        hint_en="What was mended and how it was checked; the holder is told.",
    )


class Revocation(ReasonedDecision):
    """撤销决定."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "keep": {"reason": "情节轻微并已改正，不予撤销。", "decided_on": "2026-02-10", "letter_no": ""},
    }

    reason: str = field(
        "理由",
        "Reason",
        example="提供虚假单据，情节严重，予以撤销。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="写明事实和依据，将告知被评估单位。",
        hint_en="Facts and basis; the holder is told.",
    )
    decided_on: PastDate = field(
        "决定日期",
        "Decided on",
        example="2026-02-10",
        widget="date",
        hint="市生态环境局作出决定的日期。",
        hint_en="Day of the bureau's decision.",
    )
    letter_no: str = field(
        "文号",
        "Letter number",
        example="沪环气〔2026〕8号",
        default="",
        max_length=60,
        hint="有文号的填写。",
        hint_en="If there is one.",
    )
