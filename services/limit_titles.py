"""What the limits are called, for people, and what they are counted in."""

from models.vocabulary.text import Text

#: What the limits are called, for people.
LIMIT_TITLES: dict[str, Text] = {
    "formal_review_wd": Text("Formal review", "形式审查"),
    "correction_wd": Text("Correction by the applicant", "申请主体补正"),
    "correction_extension_wd": Text("Longest extension for the applicant", "申请主体延期上限"),
    "correction_rounds": Text("Rounds of correction", "补正轮次"),
    "triage_wd": Text("Judging complexity", "复杂程度判定"),
    "agency_review_wd": Text("Review by the institution", "机构技术审查"),
    "supervisor_wd": Text("Approval by the supervisor", "负责人审核"),
    "panel_setup_wd": Text("Setting up the panel", "组建专家组"),
    "panel_reply_wd": Text("Reply to an invitation", "专家答复邀请"),
    "panel_opinion_wd": Text("Expert's opinion", "专家提交意见"),
    "group_opinion_wd": Text("Opinion of the group", "专家组意见"),
    "signature_wd": Text("Signing the opinion", "专家签署"),
    "panel_min": Text("Least number of experts", "专家最少人数"),
    "revision_wd": Text("Revision by the applicant", "申请主体完善文本"),
    "revision_rounds": Text("Rounds of revision", "完善轮次"),
    "revision_check_wd": Text("Check of the revision", "复核完善文本"),
    "publicity_release_wd": Text("Preparing the notice", "拟定公示"),
    "publicity_wd": Text("Publicity", "公示期"),
    "objection_reply_wd": Text("Reply to an objection", "对异议作出说明"),
    "objection_wd": Text("Handling an objection", "处理异议"),
    "opinion_wd": Text("Technical opinion", "技术审核意见"),
    "publish_wd": Text("Publication", "公布"),
    "mall_tech_review_wd": Text("Technical review for the mall", "商城入驻技术审查"),
    "mall_assess_wd": Text("Evaluation for the mall", "商城入驻评估论证"),
    "agreement_draft_wd": Text("Drafting or countersigning the agreement", "拟定、会签合作协议"),
    "agreement_wd": Text("Signing the agreement", "权益方签署合作协议"),
    "activity_report_wd": Text("Report on an event", "权益方提交活动总结"),
    "activity_confirmation_wd": Text("Confirming the report on an event", "确认活动总结"),
    "credit_report_days": Text("Age of a credit report, days", "信用报告有效日数"),
    "bureau_gate": Text("Bureau on the mall: 1 decides, 2 takes notice", "商城意见报送：1 审核，2 告知"),
    "officer_extension_wd": Text("Longest extension for officers", "经办延期上限"),
    "readiness_wd": Text("Readiness check", "前期对接确认"),
    "joint_review_wd": Text("Joint review", "会同审核"),
    "conference_wd": Text("Conference of the two sides", "会商"),
    "bureau_wd": Text("Decision of the bureau", "市生态环境局决定"),
    "connection_spec_wd": Text("Connection specification", "平台对接方案"),
    "connection_agreement_wd": Text("Agreement on the connection", "对接方案确认"),
    "connection_test_wd": Text("Connection test", "平台对接测试"),
    "acceptance_wd": Text("Acceptance of the connection", "对接验收"),
    "quantity_review_wd": Text("Review of the reduction", "减排量审查"),
    "amount_confirmation_wd": Text("Confirmation of the amount", "减排量确认"),
    "issuance_wd": Text("Issuance", "减排量签发"),
    "data_complete_pct": Text("Least completeness of the data", "监测数据完整率下限"),
    "data_report_wd": Text("Report of data", "数据报送"),
    "data_check_wd": Text("Check of data", "数据核查"),
    "site_visit_wd": Text("Visit on site", "现场核查"),
    "evaluation_report_wd": Text("Evaluation report", "评估报告"),
    "feedback_wd": Text("Feedback", "意见反馈"),
    "rectify_d": Text("Rectification", "整改"),
    "rectification_check_wd": Text("Check of the rectification", "整改复核"),
    "correction_answer_wd": Text("Answer to a correction of data", "数据修正答复"),
    "correction_review_wd": Text("Review of a correction of data", "数据修正审核"),
    "resumption_wd": Text("Resumption", "恢复运行"),
}

#: Units of what is no limit in working days.
_UNITS = {
    "panel_min": Text("persons", "人"),
    "data_complete_pct": Text("%", "%"),
    "credit_report_days": Text("days", "天"),
    "bureau_gate": Text("", ""),
}
_BY_ENDING = {
    "_wd": Text("working days", "个工作日"),
    "_rounds": Text("rounds", "轮"),
    "_d": Text("days", "天"),
}


def unit_of(key: str) -> Text:
    """What a limit is counted in."""
    by_ending = (words for ending, words in _BY_ENDING.items() if key.endswith(ending))
    return _UNITS.get(key) or next(by_ending, Text("", ""))
