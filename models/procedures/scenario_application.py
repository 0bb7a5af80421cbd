"""Emission-reduction scenario application 减排场景申请 — the nouns: what is asked, of whom, for how long.

The course that uses them is workflows/scenario_application.py.
"""

from dataclasses import replace

from models.procedures.scenario_application_forms import ScenarioApplicationForm
from models.procedures.scenario_application_forms.answers import (
    ScenarioFormalReview,
    ScenarioOpinion,
    ScenarioPublication,
    ScenarioRelease,
)
from models.procedures.scenario_application_forms.papers import DECLARATION, DOCUMENTS, MATERIALS, OFFICE
from models.procedures.scenario_application_forms.published import FACTS, HIGHLIGHTS, PUBLISHED
from models.procedures.shared import (
    admission,
    conclusions,
    connection,
    formal_review,
    joint_review,
    opinions,
    panel,
    publicity,
    readiness,
    revision,
    stages,
)
from models.procedures.shared.answers import way
from models.procedures.shared.gather import tasks_of
from models.vocabulary.roles import READERS, Role
from models.vocabulary.specs import ProcedureSpec, Stage, Task
from models.vocabulary.text import Text

KEY = "scenario_application"

#: The applicant's own papers, made from the form at each submission.
APPENDICES: tuple[str, ...] = ("appendix_c",)

READINESS_CHECK = readiness.readiness_check()
READINESS_SUPPLEMENT = readiness.readiness_supplement()
FORMAL_REVIEW = replace(
    formal_review.formal_review(by=Role.INTAKE, rules=("G07", "G09", "G21", "G22")), form=ScenarioFormalReview
)
FORMAL_REVIEW = replace(
    FORMAL_REVIEW,
    outcomes=(
        way(
            "accept",
            "受理",
            "Accept",
            "出具受理通知书，进入会同审核。",
            "An acceptance notice is issued and the joint review begins.",
        ),
        *FORMAL_REVIEW.outcomes[1:],
    ),
)
CORRECTION = revision.correction()
REFUSAL_APPROVAL = formal_review.refusal_approval()
EXTRA_ROUND = formal_review.extra_round()
CENTRE_REVIEW = joint_review.centre_review()
EXCHANGE_REVIEW = joint_review.exchange_review()
CONFERENCE = joint_review.conference()
CONFERENCE_CONFIRMATION = joint_review.conference_confirmation()
BUREAU_DECISION = joint_review.bureau_decision()
REJECTION_APPROVAL = conclusions.rejection_approval()
PANEL_SETUP = panel.panel_setup()
PANEL_APPROVAL = panel.panel_approval()
PANEL_SHORTFALL = panel.panel_shortfall()
EXPERT_INVITATION = panel.expert_invitation()
EXPERT_OPINION = opinions.expert_opinion()
GROUP_OPINION = opinions.group_opinion()
GROUP_SIGNATURE = opinions.group_signature()
REVISION = revision.revision()
REVISION_CHECK = revision.revision_check()
REVISION_RECHECK = revision.revision_recheck()
EXCHANGE_CHECK = replace(
    revision.revision_check(by=Role.EXCHANGE, rules=("G10", "G23")),
    key="revision_exchange_check",
    title=Text("Check the revised text for the exchange", "环交所复核完善文本"),
)
PUBLICITY_RELEASE = replace(publicity.publicity_release(), form=ScenarioRelease)
PUBLICITY_APPROVAL = publicity.publicity_approval()
OBJECTION_REPLY = publicity.objection_reply()
OBJECTION_ANSWER = publicity.objection_answer()
TECHNICAL_OPINION = replace(conclusions.technical_opinion(), form=ScenarioOpinion)
TECHNICAL_OPINION_SIGNATURE = conclusions.technical_opinion_signature()
PUBLICATION = replace(conclusions.publication(), form=ScenarioPublication)
PUBLICATION_APPROVAL = conclusions.publication_approval()
PUBLICATION_APPROVAL = replace(
    PUBLICATION_APPROVAL,
    outcomes=(
        way(
            "approve",
            "同意公布",
            "Approve",
            "立即向社会公布，随后开展平台系统对接。",
            "It is published at once, and its platform is connected next.",
        ),
        *PUBLICATION_APPROVAL.outcomes[1:],
    ),
)
CONNECTION_SPEC = connection.connection_spec()
CONNECTION_AGREEMENT = connection.connection_agreement()
CONNECTION_TEST = connection.connection_test()
CENTRE_ACCEPTANCE = connection.centre_acceptance()
EXCHANGE_ACCEPTANCE = connection.exchange_acceptance()
#: Who accepts the connection.
ACCEPTANCES: tuple[Task, ...] = (CENTRE_ACCEPTANCE, EXCHANGE_ACCEPTANCE)

TASKS = tasks_of(globals())

#: What is applied for, in the words of its stages.
IT = Text("scenario", "减排场景")

STAGES = (
    Stage(
        "readiness",
        Text("Preparation", "前期对接"),
        Text(
            "The exchange confirms the preparation of the scenario.",
            "上海环境能源交易所确认减排场景前期对接情况。",
        ),
        ("readiness_wd",),
        ("S01",),
    ),
    stages.formal_review("G21", "G22"),
    Stage(
        "joint_review",
        Text("Joint review", "会同审核"),
        Text(
            "Centre and exchange review the scenario jointly.",
            "中心会同上海环境能源交易所对减排场景开展审核。",
        ),
        ("joint_review_wd",),
        ("G23",),
    ),
    Stage(
        "expert_review",
        Text("Expert review", "专家技术论证"),
        Text(
            "For complex scenarios, at least five experts review it.",
            "类型复杂的减排场景，由不少于 5 名专家开展技术论证。",
        ),
        stages.PANEL_LIMITS,
        ("G24", "G12", "G13"),
        optional=True,
    ),
    Stage(
        "revision",
        Text("Revision of the text", "文本完善"),
        Text(
            "The applicant improves the text according to the opinions; centre and exchange check it.",
            "申请主体根据审核意见、专家技术论证意见（如有）修改完善文本，由中心和环交所复核。",
        ),
        ("revision_wd", "revision_check_wd"),
        ("G10",),
        optional=True,
    ),
    stages.publicity(IT),
    stages.opinion(),
    stages.publication(IT),
    Stage(
        "connection",
        Text("Published, connecting", "已公布，平台对接"),
        Text(
            "The scenario is published; its platform is connected, tested and accepted before it goes online.",
            "减排场景已公布，业务平台系统正在对接、测试和验收，验收后上线运行。",
        ),
        ("connection_spec_wd", "connection_agreement_wd", "connection_test_wd", "acceptance_wd"),
        ("G25", "S03"),
    ),
)

SPEC = ProcedureSpec(
    key=KEY,
    title=Text("Emission-reduction scenario application", "减排场景申请"),
    summary=Text(
        "Operators whose platform lets people act by a published methodology apply to have the scenario admitted.",
        "企事业单位、社会团体等依据已公布的减排场景方法学开发并运行减排场景，申请纳入本市碳普惠体系。",
    ),
    prefix="CJ",
    form=ScenarioApplicationForm,
    declaration=DECLARATION,
    materials=MATERIALS,
    eligibility=admission.GUARDS,
    stages=STAGES,
    tasks=TASKS,
    documents=DOCUMENTS,
    filers=frozenset({Role.APPLICANT}),
    read_by=READERS | {Role.EXCHANGE},
    success="online",
    title_path="scenario.scenario_name",
    rules=(
        "G01",
        "G02",
        "G03",
        "G04",
        "G05",
        "G07",
        "G08",
        "G09",
        "G10",
        "G12",
        "G13",
        "G14",
        "G15",
        "G21",
        "G22",
        "G23",
        "G24",
        "G25",
        "S01",
        "S02",
        "S03",
        "M05",
    ),
    identity_paths={
        "applicant_uscc": "applicant.applicant_uscc",
        "principal_uscc": "entrustment.principal_uscc",
        "project_name": "scenario.scenario_name",
        "platforms": "description.facilities.*.icp_no",
        "owners": "sub_scenarios.*.developer_uscc",
        "methodology": "scenario.methodology_id",
        "methodology_version": "scenario.methodology_version",
    },
    fact_paths=FACTS,
    published=PUBLISHED,
    kind="scenario",
    subject=Text("emission-reduction scenario", "减排场景"),
    office=OFFICE,
    register_state="connecting",
    highlights=HIGHLIGHTS,
)
