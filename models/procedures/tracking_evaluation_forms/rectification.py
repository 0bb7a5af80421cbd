"""Rectification 限期整改: every problem answered, every answer judged (rule S04)."""

from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, Approval, problem, wanted
from models.procedures.shared.codes import VERDICTS, Verdict
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field

_DONE = "已补齐运行日志，并建立按月归档制度，见附件。"
_DEMAND = "补齐运行日志，并建立按月归档制度。"


class Measure(Group):
    """What was done about one problem."""

    finding: int = field(
        "序号", "Number", example=1, ge=1, hint="整改通知书所列序号。", hint_en="Number in the notice."
    )
    requirement: str = field(
        "整改要求",
        "Asked for",
        example=_DEMAND,
        default="",
        max_length=4000,
        widget="textarea",
        hint="整改通知书所列要求，由系统带出。",
        hint_en="As in the notice; filled in by the system.",
    )
    reply: str = field(
        "整改措施和结果",
        "Measures and result",
        example=_DONE,
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="采取的措施、完成时间和效果，证明材料作为附件上传。",
        hint_en="What was done, when, with what effect; proof is attached.",
    )


class Rectification(Answer):
    """整改报告."""

    replies: list[Measure] = field(
        "逐项整改情况",
        "Measures",
        min_length=1,
        max_length=100,
        example=[{"finding": 1, "requirement": _DEMAND, "reply": _DONE}],
        hint="对整改通知书所列问题逐项报告。",
        hint_en="Report on every problem of the notice.",
    )
    summary: str = field(
        "总体说明",
        "In general",
        example="整改已全部完成。",
        default="",
        max_length=4000,
        widget="textarea",
        hint="整改工作的总体情况，没有可不填。",
        hint_en="Anything general; may be empty.",
    )


class MeasureVerdict(Group):
    """Is the problem settled?"""

    finding: int = field(
        "序号", "Number", example=1, ge=1, hint="整改通知书所列序号。", hint_en="Number in the notice."
    )
    reply: str = field(
        "整改情况",
        "Measures",
        example=_DONE,
        default="",
        max_length=4000,
        widget="textarea",
        hint="被评估单位报告的整改情况，由系统带出。",
        hint_en="As reported; filled in by the system.",
    )
    verdict: Verdict = field(
        "复核结论",
        "Verdict",
        example="accepted",
        choices=VERDICTS,
        widget="radio",
        hint="是否整改到位。",
        hint_en="Is it settled?",
    )
    note: str = field(
        "说明",
        "Note",
        example="",
        default="",
        max_length=1000,
        widget="textarea",
        hint="未整改到位的写明差距。",
        hint_en="What is still missing.",
    )


def _verdict(verdict: str, note: str) -> dict[str, Any]:
    return {"finding": 1, "reply": _DONE, "verdict": verdict, "note": note}


class RectificationCheck(Answer):
    """整改复核."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "again": {
            "verdicts": [_verdict("rejected", "仍缺 2025 年 9 月运行日志。")],
            "opinion": "整改不到位，继续整改。",
        },
        "escalate": {
            "verdicts": [_verdict("rejected", "未开展实质性整改。")],
            "opinion": "逾期未整改，建议暂停。",
        },
    }

    verdicts: list[MeasureVerdict] = field(
        "逐项复核",
        "Verdicts",
        min_length=1,
        max_length=100,
        example=[_verdict("accepted", "")],
        hint="对照整改要求逐项复核。",
        hint_en="Judge every measure.",
    )
    opinion: str = field(
        "复核意见",
        "Opinion",
        example="整改到位。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="总体复核意见。",
        hint_en="In general.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """The outcome follows from the verdicts."""
        rejected = [v for v in self.verdicts if v.verdict == "rejected"]
        if outcome == "ok" and rejected:
            return [
                problem(
                    "verdicts",
                    "有未整改到位的问题，不能通过。",
                    "With a problem unsettled it cannot pass.",
                )
            ]
        if outcome != "ok" and not rejected:
            return [problem("verdicts", "请指出未整改到位的问题。", "Please mark what is not settled.")]
        return [
            p
            for no, given in enumerate(self.verdicts)
            if given.verdict == "rejected"
            for p in wanted(
                f"verdicts.{no}.note", given.note, "请写明差距。", "Please say what is still missing."
            )
        ]


class EscalationApproval(Approval):
    """升级处理审批: the supervisor agrees to suspend, or has it mended once more."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"reason": "被评估单位已提交整改计划，请再给予一次整改机会。"},
    }
