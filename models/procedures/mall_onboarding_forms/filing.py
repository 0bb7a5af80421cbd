"""The application form 碳积分商城入驻申请表 (rules J06, J07)."""

from contextlib import suppress
from copy import copy
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from models.procedures.mall_onboarding_forms.modes import (
    MODES,
    EventPlan,
    MallSystem,
    Mode,
    OtherWay,
    SubPlatform,
)
from models.procedures.mall_onboarding_forms.parts import CreditReport, GoodPlan, RedeemBack, goods_field
from models.procedures.mall_onboarding_forms.rules import RULES
from models.procedures.shared.codes import OrgNature
from models.procedures.shared.party import Applicant
from models.procedures.shared.restated import restate
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form, Group, example_data, field
from models.vocabulary.types import CnId, Email, Mobile, PastDate, Uscc

_PARTY = "1 碳普惠权益方基本信息"
Wan = Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=4)]


def _as(name: str) -> Any:
    """The field as Appendix A declares it."""
    return copy(Applicant.model_fields[name])


class MerchantParty(Group):
    """碳普惠权益方, told as the parties of the other applications are."""

    applicant_name: str = _as("applicant_name")
    applicant_uscc: Uscc = _as("applicant_uscc")
    org_nature: OrgNature = _as("org_nature")
    established_on: PastDate | None = _as("established_on")
    registered_capital_wan: Wan | None = _as("registered_capital_wan")
    registered_address: str = _as("registered_address")
    mailing_address: str = _as("mailing_address")
    legal_rep_name: str = _as("legal_rep_name")
    legal_rep_id_no: CnId = _as("legal_rep_id_no")
    contact_name: str = _as("contact_name")
    contact_title: str = _as("contact_title")
    contact_mobile: Mobile = _as("contact_mobile")
    contact_email: Email = _as("contact_email")
    platform_account_no: str = _as("platform_account_no")


restate(
    MerchantParty,
    _PARTY,
    {
        "applicant_name": "上海绿享低碳商业服务有限公司",
        "applicant_uscc": "91310199MAKFGA9RXQ",
        "registered_address": "上海市徐汇区示例路400号",
        "mailing_address": "上海市徐汇区示例路400号",
        "legal_rep_name": "吴珊",
        "legal_rep_id_no": "310199198611110281",
        "contact_name": "郑宁",
        "contact_title": "运营总监",
        "contact_email": "zheng.ning@example.com",
        "platform_account_no": "SHJG-2026-588635",
    },
    {"applicant_name": ("权益方名称", "Name")},
    {
        "contact_title": ("在权益方担任的职务。", "Position in the organisation."),
        "platform_account_no": ("须为权益方名下的有效账户。", "An active account of the merchant."),
    },
)


def _text(zh: str, en: str, example: str, hint: str, hint_en: str, section: str, **more: Any) -> Any:
    return field(
        zh, en, example=example, max_length=4000, widget="textarea",
        section=section, hint=hint, hint_en=hint_en, **more,
    )  # fmt: skip


class MallOnboardingForm(Form):
    """碳积分商城入驻申请: what the merchant types; papers are uploaded, the declaration is given at submission."""

    display_name: str = field(
        "商城、分平台或活动名称",
        "Name of the mall, sub-platform or event",
        example="绿享低碳权益商城",
        min_length=2,
        max_length=100,
        fresh=True,
        section="0 入驻模式",
        hint="入驻后向公众展示的名称。",
        hint_en="As the public will see it.",
    )
    mode: Mode = field(
        "入驻模式",
        "Mode",
        example="third_party_mall",
        choices=MODES,
        widget="radio",
        section="0 入驻模式",
        hint="选择一种模式，并填写该模式对应的部分。",
        hint_en="Choose one, and fill in the part that belongs to it.",
    )
    applicant: MerchantParty = field(
        "权益方基本信息", "Merchant", hint="申请表第 1 部分。", hint_en="Part 1 of the form."
    )
    credit_report: CreditReport = field(
        "信用报告", "Credit report", hint="申请表第 2 部分。", hint_en="Part 2 of the form."
    )
    operation_ability: str = _text(
        "主营业务和持续运营能力",
        "Business and ability to operate",
        "自2021年4月起运营权益商城，注册会员54万人，年上架商品320种，月均库存价值35万元，配有专职运营、客服和技术人员。",
        "第三方积分商城和分平台模式必填。",
        "Needed for third-party malls and sub-platforms.",
        "3 运营能力",
        default="",
    )
    goods_plan: list[GoodPlan] = goods_field()
    redeem_rules: str = _text(
        "兑换规则", "Rules of redemption", "按商品页面标明的积分兑换，单人限兑数量以商品为准，兑换后即时发券，未核销可退。",
        "积分价格、限兑、发放和退还规则。", "Prices, limits, delivery and return.", "4 权益和规则", min_length=10,
    )  # fmt: skip
    stock_plan: str = _text(
        "库存保障", "Stock", "按月均兑换量的一点五倍备货，库存低于两成时自动补货，售罄商品两小时内下架。",
        "与碳普惠账户规模相匹配的库存和上下架安排。", "Stock that matches the number of accounts; timely listing.", "4 权益和规则",
        min_length=10,
    )  # fmt: skip
    after_sale: str = _text(
        "售后与客诉", "Service and complaints", "设客服热线和在线客服，工作日九时至十八时值守，投诉二十四小时内响应、五个工作日内办结。",
        "售后服务和投诉处理安排。", "Service after redemption, and complaints.", "4 权益和规则", min_length=10,
    )  # fmt: skip
    system: MallSystem | None = field(
        "系统情况",
        "System",
        example=example_data(MallSystem),
        default=None,
        hint="第三方积分商城和分平台模式必填。",
        hint_en="Needed for third-party malls and sub-platforms.",
    )
    sub_platform: SubPlatform | None = field(
        "分平台情况",
        "Sub-platform",
        default=None,
        examples=[None],
        hint="仅分平台入驻模式填写。",
        hint_en="For sub-platforms only.",
    )
    event: EventPlan | None = field(
        "特定活动方案",
        "Event",
        default=None,
        examples=[None],
        hint="仅特定活动模式填写。",
        hint_en="For events only.",
    )
    other_way: OtherWay | None = field(
        "其他方式说明",
        "Another way",
        default=None,
        examples=[None],
        hint="仅其他方式填写，由市生态环境局先行确认。",
        hint_en="For other ways only; the bureau confirms it first.",
    )
    redeem_back: RedeemBack = field(
        "积分回兑", "Buying back points", hint="申请表第 9 部分。", hint_en="Part 9 of the form."
    )

    def problems(self, outcome: str) -> list[Problem]:
        """The same for every outcome: what the fields must say together."""
        return self.cross_problems()

    def cross_problems(self) -> list[Problem]:
        """Every defect between fields; a rule that meets a missing value has nothing to say yet."""
        found: list[Problem] = []
        for rule in RULES:
            with suppress(TypeError, AttributeError):
                found.extend(rule(self))
        return found
