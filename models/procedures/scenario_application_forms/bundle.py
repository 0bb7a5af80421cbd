"""Bundled scenarios 打捆场景: each sub-scenario with its own evidence (rule G22)."""

from models.procedures.scenario_application_forms.party import PROOF
from models.vocabulary.forms import Group, field
from models.vocabulary.types import PastDate, Uscc


class SubScenario(Group):
    """子场景 with the evidence that belongs to it."""

    name: str = field(
        "子场景名称",
        "Name",
        example="骑迹单车子场景",
        min_length=2,
        max_length=120,
        hint="子场景名称。",
        hint_en="Name of the sub-scenario.",
    )
    developer_name: str = field(
        "子场景开发主体",
        "Developer",
        example="上海示例慢行出行服务有限公司",
        min_length=2,
        max_length=100,
        hint="承担子场景建设与运维、数据记录责任的单位。",
        hint_en="Who builds, runs and records the sub-scenario.",
    )
    developer_uscc: Uscc = field(
        "开发主体信用代码",
        "Developer's credit code",
        example="91310199MARFNGNQ8F",
        hint="18 位，含校验码。",
        hint_en="18 characters with check digit.",
    )
    platform: str = field(
        "子场景平台",
        "Platform",
        example="慢行App",
        min_length=1,
        max_length=100,
        hint="采集行为数据的平台。",
        hint_en="The platform that collects the data.",
    )
    entrustment_signed_on: PastDate = field(
        "委托书签订日期",
        "Entrustment signed on",
        example="2026-01-08",
        widget="date",
        hint="该开发主体出具的减排场景申请委托书。",
        hint_en="The developer's letter of entrustment.",
    )
    connection: str = field(
        "平台数据接入情况",
        "Connection of the platform",
        example="已通过接口接入申请主体平台，按日汇总，近 30 日无中断。",
        min_length=4,
        max_length=1000,
        widget="textarea",
        hint="接入方式、频次、稳定性。",
        hint_en="How, how often and how steadily it is connected.",
    )
    agreement_version: str = field(
        "与个人的服务协议版本",
        "Agreement with users",
        example="2026-01",
        min_length=1,
        max_length=40,
        hint="子场景开发主体与个人的服务协议。",
        hint_en="The developer's agreement with its users.",
    )


#: Two sub-scenarios, as a bundled application would list them; the plain example has none.
SUB_SCENARIOS = [
    {
        "name": "骑迹单车子场景",
        "developer_name": "上海示例慢行出行服务有限公司",
        "developer_uscc": "91310199MARFNGNQ8F",
        "platform": "慢行App",
        "entrustment_signed_on": "2026-01-08",
        "connection": "已通过接口接入申请主体平台，按日汇总，近 30 日无中断。",
        "agreement_version": "2026-01",
    },
    {
        "name": "校园单车子场景",
        "developer_name": "上海市示例职业技术学校",
        "developer_uscc": "12310199750490248M",
        "platform": "校园骑行小程序",
        "entrustment_signed_on": "2026-01-12",
        "connection": "已通过接口接入申请主体平台，实时推送。",
        "agreement_version": "2026-02",
    },
]


def sub_scenarios_field() -> list[SubScenario]:
    """The list as a field of the filing form."""
    found: list[SubScenario] = field(
        "子场景",
        "Sub-scenarios",
        example=[],
        default_factory=list,
        max_length=100,
        section=PROOF,
        hint="打捆申请的，逐一列明子场景及其证明材料。",
        hint_en="One by one with their evidence, when bundled.",
    )
    return found
