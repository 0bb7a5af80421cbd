"""What is written on a connection 数据对接: the agreement, the test, the acceptance (rules G25, S03)."""

from datetime import date
from typing import Any, ClassVar

from models.procedures.shared.answers import Answer, problem, wanted
from models.procedures.shared.trials import judged
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.text import Text

ANSWERS = {"accepted": Text("Accepted", "接收"), "refused": Text("Refused", "拒收")}
KINDS = {
    "normal": Text("Normal record", "正常记录"),
    "no_consent": Text("Without consent", "未授权"),
    "withdrawn": Text("Consent withdrawn", "已撤回授权"),
    "duplicate": Text("Sent twice", "重复报送"),
    "malformed": Text("Malformed", "格式错误"),
    "out_of_range": Text("Out of range", "数值异常"),
}
FREQUENCIES = {
    "realtime": Text("In real time", "实时"),
    "day": Text("Daily", "按日"),
    "month": Text("Monthly", "按月"),
}


class AgreedField(Group):
    """A field that is exchanged."""

    name: str = field(
        "字段",
        "Field",
        example="record_no",
        min_length=1,
        max_length=60,
        pattern=r"^[a-z][a-z0-9_]*$",
        hint="接口字段名，小写字母和下划线。",
        hint_en="Name in the interface, small letters and underscores.",
    )
    meaning: str = field(
        "含义",
        "Meaning",
        example="行为记录编号",
        min_length=1,
        max_length=200,
        hint="业务含义。",
        hint_en="What it says.",
    )
    unit: str = field(
        "单位", "Unit", example="", default="", max_length=20, hint="计量单位。", hint_en="Unit."
    )
    required: bool = field(
        "必填", "Required", example=True, widget="checkbox", hint="是否必填。", hint_en="Must it be sent?"
    )


AGREED = [
    {"name": "record_no", "meaning": "行为记录编号", "unit": "", "required": True},
    {"name": "user_token", "meaning": "用户去标识化标识", "unit": "", "required": True},
    {"name": "start_at", "meaning": "行为开始时间", "unit": "", "required": True},
    {"name": "end_at", "meaning": "行为结束时间", "unit": "", "required": True},
    {"name": "distance_m", "meaning": "行为量", "unit": "m", "required": True},
]


class ConnectionSpec(Answer):
    """对接方案: what is exchanged, how often, and by whose key. A secret is never typed here."""

    fields: list[AgreedField] = field(
        "约定字段",
        "Fields agreed",
        example=AGREED,
        min_length=3,
        hint="与申请表一致；须含记录编号和用户标识。",
        hint_en="As in the application; a record number and a user token among them.",
    )
    frequency: str = field(
        "报送频次",
        "Frequency",
        example="day",
        choices=FREQUENCIES,
        widget="radio",
        pattern="^(realtime|day|month)$",
        hint="实时、按日或按月。",
        hint_en="In real time, daily or monthly.",
    )
    client_id: str = field(
        "接入标识",
        "Client id",
        example="qiji-bike-prod",
        min_length=4,
        max_length=60,
        pattern=r"^[a-z0-9][a-z0-9-]+$",
        hint="业务平台的接入标识。",
        hint_en="The platform's identifier.",
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
        example="2028-12-31",
        widget="date",
        hint="到期前须更换。",
        hint_en="It is renewed before.",
    )
    consent_version: str = field(
        "用户授权版本",
        "Version of the consent",
        example="2026-01",
        min_length=1,
        max_length=40,
        hint="上线时生效的用户授权条款版本。",
        hint_en="Version of the consent in force when it goes live.",
    )
    duty: str = field(
        "值守联系人",
        "Who is on call",
        example="对接运维组，工作日 9:00–18:00 值守。",
        min_length=2,
        max_length=200,
        hint="数据异常时的联系渠道。",
        hint_en="Whom to reach when data goes wrong.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Each field once; records and users can be told apart."""
        names = [f.name for f in self.fields]
        found = [
            problem(f"fields.{i}.name", "该字段已列出，请合并。", "This field is listed already.")
            for i, name in enumerate(names)
            if name in names[:i]
        ]
        for needed, zh in (("record_no", "行为记录编号"), ("user_token", "用户标识")):
            if needed not in names:
                found.append(
                    problem(
                        "fields", f"约定字段须包含{zh}（{needed}）。", f"The fields have to contain {needed}."
                    )
                )
        return found


class ConnectionAgreement(Answer):
    """对接方案确认 by the exchange, which gives the credentials."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"credential_no": "", "reason": "约定字段缺少行为结束时间，请补充后重新提交。"},
    }

    credential_no: str = field(
        "接入凭证编号",
        "Number of the credentials",
        example="CRED-2026-0001",
        default="",
        max_length=60,
        hint="已发放的接入凭证编号；密钥另行安全送达，不在此填写。",
        hint_en="Number of the credentials given; the secret is handed over elsewhere.",
    )
    reason: str = field(
        "说明",
        "Note",
        example="",
        default="",
        max_length=1000,
        widget="textarea",
        hint="退回的须写明需要调整的内容。",
        hint_en="Say what to change, if you send it back.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Agreed with credentials, or sent back with a reason."""
        if outcome == "agree":
            return wanted(
                "credential_no",
                self.credential_no,
                "请填写已发放的接入凭证编号。",
                "Please give the number of the credentials.",
            )
        return wanted("reason", self.reason, "请写明需要调整的内容。", "Please say what to change.")


class ConnectionRecord(Group):
    """测试记录: one record sent, what should come back and what did."""

    record_no: str = field(
        "记录编号",
        "Record",
        example="TEST-000001",
        min_length=1,
        max_length=60,
        hint="测试记录编号。",
        hint_en="Number of the record.",
    )
    kind: str = field(
        "测试情形",
        "Case",
        example="normal",
        choices=KINDS,
        pattern="^(" + "|".join(KINDS) + ")$",
        hint="正常、未授权、撤回、重复、格式错误或异常。",
        hint_en="What the record tests.",
    )
    expected: str = field(
        "预期", "Expected", example="accepted", choices=ANSWERS, pattern="^(accepted|refused)$",
        hint="应当接收还是拒收。", hint_en="Should it be accepted?",
    )  # fmt: skip
    answered: str = field(
        "平台应答", "Answered", example="accepted", choices=ANSWERS, pattern="^(accepted|refused)$",
        hint="平台实际应答。", hint_en="What the platform answered.",
    )  # fmt: skip
    expected_g: int = field(
        "应计减排量", "Expected amount", example=147, ge=0, le=10**15, unit="gCO2e",
        hint="按方法学计算，拒收的为 0。", hint_en="By the methodology; 0 where refused.",
    )  # fmt: skip
    answered_g: int = field(
        "平台计量", "Amount answered", example=147, ge=0, le=10**15, unit="gCO2e",
        hint="平台计算的克数。", hint_en="What the platform computed.",
    )  # fmt: skip


def _record(no: int, kind: str, grams: int, answered_g: int | None = None) -> dict[str, Any]:
    answer = "accepted" if kind == "normal" else "refused"
    return {
        "record_no": f"TEST-{no:06d}",
        "kind": kind,
        "expected": answer,
        "answered": answer,
        "expected_g": grams,
        "answered_g": grams if answered_g is None else answered_g,
    }


RECORDS = [
    _record(1, "normal", 147),
    _record(2, "normal", 155),
    _record(3, "normal", 226),
    _record(4, "no_consent", 0),
    _record(5, "withdrawn", 0),
    _record(6, "duplicate", 0),
    _record(7, "malformed", 0),
    _record(8, "out_of_range", 0),
]
#: What a test has to have tried at least.
TRIED = ("normal", "no_consent", "withdrawn", "duplicate")


class ConnectionTest(Answer):
    """联调测试报告."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "failed": {
            "tested_on": "2026-11-19",
            "environment": "联调环境",
            "records": [*RECORDS[:2], _record(3, "normal", 226, 225), *RECORDS[3:]],
            "summary": "一条正常记录的克数与方法学计算不符，需调整对接方案后重测。",
        },
    }

    tested_on: date = field(
        "测试日期",
        "Tested on",
        example="2026-11-19",
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
    records: list[ConnectionRecord] = field(
        "测试记录",
        "Test records",
        example=RECORDS,
        min_length=6,
        max_length=500,
        hint="须覆盖正常、未授权、撤回授权和重复报送等情形。",
        hint_en="Normal, without consent, withdrawn and sent twice among them.",
    )
    summary: str = field(
        "测试结论",
        "Summary",
        example="各情形应答与预期一致，克数与方法学计算一致。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="测试结果的总体说明。",
        hint_en="The result as a whole.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """A test that passed tried what matters, and everything came back as it should (S03)."""
        found = [p for row, record in enumerate(self.records) for p in _expected(row, record)]
        wrong = [row for row, record in enumerate(self.records) if not _as_expected(record)]
        tried = [record.kind for record in self.records]
        what, measure = Text("records", "记录"), Text("amount is", "克数")
        return found + judged(outcome, wrong, tried, TRIED, KINDS, what, measure)


def _as_expected(record: ConnectionRecord) -> bool:
    return record.expected == record.answered and record.expected_g == record.answered_g


def _expected(row: int, record: ConnectionRecord) -> list[Problem]:
    """Only a normal record is to be accepted, and what is refused counts nothing."""
    found: list[Problem] = []
    if (record.kind == "normal") != (record.expected == "accepted"):
        found.append(
            problem(
                f"records.{row}.expected",
                "只有正常记录应当接收，未授权、撤回、重复和异常的记录应当拒收。",
                "Normal records are accepted and all others refused.",
            )
        )
    if record.expected == "refused" and record.expected_g:
        found.append(
            problem(
                f"records.{row}.expected_g",
                "拒收的记录不计减排量，应为 0。",
                "What is refused counts nothing.",
            )
        )
    return found


class Acceptance(Answer):
    """验收意见 of one side."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {
            "records_checked": True,
            "consent_checked": True,
            "security_checked": False,
            "opinion": "客户端证书未按约定轮换，请整改后重新测试。",
        },
    }

    records_checked: bool = field(
        "已核对测试记录", "Records checked", example=True, widget="checkbox",
        hint="逐条核对测试记录。", hint_en="The test records, one by one.",
    )  # fmt: skip
    consent_checked: bool = field(
        "已核对用户授权", "Consent checked", example=True, widget="checkbox",
        hint="授权版本、时间和撤回机制。", hint_en="Version, time and withdrawal.",
    )  # fmt: skip
    security_checked: bool = field(
        "已核对安全措施", "Security checked", example=True, widget="checkbox",
        hint="证书、加密和访问控制。", hint_en="Certificates, encryption, access.",
    )  # fmt: skip
    opinion: str = field(
        "验收意见",
        "Opinion",
        example="对接测试符合要求，同意验收上线。",
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="验收结论和理由。",
        hint_en="The conclusion and its reasons.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Nothing is accepted unchecked."""
        if outcome != "accept":
            return []
        return [
            problem(name, "验收前请核对该项。", "Please check this before you accept.")
            for name in ("records_checked", "consent_checked", "security_checked")
            if not getattr(self, name)
        ]
