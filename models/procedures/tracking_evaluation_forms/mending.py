"""What is asked after an evaluation: rectification, correction of data, suspension, revocation (G27, G29, S04)."""

from dataclasses import replace

from models.procedures.shared.answers import way
from models.procedures.tracking_evaluation_forms.correction import (
    CorrectionAnswer,
    CorrectionApproval,
    CorrectionReview,
    Resumption,
    Revocation,
)
from models.procedures.tracking_evaluation_forms.rectification import (
    EscalationApproval,
    Rectification,
    RectificationCheck,
)
from models.vocabulary.limits import CalendarDays, WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import Clock, Task
from models.vocabulary.text import Text

RECTIFICATION = Task(
    "rectification",
    Text("Mend what the notice lists", "按期整改并报告"),
    Role.APPLICANT,
    Rectification,
    (
        way(
            "report",
            "提交整改报告",
            "Report",
            "中心复核整改情况。",
            "The centre judges the measures.",
        ),
    ),
    CalendarDays("rectify_d"),
    ("S04", "G29"),
    Text(
        "The holder mends what the notice lists.",
        "请按整改通知书要求在期限内整改并报告；逾期未报告的，中心将直接复核。",
    ),
    clock=Clock.APPLICANT,
    lapses=True,
    checks=("every_demand_answered",),
    extension="correction_extension_wd",
    papers=("rectification_proof",),
)
RECTIFICATION_CHECK = Task(
    "rectification_check",
    Text("Check the rectification", "复核整改情况"),
    Role.OFFICER,
    RectificationCheck,
    (
        way("ok", "整改到位", "Settled", "评估办结。", "The evaluation is closed."),
        way(
            "again",
            "继续整改",
            "Once more",
            "就未整改到位的问题再次下达整改通知书。",
            "What is unsettled is asked for again.",
        ),
        way(
            "escalate",
            "升级处理",
            "Escalate",
            "报审核负责人批准后暂停。",
            "It is suspended once the supervisor agrees.",
            negative=True,
        ),
    ),
    WorkingDays("rectification_check_wd"),
    ("S04", "G29"),
    Text("The centre is checking the rectification.", "中心正在复核整改情况。"),
    beside=("rectification",),
)
ESCALATION_APPROVAL = Task(
    "escalation_approval",
    Text("Approve the suspension", "审批升级处理"),
    Role.SUPERVISOR,
    EscalationApproval,
    (
        way("approve", "同意", "Approve", "暂停数据报送和签发。", "Records and issuance stop."),
        way("return", "退回", "Send back", "再给予一次整改机会。", "It is mended once more."),
    ),
    WorkingDays("supervisor_wd"),
    ("S04", "G29"),
    Text("The centre is checking the rectification.", "中心正在复核整改情况。"),
    not_by=("rectification_check",),
    beside=("rectification", "rectification_check"),
)
CORRECTION_ANSWER = Task(
    "correction_answer",
    Text("Look into the data and correct them", "自查并更正数据"),
    Role.APPLICANT,
    CorrectionAnswer,
    (
        way(
            "correct",
            "更正数据",
            "Correct",
            "中心按更正数据重新核算。",
            "The centre recomputes by the corrected data.",
        ),
        way(
            "dispute",
            "数据无误",
            "The data stand",
            "中心依据现有证据核算。",
            "The centre recomputes by what is proven.",
        ),
    ),
    WorkingDays("correction_answer_wd"),
    ("G27", "S04"),
    Text(
        "The holder looks into the data of the affected period; issuance for it is stopped meanwhile.",
        "请自查受影响期间的数据并更正；修正期间，该期间减排量暂停签发。",
    ),
    clock=Clock.APPLICANT,
    lapses=True,
    extension="correction_extension_wd",
    papers=("correction_proof",),
)
_RECOMPUTING = Text("The reductions are being recomputed.", "正在重新核算减排量。")
CORRECTION_REVIEW = Task(
    "correction_review",
    Text("Recompute the reductions", "重新核算减排量"),
    Role.OFFICER,
    CorrectionReview,
    (
        way(
            "recomputed",
            "完成核算",
            "Recomputed",
            "报两人审批；减少的由持有单位同批次余额冲正。",
            "Two persons decide; what was issued too much is reversed from the holder's balance of the same lot.",
        ),
        way(
            "again",
            "要求补充自查",
            "Ask again",
            "被评估单位补充自查。",
            "The holder looks into it again.",
        ),
    ),
    WorkingDays("correction_review_wd"),
    ("G27",),
    _RECOMPUTING,
    checks=("lots_of_the_period",),
    beside=("correction_answer",),
)


def _confirming(then_zh: str, then_en: str) -> Task:
    return Task(
        "correction_approval",
        Text("Decide on the correction", "审批数据修正"),
        Role.SUPERVISOR,
        CorrectionApproval,
        (
            way("approve", "同意", "Approve", then_zh, then_en),
            way("return", "退回", "Send back", "重新核算。", "It is recomputed."),
        ),
        WorkingDays("supervisor_wd"),
        ("G27",),
        _RECOMPUTING,
        not_by=("correction_review", "correction_countersignature"),
        beside=("correction_answer", "correction_review", "exchange_correction_review"),
    )


CORRECTION_APPROVAL = _confirming(
    "两人均同意的，出具数据修正决定并记账。", "With both approvals it is decided and posted."
)
EXCHANGE_CORRECTION_REVIEW = replace(
    _confirming("报两人审批。", "Two persons decide next."),
    key="exchange_correction_review",
    title=Text("Confirm the recomputation for the exchange", "确认重新核算结果（环交所）"),
    by=Role.EXCHANGE,
    limit=WorkingDays("correction_review_wd"),
    not_by=("correction_review",),
    beside=("correction_answer", "correction_review"),
)
CORRECTION_COUNTERSIGNATURE = replace(
    CORRECTION_APPROVAL,
    key="correction_countersignature",
    title=Text("Countersign the correction", "签发数据修正"),
    by=Role.ISSUER,
    not_by=("correction_review", "correction_approval"),
)
RESUMPTION_DECISION = Task(
    "resumption_decision",
    Text("Decide on resumption", "决定是否恢复"),
    Role.SUPERVISOR,
    Resumption,
    (
        way(
            "resume",
            "恢复运行",
            "Resume",
            "恢复数据报送和签发，评估办结。",
            "Records and issuance go on; the evaluation is closed.",
        ),
        way(
            "propose_revocation",
            "提请撤销",
            "Propose revocation",
            "提请市生态环境局决定。",
            "The bureau decides.",
            negative=True,
        ),
    ),
    WorkingDays("resumption_wd"),
    ("G29",),
    Text(
        "Records and issuance are suspended until the problems are solved.",
        "已暂停数据报送和减排量签发，问题解决后予以恢复。",
    ),
)
REVOCATION_DECISION = Task(
    "revocation_decision",
    Text("Decide on revocation", "决定是否撤销"),
    Role.BUREAU,
    Revocation,
    (
        way(
            "revoke",
            "撤销",
            "Revoke",
            "从登记簿注销，不再签发减排量，评估办结。",
            "It is struck off the register; nothing more is issued.",
            negative=True,
        ),
        way(
            "keep",
            "不予撤销",
            "Keep",
            "保留登记；已暂停的予以恢复，评估办结。",
            "It stays, and goes on if it was suspended.",
        ),
    ),
    WorkingDays("bureau_wd"),
    ("G29",),
    Text("The bureau is deciding on revocation.", "市生态环境局正在研究决定。"),
    not_by=("evaluation_report", "report_signature"),
    beside=("evaluation_report", "resumption_decision"),
)
