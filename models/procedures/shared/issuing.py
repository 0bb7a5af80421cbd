"""Issuance 签发: the amount reviewed, agreed, approved by another person, posted (rules G18, G19, M06; I04, I24)."""

from dataclasses import replace

from models.procedures.shared import agency
from models.procedures.shared.answers import CONFIRMING, way
from models.procedures.shared.issuing_answers import (
    AmountConfirmation,
    ExceptionDecision,
    IssuanceApproval,
    QuantityReview,
    RefusalDecision,
)
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, Clock, Document, Outcome, Stage, Task
from models.vocabulary.text import Text

_AGREE = way(
    "agree",
    "同意核定",
    "Agree",
    "出具审查意见；核定量低于申请量的由申请主体确认后，报签发审批。",
    "The opinion is issued; when less is approved the applicant confirms it, then it goes to approval.",
)
_REVISE = way(
    "needs_revision",
    "退回完善",
    "Needs revision",
    "申请主体按所列内容完善附录 D、附录 E 后重新审查。",
    "The applicant mends Appendix D and E, and the amount is reviewed again.",
)
_COMPLEX = way(
    "complex",
    "提请机构审查",
    "Ask an institution",
    "审核负责人同意后，由专业技术服务机构审查本期减排量。",
    "Once the supervisor agrees, a technical service institution reviews the amount.",
)
_REFUSE = way(
    "refuse",
    "不予签发",
    "Refuse",
    "提请审核负责人确认后出具不予签发决定书。",
    "Once the supervisor confirms, a refusal is issued.",
    negative=True,
)
#: Of a re-issuance, and of the first one, whose data was published with the project and is not rewritten.
WAYS: tuple[Outcome, ...] = (_AGREE, _REVISE, _COMPLEX, _REFUSE)
WAYS_OF_FIRST: tuple[Outcome, ...] = (_AGREE, _COMPLEX, _REFUSE)


def quantity_review(ways: tuple[Outcome, ...] = WAYS, rules: tuple[str, ...] = ("G19", "M06")) -> Task:
    """Claimed, recomputed, approved side by side (I04)."""
    return Task(
        "quantity_review",
        Text("Review the amount", "审查减排量"),
        Role.OFFICER,
        QuantityReview,
        ways,
        WorkingDays("quantity_review_wd"),
        rules,
        Text("The centre is reviewing the amount of the reduction.", "中心正在审查本期减排量。"),
        not_by=(FILER,),
        checks=("approved_is_supported", "quantity_agency_eligible"),
        beside=("amount_confirmation", "issuance_approval", "issuance_refusal_approval"),
    )


def quantity_agency_approval(rules: tuple[str, ...] = ("G11", "G19")) -> Task:
    """The choice of the institution takes two persons."""
    task = agency.agency_approval(rules)
    return replace(
        task,
        key="quantity_agency_approval",
        title=Text("Approve the institution for the amount", "审定减排量审查机构"),
        outcomes=(
            task.outcomes[0],
            way(
                "return", "退回", "Send back", "退回经办人员重新审查减排量。", "The officer reviews it again."
            ),
        ),
        public=Text(
            "The institution that reviews the amount is being confirmed.", "正在确定减排量审查机构。"
        ),
        not_by=("quantity_review",),
        beside=("quantity_review",),
    )


def quantity_agency_review(rules: tuple[str, ...] = ("G11", "G19")) -> Task:
    """The institution reports on the amount; the officer concludes from it."""
    after = (
        "出具减排量审查报告，由经办人员据此审查。",
        "The report is issued, and the officer concludes from it.",
    )
    return replace(
        agency.agency_review(rules),
        key="quantity_agency_review",
        title=Text("Review the amount technically", "开展减排量技术审查"),
        outcomes=(
            way("pass", "通过", "Pass", *after),
            way("pass_with_findings", "附意见通过", "Pass with findings", *after),
            way("fail", "不通过", "Fail", *after, negative=True),
        ),
        public=Text(
            "A technical service institution is reviewing the amount.", "专业技术服务机构正在审查本期减排量。"
        ),
    )


def amount_confirmation(rules: tuple[str, ...] = ("G19",)) -> Task:
    """Less is approved than was asked for: the applicant hears of it before it is final."""
    return Task(
        "amount_confirmation",
        Text("Confirm the lower amount", "确认核定减排量"),
        Role.APPLICANT,
        AmountConfirmation,
        (
            way(
                "confirm",
                "确认",
                "Confirm",
                "按核定量报签发审批。",
                "The amount goes to approval.",
            ),
            way(
                "contest",
                "不同意",
                "Disagree",
                "由经办人员重新审查减排量。",
                "The officer reviews the amount again.",
            ),
        ),
        WorkingDays("amount_confirmation_wd"),
        rules,
        Text("The applicant is asked to confirm the approved amount.", "待申请主体确认核定减排量。"),
        clock=Clock.APPLICANT,
        overrides=("confirm",),
        extension="correction_extension_wd",
    )


def issuance_approval(rules: tuple[str, ...] = ("G19", "M06")) -> Task:
    """Another natural person than the reviewer issues (M01)."""
    return Task(
        "issuance_approval",
        Text("Approve the issuance", "签发审批"),
        Role.ISSUER,
        IssuanceApproval,
        (
            way(
                "approve",
                "同意签发",
                "Approve",
                "立即登记入账，出具签发通知书和签发凭证。",
                "It is entered into the ledger at once; notice and certificate are issued.",
            ),
            way(
                "return",
                "退回",
                "Send back",
                "退回经办人员重新审查减排量。",
                "The officer reviews the amount again.",
            ),
            way(
                "refuse",
                "不予签发",
                "Refuse",
                "提请审核负责人确认后出具不予签发决定书。",
                "Once the supervisor confirms, a refusal is issued.",
                negative=True,
            ),
        ),
        WorkingDays("issuance_wd"),
        rules,
        Text("The issuance is being approved.", "正在进行签发审批。"),
        not_by=("quantity_review", FILER),
        checks=("can_be_posted",),
        beside=("quantity_review", "amount_confirmation"),
    )


def issuance_refusal_approval(rules: tuple[str, ...] = ("G19",)) -> Task:
    """A refusal of the issuance takes two persons, whoever proposed it."""
    return Task(
        "issuance_refusal_approval",
        Text("Confirm the refusal of issuance", "确认不予签发"),
        Role.SUPERVISOR,
        RefusalDecision,
        (
            way(
                "confirm",
                "确认不予签发",
                "Confirm",
                "出具不予签发决定书，所占用的监测期予以释放。",
                "A refusal is issued, and the days asked for are free again.",
                negative=True,
            ),
            way("return", "退回", "Send back", "退回重新审查减排量。", "The amount is reviewed again."),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text("The result of the review is being confirmed.", "审查结果正在复核确认。"),
        not_by=("quantity_review", "issuance_approval"),
        beside=("quantity_review", "issuance_approval"),
        outside=CONFIRMING,
    )


def exception_decision(rules: tuple[str, ...] = ("G18",)) -> Task:
    """A second issuance within twelve months is the exception (I25)."""
    return Task(
        "exception_decision",
        Text("Decide on a second issuance within a year", "决定一年内再次签发"),
        Role.SUPERVISOR,
        ExceptionDecision,
        (
            way(
                "allow",
                "同意作为例外办理",
                "Allow",
                "进入减排量审查。",
                "The amount is reviewed.",
            ),
            way(
                "refuse",
                "不予签发",
                "Refuse",
                "出具不予签发决定书，办理终结。",
                "A refusal is issued and the procedure ends.",
                negative=True,
            ),
        ),
        WorkingDays("supervisor_wd"),
        rules,
        Text(
            "A second issuance within a year is being decided on.",
            "距上次签发不满一年，正在研究是否作为例外办理。",
        ),
        not_by=(FILER,),
    )


FIRST_ISSUANCE = Stage(
    "first_issuance",
    Text("First issuance", "首次签发"),
    Text(
        "The first reduction, asked for with the application, is reviewed and issued.",
        "项目已公布，正在审查并签发同步申请的首次减排量。",
    ),
    ("quantity_review_wd", "issuance_wd"),
    ("G18",),
    optional=True,
)

QUANTITY_OPINION = Document(
    "quantity_opinion",
    Text("Opinion on the amount", "减排量审查意见（复算单）"),
    "量",
    reviewers=frozenset({Role.AGENCY}),
)
QUANTITY_REPORT = Document(
    "quantity_report",
    Text("Report on the amount", "减排量技术审查报告"),
    "量技",
    reviewers=frozenset({Role.AGENCY}),
)
ISSUANCE_NOTICE = Document("issuance_notice", Text("Notice of issuance", "减排量签发通知书"), "签")
ISSUANCE_CERTIFICATE = Document(
    "issuance_certificate", Text("Certificate of issuance", "减排量签发凭证"), "凭"
)
ISSUANCE_REFUSAL = Document("issuance_refusal", Text("Refusal of issuance", "不予签发决定书"), "拒")

#: The letters of an issuance, in either course.
LETTERS = (QUANTITY_REPORT, QUANTITY_OPINION, ISSUANCE_NOTICE, ISSUANCE_CERTIFICATE, ISSUANCE_REFUSAL)
