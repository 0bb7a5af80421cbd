"""What is asked in an evaluation: check, visit, report, feedback, two signatures (rule G29)."""

from models.procedures.shared.answers import Approval, way
from models.procedures.tracking_evaluation_forms.checking import DataCheck, SiteVisit
from models.procedures.tracking_evaluation_forms.report import EvaluationReport, Feedback
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import Clock, Outcome, Task
from models.vocabulary.text import Text

#: The findings of both members of the team, shown wherever they are weighed.
SIDES = ("data_check", "exchange_data_check")
_CHECKING = Text(
    "Centre and exchange are comparing operation and data with what was filed.",
    "中心会同上海环境能源交易所正在核查运行情况和数据。",
)
_CONCLUDING = Text("The evaluation report is being concluded.", "正在形成跟踪评估报告。")


def _checked() -> tuple[Outcome, ...]:
    return (
        way(
            "checked",
            "完成核查",
            "Checked",
            "双方均完成且无需踏勘的，编写评估报告。",
            "Once both sides are done and need no visit, the report is drafted.",
        ),
        way(
            "visit",
            "建议现场踏勘",
            "Propose a site visit",
            "双方完成核查后开展现场踏勘。",
            "A site visit follows once both sides are done.",
        ),
    )


DATA_CHECK = Task(
    "data_check",
    Text("Check documents and data for the centre", "开展资料核查（中心）"),
    Role.OFFICER,
    DataCheck,
    _checked(),
    WorkingDays("data_check_wd"),
    ("G29",),
    _CHECKING,
    not_by=("exchange_data_check",),
    beside=("exchange_data_check",),
)
EXCHANGE_DATA_CHECK = Task(
    "exchange_data_check",
    Text("Check documents and data for the exchange", "开展资料核查（环交所）"),
    Role.EXCHANGE,
    DataCheck,
    _checked(),
    WorkingDays("data_check_wd"),
    ("G29",),
    _CHECKING,
    not_by=("data_check",),
    beside=("data_check",),
)
SITE_VISIT = Task(
    "site_visit",
    Text("Visit the site", "开展现场踏勘"),
    Role.OFFICER,
    SiteVisit,
    (
        way(
            "visited",
            "提交踏勘记录",
            "File the record",
            "编写评估报告。",
            "The report is drafted next.",
        ),
    ),
    WorkingDays("site_visit_wd"),
    ("G29",),
    Text("A site visit is being made.", "正在开展现场踏勘，请予配合。"),
    beside=SIDES,
    papers=("site_photo",),
)
_SIGNED = (
    "；报告经审核负责人和环交所共同签署后生效。",
    "; it counts once supervisor and exchange have signed.",
)


def _proposed(key: str, zh: str, en: str, leads_zh: str, leads_en: str, negative: bool) -> Outcome:
    return way(key, zh, en, leads_zh + _SIGNED[0], leads_en + _SIGNED[1], negative=negative)


EVALUATION_REPORT = Task(
    "evaluation_report",
    Text("Draft the evaluation report", "编写跟踪评估报告"),
    Role.OFFICER,
    EvaluationReport,
    (
        _proposed("conform", "符合", "Conforms", "评估办结", "The evaluation is closed", False),
        _proposed(
            "rectify", "限期整改", "Rectify", "下达整改通知书", "A rectification notice goes out", False
        ),
        _proposed("correct", "数据修正", "Correct the data", "启动数据修正", "Data are corrected", False),
        _proposed("suspend", "暂停", "Suspend", "暂停数据报送和签发", "Records and issuance stop", True),
        _proposed(
            "revoke",
            "提请撤销",
            "Propose revocation",
            "提请市生态环境局决定",
            "The bureau decides on revocation",
            True,
        ),
    ),
    WorkingDays("evaluation_report_wd"),
    ("G29",),
    _CONCLUDING,
    # a report that was returned is mended with its own words and the reasons in sight
    beside=(
        *SIDES,
        "site_visit",
        "feedback",
        "evaluation_report",
        "report_signature",
        "exchange_report_signature",
    ),
)
FEEDBACK = Task(
    "feedback",
    Text("Comment on the preliminary findings", "反馈评估初步意见"),
    Role.APPLICANT,
    Feedback,
    (
        way(
            "accept",
            "无异议",
            "No objection",
            "形成评估结论。",
            "The evaluation is concluded.",
        ),
        way(
            "comment",
            "提出意见",
            "Comment",
            "签署前逐条研究反馈意见。",
            "The comment is weighed before the report is signed.",
        ),
    ),
    WorkingDays("feedback_wd"),
    ("G29", "S04"),
    Text(
        "The holder may comment on the preliminary findings.",
        "请对评估初步意见提出反馈；逾期未反馈的，评估继续进行。",
    ),
    clock=Clock.APPLICANT,
    lapses=True,
    papers=("feedback_paper",),
)


def _signing(back_zh: str, back_en: str) -> tuple[Outcome, ...]:
    return (
        way(
            "sign",
            "签署",
            "Sign",
            "双方均签署的，出具评估报告并按结论办理。",
            "With both signatures the report is issued and carried out.",
        ),
        way("return", "退回", "Send back", back_zh, back_en),
    )


_BACK = ("经办人员修改报告。", "The report is drafted again.")
REPORT_SIGNATURE = Task(
    "report_signature",
    Text("Sign the evaluation report for the centre", "签署跟踪评估报告（中心）"),
    Role.SUPERVISOR,
    Approval,
    _signing(*_BACK),
    WorkingDays("supervisor_wd"),
    ("G29",),
    _CONCLUDING,
    not_by=("evaluation_report", "exchange_report_signature"),
    beside=(*SIDES, "evaluation_report", "feedback"),
)
EXCHANGE_REPORT_SIGNATURE = Task(
    "exchange_report_signature",
    Text("Sign the evaluation report for the exchange", "签署跟踪评估报告（环交所）"),
    Role.EXCHANGE,
    Approval,
    _signing(*_BACK),
    WorkingDays("supervisor_wd"),
    ("G29",),
    _CONCLUDING,
    not_by=("evaluation_report", "report_signature"),
    beside=(*SIDES, "evaluation_report", "feedback"),
)
