"""The findings of centre and exchange in a joint review 会同审核 (rules G23, G24)."""

from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, problem, wanted
from models.procedures.shared.subjects import (
    Adjustment,
    SubjectRating,
    not_conforming,
    rated,
    uncommented,
)
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field

CHANGES: list[dict[str, str]] = [
    {"target": "description.consent.withdraw_way", "text": "请补充撤回授权后停止报送的时限。"},
    {"target": "design.monitoring", "text": "请说明异常骑行记录的剔除规则。"},
]


class CentreMatrix(Group):
    """What the centre looks at."""

    applicability: SubjectRating = field(
        "方法学适用性", "Applicability", hint="适用条件是否满足。", hint_en="Are the conditions met?"
    )
    boundary: SubjectRating = field(
        "减排行为边界", "Boundary", hint="边界是否清晰、合理。", hint_en="Is the boundary clear and sound?"
    )
    quantification: SubjectRating = field(
        "减排量核算", "Quantification", hint="方法、参数和结果。", hint_en="Method, parameters and results."
    )
    monitoring: SubjectRating = field(
        "数据来源与监测",
        "Data and monitoring",
        hint="来源、监测和管理。",
        hint_en="Sources, monitoring, management.",
    )


class ExchangeMatrix(Group):
    """What the exchange looks at."""

    connection: SubjectRating = field(
        "数据接口与接入",
        "Interface",
        hint="接口改造和接入模式。",
        hint_en="Interface and mode of connection.",
    )
    consent: SubjectRating = field(
        "用户授权", "Consent", hint="授权条款和撤回方式。", hint_en="Consent and how to withdraw it."
    )
    consumption: SubjectRating = field(
        "权益与消纳", "Benefits", hint="减排量的消纳渠道。", hint_en="Where the reductions are used."
    )
    security: SubjectRating = field(
        "数据安全",
        "Security",
        hint="传输、储存和个人信息保护。",
        hint_en="Transport, storage, personal data.",
    )


def _all(model: type[Group], **other: dict[str, str]) -> dict[str, Any]:
    return {name: other.get(name, rated("conform")) for name in model.model_fields}


class SideReview(Answer):
    """一方的审核意见. Subclasses say what the side looks at."""

    complex: bool = field(
        "类型复杂，建议专家论证",
        "Complex; experts should look at it",
        example=False,
        default=False,
        widget="checkbox",
        hint="任何一方认为类型复杂的，组织专家论证。",
        hint_en="If either side says so, a panel of experts is set up.",
    )
    complex_reason: str = field(
        "复杂情形说明",
        "Why it is complex",
        example="",
        default="",
        max_length=1000,
        widget="textarea",
        hint="认为类型复杂的须说明理由。",
        hint_en="Needed where it is complex.",
    )
    opinion: str = field(
        "审核意见",
        "Opinion",
        example="经审核，符合要求，同意。",
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="本方的审核结论和主要理由。",
        hint_en="The conclusion of this side and its reasons.",
    )
    changes: list[Adjustment] = field(
        "修改要求",
        "Changes required",
        example=[],
        default_factory=list,
        hint="需修改的逐条列明。",
        hint_en="One by one, where changes are needed.",
    )

    def ratings(self) -> dict[str, SubjectRating]:
        """The ratings by their place in the form."""
        matrix = self.matrix  # type: ignore[attr-defined]
        return {f"matrix.{name}": getattr(matrix, name) for name in type(matrix).model_fields}

    def problems(self, outcome: str) -> list[Problem]:
        """The conclusion agrees with the matrix and the changes."""
        found = list(uncommented(self.ratings()))
        if outcome == "agree":
            found += not_conforming(self.ratings())
            found += [] if not self.changes else [no_changes()]
        if outcome == "needs_revision":
            found += wanted(
                "changes", self.changes, "请至少列明一项修改要求。", "Please list at least one change."
            )
        if outcome == "disagree" and all(r.rating == "conform" for r in self.ratings().values()):
            found.append(
                problem(
                    "matrix",
                    "结论为不同意的，请在相应方面作出评价并说明理由。",
                    "A negative conclusion needs a subject that falls short, with its reason.",
                )
            )
        if self.complex:
            found += wanted(
                "complex_reason", self.complex_reason, "请说明复杂情形。", "Please say why it is complex."
            )
        return found


def no_changes() -> Problem:
    return problem(
        "changes",
        "有修改要求的，请选择“需修改”；同意的请清空。",
        "With changes choose “needs revision”; clear them to agree.",
    )


class CentreReview(SideReview):
    """市减污降碳中心审核意见."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "needs_revision": {
            "matrix": _all(CentreMatrix, monitoring=rated("mostly", "异常记录的剔除规则不够明确。")),
            "opinion": "总体符合方法学要求，按所列意见修改后可以通过。",
            "changes": [CHANGES[1]],
        },
        "disagree": {
            "matrix": _all(
                CentreMatrix, boundary=rated("not", "减排行为边界包含运维调度里程，与方法学不符。")
            ),
            "opinion": "减排行为边界不符合方法学要求，不同意。",
        },
    }

    matrix: CentreMatrix = field(
        "分项审核",
        "Matrix",
        hint="方法学适用、核算和监测。",
        hint_en="Methodology, quantification, monitoring.",
    )


class ExchangeReview(SideReview):
    """上海环境能源交易所审核意见."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "needs_revision": {
            "matrix": _all(ExchangeMatrix, consent=rated("mostly", "撤回授权后停止报送的时限不明确。")),
            "opinion": "接口方案可行，按所列意见修改后可以通过。",
            "changes": [CHANGES[0]],
        },
        "disagree": {
            "matrix": _all(ExchangeMatrix, security=rated("not", "个人信息未作去标识化处理。")),
            "opinion": "数据安全措施不符合要求，不同意。",
        },
    }

    matrix: ExchangeMatrix = field(
        "分项审核",
        "Matrix",
        hint="数据接口、用户授权、权益消纳和安全。",
        hint_en="Interface, consent, use, security.",
    )
