"""What is answered in an issuance: the amount, its confirmation, its approval, its refusal (rules G18, G19; I04)."""

from decimal import Decimal
from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, Approval, ReasonedDecision, problem, wanted
from models.procedures.shared.codes import COMPLEXITY_TRIGGERS, ComplexityTrigger
from models.procedures.shared.subjects import Adjustment
from models.vocabulary.errors import Problem
from models.vocabulary.forms import field
from models.vocabulary.types import TonnesToTheGram, Uscc

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

    approved_t: TonnesToTheGram = field(
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
