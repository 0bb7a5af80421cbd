"""What a merchant takes upon itself, by mode (points guide 7.2, 7.3; rule J06)."""

from services.documents.contexts.mall import DutyRow

_ALL = (
    "遵循碳积分产生、兑换和使用的基本要求，确保权益商品和服务真实有效、兑换规则设置合理、数据交互安全稳定。",
    "对用户已完成兑换的权益按约定兑付，依法保护用户个人信息，及时处理咨询和投诉。",
)
_BY_MODE = {
    "third_party_mall": (
        "保持持续运营能力，按照权益品类、数据交互、页面展示等统一要求运营商城。",
        "提供与碳普惠账户规模相匹配的权益规模与库存，及时完成商品上下架等日常维护。",
    ),
    "sub_platform": (
        "负责分平台内碳普惠权益方的准入、组织、管理和服务，并对分平台的运营承担管理责任。",
        "统筹区域或者行业资源，引导各类社会主体参与碳普惠，提供具有属地或者行业特色的权益。",
    ),
    "event": (
        "按照申请内容组织开展活动，确保活动公平、公正、公开，权益数量与规则便于公众广泛参与。",
        "活动期间不变更库存和规则，活动结束后按期提交活动总结。",
    ),
    "other": ("按照市生态环境局确认的方式开展兑换，兑换数据及时、完整回传管理运营平台。",),
}


def duties(mode: str) -> list[DutyRow]:
    """The duties of this mode, then those of all."""
    return [DutyRow(text=told) for told in (*_BY_MODE.get(mode, ()), *_ALL)]
