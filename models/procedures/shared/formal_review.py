"""Formal review 形式审查 and what may follow it: refusal confirmed, one more round (rules G07, G09)."""

from typing import Any, ClassVar

from models.procedures.shared.answers import (
    CONFIRMING,
    Answer,
    Approval,
    ReasonedDecision,
    problem,
    wanted,
    way,
)
from models.procedures.shared.codes import REFUSAL_REASONS, RefusalReason
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, Task
from models.vocabulary.text import Text


class ReviewItem(Group):
    """The finding on one material, as looked at (rule G07: sealed, one by one)."""

    kind: str = field(
        "材料",
        "Material",
        example="appendix_a",
        max_length=60,
        hint="材料清单中的类别。",
        hint_en="The kind in the materials list.",
    )
    complete: bool = field(
        "齐全", "Complete", example=True, hint="该项材料是否齐全。", hint_en="Is the material complete?"
    )
    conforming: bool = field(
        "规范",
        "Conforming",
        example=True,
        hint="内容和格式是否规范。",
        hint_en="Do content and format conform?",
    )
    sealed: bool = field(
        "公章和骑缝章",
        "Sealed",
        example=True,
        hint="是否已加盖公章和骑缝章。",
        hint_en="Does it carry the official seal and the cross-page seal?",
    )
    note: str = field(
        "说明",
        "Note",
        example="与清单一致。",
        default="",
        max_length=500,
        hint="需要说明的情况。",
        hint_en="Anything worth noting.",
    )


class Defect(Group):
    """One thing to correct, tied to a field or a material, with its basis (rule G09)."""

    target: str = field(
        "对应内容",
        "Field or material",
        example="materials.commencement_operation_proof",
        min_length=1,
        max_length=120,
        widget="lookup:target",
        hint="所对应的字段路径或材料，例如 project.operated_on、materials.licence。",
        hint_en="Path of the field or material, e.g. project.operated_on, materials.licence.",
    )
    requirement: str = field(
        "补正要求",
        "What to correct",
        example="请补充载明并网日期的并网验收意见。",
        min_length=1,
        max_length=500,
        widget="textarea",
        hint="写明存在的问题和应当如何补正。",
        hint_en="What is wrong and how to put it right.",
    )
    basis: str = field(
        "依据",
        "Basis",
        example="申请指南“申请材料”第 c 项",
        min_length=1,
        max_length=200,
        hint="提出要求所依据的条款。",
        hint_en="The clause it rests on.",
    )


def _items(kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"kind": k, "complete": True, "conforming": True, "sealed": True, "note": ""} for k in kinds]


_ITEMS = _items(
    (
        "appendix_a",
        "appendix_b",
        "commencement_operation_proof",
        "licence",
        "legal_rep_identity",
        "entrustment_letter",
    )
)
_DEFECTS = [
    {
        "target": "materials.commencement_operation_proof",
        "requirement": "请补充载明并网日期的并网验收意见。",
        "basis": "申请指南“申请材料”第 c 项",
    }
]


class FormalReview(Answer):
    """形式审查意见: item by item, with all defects told at once."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "request_correction": {"items": _ITEMS, "eligibility_confirmed": True, "defects": _DEFECTS},
        "refuse": {
            "items": _ITEMS,
            "eligibility_confirmed": False,
            "defects": [],
            "reason_code": "ets",
            "reason": "申请主体已列入上海市碳排放权交易配额管理单位名单，不属于受理范围。",
        },
    }

    items: list[ReviewItem] = field(
        "逐项核对",
        "Materials one by one",
        example=_ITEMS,
        min_length=1,
        hint="每一项材料均须核对齐全性、规范性和盖章情况。",
        hint_en="Check each material for completeness, conformity and seals.",
    )
    eligibility_confirmed: bool = field(
        "资格条件已核实",
        "Eligibility confirmed",
        example=True,
        hint="已核对系统列出的各项资格条件。",
        hint_en="Every condition the system lists has been looked at.",
    )
    defects: list[Defect] = field(
        "补正事项",
        "Defects",
        example=[],
        default_factory=list,
        hint="需要补正的全部内容，应当一次告知。",
        hint_en="Everything to be corrected; all of it is told at once.",
    )
    reason_code: RefusalReason | None = field(
        "不予受理情形",
        "Ground of refusal",
        default=None,
        examples=[None],
        choices=REFUSAL_REASONS,
        hint="仅不予受理时选择。",
        hint_en="Only for a refusal.",
    )
    reason: str = field(
        "理由",
        "Reason",
        example="材料齐全、符合形式要求。",
        default="",
        max_length=1000,
        widget="textarea",
        hint="不予受理时须写明事实和理由。",
        hint_en="A refusal needs its facts and reasons.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Accept has nothing open, a correction has something to correct, a refusal has its ground."""
        if outcome == "accept":
            return self._not_acceptable()
        if outcome == "request_correction":
            return wanted(
                "defects",
                self.defects,
                "请至少列明一项需要补正的内容。",
                "Please list at least one thing to correct.",
            )
        return wanted(
            "reason_code", self.reason_code, "请选择不予受理的情形。", "Please choose the ground of refusal."
        ) + wanted("reason", self.reason, "请写明不予受理的理由。", "Please give the reason for the refusal.")

    def _not_acceptable(self) -> list[Problem]:
        found = (
            [
                problem(
                    "defects",
                    "尚有补正事项未处理，请选择“要求补正”，或删除已解决的事项。",
                    "There are defects left; ask for correction, or remove those that are settled.",
                )
            ]
            if self.defects
            else []
        )
        if not self.eligibility_confirmed:
            found.append(
                problem(
                    "eligibility_confirmed",
                    "受理前请核实申请资格条件。",
                    "Please confirm eligibility before you accept.",
                )
            )
        for number, item in enumerate(self.items):
            if False in (item.complete, item.conforming, item.sealed):
                found.append(
                    problem(
                        f"items.{number}",
                        f"第 {number + 1} 项材料尚未核对无误，不能受理：请逐项勾选，或者改为要求补正。",
                        f"Material {number + 1} has not passed: tick what is in order, or ask for correction.",
                    )
                )
        return found


def formal_review(by: Role, rules: tuple[str, ...] = ("G07", "G09")) -> Task:
    """Look at completeness and conformity, item by item."""
    return Task(
        "formal_review",
        Text("Review the application formally", "开展形式审查"),
        by,
        FormalReview,
        (
            way(
                "accept",
                "受理",
                "Accept",
                "出具受理通知书，进入技术审查。",
                "An acceptance notice is issued and the technical review begins.",
            ),
            way(
                "request_correction",
                "要求补正",
                "Ask for correction",
                "出具补正通知书，一次告知全部需补正的内容。",
                "A correction notice tells the applicant everything that is to be corrected.",
            ),
            way(
                "refuse",
                "不予受理",
                "Refuse",
                "提请审核负责人确认后出具不予受理告知书。",
                "Once the supervisor confirms, a refusal notice is issued.",
                negative=True,
            ),
        ),
        WorkingDays("formal_review_wd"),
        rules,
        Text(
            "The centre is checking the materials for completeness and conformity.",
            "中心正在对申请材料的完整性、规范性进行形式审查。",
        ),
        not_by=(FILER,),
        checks=("materials_verified", "defects_listed"),
    )


def refusal_approval(rules: tuple[str, ...] = ("G09",)) -> Task:
    """A refusal takes two persons."""
    return Task(
        "refusal_approval",
        Text("Confirm the refusal", "确认不予受理"),
        Role.SUPERVISOR,
        Approval,
        (
            way(
                "confirm",
                "确认不予受理",
                "Confirm",
                "出具不予受理告知书，办理终结。",
                "A refusal notice is issued and the procedure ends.",
                negative=True,
            ),
            way(
                "return",
                "退回重审",
                "Send back",
                "退回形式审查，由受理人员重新提出意见。",
                "The formal review is done again.",
            ),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text("The result of the formal review is being confirmed.", "形式审查结果正在复核确认。"),
        not_by=("formal_review",),
        beside=("formal_review",),
        outside=CONFIRMING,
    )


def extra_round(rules: tuple[str, ...] = ("G09", "G10")) -> Task:
    """The rounds of correction are used up: one more, or no."""
    return Task(
        "extra_round",
        Text("Decide on one more round of correction", "决定是否再补正一轮"),
        Role.SUPERVISOR,
        ReasonedDecision,
        (
            way(
                "one_more_round",
                "再补正一轮",
                "One more round",
                "再次出具补正通知书，申请主体可再补正一轮。",
                "A further correction notice gives the applicant one more round.",
            ),
            way(
                "refuse",
                "不予受理",
                "Refuse",
                "出具不予受理告知书，办理终结。",
                "A refusal notice is issued and the procedure ends.",
                negative=True,
            ),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text(
            "The rounds of correction are used up; the supervisor decides how to go on.",
            "补正次数已用完，正在由审核负责人研究处理。",
        ),
    )
