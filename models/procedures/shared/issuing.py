"""Issuance 签发: the amount reviewed, agreed, approved by another person, posted (rules G18, G19, M06; I04, I24)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from models.procedures.shared import agency
from models.procedures.shared.answers import Answer, Approval, ReasonedDecision, problem, wanted, way
from models.procedures.shared.codes import COMPLEXITY_TRIGGERS, ComplexityTrigger
from models.procedures.shared.subjects import Adjustment
from models.vocabulary.errors import Problem
from models.vocabulary.forms import field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, Clock, Document, Outcome, Stage, Task
from models.vocabulary.text import Text
from models.vocabulary.types import Tonnes, Uscc

_REVIEWED: dict[str, Any] = {
    "approved_t": "0",
    "opinion": "监测期抄表记录与结算凭证一致，但计量和计算方面尚有问题需要处理。",
    "data_checked": True,
}


class QuantityReview(Answer):
    """减排量审查. Claimed and recomputed amounts are shown beside it; the approved one is written here."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "needs_revision": {
            **_REVIEWED,
            "changes": [
                {"target": "calculation.meters", "text": "请补充监测期内续检的检定证书编号和有效期。"},
            ],
        },
        "complex": {
            **_REVIEWED,
            "triggers": ["large"],
            "opinion": "本期减排量较大，且为首次在线计量，提请专业技术服务机构审查。",
        },
        "refuse": {
            **_REVIEWED,
            "opinion": "监测期内的电量已出售绿色电力证书，不得重复计算，建议不予签发。",
        },
    }

    approved_t: Tonnes = field(
        "核定减排量",
        "Amount approved",
        example="356.049",
        unit="tCO2e",
        hint="不得高于复核计算量和申请量；核定低于申请量的须说明理由。",
        hint_en="Never above the recomputed or the claimed amount; say why when it is below the claim.",
    )
    reason: str = field(
        "核减理由",
        "Why it is lower",
        example="",
        default="",
        max_length=1000,
        widget="textarea",
        hint="核定量低于申请量时必须填写，将告知申请主体。",
        hint_en="Needed when less is approved than was asked for; the applicant is told.",
    )
    opinion: str = field(
        "审查意见",
        "Opinion",
        example="监测期、数据来源和计量器具检定情况符合要求，按所适用方法学复核计算，同意核定。",
        min_length=1,
        max_length=4000,
        widget="textarea",
        hint="对监测期、数据、计量器具、计算过程的审查意见，载入减排量审查意见。",
        hint_en="On period, data, meters and calculation; printed in the opinion.",
    )
    data_checked: bool = field(
        "已核对监测数据",
        "Data checked",
        example=True,
        widget="checkbox",
        hint="已核对抄表记录、计量器具检定、数据缺失和保守处理。",
        hint_en="Readings, verifications, gaps and conservative treatment have been checked.",
    )
    changes: list[Adjustment] = field(
        "需完善的内容",
        "What has to be mended",
        default_factory=list,
        example=[],
        max_length=50,
        hint="选择“退回完善”时逐条列明。",
        hint_en="One by one, when it is sent back for revision.",
    )
    triggers: list[ComplexityTrigger] = field(
        "复杂情形",
        "Signs of complexity",
        example=[],
        default_factory=list,
        choices=COMPLEXITY_TRIGGERS,
        widget="checkbox",
        hint="提请机构审查时，至少选择一项。",
        hint_en="At least one when an institution is asked.",
    )
    agency_uscc: Uscc | None = field(
        "拟委托机构",
        "Institution proposed",
        default=None,
        examples=[None],
        widget="lookup:agency",
        hint="专业技术服务机构的统一社会信用代码；留空由系统推荐。审查过本项目申请的机构应当回避。",
        hint_en="Credit code; empty lets the system propose one. Not one that reviewed the application.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """What each way out needs."""
        if outcome == "agree":
            return self._agreed()
        if outcome == "needs_revision":
            return wanted(
                "changes",
                self.changes,
                "请至少列明一项需要完善的内容。",
                "Please list at least one thing to mend.",
            )
        if outcome == "complex":
            return wanted(
                "triggers",
                self.triggers,
                "请至少选择一项复杂情形。",
                "Please choose at least one sign of complexity.",
            )
        return []

    def _agreed(self) -> list[Problem]:
        found = wanted(
            "approved_t",
            self.approved_t > Decimal(0),
            "核定减排量应大于 0；不予签发的请选择“不予签发”。",
            "An amount above zero; refuse the issuance if there is none.",
        )
        found += wanted(
            "data_checked",
            self.data_checked,
            "请先核对监测数据。",
            "Please check the monitoring data first.",
        )
        if self.changes:
            found.append(
                problem(
                    "changes",
                    "尚有需完善的内容，请选择“退回完善”，或清空该项。",
                    "Something is to be mended: send it back, or clear this list.",
                )
            )
        return found


class AmountConfirmation(Answer):
    """核减确认: the applicant accepts the lower amount, or says what speaks against it."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "contest": {"note": "续检证书已于 12 月 3 日取得，12 月电量不应按逾期未检折减，请重新审查。"},
    }

    note: str = field(
        "意见",
        "Note",
        example="对核定减排量无异议。",
        default="",
        max_length=2000,
        widget="textarea",
        hint="不同意的，请写明理由和依据。",
        hint_en="If you do not agree, say why and on what grounds.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """An objection has its reason."""
        if outcome != "contest":
            return []
        return wanted("note", self.note, "请写明不同意的理由。", "Please say why you do not agree.")


class IssuanceApproval(Approval):
    """签发审批: another person than the reviewer approves, sends back or refuses."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"reason": "12 月抄表记录未见续检证书，请核实后重新提出审查意见。"},
        "refuse": {"reason": "项目在监测期内已纳入碳市场配额管理，不符合签发条件。"},
    }


class ExceptionDecision(ReasonedDecision):
    """一年内再次签发: allowed or not, with the reason either way."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "refuse": {"reason": "所述理由不属于例外情形，请待满一年后一并申请。"},
    }

    reason: str = field(
        "理由",
        "Reason",
        example="计入期即将结束，剩余监测期单独申请，同意作为例外办理。",
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="写明作出决定的理由，将载入案卷并告知申请主体。",
        hint_en="Why you decide so; it is kept in the file and told to the applicant.",
    )


class RefusalDecision(ReasonedDecision):
    """不予签发: told to the applicant, so it carries its reason either way."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"reason": "不予签发的事实依据不足，请补充核实后重新提出意见。"},
    }

    reason: str = field(
        "理由",
        "Reason",
        example="监测期内的电量已出售绿色电力证书，属于重复计算，同意不予签发。",
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="确认时写明不予签发的理由（载入决定书）；退回时写明需要重新核实的内容。",
        hint_en="The ground of the refusal (printed in the notice), or what to look at again.",
    )


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
