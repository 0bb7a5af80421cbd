"""Answers to the exchange's review of an onboarding: technical review, evaluation, the bureau (rules J08, J09)."""

from datetime import date
from typing import Any, ClassVar, Literal

from models.procedures.shared.answers import Answer, ReasonedDecision, problem, today, wanted
from models.procedures.shared.formal_review import FormalReview, ReviewItem
from models.procedures.shared.subjects import SubjectRating, uncommented
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.text import Text

_KINDS = ("mall_application_form", "licence", "legal_rep_identity", "credit_report", "user_agreement")

#: Why an onboarding is not taken up; the grounds of the other procedures are about projects.
MallRefusal = Literal["not_merchant", "no_title", "other"]
MALL_REFUSALS: dict[str, Text] = {
    "not_merchant": Text("Not an organisation that may join", "不属于可以申请入驻的碳普惠权益方"),
    "no_title": Text("No right to offer the goods or services", "不具备所提供商品或者服务的经营资格"),
    "other": Text("Other reason outside the scope of acceptance", "其他不属于受理范围的情形"),
}


class MallReviewItem(ReviewItem):
    """One material: complete, conforming and reliable (J08)."""

    reliable: bool = field(
        "可靠",
        "Reliable",
        example=True,
        hint="内容是否真实可靠、相互印证。",
        hint_en="Is it true, and do the papers bear each other out?",
    )


_ITEMS: list[dict[str, Any]] = [
    {"kind": kind, "complete": True, "conforming": True, "sealed": True, "note": "", "reliable": True}
    for kind in _KINDS
]


class MallReview(FormalReview):
    """技术审查意见 on completeness, conformity and reliability (J08)."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "request_correction": {
            "items": _ITEMS,
            "eligibility_confirmed": True,
            "defects": [
                {
                    "target": "materials.credit_report",
                    "requirement": "请补充加盖出具机构公章的信用报告全文。",
                    "basis": "碳积分使用指南 7.3 a)",
                }
            ],
        },
        "refuse": {
            "items": _ITEMS,
            "eligibility_confirmed": False,
            "defects": [],
            "reason_code": "no_title",
            "reason": "经核实，申请单位未取得所提供权益的经营许可，不属于受理范围。",
        },
    }

    items: list[MallReviewItem] = field(  # type: ignore[assignment]  # a list of what the base holds, and more
        "逐项核对",
        "Materials one by one",
        example=_ITEMS,
        min_length=1,
        hint="每一项材料均须核对完整性、规范性、可靠性和盖章情况。",
        hint_en="Check each material for completeness, conformity, reliability and seals.",
    )
    reason_code: MallRefusal | None = field(  # type: ignore[assignment]  # its own grounds instead of the base's
        "不予受理情形",
        "Ground of refusal",
        default=None,
        examples=[None],
        choices=MALL_REFUSALS,
        widget="select",
        hint="仅不予受理时选择。",
        hint_en="Only for a refusal.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Nothing is accepted that is not reliable."""
        found = super().problems(outcome)
        if outcome != "accept":
            return found
        return found + [
            problem(
                f"items.{number}.reliable",
                "该项材料的可靠性未确认，不能受理；请改为要求补正。",
                "This material is not confirmed as reliable; ask for correction instead.",
            )
            for number, item in enumerate(self.items)
            if not item.reliable
        ]


class ModeConfirmation(ReasonedDecision):
    """其他方式的确认 by the bureau: the reason is part of the record (J06)."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "refuse": {"reason": "所述方式的积分核销数据不能当日回传，存在重复兑换风险，不予确认。"},
    }

    reason: str = field(
        "确认意见",
        "Reason",
        example="该方式有利于居民就近参与，同意作为其他入驻方式，请上海环境能源交易所按程序办理。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="写明确认或者不予确认的理由和要求。",
        hint_en="Why the way is confirmed or not, and what is asked for.",
    )


class Subjects(Group):
    """What an evaluation looks at."""

    operation: SubjectRating = field(
        "运营能力",
        "Ability to operate",
        hint="持续运营、人员和服务能力。",
        hint_en="Operation, staff, service.",
    )
    stock: SubjectRating = field(
        "权益与库存",
        "Goods and stock",
        hint="权益真实有效，规模和库存与账户规模相匹配。",
        hint_en="Real goods, in numbers that match the accounts.",
    )
    rules: SubjectRating = field(
        "兑换规则",
        "Rules",
        hint="规则合理、公平、便于公众参与。",
        hint_en="Sound, fair, easy for the public.",
    )
    data_security: SubjectRating = field(
        "数据交互与安全",
        "Data and security",
        hint="数据交互安全稳定，个人信息保护到位。",
        hint_en="Safe, stable exchange; personal data protected.",
    )


_GOOD = {"rating": "conform", "comment": "材料充分，符合入驻要求。"}
_SUBJECTS: dict[str, dict[str, str]] = dict.fromkeys(Subjects.model_fields, _GOOD)
WAYS = {
    "meeting": Text("Meeting", "会议论证"),
    "written": Text("In writing", "书面论证"),
    "visit": Text("On site", "现场论证"),
}


class MallAssessment(Answer):
    """评估论证意见 of the exchange."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "negative": {
            "assessed_on": today().isoformat(),
            "way": "meeting",
            "participants": "商城业务部、系统运行部、法务合规部",
            "subjects": _SUBJECTS
            | {"stock": {"rating": "not", "comment": "主要权益库存不足，与账户规模明显不匹配。"}},
            "opinion": "权益库存与碳普惠账户规模明显不匹配，不具备入驻条件。",
            "suggestion": "",
        },
    }

    assessed_on: date = field(
        "论证日期",
        "Evaluated on",
        example=today().isoformat(),
        widget="date",
        hint="组织评估论证的日期。",
        hint_en="The day of the evaluation.",
    )
    way: str = field(
        "论证方式",
        "Way",
        example="meeting",
        choices=WAYS,
        widget="radio",
        pattern="^(" + "|".join(WAYS) + ")$",
        hint="会议、书面或现场论证。",
        hint_en="A meeting, in writing or on site.",
    )
    participants: str = field(
        "参加人员",
        "Participants",
        example="商城业务部、系统运行部、法务合规部",
        min_length=2,
        max_length=1000,
        hint="参加评估论证的部门和人员。",
        hint_en="Departments and persons who took part.",
    )
    subjects: Subjects = field(
        "逐项评估", "Subjects", hint="对四个方面逐项评估。", hint_en="Each of the four subjects."
    )
    opinion: str = field(
        "评估论证意见",
        "Opinion",
        example="申请单位具备持续运营能力，权益真实有效，库存和兑换规则合理，数据安全措施到位，同意入驻。",
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="总体结论和主要理由。",
        hint_en="The conclusion and its main reasons.",
    )
    suggestion: str = field(
        "建议",
        "Suggestions",
        example="建议上线后首季度按月报送库存和客诉情况。",
        default="",
        max_length=2000,
        widget="textarea",
        hint="对权益方的要求和报送市生态环境局的建议，没有可不填。",
        hint_en="To the merchant and to the bureau; may be empty.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """The conclusion agrees with the ratings."""
        ratings = {f"subjects.{name}": getattr(self.subjects, name) for name in Subjects.model_fields}
        found = list(uncommented(ratings))
        if outcome == "positive":
            return found + [
                problem(
                    f"{loc}.rating",
                    "有不符合项的，不能作出同意入驻的结论；请调整评估或结论。",
                    "With a subject that does not conform the conclusion cannot be positive.",
                )
                for loc, rating in ratings.items()
                if rating.rating == "not"
            ]
        if all(rating.rating == "conform" for rating in ratings.values()):
            found.append(
                problem(
                    "subjects",
                    "各项均评为符合，不能作出不同意入驻的结论；请调整评估或结论。",
                    "Everything conforms: the conclusion cannot be negative.",
                )
            )
        return found


class BureauReceipt(Answer):
    """市生态环境局对报送意见的处理 (J09)."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {
            "received_no": "沪环气候收〔2026〕0001",
            "opinion": "请补充数据安全评估的具体情况后重新报送。",
        },
        "refuse": {
            "received_no": "沪环气候收〔2026〕0001",
            "opinion": "该单位近期存在权益兑付投诉未处理，不同意入驻。",
        },
    }

    received_no: str = field(
        "收文编号",
        "Number of receipt",
        example="沪环气候收〔2026〕0001",
        min_length=2,
        max_length=60,
        hint="市生态环境局的收文登记编号。",
        hint_en="The bureau's own registration number.",
    )
    opinion: str = field(
        "处理意见",
        "Decision",
        example="已收悉，无不同意见。",
        default="",
        max_length=2000,
        widget="textarea",
        hint="退回或者不同意的，须写明理由和要求。",
        hint_en="Sending back or refusing needs a reason.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Whatever is not agreement says why."""
        if outcome in ("approve", "acknowledge"):
            return []
        return wanted("opinion", self.opinion, "请写明理由和要求。", "Please say why, and what is asked for.")
