"""The modes of onboarding 入驻模式 and what each of them has to tell (rule J06)."""

from datetime import date, timedelta
from typing import Literal

from models.procedures.shared.answers import today
from models.vocabulary.forms import Group, example_data, field
from models.vocabulary.text import Text
from models.vocabulary.types import Uscc

Mode = Literal["third_party_mall", "sub_platform", "event", "other"]
MODES: dict[str, Text] = {
    "third_party_mall": Text("Third-party mall", "第三方积分商城入驻模式"),
    "sub_platform": Text("Sub-platform", "分平台入驻模式"),
    "event": Text("Event", "特定活动模式"),
    "other": Text("Another way confirmed by the bureau", "经市生态环境局确认的其他方式"),
}
#: Modes whose evaluation is reported to the bureau (J09).
REPORTED = ("third_party_mall", "sub_platform")
#: The part of the form that belongs to one mode alone.
PARTS = {"sub_platform": "sub_platform", "event": "event", "other": "other_way"}

_SUB, _EVENT, _OTHER = "6 分平台情况", "7 特定活动方案", "8 其他方式说明"
PROTECTION = {
    "2": Text("Level 2", "等保二级"),
    "3": Text("Level 3", "等保三级"),
    "4": Text("Level 4", "等保四级"),
}


class MallSystem(Group):
    """商城系统情况: what is connected to the platform."""

    url: str = field(
        "商城地址",
        "Address of the mall",
        example="https://mall.example.com",
        pattern=r"^https://[^\s/]+\.[^\s]+$",
        max_length=200,
        section="5 系统情况",
        hint="须为 https 地址。",
        hint_en="An https address.",
    )
    api_version: str = field(
        "接口版本",
        "Version of the interface",
        example="1.2",
        min_length=1,
        max_length=40,
        section="5 系统情况",
        hint="商城对外接口的版本。",
        hint_en="Version of the mall's interface.",
    )
    mlps_level: Literal["2", "3", "4"] = field(
        "网络安全等级保护级别",
        "Level of protection",
        example="2",
        choices=PROTECTION,
        widget="radio",
        section="5 系统情况",
        hint="已备案的网络安全等级保护级别。",
        hint_en="Registered level of the multi-level protection scheme.",
    )
    schedule: str = field(
        "对接排期",
        "Schedule of the connection",
        example="协议签署后二十个工作日内完成接口改造和联调测试。",
        min_length=4,
        max_length=1000,
        widget="textarea",
        section="5 系统情况",
        hint="接口改造、联调测试和上线的安排。",
        hint_en="When the interface is built, tested and online.",
    )


class SubMerchant(Group):
    """A merchant brought together by a sub-platform."""

    name: str = field(
        "权益方名称",
        "Name",
        example="上海示例便利商业有限公司",
        min_length=2,
        max_length=100,
        hint="与营业执照一致。",
        hint_en="As on the licence.",
    )
    uscc: Uscc = field(
        "统一社会信用代码",
        "Unified social credit code",
        example="91310199MARFNGNQ8F",
        hint="18 位，含校验码。",
        hint_en="18 characters with check digit.",
    )


_MERCHANTS = [
    {"name": "上海示例便利商业有限公司", "uscc": "91310199MARFNGNQ8F"},
    {"name": "上海示例骑行服务有限公司", "uscc": "91310199MA6YU08J91"},
]


class SubPlatform(Group):
    """分平台: a district or an industry brings its merchants together."""

    scope: str = field(
        "区域或行业范围",
        "District or industry",
        example="徐汇区",
        min_length=2,
        max_length=200,
        section=_SUB,
        hint="分平台服务的区域、行业等范围。",
        hint_en="The district or industry it serves.",
    )
    merchants: list[SubMerchant] = field(
        "汇集的权益方",
        "Merchants",
        example=_MERCHANTS,
        section=_SUB,
        hint="至少两家；逐一列明。",
        hint_en="Two or more, one by one.",
    )
    management: str = field(
        "组织管理和服务安排",
        "How they are managed",
        example="设分平台运营部，负责权益方准入、商品审核、售后督办和退出管理，管理制度另附。",
        min_length=10,
        max_length=2000,
        widget="textarea",
        section=_SUB,
        hint="对分平台内权益方的组织、管理和服务；管理制度作为材料上传。",
        hint_en="Organisation and service; upload the rules as a paper.",
    )


class EventPlan(Group):
    """特定活动: certain goods in a certain window, up to a certain quantity."""

    name: str = field(
        "活动名称",
        "Name of the event",
        example="示例低碳日兑换周",
        min_length=2,
        max_length=100,
        section=_EVENT,
        hint="对公众使用的名称。",
        hint_en="As the public will know it.",
    )
    starts_on: date = field(
        "开始日期",
        "First day",
        example=(today() + timedelta(days=7)).isoformat(),  # an event lies ahead: a fixed day would not
        widget="date",
        section=_EVENT,
        hint="自当日零时起可以兑换；不得早于今天。",
        hint_en="From midnight of that day; not before today.",
    )
    ends_on: date = field(
        "结束日期",
        "Last day",
        example=(today() + timedelta(days=13)).isoformat(),
        widget="date",
        section=_EVENT,
        hint="至当日二十四时自动关闭。",
        hint_en="It closes by itself at midnight.",
    )
    quota: int = field(
        "投放总量",
        "Quantity",
        example=1000,
        gt=0,
        le=10**9,
        unit="件",
        section=_EVENT,
        hint="活动期间最多兑换的件数，不得超过库存合计。",
        hint_en="Most pieces that are redeemed; no more than the stock.",
    )
    rules: str = field(
        "活动规则",
        "Rules",
        example="每人限兑两件，先到先得，兑完即止；兑换后三十日内核销有效。",
        min_length=10,
        max_length=4000,
        widget="textarea",
        section=_EVENT,
        hint="便于公众广泛参与的兑换规则。",
        hint_en="Rules that let the public take part easily.",
    )
    fairness: str = field(
        "公平、公正、公开措施",
        "Fairness",
        example="活动规则、库存和剩余数量在活动页面实时公开，设置防批量兑换措施，投诉两个工作日内答复。",
        min_length=10,
        max_length=2000,
        widget="textarea",
        section=_EVENT,
        hint="如何保证活动公平、公正、公开。",
        hint_en="How it is kept fair, just and open.",
    )


class OtherWay(Group):
    """其他方式: described so that the bureau can confirm it."""

    title: str = field(
        "方式名称",
        "Name of the way",
        example="社区低碳驿站线下兑换",
        min_length=2,
        max_length=100,
        section=_OTHER,
        hint="拟采用的合作方式。",
        hint_en="The way of working together.",
    )
    description: str = field(
        "方式说明",
        "Description",
        example="在社区低碳驿站设置线下兑换点，居民出示碳普惠账户二维码，以碳积分兑换日用品，数据当日回传管理运营平台。",
        min_length=20,
        max_length=4000,
        widget="textarea",
        section=_OTHER,
        hint="运行方式、参与对象、积分核销和数据回传。",
        hint_en="How it runs, for whom, how points are redeemed and data come back.",
    )
    reason: str = field(
        "不适用前三种模式的理由",
        "Why none of the other modes fits",
        example="以线下兑换为主，无自有线上商城，也不限于特定活动期。",
        min_length=5,
        max_length=1000,
        widget="textarea",
        section=_OTHER,
        hint="供市生态环境局确认时参考。",
        hint_en="For the bureau's confirmation.",
    )


SUB_PLATFORM_EXAMPLE = example_data(SubPlatform)
EVENT_EXAMPLE = example_data(EventPlan)
OTHER_EXAMPLE = example_data(OtherWay)
