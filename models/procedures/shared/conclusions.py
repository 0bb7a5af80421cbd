"""The end of a review: technical review opinion 技术审核意见 and publication 公布 (rules G14, G15)."""

from datetime import date
from decimal import Decimal
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
from models.vocabulary.errors import Problem
from models.vocabulary.forms import field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import Task
from models.vocabulary.text import Text
from models.vocabulary.types import Tonnes


class TechnicalOpinion(Answer):
    """技术审核意见. Quantities in tCO2e as verified by the review."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "negative": {
            "verified_annual_t": "0",
            "verified_total_t": "0",
            "opinion": "公示期内查实该项目已参与绿色电力证书交易，不符合碳普惠参与条件。",
            "conditions": "",
        },
    }

    verified_annual_t: Tonnes = field(
        "核定年均减排量",
        "Verified annual reduction",
        example="356.049",
        unit="tCO2e",
        hint="经审核认可的预计年均减排量。",
        hint_en="The estimate a year as verified.",
    )
    verified_total_t: Tonnes = field(
        "核定计入期总减排量",
        "Verified total reduction",
        example="3560.490",
        unit="tCO2e",
        hint="经审核认可的计入期内预计总减排量。",
        hint_en="The estimate over the crediting period as verified.",
    )
    opinion: str = field(
        "审核意见",
        "Opinion",
        min_length=1,
        max_length=4000,
        widget="textarea",
        example="该项目符合所适用方法学的要求，边界清晰，核算正确，数据可靠，公示期内无异议，同意通过技术审核。",
        hint="综合形式审查、机构审查、专家论证、文本完善和公示情况提出意见。",
        hint_en="Drawn from all steps of the review and the publicity.",
    )
    conditions: str = field(
        "附加要求",
        "Conditions",
        example="请按期完成发电侧电能表续检，并及时报送监测数据。",
        default="",
        max_length=2000,
        widget="textarea",
        hint="通过后应当遵守的要求，没有可不填。",
        hint_en="What has to be kept to afterwards; may be empty.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """A positive opinion verifies a quantity, and a year is no more than all years."""
        found: list[Problem] = []
        if outcome == "positive":
            found += wanted(
                "verified_annual_t",
                self.verified_annual_t > Decimal(0),
                "通过的项目须核定年均减排量。",
                "A positive opinion verifies an annual quantity above zero.",
            )
        if self.verified_annual_t > self.verified_total_t:
            found.append(
                problem(
                    "verified_total_t",
                    "计入期总减排量不能小于年均减排量，请核对。",
                    "The total cannot be less than the annual quantity.",
                )
            )
        return found


class ReasonedRejection(ReasonedDecision):
    """不予通过审核意见: told to the applicant, so it carries its reason either way."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"reason": "不符合项的事实依据不足，请补充核实后重新提出意见。"},
    }

    reason: str = field(
        "理由",
        "Reason",
        example="项目边界与实际不符，不符合所适用方法学的要求，同意不予通过。",
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="确认时写明不予通过的理由（载入决定书）；退回时写明需要重新核实的内容。",
        hint_en="The ground of the rejection (printed in the notice), or what to look at again.",
    )


class Publication(Answer):
    """公布公告稿."""

    title: str = field(
        "公告标题",
        "Title",
        example="关于公布碳普惠减排项目的公告",
        min_length=1,
        max_length=200,
        hint="公布公告的标题。",
        hint_en="The heading of the announcement.",
    )
    effective_on: date | None = field(
        "生效日期",
        "Effective on",
        default=None,
        examples=[None],
        widget="date",
        hint="留空或者早于公布之日的，自公布之日起生效。",
        hint_en="The day of publication, where it is empty or has passed by then.",
    )
    note: str = field(
        "备注",
        "Note",
        example="项目主体应当按规定报送监测数据。",
        default="",
        max_length=1000,
        widget="textarea",
        hint="需要一并公告的事项。",
        hint_en="Anything to announce along with it.",
    )


def technical_opinion(rules: tuple[str, ...] = ("G14",)) -> Task:
    """Draw the review together."""
    return Task(
        "technical_opinion",
        Text("Draft the technical review opinion", "拟定技术审核意见"),
        Role.OFFICER,
        TechnicalOpinion,
        (
            way(
                "positive",
                "通过",
                "Positive",
                "审核负责人签发后进入公布。",
                "Once the supervisor signs, publication follows.",
            ),
            way(
                "negative",
                "不通过",
                "Negative",
                "审核负责人签发后出具不予通过决定书。",
                "Once the supervisor signs, a rejection notice is issued.",
                negative=True,
            ),
        ),
        WorkingDays("opinion_wd"),
        rules,
        Text("The technical review opinion is being drawn up.", "正在出具技术审核意见。"),
    )


def technical_opinion_signature(rules: tuple[str, ...] = ("G14",)) -> Task:
    """The opinion takes two persons."""
    return Task(
        "technical_opinion_signature",
        Text("Sign the technical review opinion", "签发技术审核意见"),
        Role.SUPERVISOR,
        Approval,
        (
            way("sign", "签发", "Sign", "出具技术审核意见。", "The opinion is issued."),
            way("return", "退回修改", "Send back", "退回经办人员修改。", "The case officer rewrites it."),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text("The technical review opinion is being drawn up.", "正在出具技术审核意见。"),
        not_by=("technical_opinion",),
        beside=("technical_opinion",),
    )


def rejection_approval(rules: tuple[str, ...] = ("G14",)) -> Task:
    """A rejection takes two persons, whatever it follows from."""
    return Task(
        "rejection_approval",
        Text("Confirm the rejection", "确认不予通过"),
        Role.SUPERVISOR,
        ReasonedRejection,
        (
            way(
                "confirm",
                "确认不予通过",
                "Confirm",
                "出具不予通过决定书，办理终结。",
                "A rejection notice is issued and the procedure ends.",
                negative=True,
            ),
            way(
                "return",
                "退回",
                "Send back",
                "退回上一环节重新提出意见。",
                "The step before gives its opinion again.",
            ),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text("The result of the review is being confirmed.", "审查结果正在复核确认。"),
        not_by=("objection_answer",),
        beside=("group_opinion",),
        outside=CONFIRMING,
    )


def publication(rules: tuple[str, ...] = ("G15",)) -> Task:
    """Write the announcement; number and list entry are made by the system."""
    return Task(
        "publication",
        Text("Prepare the publication", "拟定公布公告"),
        Role.OFFICER,
        Publication,
        (
            way(
                "publish",
                "提交公布",
                "Publish",
                "审核负责人同意后向社会公布，并赋予永久编号。",
                "Once the supervisor approves, it is public under a number that never changes.",
            ),
        ),
        WorkingDays("publish_wd"),
        rules,
        Text("Publication is being prepared.", "正在准备向社会公布。"),
    )


def publication_approval(rules: tuple[str, ...] = ("G15",)) -> Task:
    """Publishing takes two persons."""
    return Task(
        "publication_approval",
        Text("Approve the publication", "审核公布公告"),
        Role.SUPERVISOR,
        Approval,
        (
            way(
                "approve",
                "同意公布",
                "Approve",
                "立即向社会公布，办理完成。",
                "It is published at once and the procedure is complete.",
            ),
            way("return", "退回修改", "Send back", "退回经办人员修改。", "The case officer rewrites it."),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text("Publication is being prepared.", "正在准备向社会公布。"),
        not_by=("publication",),
        beside=("publication",),
    )
