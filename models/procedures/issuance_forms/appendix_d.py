"""Appendix D 项目减排量签发申请表: which project, which days, how much, for whom (rules G18, G19, M06)."""

from datetime import date
from decimal import Decimal
from typing import Any

from models.procedures.shared.issuing_codes import CHANGE_KINDS, DATA_SOURCES, ChangeKind, DataSource
from models.vocabulary.forms import Group, field
from models.vocabulary.types import Mobile, PastDate, Percent, TonnesToTheGram

_PROJECT = "1 减排项目"
_PERIOD = "2 监测期与申请签发减排量"
_CHANGES = "3 监测期内的变更"
_ACCOUNTS = "4 接收账户与分配"
_PROMISE = "5 承诺与联系人"


class Claim(Group):
    """申请签发减排量, by the calendar year in which it arose."""

    vintage_year: int = field(
        "年份", "Year", example=2025, ge=2010, le=2100, section=_PERIOD,
        hint="减排量产生的公历年度。", hint_en="Calendar year in which it arose.",
    )  # fmt: skip
    tco2e: TonnesToTheGram = field(
        "申请减排量", "Amount", example="356.049", unit="tCO2e", section=_PERIOD,
        hint="按方法学计算，项目舍去 0.001 吨以下部分，场景精确到克。",
        hint_en="By the methodology: a project down to 0.001 t, a scenario to the gram.",
    )  # fmt: skip


class ProjectChange(Group):
    """项目变更 within the period."""

    kind: ChangeKind = field(
        "变更类别", "Kind", example="metering", choices=CHANGE_KINDS, section=_CHANGES,
        hint="变更涉及的方面。", hint_en="What it concerns.",
    )  # fmt: skip
    on: PastDate = field(
        "变更日期", "Date", example="2025-11-20", widget="date", section=_CHANGES,
        hint="变更发生的日期，应在监测期内。", hint_en="Within the monitoring period.",
    )  # fmt: skip
    text: str = field(
        "变更内容", "What changed", example="发电侧计量表按期续检，表号和倍率不变。",
        min_length=2, max_length=1000, widget="textarea", section=_CHANGES,
        hint="变更前后的情况及对减排量的影响。", hint_en="Before and after, and what it means for the reduction.",
    )  # fmt: skip
    record: str = field(
        "变更依据", "Record", example="检定证书 JD-2025-0101", default="", max_length=200, section=_CHANGES,
        hint="检定证书、批复等文件名称或编号。", hint_en="Certificate, approval or the like.",
    )  # fmt: skip


class Receiver(Group):
    """接收账户: one holder and its part."""

    account: str = field(
        "登记账户", "Account", example="SHJG-2026-639870", min_length=2, max_length=40, section=_ACCOUNTS,
        hint="碳普惠登记账户（平台账户）号。", hint_en="Number of the registry (platform) account.",
    )  # fmt: skip
    pct: Percent = field(
        "比例", "Share", example="100", unit="%", section=_ACCOUNTS,
        hint="各账户比例合计应为 100%，受托项目应与委托书约定一致。",
        hint_en="Together 100 percent; as the letter of entrustment has it.",
    )  # fmt: skip


RECEIVERS: list[dict[str, Any]] = [
    {"account": "SHJG-2026-639870", "pct": "60"},
    {"account": "SHJG-2026-028786", "pct": "40"},
]


class Application(Group):
    """项目减排量签发申请表."""

    project_number: str = field(
        "项目（场景）编号", "Project or scenario number", example="SHPH-XM-2026-0001", min_length=4, max_length=40,
        section=_PROJECT, widget="lookup:own_project",
        hint="公布时赋予的永久编号。", hint_en="The permanent number it was published under.",
    )  # fmt: skip
    project_name: str = field(
        "项目（场景）名称", "Project or scenario name", example="示例职业技术学校屋顶分布式光伏发电项目",
        min_length=2, max_length=120, section=_PROJECT,
        hint="与公布的名称一致。", hint_en="As published.",
    )  # fmt: skip
    period_from: date = field(
        "监测期起", "Period from", example="2025-01-01", widget="date", section=_PERIOD,
        hint="本次申请的首日，不得与已签发或在办的监测期重叠。",
        hint_en="First day; no overlap with a period issued or pending.",
    )  # fmt: skip
    period_to: PastDate = field(
        "监测期止", "Period to", example="2025-12-31", widget="date", section=_PERIOD,
        hint="本次申请的末日，应已结束并在计入期内。",
        hint_en="Last day; over, and within the crediting period.",
    )  # fmt: skip
    data_source: DataSource = field(
        "监测数据来源", "Monitoring data", example="typed", choices=DATA_SOURCES, widget="radio",
        section=_PERIOD,
        hint="已与平台对接或已报送监测数据的，直接采用平台数据，附录 E 的抄表记录由系统带入；"
        "减排场景采用平台收到的行为记录，按自然月申请。",
        hint_en="Projects that report to the platform use what they reported; Appendix E is filled from it. "
        "Scenarios use the records received, month by month.",
    )  # fmt: skip
    claim: list[Claim] = field(
        "申请签发减排量（按年分列）", "Amount by year", min_length=1, max_length=3, section=_PERIOD,
        example=[{"vintage_year": 2025, "tco2e": "356.049"}],
        hint="按减排量产生的年度分列，合计与附录 E 的计算结果一致。",
        hint_en="By year; together as Appendix E works out.",
    )  # fmt: skip
    variance_reason: str = field(
        "与设计文件预计量差异说明", "Why it differs from the estimate", default="",
        example="与设计文件预计量基本一致。", max_length=2000, widget="textarea", section=_PERIOD,
        hint="与预计量相差超过 20% 的必须说明原因。", hint_en="Needed when more than 20 percent off the estimate.",
    )  # fmt: skip
    second_in_year_reason: str = field(
        "一年内再次申请的理由", "Reason for a second issuance within a year", default="", example="",
        max_length=1000, widget="textarea", section=_PERIOD,
        hint="减排量原则上每年签发一次；距上次签发不满 12 个月或者另有申请正在办理的，须写明理由，由审核负责人决定。",
        hint_en="Issuance is yearly; within twelve months of the last one, or with another under way, give the reason; the supervisor decides.",
    )  # fmt: skip
    changes: list[ProjectChange] = field(
        "监测期内的项目变更", "Changes within the period", default_factory=list, section=_CHANGES,
        example=[
            {"kind": "metering", "on": "2025-11-20", "text": "发电侧计量表按期续检，表号和倍率不变。",
             "record": "检定证书 JD-2025-0101"}
        ],
        hint="业主、规模、设备、边界、计量等变更；没有的可不填。",
        hint_en="Owner, scale, equipment, boundary, metering; none if there was none.",
    )  # fmt: skip
    receiving_accounts: list[Receiver] = field(
        "接收账户", "Receiving accounts", default_factory=list, max_length=50, section=_ACCOUNTS,
        example=RECEIVERS,
        hint="逐一列明接收账户及比例，合计 100%；减排场景签发给个人，不填。",
        hint_en="Each account with its share; together 100 percent. None for a scenario: persons receive it.",
    )  # fmt: skip
    double_claim_declaration: bool = field(
        "本期是否参与其他机制或绿电绿证交易", "Claimed elsewhere in this period", example=False,
        widget="radio", section=_PROMISE,
        hint="本监测期的减排量已参与其他温室气体自愿减排机制、绿电或绿证交易的，不得申请签发。",
        hint_en="Reductions claimed under another mechanism, or sold as green power, cannot be issued.",
    )  # fmt: skip
    contact_name: str = field(
        "联系人", "Contact", example="林晓", min_length=2, max_length=50, section=_PROMISE,
        hint="本次申请的联系人。", hint_en="Whom to ask about this application.",
    )  # fmt: skip
    contact_mobile: Mobile = field(
        "联系人手机", "Mobile", example="13800138000", personal=True, section=_PROMISE,
        hint="11 位手机号。", hint_en="Mobile number.",
    )  # fmt: skip

    @property
    def claimed_t(self) -> Decimal:
        """All years together, tCO2e."""
        return sum((row.tco2e for row in self.claim), Decimal(0))
