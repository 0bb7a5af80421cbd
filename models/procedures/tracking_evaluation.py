"""Tracking evaluation and data correction 跟踪评估与数据修正 — the nouns: what is asked, of whom, for how long.

The office opens it, about a published project or scenario; the side that is asked is the holder of that entry.
The course that uses them is workflows/tracking_evaluation.py.
"""

from models.procedures.shared.gather import tasks_of
from models.procedures.tracking_evaluation_forms import TrackingEvaluationForm
from models.procedures.tracking_evaluation_forms.evaluating import (
    DATA_CHECK,
    EVALUATION_REPORT,
    EXCHANGE_DATA_CHECK,
    EXCHANGE_REPORT_SIGNATURE,
    FEEDBACK,
    REPORT_SIGNATURE,
    SITE_VISIT,
)
from models.procedures.tracking_evaluation_forms.mending import (
    CORRECTION_ANSWER,
    CORRECTION_APPROVAL,
    CORRECTION_COUNTERSIGNATURE,
    CORRECTION_REVIEW,
    ESCALATION_APPROVAL,
    EXCHANGE_CORRECTION_REVIEW,
    RECTIFICATION,
    RECTIFICATION_CHECK,
    RESUMPTION_DECISION,
    REVOCATION_DECISION,
)
from models.procedures.tracking_evaluation_forms.papers import (
    DECLARATION,
    DOCUMENTS,
    HIGHLIGHTS,
    MATERIALS,
)
from models.vocabulary.roles import Role
from models.vocabulary.specs import ProcedureSpec, Stage
from models.vocabulary.text import Text

KEY = "tracking_evaluation"

TASKS = tasks_of(globals())

STAGES = (
    Stage(
        "data_check",
        Text("Data check", "资料核查"),
        Text(
            "Centre and exchange compare operation and data with what was filed.",
            "中心会同上海环境能源交易所核查运行情况与申请材料的一致性，以及数据的科学性、真实性、准确性。",
        ),
        ("data_check_wd",),
        ("G29", "M13"),
        optional=True,
    ),
    Stage(
        "site_visit",
        Text("Site visit", "现场踏勘"),
        Text("The team visits the site.", "评估组开展现场踏勘。"),
        ("site_visit_wd",),
        ("G29",),
        optional=True,
    ),
    Stage(
        "evaluation_report",
        Text("Report and feedback", "评估报告与反馈"),
        Text(
            "The findings are put to the holder and concluded with two signatures.",
            "评估初步意见征求被评估单位反馈后，由中心和环交所共同签署。",
        ),
        ("evaluation_report_wd", "feedback_wd", "supervisor_wd"),
        ("G29",),
        optional=True,
    ),
    Stage(
        "rectification",
        Text("Rectification", "限期整改"),
        Text("The holder mends what was found; the centre checks it.", "被评估单位限期整改，中心复核。"),
        ("rectification_check_wd",),
        ("S04", "G29"),
        optional=True,
    ),
    Stage(
        "data_correction",
        Text("Correction of data", "数据修正"),
        Text(
            "Data of the affected period are corrected; issuance for it is stopped meanwhile.",
            "对受影响期间的数据进行修正，其间暂停签发该期间的减排量。",
        ),
        ("correction_answer_wd", "correction_review_wd", "supervisor_wd"),
        ("G27", "S04"),
        optional=True,
    ),
    Stage(
        "suspension",
        Text("Suspension", "暂停"),
        Text("Records and issuance are suspended.", "已暂停数据报送和减排量签发。"),
        ("resumption_wd",),
        ("G29",),
        optional=True,
    ),
    Stage(
        "revocation",
        Text("Revocation", "撤销"),
        Text("The bureau decides on revocation.", "提请市生态环境局决定是否撤销。"),
        ("bureau_wd",),
        ("G29",),
        optional=True,
    ),
)

SPEC = ProcedureSpec(
    key=KEY,
    title=Text("Tracking evaluation and data correction", "跟踪评估与数据修正"),
    summary=Text(
        "Centre and exchange evaluate how published projects and scenarios run, and have data corrected.",
        "中心会同上海环境能源交易所对已公布减排项目和减排场景的运行情况开展跟踪评估，对异常数据予以修正。",
    ),
    prefix="PG",
    form=TrackingEvaluationForm,
    declaration=DECLARATION,
    materials=MATERIALS,
    eligibility=("entry_published", "not_evaluated_now"),
    stages=STAGES,
    tasks=TASKS,
    documents=DOCUMENTS,
    filers=frozenset({Role.OFFICER, Role.SUPERVISOR}),
    read_by=frozenset(
        {Role.OFFICER, Role.SUPERVISOR, Role.ISSUER, Role.EXCHANGE, Role.BUREAU, Role.ADMIN, Role.AUDITOR}
    ),
    success="closed",
    title_path="subject.project_number",
    rules=("G27", "G29", "S04", "M13"),
    fact_paths={"project_number": "subject.project_number"},
    subject=Text("operation of a published entry", "运行情况"),
    highlights=HIGHLIGHTS,
    ex_officio=True,
)

__all__ = [
    "CORRECTION_ANSWER",
    "CORRECTION_APPROVAL",
    "CORRECTION_COUNTERSIGNATURE",
    "CORRECTION_REVIEW",
    "DATA_CHECK",
    "ESCALATION_APPROVAL",
    "EVALUATION_REPORT",
    "EXCHANGE_CORRECTION_REVIEW",
    "EXCHANGE_DATA_CHECK",
    "EXCHANGE_REPORT_SIGNATURE",
    "FEEDBACK",
    "KEY",
    "RECTIFICATION",
    "RECTIFICATION_CHECK",
    "REPORT_SIGNATURE",
    "RESUMPTION_DECISION",
    "REVOCATION_DECISION",
    "SITE_VISIT",
    "SPEC",
]
