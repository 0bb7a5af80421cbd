"""The English of the headings and units that forms keep in Chinese, as their printed originals do."""

import re

from models.vocabulary.text import Text

#: Heading without its number: English. Numbers ("4.2") are the same in both languages.
HEADINGS: dict[str, str] = {
    # project application, appendices A and B
    "减排项目申请方基本信息": "The applicant",
    "减排项目基本信息": "The project",
    "对可持续发展的贡献": "Contribution to sustainable development",
    "其他相关证明材料": "Other supporting papers",
    "项目概况": "Overview of the project",
    "基准线和监测方法学的应用": "Use of the baseline and monitoring methodology",
    "项目活动期限和减排量计入期": "Duration and crediting period",
    "减排量": "Reductions",
    "监测计划": "Monitoring plan",
    # scenario application, appendix C
    "前期对接自查": "Readiness, checked by yourself",
    "减排场景申请主体基本信息": "The applicant",
    "碳普惠减排场景基本信息": "The scenario",
    "减排场景描述": "Description of the scenario",
    "技术服务机构（如有）": "Technical service institution (if any)",
    # issuance, appendices D and E
    "减排项目": "The project",
    "实施情况": "How it was carried out",
    "监测期与申请签发减排量": "Period and amount asked for",
    "监测期内的变更": "Changes in the period",
    "监测系统": "Monitoring system",
    "接收账户与分配": "Receiving accounts and shares",
    "监测参数": "Parameters monitored",
    "计量器具检定": "Verification of the meters",
    "活动数据明细": "Activity data",
    "数据缺失与保守处理": "Missing data, treated conservatively",
    "减排量计算": "Calculation of the reduction",
    "承诺与联系人": "Commitment and contact",
    "结论与声明": "Conclusion and statement",
    # mall onboarding
    "入驻模式": "Mode",
    "碳普惠权益方基本信息": "The merchant",
    "信用报告": "Credit report",
    "运营能力": "Ability to operate",
    "权益和规则": "Goods and rules",
    "系统情况": "Systems",
    "分平台情况": "The sub-platform",
    "特定活动方案": "The event",
    "其他方式说明": "The other mode",
    "积分回兑": "Redemption of points",
}
UNITS: dict[str, str] = {
    "万元": "CNY 10,000",
    "元": "CNY",
    "人": "persons",
    "件": "items",
    "年": "years",
    "日": "days",
    "积分": "points",
}
_NUMBERED = re.compile(r"^([\d.]+ )?(.*)$")


def heading(zh: str) -> Text:
    """A heading in both languages; one that is not known here stays as it is."""
    number, words = _NUMBERED.match(zh).groups("")  # type: ignore[union-attr]  # matches anything
    return Text(f"{number}{HEADINGS[words]}" if words in HEADINGS else zh, zh)


def symbol(unit: str) -> str:
    """A unit as it is printed: methodologies and forms write CO2 for CO₂."""
    return unit.replace("CO2", "CO₂")


def unit_of(zh: str) -> Text:
    """A unit in both languages; symbols such as kWh are the same in both."""
    return Text(UNITS.get(zh, symbol(zh)), symbol(zh))
