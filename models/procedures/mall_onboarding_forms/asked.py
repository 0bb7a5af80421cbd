"""The tasks of the onboarding that no other procedure has (rules J06, J08, J09, J10)."""

from models.procedures.mall_onboarding_forms.activity import ActivityConfirmation, ActivityReport
from models.procedures.mall_onboarding_forms.answers import BureauReceipt, MallAssessment, ModeConfirmation
from models.procedures.mall_onboarding_forms.joining import (
    AgreementDraft,
    AgreementSignature,
    Countersignature,
)
from models.procedures.shared.answers import Approval, way
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, Clock, Task
from models.vocabulary.text import Text

_ASSESSING = Text("The exchange is evaluating the application.", "上海环境能源交易所正在组织评估论证。")
_AT_BUREAU = Text("The evaluation has been reported to the bureau.", "评估论证意见已报送市生态环境局。")
_AGREEING = Text("The cooperation agreement is being signed.", "正在签署入驻商城合作协议。")
_EVENT_OVER = Text("The event is over; its report is being made.", "活动已结束，正在进行活动总结。")
SENT_BACK = way("return", "退回", "Send back", "退回上一步重新拟定。", "It is written again.")

MODE_CONFIRMATION = Task(
    "mode_confirmation",
    Text("Confirm the other way of joining", "确认其他入驻方式"),
    Role.BUREAU,
    ModeConfirmation,
    (
        way(
            "confirm",
            "予以确认",
            "Confirm",
            "上海环境能源交易所开展技术审查。",
            "The exchange begins its technical review.",
        ),
        way(
            "refuse",
            "不予确认",
            "Refuse",
            "出具不予通过决定书，办理终结。",
            "A rejection notice is issued and the procedure ends.",
            negative=True,
        ),
    ),
    WorkingDays("bureau_wd"),
    ("J06",),
    Text("The bureau is looking at the way of joining.", "市生态环境局正在确认入驻方式。"),
    not_by=(FILER,),
)
MALL_ASSESSMENT = Task(
    "mall_assessment",
    Text("Evaluate the application", "开展评估论证"),
    Role.MALL,
    MallAssessment,
    (
        way(
            "positive",
            "同意入驻",
            "Positive",
            "复核签发后出具评估论证意见。",
            "Signed by a second person, it is issued.",
        ),
        way(
            "negative",
            "不同意入驻",
            "Negative",
            "复核签发后出具评估论证意见和不予通过决定书。",
            "Signed by a second person, it is issued with a rejection notice.",
            negative=True,
        ),
    ),
    WorkingDays("mall_assess_wd"),
    ("J08",),
    _ASSESSING,
    not_by=(FILER,),
    checks=("event_still_ahead",),
)
MALL_ASSESSMENT_SIGNATURE = Task(
    "mall_assessment_signature",
    Text("Sign the evaluation", "签发评估论证意见"),
    Role.EXCHANGE,
    Approval,
    (way("sign", "签发", "Sign", "出具评估论证意见。", "The opinion is issued."), SENT_BACK),
    WorkingDays("supervisor_wd"),
    ("J08",),
    _ASSESSING,
    not_by=(FILER, "mall_assessment"),
    beside=("mall_assessment",),
)
BUREAU_RECEIPT = Task(
    "bureau_receipt",
    Text("Decide on the evaluation reported", "处理报送的评估论证意见"),
    Role.BUREAU,
    BureauReceipt,
    (
        way(
            "approve",
            "收悉，无不同意见",
            "No objection",
            "双方签署合作协议。",
            "The agreement is signed next.",
        ),
        way(
            "return",
            "退回补充",
            "Send back",
            "上海环境能源交易所重新论证后再次报送。",
            "The exchange evaluates and reports again.",
        ),
        way(
            "refuse",
            "不同意",
            "Refuse",
            "出具不予通过决定书，办理终结。",
            "A rejection notice is issued and the procedure ends.",
            negative=True,
        ),
    ),
    WorkingDays("bureau_wd"),
    ("J09",),
    _AT_BUREAU,
    not_by=(FILER,),
    beside=("mall_assessment",),
)
BUREAU_ACKNOWLEDGEMENT = Task(
    "bureau_acknowledgement",
    Text("Acknowledge the evaluation reported", "签收报送的评估论证意见"),
    Role.BUREAU,
    BureauReceipt,
    (
        way(
            "acknowledge",
            "签收",
            "Acknowledge",
            "载入案卷，不影响后续办理。",
            "It is put on file; nothing waits for it.",
        ),
    ),
    WorkingDays("bureau_wd"),
    ("J09",),
    _AT_BUREAU,
    not_by=(FILER,),
    lapses=True,
)
AGREEMENT_DRAFT = Task(
    "agreement_draft",
    Text("Draft the cooperation agreement", "拟定合作协议"),
    Role.MALL,
    AgreementDraft,
    (
        way(
            "draft",
            "提交草案",
            "Draft",
            "权益方签署，或者提出修改意见。",
            "The merchant signs it or asks for changes.",
        ),
    ),
    WorkingDays("agreement_draft_wd"),
    ("J10",),
    _AGREEING,
    not_by=(FILER,),
)
AGREEMENT = Task(
    "agreement",
    Text("Sign the cooperation agreement", "签署合作协议"),
    Role.MERCHANT,
    AgreementSignature,
    (
        way(
            "sign",
            "签署",
            "Sign",
            "上海环境能源交易所会签后生效。",
            "It is in force once the exchange countersigns.",
        ),
        way(
            "return",
            "请求修改",
            "Ask for changes",
            "上海环境能源交易所修改草案。",
            "The exchange changes the draft.",
        ),
    ),
    WorkingDays("agreement_wd"),
    ("J10",),
    _AGREEING,
    clock=Clock.APPLICANT,
    extension="correction_extension_wd",
)
AGREEMENT_COUNTERSIGNATURE = Task(
    "agreement_countersignature",
    Text("Countersign the cooperation agreement", "会签合作协议"),
    Role.EXCHANGE,
    Countersignature,
    (
        way(
            "sign",
            "会签",
            "Countersign",
            "协议生效，开展系统对接。",
            "It is in force and the systems are connected.",
        ),
        SENT_BACK,
    ),
    WorkingDays("agreement_draft_wd"),
    ("J10",),
    _AGREEING,
    not_by=(FILER, "agreement_draft"),
    beside=("agreement_draft",),
)
ACTIVITY_REPORT = Task(
    "activity_report",
    Text("Report on the event", "提交活动总结"),
    Role.MERCHANT,
    ActivityReport,
    (
        way(
            "report",
            "提交总结",
            "Report",
            "上海环境能源交易所确认后办结。",
            "The exchange confirms it and the case is closed.",
        ),
    ),
    WorkingDays("activity_report_wd"),
    ("J10",),
    _EVENT_OVER,
    clock=Clock.APPLICANT,
    checks=("within_quota",),
    extension="correction_extension_wd",
)
ACTIVITY_CONFIRMATION = Task(
    "activity_confirmation",
    Text("Confirm the report on the event", "确认活动总结"),
    Role.MALL,
    ActivityConfirmation,
    (
        way(
            "confirm",
            "确认",
            "Confirm",
            "出具特定活动总结，办理完成。",
            "The report is issued and the case is closed.",
        ),
        SENT_BACK,
    ),
    WorkingDays("activity_confirmation_wd"),
    ("J10",),
    _EVENT_OVER,
    not_by=(FILER,),
    beside=("activity_report",),
)
