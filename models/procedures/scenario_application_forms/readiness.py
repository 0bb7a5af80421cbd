"""Readiness 准备阶段对接自查: what applicant and exchange look at before the application (rule S01)."""

from datetime import date

from models.vocabulary.forms import Group, field

READY = "0 前期对接自查"

#: What the preparation looks at (rule S01), in the words of the guide.
SUBJECTS = ("methodology", "compatibility", "maturity", "parties", "operation")


class ReadinessItem(Group):
    """One subject of the check."""

    met: bool = field(
        "是否具备",
        "Ready",
        example=True,
        widget="radio",
        hint="该项基础是否已经具备。",
        hint_en="Is it there?",
    )
    note: str = field(
        "情况说明",
        "Note",
        example="已具备，详见申请表相应章节。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        hint="写明现状和依据；尚不具备的，写明计划。",
        hint_en="The state of things and what shows it; what is planned where it is not there yet.",
    )


def _item(zh: str, en: str, note: str, hint: str, hint_en: str) -> ReadinessItem:
    item: ReadinessItem = field(
        zh, en, example={"met": True, "note": note}, section=READY, hint=hint, hint_en=hint_en
    )
    return item


class Readiness(Group):
    """前期对接自查, confirmed by the exchange as the first task of the case."""

    contacted_on: date = field(
        "前期对接日期",
        "Contacted on",
        example="2026-09-15",
        widget="date",
        section=READY,
        hint="与上海环境能源交易所开展前期对接、沟通的日期。",
        hint_en="When the exchange was first contacted.",
    )
    methodology: ReadinessItem = _item(
        "减排场景方法学",
        "Methodology",
        "拟采用已公布的互联网租赁自行车减排场景方法学，适用条件逐条满足。",
        "是否有已公布且适用的减排场景方法学。",
        "Is there a published methodology that fits?",
    )
    compatibility: ReadinessItem = _item(
        "平台兼容性",
        "Platform compatibility",
        "业务平台具备开放接口和改造能力，可按平台规范对接。",
        "是否具备数据对接基础与平台改造能力。",
        "Can the platform be connected and adapted?",
    )
    maturity: ReadinessItem = _item(
        "技术成熟度",
        "Technical maturity",
        "骑行起止、里程和用户认证数据完整，运行逻辑符合方法学核算边界和监测要求。",
        "运行逻辑、服务方式与数据是否符合方法学核算边界、减排量核算、数据来源和监测等内容。",
        "Do service and data meet boundary, quantification, data sources and monitoring?",
    )
    parties: ReadinessItem = _item(
        "开发主体与申请主体",
        "Developer and applicant",
        "开发主体与申请主体为同一单位，承担场景建设与运维、数据记录责任。",
        "开发主体与申请主体的关系是否明确，委托手续是否齐备。",
        "Who is developer, who is applicant, and is the entrustment in place?",
    )
    operation: ReadinessItem = _item(
        "实施与运行情况",
        "Operation",
        "场景已稳定运行两年以上，月活跃用户约 81 万，减排量拟进入碳积分商城消纳。",
        "运行现状、服务影响力、核算与签发规模、减排量消纳渠道等。",
        "State of operation, reach, expected issuance, and where reductions are used.",
    )
