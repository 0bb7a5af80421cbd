"""Emission-reduction project application 减排项目申请 — the nouns: what is asked, of whom, for how long.

The course that uses them is workflows/project_application.py.
"""

from models.procedures.project_application_forms import ProjectApplicationForm
from models.procedures.project_application_forms.published import FACTS, HIGHLIGHTS, PUBLISHED
from models.procedures.shared import (
    admission,
    agency,
    conclusions,
    formal_review,
    issuing,
    letters,
    opinions,
    panel,
    publicity,
    revision,
    stages,
)
from models.procedures.shared.gather import tasks_of
from models.procedures.shared.needs import always, applicant_says, by_organisation, never
from models.vocabulary.roles import READERS, Role
from models.vocabulary.specs import Document, Material, ProcedureSpec, Stage
from models.vocabulary.text import Text

KEY = "project_application"

#: The applicant's own papers, made from the form at each submission.
APPENDICES: tuple[str, ...] = ("appendix_a", "appendix_b")

#: Who is asked for an opinion on the case and reads what it rests on.
REVIEWERS = frozenset({Role.EXPERT, Role.AGENCY})

FORMAL_REVIEW = formal_review.formal_review(by=Role.INTAKE)
CORRECTION = revision.correction()
REFUSAL_APPROVAL = formal_review.refusal_approval()
EXTRA_ROUND = formal_review.extra_round()
TRIAGE = agency.triage()
AGENCY_APPROVAL = agency.agency_approval()
AGENCY_REVIEW = agency.agency_review()
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
PUBLICITY_RELEASE = publicity.publicity_release()
PUBLICITY_APPROVAL = publicity.publicity_approval()
OBJECTION_REPLY = publicity.objection_reply()
OBJECTION_ANSWER = publicity.objection_answer()
TECHNICAL_OPINION = conclusions.technical_opinion()
TECHNICAL_OPINION_SIGNATURE = conclusions.technical_opinion_signature()
PUBLICATION = conclusions.publication()
PUBLICATION_APPROVAL = conclusions.publication_approval()
QUANTITY_REVIEW = issuing.quantity_review(issuing.WAYS_OF_FIRST, ("G18", "M06"))
QUANTITY_AGENCY_APPROVAL = issuing.quantity_agency_approval()
QUANTITY_AGENCY_REVIEW = issuing.quantity_agency_review()
AMOUNT_CONFIRMATION = issuing.amount_confirmation()
ISSUANCE_APPROVAL = issuing.issuance_approval()
ISSUANCE_REFUSAL_APPROVAL = issuing.issuance_refusal_approval()

TASKS = tasks_of(globals())

#: The steps of the first issuance are one stage: the project is published, whatever they come to.
REVIEWING = REVISING = APPROVING = "first_issuance"

#: What is applied for, in the words of its stages.
IT = Text("project", "项目")

STAGES = (
    stages.formal_review(),
    Stage(
        "technical_review",
        Text("Technical review", "技术审查"),
        Text(
            "The centre judges the complexity; complex projects are reviewed by a technical service institution.",
            "中心判定项目复杂程度，类型复杂的由专业技术服务机构开展技术审查。",
        ),
        ("triage_wd",),
        ("G11",),
    ),
    Stage(
        "expert_review",
        Text("Expert review", "专家技术论证"),
        Text(
            "At least five experts review boundary, quantification, data sources and monitoring.",
            "不少于 5 名专家对核算边界、减排量核算、数据来源和监测等进行技术论证。",
        ),
        stages.PANEL_LIMITS,
        ("G12", "G13"),
    ),
    Stage(
        "revision",
        Text("Revision of the text", "文本完善"),
        Text(
            "The applicant improves the text according to the opinions; the centre checks it.",
            "申请主体根据审查和论证意见修改完善文本，由中心复核。",
        ),
        ("revision_wd", "revision_check_wd"),
        ("G10",),
        optional=True,
    ),
    stages.publicity(IT),
    stages.opinion(),
    stages.publication(IT),
    issuing.FIRST_ISSUANCE,
)

DOCUMENTS = (
    *letters.INTAKE,
    Document(
        "appendix_a",
        Text("Application form (Appendix A)", "碳普惠减排项目申请表（附录A）"),
        "附A",
        personal=True,
        own=True,
    ),
    Document(
        "appendix_b",
        Text("Design document (Appendix B)", "减排项目设计文件（附录B）"),
        "附B",
        reviewers=REVIEWERS,
        own=True,
    ),
    Document("agency_report", Text("Technical review report", "技术审查报告"), "技", reviewers=REVIEWERS),
    *letters.PANEL,
    *letters.PUBLIC,
    *letters.ENDINGS,
    *issuing.LETTERS,
)

#: The applicant's declaration, in the wording of the guide (rule G04).
DECLARATION = Text(
    "I / my organisation / institution apply for a carbon-inclusion emission-reduction project and promise not to "
    "apply under any other domestic or international voluntary emission-reduction mechanism, and not to take part "
    "in green power trading, green certificate trading or the like. What is stated in the application form and the "
    "papers filed with it is true; I vouch for its legality, truth and accuracy and bear the legal liability for "
    "any false statement.",
    "本人/我单位/机构申请碳普惠减排项目，承诺不重复申请国内外温室气体自愿减排机制，不参与绿色电力交易、绿色电力证书交易等。"
    "申请表中所填写内容和相关申请文件属实，确保合法性、真实性、准确性，若有虚报假报，本人将承担由此引起的法律责任。",
)


_ALL = Text("always", "必须提供")
MATERIALS = (
    Material(
        "appendix_a",
        Text("Application form (Appendix A)", "碳普惠减排项目申请表（附录A）"),
        Text("made from the form; upload the sealed copy", "由系统根据填报内容生成，可上传盖章件"),
        always,
        generated=True,
        personal=True,
    ),
    Material(
        "appendix_b",
        Text("Design document (Appendix B)", "减排项目设计文件（附录B）"),
        Text("made from the form; upload the sealed copy", "由系统根据填报内容生成，可上传盖章件"),
        always,
        generated=True,
    ),
    Material(
        "commencement_operation_proof",
        Text("Proof of the dates of commencement and operation", "减排项目开工、运营时间证明文件"),
        _ALL,
        always,
    ),
    Material(
        "licence",
        Text("Business licence or other proof of status", "营业执照或者其他主体资格证明材料"),
        Text("for organisations", "申请主体为单位的必须提供"),
        by_organisation,
    ),
    Material(
        "legal_rep_identity",
        Text("Proof of identity of the legal representative", "法人或者负责人身份证明材料"),
        _ALL,
        always,
        personal=True,
    ),
    Material(
        "entrustment_letter",
        Text("Letter of entrustment", "减排项目申请委托书"),
        Text("when applying on behalf of another", "受托申请的必须提供"),
        applicant_says("is_agency"),
    ),
    Material("other", Text("Other papers", "其他材料"), Text("if any", "如有"), never),
)

SPEC = ProcedureSpec(
    key=KEY,
    title=Text("Emission-reduction project application", "减排项目申请"),
    summary=Text(
        "Organisations whose project follows a published methodology apply to have it admitted to carbon inclusion.",
        "机关、企事业单位、社会团体等依据已公布的方法学开发并运行减排项目，申请纳入本市碳普惠体系。",
    ),
    prefix="XM",
    form=ProjectApplicationForm,
    declaration=DECLARATION,
    materials=MATERIALS,
    eligibility=admission.GUARDS,
    stages=STAGES,
    tasks=TASKS,
    documents=DOCUMENTS,
    filers=frozenset({Role.APPLICANT}),
    read_by=READERS,
    success="published",
    title_path="project.project_name",
    rules=(
        "G01",
        "G02",
        "G03",
        "G04",
        "G05",
        "G06",
        "G07",
        "G08",
        "G09",
        "G10",
        "G11",
        "G12",
        "G13",
        "G14",
        "G15",
        "G18",
        "M05",
        "M06",
    ),
    fact_paths=FACTS,
    published=PUBLISHED,
    subject=Text("emission-reduction project", "减排项目"),
    highlights=HIGHLIGHTS,
    identity_paths={
        "applicant_uscc": "applicant.applicant_uscc",
        "principal_uscc": "entrustment.principal_uscc",
        "project_name": "project.project_name",
        "lon": "project.lon",
        "lat": "project.lat",
        "meters": "design.meters.*.meter_no",
        "owners": "design.bundle.sub_projects.*.owner_uscc",
        "sites": "design.bundle.sub_projects.*.site",
        "methodology": "project.methodology_id",
        "methodology_version": "project.methodology_version",
    },
)
