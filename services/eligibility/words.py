"""What each check of eligibility holds, in words: read at the check of a draft and at the formal review."""

from models.vocabulary.text import Text

WORDS: dict[str, Text] = {
    "filer_is_organisation": Text(
        "The applicant is an organisation and is the one signed in", "申请主体为单位，且与登录单位一致"
    ),
    "methodology_in_force": Text("The methodology is published and in force", "所用方法学已公布且现行有效"),
    "not_ets_covered": Text("Not under carbon-market quota management", "未纳入上海或全国碳市场配额管理"),
    "not_claimed_twice": Text(
        "Not applied for twice (name, site, meters)", "未重复申请（名称、坐标、计量表）"
    ),
    "entrustment_complete": Text("The entrustment is complete", "受托申请的委托信息完整"),
    "platform_account": Text("The platform account is yours and active", "碳普惠管理运营平台账户有效"),
    "dates_in_order": Text("The project or scenario operates already", "项目（场景）已投入运行"),
    "project_is_own": Text("A published project of yours", "为本单位已公布的减排项目"),
    "project_implements": Text("The project is being implemented", "项目处于实施状态"),
    "period_is_free": Text(
        "The period is over, creditable and not asked for yet", "监测期已结束、在计入期内且未重复申请"
    ),
    "once_a_year": Text("One issuance a year, or a reason", "每年签发一次，或已说明理由"),
    "not_quota_managed_then": Text(
        "Not under quota management in the years of the period", "监测期所在年度未纳入配额管理"
    ),
    "data_are_complete": Text("The monitoring data is complete", "监测数据完整、校核通过"),
    "no_open_correction": Text("No data of the period is being corrected", "监测期内没有正在修正的数据"),
    "variance_explained": Text("Differences from the estimate are explained", "与预计量的差异已说明"),
    "receivers_known": Text(
        "Receiving accounts exist and share as agreed", "接收账户有效，比例与委托约定一致"
    ),
    "entry_published": Text("The entry is in the public register", "项目（场景）已公布且未注销"),
    "not_evaluated_now": Text("It is not being evaluated already", "该项目（场景）没有正在办理的跟踪评估"),
    "credit_report_recent": Text("The credit report is recent", "信用报告在有效期内"),
    "event_lies_ahead": Text("The event has not begun", "特定活动尚未开始，起止时间有效"),
    "redeem_back_to_own_account": Text(
        "Points are bought back to an account of your own", "回兑账户为本单位名下账户"
    ),
}
