"""The papers of a mall onboarding: documents issued, the declaration, materials to bring (rules J06, J07, J09)."""

from collections.abc import Callable
from typing import Any

from models.procedures.shared import letters
from models.procedures.shared.needs import always, never
from models.vocabulary.specs import Audience, Document, Material, Office
from models.vocabulary.text import Text

_RULES = "《上海市碳普惠管理办法》《上海市碳普惠碳积分使用指南》关于碳积分商城入驻的规定。"
#: The mall is the exchange's: it writes the letters (J 7, M01).
MALL_OFFICE = Office(
    "上海环境能源交易所",
    "我所",
    _RULES,
    _RULES,
    "完整性、规范性、可靠性",
    "你单位补正材料、签署协议和开展联调测试所用时间",
    "配合评估论证。上线前或者活动开始前你单位可以通过平台撤回申请。与本案办理人员有利害关系的，可以申请其回避。",
)

DOCUMENTS = (
    *letters.INTAKE,
    Document(
        "mall_application_form",
        Text("Application to join the mall", "碳积分商城入驻申请表"),
        "入申",
        personal=True,
        own=True,
    ),
    Document("mall_assessment_opinion", Text("Evaluation opinion", "评估论证意见"), "入评"),
    Document("bureau_report", Text("Report to the bureau", "评估论证意见报送函"), "报", Audience.STAFF),
    Document("bureau_reply", Text("Receipt of the bureau", "评估论证意见收文回执"), "报复", Audience.STAFF),
    Document("agreement_draft", Text("Draft of the agreement", "入驻商城合作协议（草案）"), "协草"),
    Document("cooperation_agreement", Text("Cooperation agreement", "入驻商城合作协议"), "协"),
    Document("mall_admission", Text("Notice of admission to the mall", "碳积分商城入驻通知书"), "入"),
    Document("activity_report", Text("Report on the event", "特定活动总结"), "活"),
    *letters.ENDINGS,
)

#: What the merchant vouches for (J 7.3 c).
DECLARATION = Text(
    "We apply to join the carbon points mall and promise that the goods and services are real and valid, that the "
    "rules of redemption are sound, and that data are exchanged safely and stably. What is stated in the form and "
    "the papers filed with it is true; we vouch for its legality, truth and accuracy and bear the legal liability "
    "for any false statement.",
    "我单位申请入驻碳积分商城，承诺所提供的权益商品和服务真实有效、兑换规则设置合理、数据交互安全稳定。"
    "申请表中所填写内容和相关申请材料属实，确保合法性、真实性、准确性，若有虚报假报，愿承担由此引起的法律责任。",
)


def in_mode(*modes: str) -> Callable[[dict[str, Any]], bool]:
    """Mandatory in these modes; the form may be incomplete."""

    def needed(form: dict[str, Any]) -> bool:
        return form.get("mode") in modes

    return needed


_ALWAYS = Text("always", "必须提供")
MATERIALS = (
    Material(
        "mall_application_form",
        Text("Application to join the mall", "碳积分商城入驻申请表"),
        Text("made from the form; upload the sealed copy", "由系统根据填报内容生成，可上传盖章件"),
        always,
        generated=True,
        personal=True,
    ),
    Material("licence", Text("Business licence", "企业营业执照"), _ALWAYS, always),
    Material(
        "legal_rep_identity",
        Text("Proof of identity of the legal representative", "法人身份证明"),
        _ALWAYS,
        always,
        personal=True,
    ),
    Material("credit_report", Text("Credit report", "信用报告"), _ALWAYS, always),
    Material(
        "user_agreement",
        Text("User agreement", "用户协议"),
        Text("always; with the terms of privacy", "必须提供，含隐私条款"),
        always,
    ),
    Material(
        "mall_design",
        Text("Functions and pages of the mall", "商城功能和页面展示说明"),
        Text("for third-party malls", "第三方积分商城入驻模式必须提供"),
        in_mode("third_party_mall"),
    ),
    Material(
        "sub_platform_rules",
        Text("Rules of the sub-platform", "分平台管理制度"),
        Text("for sub-platforms", "分平台入驻模式必须提供"),
        in_mode("sub_platform"),
    ),
    Material(
        "event_plan",
        Text("Plan of the event", "特定活动实施方案"),
        Text("for events", "特定活动模式必须提供"),
        in_mode("event"),
    ),
    Material(
        "other_way_plan",
        Text("Plan of the other way", "其他入驻方式实施方案"),
        Text("for other ways", "其他方式必须提供"),
        in_mode("other"),
    ),
    Material("other", Text("Other papers", "其他材料"), Text("if any", "如有"), never),
)
