"""Readiness 前期对接: the exchange confirms it before the formal review, the applicant supplements it (rule S01)."""

from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, problem, wanted, way
from models.procedures.shared.revision import Mended
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, Clock, Task
from models.vocabulary.text import Text

#: Value -> words of the subjects that are confirmed one by one.
READINESS_SUBJECTS = {
    "methodology": Text("Methodology", "减排场景方法学"),
    "compatibility": Text("Platform compatibility", "平台兼容性"),
    "maturity": Text("Technical maturity", "技术成熟度"),
    "parties": Text("Developer and applicant", "开发主体与申请主体"),
    "operation": Text("Operation", "实施与运行情况"),
}


class ReadinessConfirmation(Group):
    """One subject as the exchange found it."""

    subject: str = field(
        "对接事项",
        "Subject",
        example="methodology",
        choices=READINESS_SUBJECTS,
        hint="前期对接自查的事项。",
        hint_en="The subject of the check.",
    )
    confirmed: bool = field(
        "已确认",
        "Confirmed",
        example=True,
        widget="checkbox",
        hint="与自查情况一致。",
        hint_en="As it was filed.",
    )
    note: str = field(
        "说明",
        "Note",
        example="",
        default="",
        max_length=500,
        hint="未确认的，写明需要补充的内容。",
        hint_en="What is missing, where it is not confirmed.",
    )


def _items(**notes: str) -> list[dict[str, Any]]:
    return [{"subject": s, "confirmed": s not in notes, "note": notes.get(s, "")} for s in READINESS_SUBJECTS]


class ReadinessCheck(Answer):
    """前期对接确认."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "supplement": {
            "items": _items(compatibility="请补充接口改造的完成时间和测试环境。"),
            "opinion": "场景基础总体具备，平台改造安排需要补充。",
        },
    }

    items: list[ReadinessConfirmation] = field(
        "逐项确认",
        "Subjects one by one",
        example=_items(),
        min_length=1,
        hint="对自查的每一项逐一确认。",
        hint_en="Each subject of the check.",
    )
    opinion: str = field(
        "对接意见",
        "Opinion",
        example="前期对接充分，具备申请基础，可以开展形式审查。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="对接情况的总体意见。",
        hint_en="The opinion as a whole.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Ready means every subject confirmed; what is not says what is missing."""
        found: list[Problem] = []
        told = {item.subject for item in self.items}
        missing = [s for s in READINESS_SUBJECTS if s not in told]
        if missing:
            names = "、".join(READINESS_SUBJECTS[s].zh for s in missing)
            found.append(problem("items", f"请逐项确认，尚缺：{names}。", f"Not told: {', '.join(missing)}."))
        refused = [i for i, item in enumerate(self.items) if not item.confirmed]
        for row in refused:
            found += wanted(
                f"items.{row}.note",
                self.items[row].note,
                "请写明需要补充的内容。",
                "Please say what is missing.",
            )
        if outcome == "ready" and refused:
            found.append(
                problem(
                    "items",
                    "尚有未确认的事项，请选择“请补充”。",
                    "Some subjects are not confirmed; ask for more.",
                )
            )
        if outcome == "supplement" and not refused:
            found.append(
                problem(
                    "items",
                    "请至少标明一项需要补充的事项。",
                    "Please mark at least one subject that lacks something.",
                )
            )
        return found


class ReadinessSupplement(Mended):
    """对接补充材料."""


def readiness_check(by: Role = Role.EXCHANGE, rules: tuple[str, ...] = ("S01",)) -> Task:
    """The exchange confirms what the applicant filed about the preparation."""
    return Task(
        "readiness_check",
        Text("Confirm the preparation", "确认前期对接情况"),
        by,
        ReadinessCheck,
        (
            way(
                "ready",
                "确认具备",
                "Ready",
                "进入形式审查。",
                "The formal review begins.",
            ),
            way(
                "supplement",
                "请补充",
                "Ask for more",
                "申请主体补充对接情况后再次确认。",
                "The applicant adds what is missing and it is looked at again.",
            ),
        ),
        WorkingDays("readiness_wd"),
        rules,
        Text(
            "The exchange is confirming the preparation of the scenario.",
            "上海环境能源交易所正在确认前期对接情况。",
        ),
        not_by=(FILER,),
    )


def readiness_supplement(by: Role = Role.APPLICANT, rules: tuple[str, ...] = ("S01",)) -> Task:
    """Add what is missing; silence ends the case."""
    return Task(
        "readiness_supplement",
        Text("Supplement the preparation", "补充前期对接情况"),
        by,
        ReadinessSupplement,
        (
            way(
                "resubmit",
                "提交补充情况",
                "Resubmit",
                "上海环境能源交易所再次确认。",
                "The exchange looks at it again.",
            ),
        ),
        WorkingDays("correction_wd"),
        rules,
        Text("The applicant is asked to add to the preparation.", "待申请主体补充前期对接情况。"),
        clock=Clock.APPLICANT,
        lapses=True,
        overrides=("resubmit",),
        checks=("every_finding_answered",),
        extension="correction_extension_wd",
    )
