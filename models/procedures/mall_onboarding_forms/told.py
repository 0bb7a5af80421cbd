"""Where the form keeps known facts, and the summary table of opinions and letters (M10, I35)."""

from models.vocabulary.specs import Highlight
from models.vocabulary.text import Text

FACTS = {
    "applicant_name": "applicant.applicant_name",
    "platform_account": "applicant.platform_account_no",
    "project_name": "display_name",
}

HIGHLIGHTS = (
    Highlight("display_name", Text("Name", "名称")),
    Highlight("applicant.applicant_name", Text("Merchant", "权益方")),
    Highlight("mode", Text("Mode", "入驻模式")),
    Highlight("system.url", Text("Address", "商城地址")),
    Highlight("sub_platform.scope", Text("Scope", "分平台范围")),
    Highlight("event.name", Text("Event", "活动名称")),
    Highlight("event.starts_on", Text("First day", "活动开始日期")),
    Highlight("event.ends_on", Text("Last day", "活动结束日期")),
    Highlight("event.quota", Text("Quantity", "投放总量（件）")),
    Highlight("other_way.title", Text("Way", "其他方式名称")),
)
