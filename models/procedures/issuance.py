"""Issuance of reductions 项目减排量签发 — the nouns: what is asked, of whom, for how long.

The course that uses them is workflows/issuance.py; the first issuance, asked for with a project's application,
is decided in that course with the same nouns (models/procedures/shared/issuing.py).
"""

from dataclasses import replace

from models.procedures.issuance_forms import IssuanceForm
from models.procedures.issuance_forms.papers import (
    DECLARATION,
    DOCUMENTS,
    FACTS,
    HIGHLIGHTS,
    MATERIALS,
    OFFICE,
)
from models.procedures.shared import (
    formal_review,
    issuing,
    revision,
    stages,
)
from models.procedures.shared.answers import way
from models.procedures.shared.gather import tasks_of
from models.vocabulary.roles import READERS, Role
from models.vocabulary.specs import ProcedureSpec, Stage
from models.vocabulary.text import Text

KEY = "issuance"

#: The applicant's own papers, made from the form and the monitoring data at each submission.
APPENDICES: tuple[str, ...] = ("appendix_d", "appendix_e", "monitoring_report")

FORMAL_REVIEW = formal_review.formal_review(by=Role.INTAKE, rules=("G07", "G09", "G19"))
FORMAL_REVIEW = replace(
    FORMAL_REVIEW,
    outcomes=(
        way(
            "accept",
            "受理",
            "Accept",
            "出具受理通知书，进入减排量审查。",
            "An acceptance notice is issued and the amount is reviewed.",
        ),
        *FORMAL_REVIEW.outcomes[1:],
    ),
)
CORRECTION = revision.correction()
CORRECTION = replace(CORRECTION, checks=(*CORRECTION.checks, "period_still_free"))
REFUSAL_APPROVAL = formal_review.refusal_approval()
EXTRA_ROUND = formal_review.extra_round()
EXCEPTION_DECISION = issuing.exception_decision()
QUANTITY_REVIEW = issuing.quantity_review()
QUANTITY_AGENCY_APPROVAL = issuing.quantity_agency_approval()
QUANTITY_AGENCY_REVIEW = issuing.quantity_agency_review()
REVISION = revision.revision(rules=("G10", "G19"))
REVISION = replace(
    REVISION,
    outcomes=(
        way(
            "resubmit",
            "提交完善文本",
            "Resubmit",
            "经办人员重新审查减排量。",
            "The officer reviews the amount again.",
        ),
    ),
    checks=(*REVISION.checks, "period_still_free"),
)
AMOUNT_CONFIRMATION = issuing.amount_confirmation()
ISSUANCE_APPROVAL = issuing.issuance_approval()
ISSUANCE_REFUSAL_APPROVAL = issuing.issuance_refusal_approval()

TASKS = tasks_of(globals())

#: Stages entered by the steps of the issuance.
REVIEWING, REVISING, APPROVING = "quantity_review", "revision", "issuance_approval"
#: Stage in which another issuance within twelve months is decided on.
EXCEPTION = "exception"

STAGES = (
    stages.formal_review("G19"),
    Stage(
        EXCEPTION,
        Text("Second issuance within a year", "一年内再次签发的决定"),
        Text(
            "Issuance is yearly; the supervisor decides whether this one is an exception.",
            "减排量原则上每年签发一次，由审核负责人决定是否作为例外办理。",
        ),
        ("supervisor_wd",),
        ("G18",),
        optional=True,
    ),
    Stage(
        REVIEWING,
        Text("Review of the amount", "减排量审查"),
        Text(
            "The centre recomputes the reduction from the monitoring data; complex ones go to an institution.",
            "中心依据监测数据复核计算本期减排量，类型复杂的由专业技术服务机构审查。",
        ),
        ("quantity_review_wd",),
        ("G19", "M06"),
    ),
    Stage(
        REVISING,
        Text("Revision of D and E", "申请材料完善"),
        Text(
            "The applicant mends Appendix D and E as the review asks.",
            "申请主体根据审查意见完善附录 D、附录 E。",
        ),
        ("revision_wd",),
        ("G10",),
        optional=True,
    ),
    Stage(
        APPROVING,
        Text("Approval and issuance", "签发审批"),
        Text(
            "The amount is approved by another person and entered into the ledger.",
            "核定减排量经审批后登记入账，出具签发通知书和签发凭证。",
        ),
        ("issuance_wd",),
        ("G19", "M06"),
    ),
)

SPEC = ProcedureSpec(
    key=KEY,
    title=Text("Issuance of reductions", "项目减排量签发"),
    summary=Text(
        "Published projects apply, in principle once a year, to have the reductions of a monitoring period issued.",
        "已公布的减排项目原则上每年一次，就一个监测期内产生的减排量申请签发。",
    ),
    prefix="QF",
    form=IssuanceForm,
    declaration=DECLARATION,
    materials=MATERIALS,
    eligibility=(
        "project_is_own",
        "project_implements",
        "period_is_free",
        "once_a_year",
        "not_quota_managed_then",
        "data_are_complete",
        "no_open_correction",
        "variance_explained",
        "receivers_known",
    ),
    stages=STAGES,
    tasks=TASKS,
    documents=DOCUMENTS,
    filers=frozenset({Role.APPLICANT}),
    read_by=READERS,
    success="issued",
    ended_public="issued",
    title_path="application.project_name",
    rules=("G04", "G05", "G07", "G09", "G10", "G17", "G18", "G19", "G20", "M06"),
    fact_paths=FACTS,
    subject=Text("issuance of reductions", "减排量签发"),
    office=OFFICE,
    highlights=HIGHLIGHTS,
)
