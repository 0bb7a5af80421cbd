"""Answers once the evaluation is positive: the agreement and the connection (rule J10)."""

from datetime import date
from typing import Any, ClassVar, Literal

from models.procedures.shared.answers import Answer, Approval, problem, today, wanted
from models.procedures.shared.connection_answers import ANSWERS
from models.procedures.shared.trials import judged
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.text import Text

SETTLEMENT = {
    "month": Text("Monthly", "按月"),
    "quarter": Text("Quarterly", "按季"),
}


class AgreementDraft(Answer):
    """合作协议拟定: what the general text leaves open."""

    term_years: int = field(
        "合作期限",
        "Term",
        example=2,
        ge=1,
        le=10,
        unit="年",
        hint="自协议生效之日起计算。",
        hint_en="From the day the agreement is signed.",
    )
    settlement: str = field(
        "对账和回兑周期",
        "Settlement",
        example="month",
        choices=SETTLEMENT,
        widget="radio",
        pattern="^(" + "|".join(SETTLEMENT) + ")$",
        hint="积分对账和回兑的周期。",
        hint_en="How often points are reconciled and bought back.",
    )
    notice_days: int = field(
        "退出通知期",
        "Notice of exit",
        example=30,
        ge=7,
        le=180,
        unit="日",
        hint="任何一方退出前应当提前通知的日数。",
        hint_en="Days of notice before either side leaves.",
    )
    special_terms: str = field(
        "特别约定",
        "Special terms",
        example="上线后首季度，乙方按月报送库存和客诉情况。",
        default="",
        max_length=4000,
        widget="textarea",
        hint="通用条款之外的约定，没有可不填。",
        hint_en="Beyond the general terms; may be empty.",
    )
    contact: str = field(
        "甲方联系人",
        "Contact at the exchange",
        example="商城业务部，工作日 9:00–17:30。",
        min_length=2,
        max_length=200,
        hint="环交所的联系部门和时间。",
        hint_en="Department and hours at the exchange.",
    )


class AgreementSignature(Answer):
    """合作协议签署 by the merchant."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"signatory": "", "reason": "请将退出通知期调整为六十日，并明确节假日客服安排。"},
    }

    signatory: str = field(
        "签署人",
        "Signed by",
        example="吴珊",
        default="",
        max_length=50,
        hint="法定代表人或者授权代表姓名。",
        hint_en="The legal representative or an authorised person.",
    )
    reason: str = field(
        "修改意见",
        "What to change",
        example="",
        default="",
        max_length=2000,
        widget="textarea",
        hint="不同意文本的，写明需要修改的内容。",
        hint_en="What to change, if you do not agree with the text.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Signed by somebody, or sent back with a reason."""
        if outcome == "sign":
            return wanted(
                "signatory", self.signatory, "请填写签署人姓名。", "Please name the person who signs."
            )
        return wanted("reason", self.reason, "请写明需要修改的内容。", "Please say what to change.")


class Countersignature(Approval):
    """合作协议会签 by the exchange."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"reason": "特别约定与通用条款第四条冲突，请修改后重新签署。"},
    }


Function = Literal["goods", "order", "deduct", "refund", "reconcile"]
FUNCTIONS: dict[str, Text] = {
    "goods": Text("Goods and stock", "商品和库存同步"),
    "order": Text("Redemption order", "兑换下单"),
    "deduct": Text("Deduction of points", "积分扣减"),
    "refund": Text("Return of points", "退单和积分退还"),
    "reconcile": Text("Reconciliation", "对账"),
}


class MallConnectionSpec(Answer):
    """商城对接方案: which functions, by whose key. A secret is never typed here."""

    functions: list[Function] = field(
        "对接功能",
        "Functions",
        example=list(FUNCTIONS),
        choices=FUNCTIONS,
        widget="checkbox",
        min_length=1,
        hint="须包括商品和库存、下单、扣减、退还和对账。",
        hint_en="Goods, orders, deduction, return and reconciliation.",
    )
    client_id: str = field(
        "接入标识",
        "Client id",
        example="lvxiang-mall-prod",
        min_length=4,
        max_length=60,
        pattern=r"^[a-z0-9][a-z0-9-]+$",
        hint="商城系统的接入标识。",
        hint_en="The mall's identifier.",
    )
    certificate_sha256: str = field(
        "客户端证书指纹",
        "Fingerprint of the certificate",
        example="3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b",
        pattern=r"^[0-9a-f]{64}$",
        hint="客户端证书的 SHA-256 指纹；私钥和密钥不得填写。",
        hint_en="SHA-256 of the client certificate; never the key itself.",
    )
    valid_to: date = field(
        "证书有效期至",
        "Certificate valid to",
        example=f"{today().year + 2}-12-31",
        widget="date",
        hint="到期前须更换。",
        hint_en="It is renewed before.",
    )
    pages: str = field(
        "页面展示",
        "Pages",
        example="商城首页、商品详情和订单页按统一要求展示碳积分价格、库存和兑换规则。",
        min_length=4,
        max_length=2000,
        widget="textarea",
        hint="页面展示和入口安排。",
        hint_en="Pages and where they are entered.",
    )
    duty: str = field(
        "值守联系人",
        "Who is on call",
        example="商城运维组，每日 9:00–21:00 值守。",
        min_length=2,
        max_length=200,
        hint="系统异常时的联系渠道。",
        hint_en="Whom to reach when the system goes wrong.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Every function a redemption needs."""
        missing = [name for name in FUNCTIONS if name not in self.functions]
        if not missing:
            return []
        zh, en = "、".join(FUNCTIONS[m].zh for m in missing), ", ".join(FUNCTIONS[m].en for m in missing)
        return [problem("functions", f"对接功能不全，尚缺：{zh}。", f"Missing: {en}.")]


KINDS = {
    "normal": Text("Redemption", "正常兑换"),
    "sold_out": Text("Sold out", "库存不足"),
    "over_limit": Text("Over the limit a person", "超过限兑"),
    "short_of_points": Text("Too few points", "积分不足"),
    "duplicate": Text("Sent twice", "重复提交"),
    "forged": Text("Bad signature", "签名错误"),
}
#: What a test has to have tried at least.
TRIED = ("normal", "sold_out", "over_limit", "short_of_points", "duplicate")


class MallRecord(Group):
    """测试订单: one order sent, what should come back and what did."""

    order_no: str = field(
        "订单编号",
        "Order",
        example="TEST-000001",
        min_length=1,
        max_length=60,
        hint="测试订单编号。",
        hint_en="Number of the order.",
    )
    kind: str = field(
        "测试情形", "Case", example="normal", choices=KINDS, pattern="^(" + "|".join(KINDS) + ")$",
        hint="正常或者应当拒绝的情形。", hint_en="What the order tests.",
    )  # fmt: skip
    expected: str = field(
        "预期", "Expected", example="accepted", choices=ANSWERS, pattern="^(accepted|refused)$",
        hint="应当接收还是拒收。", hint_en="Should it be accepted?",
    )  # fmt: skip
    answered: str = field(
        "系统应答", "Answered", example="accepted", choices=ANSWERS, pattern="^(accepted|refused)$",
        hint="系统实际应答。", hint_en="What the system answered.",
    )  # fmt: skip
    expected_points: int = field(
        "应扣积分", "Points expected", example=12000, ge=0, le=10**15, unit="积分",
        hint="应当扣减的积分，拒收的为 0。", hint_en="Points to be deducted; 0 where refused.",
    )  # fmt: skip
    answered_points: int = field(
        "实扣积分", "Points deducted", example=12000, ge=0, le=10**15, unit="积分",
        hint="实际扣减的积分。", hint_en="Points that were deducted.",
    )  # fmt: skip


def _record(no: int, kind: str, points: int = 0, answered: int | None = None) -> dict[str, Any]:
    answer = "accepted" if kind == "normal" else "refused"
    return {
        "order_no": f"TEST-{no:06d}",
        "kind": kind,
        "expected": answer,
        "answered": answer,
        "expected_points": points,
        "answered_points": points if answered is None else answered,
    }


RECORDS = [
    _record(1, "normal", 12000),
    _record(2, "normal", 30000),
    _record(3, "sold_out"),
    _record(4, "over_limit"),
    _record(5, "short_of_points"),
    _record(6, "duplicate"),
    _record(7, "forged"),
]


class MallConnectionTest(Answer):
    """商城联调测试报告."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "failed": {
            "tested_on": today().isoformat(),
            "environment": "联调环境",
            "records": [RECORDS[0], _record(2, "normal", 30000, 60000), *RECORDS[2:]],
            "summary": "一笔正常兑换重复扣减积分，需调整对接方案后重测。",
        },
    }

    tested_on: date = field(
        "测试日期",
        "Tested on",
        example=today().isoformat(),
        widget="date",
        hint="联调测试日期。",
        hint_en="The day of the test.",
    )
    environment: str = field(
        "测试环境",
        "Environment",
        example="联调环境",
        min_length=1,
        max_length=100,
        hint="测试所用的环境。",
        hint_en="Where it was tested.",
    )
    records: list[MallRecord] = field(
        "测试订单",
        "Test orders",
        example=RECORDS,
        min_length=5,
        max_length=500,
        hint="须覆盖正常、库存不足、超过限兑、积分不足和重复提交等情形。",
        hint_en="Normal, sold out, over the limit, too few points and sent twice among them.",
    )
    summary: str = field(
        "测试结论",
        "Summary",
        example="各情形应答与预期一致，积分扣减准确。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="测试结果的总体说明。",
        hint_en="The result as a whole.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """A test that passed tried what matters, and everything came back as it should (J10)."""
        wrong = [row for row, record in enumerate(self.records) if not _as_expected(record)]
        found = [
            problem(
                f"records.{row}.expected",
                "只有正常兑换应当接收并扣减积分，其他情形应当拒收且不扣积分。",
                "Only a normal redemption is accepted and costs points.",
            )
            for row, record in enumerate(self.records)
            if (record.kind == "normal") != (record.expected == "accepted")
            or (record.expected == "refused" and record.expected_points)
        ]
        tried = [record.kind for record in self.records]
        what, measure = Text("orders", "订单"), Text("points are", "扣减积分")
        return found + judged(outcome, wrong, tried, TRIED, KINDS, what, measure)


def _as_expected(record: MallRecord) -> bool:
    return record.expected == record.answered and record.expected_points == record.answered_points
