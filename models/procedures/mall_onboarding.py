"""Mall onboarding 碳积分商城入驻 — the nouns: what is asked, of whom, for how long.

The course that uses them is workflows/mall_onboarding.py.
"""

from dataclasses import replace

from models.procedures.mall_onboarding_forms import MallOnboardingForm, asked
from models.procedures.mall_onboarding_forms.answers import MallReview
from models.procedures.mall_onboarding_forms.joining import MallConnectionSpec, MallConnectionTest
from models.procedures.mall_onboarding_forms.modes import REPORTED
from models.procedures.mall_onboarding_forms.papers import DECLARATION, DOCUMENTS, MALL_OFFICE, MATERIALS
from models.procedures.mall_onboarding_forms.told import FACTS, HIGHLIGHTS
from models.procedures.shared import connection, formal_review, revision
from models.procedures.shared.answers import way
from models.procedures.shared.gather import tasks_of
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, ProcedureSpec, Stage, Task
from models.vocabulary.text import Text

KEY = "mall_onboarding"

#: The merchant's own paper, made from the form at each submission.
APPENDICES: tuple[str, ...] = ("mall_application_form",)

_CONNECTING = Text(
    "The mall is being connected to the platform.", "正在开展商城系统与管理运营平台的对接和测试。"
)

MODE_CONFIRMATION = asked.MODE_CONFIRMATION
FORMAL_REVIEW = formal_review.formal_review(by=Role.MALL, rules=("J07", "J08"))
FORMAL_REVIEW = replace(
    FORMAL_REVIEW,
    title=Text("Review the papers", "开展技术审查"),
    form=MallReview,
    limit=WorkingDays("mall_tech_review_wd"),
    public=Text(
        "The exchange is checking the papers for completeness, conformity and reliability.",
        "上海环境能源交易所正在对申请材料的完整性、规范性、可靠性开展技术审查。",
    ),
    outcomes=(
        way(
            "accept",
            "受理",
            "Accept",
            "出具受理通知书，组织评估论证。",
            "An acceptance notice is issued and the evaluation begins.",
        ),
        FORMAL_REVIEW.outcomes[1],
        way(
            "refuse",
            "不予受理",
            "Refuse",
            "经环交所另一人确认后出具不予受理告知书。",
            "Once another person of the exchange confirms, a refusal notice is issued.",
            negative=True,
        ),
    ),
)
CORRECTION = revision.correction(by=Role.MERCHANT, rules=("J08",))
CORRECTION = replace(CORRECTION, checks=(*CORRECTION.checks, "mode_stays"))
REFUSAL_APPROVAL = replace(formal_review.refusal_approval(rules=("J08",)), by=Role.EXCHANGE)
EXTRA_ROUND = replace(formal_review.extra_round(rules=("J08",)), by=Role.EXCHANGE)
MALL_ASSESSMENT = asked.MALL_ASSESSMENT
MALL_ASSESSMENT_SIGNATURE = asked.MALL_ASSESSMENT_SIGNATURE
BUREAU_RECEIPT = asked.BUREAU_RECEIPT
BUREAU_ACKNOWLEDGEMENT = asked.BUREAU_ACKNOWLEDGEMENT
AGREEMENT_DRAFT = asked.AGREEMENT_DRAFT
AGREEMENT = asked.AGREEMENT
AGREEMENT_COUNTERSIGNATURE = asked.AGREEMENT_COUNTERSIGNATURE
CONNECTION_SPEC = replace(
    connection.connection_spec(by=Role.MERCHANT, rules=("J10",)), form=MallConnectionSpec, public=_CONNECTING
)
CONNECTION_AGREEMENT = replace(
    connection.connection_agreement(rules=("J10",)), by=Role.MALL, public=_CONNECTING
)
CONNECTION_TEST = connection.connection_test(by=Role.MERCHANT, rules=("J10",))
CONNECTION_TEST = replace(
    CONNECTION_TEST,
    form=MallConnectionTest,
    public=_CONNECTING,
    outcomes=(
        way("passed", "测试通过", "Passed", "上海环境能源交易所验收。", "The exchange accepts it."),
        CONNECTION_TEST.outcomes[1],
    ),
)
EXCHANGE_ACCEPTANCE = connection.exchange_acceptance(rules=("J10",))
EXCHANGE_ACCEPTANCE = replace(
    EXCHANGE_ACCEPTANCE,
    title=Text("Accept the connection", "验收商城系统对接"),
    public=_CONNECTING,
    outcomes=(
        way("accept", "同意验收", "Accept", "商城正式上线。", "The mall goes online."),
        EXCHANGE_ACCEPTANCE.outcomes[1],
    ),
    not_by=(FILER, "connection_agreement"),
)
#: Who accepts the connection: the mall is the exchange's (M01).
ACCEPTANCES: tuple[Task, ...] = (EXCHANGE_ACCEPTANCE,)
ACTIVITY_REPORT = asked.ACTIVITY_REPORT
ACTIVITY_CONFIRMATION = asked.ACTIVITY_CONFIRMATION

TASKS = tasks_of(globals())

_EVENT = ("event",)
#: Modes that join: with an agreement and a connection (J10).
_JOINING = (*REPORTED, "other")

STAGES = (
    Stage(
        "mode_confirmation",
        Text("Confirmation of the way", "入驻方式确认"),
        Text("The bureau confirms another way of joining.", "其他入驻方式由市生态环境局先行确认。"),
        ("bureau_wd",),
        ("J06",),
        optional=True,
        asked_at="mode",
        asked_by=("other",),
    ),
    Stage(
        "formal_review",
        Text("Technical review", "技术审查"),
        Text(
            "The exchange checks the papers for completeness, conformity and reliability.",
            "上海环境能源交易所对申请材料的完整性、规范性、可靠性开展技术审查。",
        ),
        ("mall_tech_review_wd",),
        ("J07", "J08"),
    ),
    Stage(
        "assessment",
        Text("Evaluation", "评估论证"),
        Text("The exchange evaluates the application.", "上海环境能源交易所组织开展评估论证。"),
        ("mall_assess_wd", "supervisor_wd"),
        ("J08",),
    ),
    Stage(
        "bureau_report",
        Text("Report to the bureau", "报送市生态环境局"),
        Text(
            "For malls and sub-platforms the evaluation is reported to the bureau.",
            "第三方积分商城和分平台的评估论证意见报送市生态环境局。",
        ),
        ("bureau_wd",),
        ("J09",),
        optional=True,
        asked_at="mode",
        asked_by=REPORTED,
    ),
    Stage(
        "agreement",
        Text("Cooperation agreement", "签署合作协议"),
        Text(
            "Merchant and exchange sign the cooperation agreement.",
            "权益方与上海环境能源交易所签署入驻商城合作协议。",
        ),
        ("agreement_draft_wd", "agreement_wd"),
        ("J10",),
        optional=True,
        asked_at="mode",
        asked_by=_JOINING,
    ),
    Stage(
        "connection",
        Text("Connection of the systems", "系统对接"),
        Text(
            "The mall is connected to the platform, tested and accepted, and then goes online.",
            "商城系统与管理运营平台对接、测试，验收后上线。",
        ),
        ("connection_spec_wd", "connection_agreement_wd", "connection_test_wd", "acceptance_wd"),
        ("J10",),
        optional=True,
        asked_at="mode",
        asked_by=_JOINING,
    ),
    Stage(
        "event_schedule",
        Text("Event scheduled", "活动待开始"),
        Text("The event is approved and has not begun.", "特定活动已通过评估论证，尚未开始。"),
        (),
        ("J10",),
        optional=True,
        asked_at="mode",
        asked_by=_EVENT,
    ),
    Stage(
        "event",
        Text("Event running", "活动进行中"),
        Text(
            "The event runs in its window and closes by itself.",
            "活动在申请的期限内开放兑换，到期自动关闭。",
        ),
        (),
        ("J10",),
        optional=True,
        asked_at="mode",
        asked_by=_EVENT,
    ),
    Stage(
        "activity_report",
        Text("Report on the event", "活动总结"),
        Text("The merchant reports on the event.", "权益方提交活动总结，由上海环境能源交易所确认。"),
        ("activity_report_wd", "activity_confirmation_wd"),
        ("J10",),
        optional=True,
        asked_at="mode",
        asked_by=_EVENT,
    ),
)

SPEC = ProcedureSpec(
    key=KEY,
    title=Text("Mall onboarding", "碳积分商城入驻"),
    summary=Text(
        "Organisations that offer goods and services for carbon points apply to join the mall.",
        "机关、企事业单位、社会团体及其他社会组织以商品或者服务参与碳积分兑换，申请入驻碳积分商城。",
    ),
    prefix="SC",
    form=MallOnboardingForm,
    declaration=DECLARATION,
    materials=MATERIALS,
    eligibility=(
        "filer_is_organisation",
        "platform_account",
        "credit_report_recent",
        "event_lies_ahead",
        "redeem_back_to_own_account",
    ),
    stages=STAGES,
    tasks=TASKS,
    documents=DOCUMENTS,
    filers=frozenset({Role.MERCHANT}),
    read_by=frozenset({Role.MALL, Role.EXCHANGE, Role.SUPERVISOR, Role.BUREAU, Role.ADMIN, Role.AUDITOR}),
    success="online",
    title_path="display_name",
    rules=("J06", "J07", "J08", "J09", "J10"),
    identity_paths={"applicant_uscc": "applicant.applicant_uscc"},
    fact_paths=FACTS,
    subject=Text("membership of the carbon points mall", "碳积分商城入驻"),
    highlights=HIGHLIGHTS,
    kind="mall",
    public_after="event_schedule",
    ended_public="closed",
    office=MALL_OFFICE,
)
