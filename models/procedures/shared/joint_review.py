"""Joint review 会同审核: centre and exchange side by side, a conference, the bureau's decision (rules G23, G24)."""

from models.procedures.shared.answers import way
from models.procedures.shared.conference import BureauDecision, Conference, ConferenceConfirmation
from models.procedures.shared.joint_findings import CentreReview, ExchangeReview
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, Outcome, Task
from models.vocabulary.text import Text

#: The two findings, shown on one page wherever they are weighed (G23).
SIDES = ("centre_review", "exchange_review")


def _ways() -> tuple[Outcome, ...]:
    together = (
        "双方意见均提交后，合成会同审核意见。",
        "Once both sides have given theirs, they become the joint opinion.",
    )
    return (
        way("agree", "同意", "Agree", *together),
        way(
            "needs_revision",
            "需修改",
            "Needs revision",
            "双方均未表示不同意的，申请主体按意见修改完善。",
            "Unless the other side disagrees, the applicant revises the text.",
        ),
        way(
            "disagree",
            "不同意",
            "Disagree",
            "双方意见不一致的会商；均不同意的，提请确认不予通过。",
            "If the sides differ they confer; if both disagree, rejection is proposed.",
            negative=True,
        ),
    )


_PUBLIC = Text(
    "Centre and exchange are reviewing the scenario jointly.",
    "中心会同上海环境能源交易所对减排场景开展审核。",
)


def centre_review(rules: tuple[str, ...] = ("G23", "G24")) -> Task:
    """The centre's side: methodology and quantification."""
    return Task(
        "centre_review",
        Text("Review the scenario for the centre", "提出中心审核意见"),
        Role.OFFICER,
        CentreReview,
        _ways(),
        WorkingDays("joint_review_wd"),
        rules,
        _PUBLIC,
        not_by=(FILER,),
        beside=("exchange_review",),
    )


def exchange_review(rules: tuple[str, ...] = ("G23", "G24")) -> Task:
    """The exchange's side: interface, consent and use."""
    return Task(
        "exchange_review",
        Text("Review the scenario for the exchange", "提出环交所审核意见"),
        Role.EXCHANGE,
        ExchangeReview,
        _ways(),
        WorkingDays("joint_review_wd"),
        rules,
        _PUBLIC,
        not_by=(FILER,),
        beside=("centre_review",),
    )


def conference(rules: tuple[str, ...] = ("G23",)) -> Task:
    """The sides confer; the centre convenes and keeps the minutes."""
    return Task(
        "conference",
        Text("Confer with the exchange", "召开会商并形成纪要"),
        Role.OFFICER,
        Conference,
        (
            way(
                "pass",
                "一致同意通过",
                "Both agree",
                "环交所确认纪要后继续办理。",
                "Once the exchange confirms, it goes on.",
            ),
            way(
                "revise",
                "一致同意修改",
                "Both ask for changes",
                "环交所确认纪要后，申请主体修改完善。",
                "Once the exchange confirms, the applicant revises.",
            ),
            way(
                "refuse",
                "一致不予通过",
                "Both refuse",
                "环交所确认纪要后，提请确认不予通过。",
                "Once the exchange confirms, rejection is proposed.",
                negative=True,
            ),
            way(
                "unresolved",
                "未达成一致",
                "Unresolved",
                "提请市生态环境局决定。",
                "The bureau decides.",
            ),
        ),
        WorkingDays("conference_wd"),
        rules,
        _PUBLIC,
        not_by=(FILER,),
        beside=SIDES,
    )


def conference_confirmation(rules: tuple[str, ...] = ("G23",)) -> Task:
    """The exchange stands by the minutes, or does not."""
    return Task(
        "conference_confirmation",
        Text("Confirm the minutes of the conference", "确认会商纪要"),
        Role.EXCHANGE,
        ConferenceConfirmation,
        (
            way(
                "confirm",
                "确认",
                "Confirm",
                "会商结果生效；未达成一致的，提请市生态环境局决定。",
                "The result counts; what is unresolved goes to the bureau.",
            ),
            way("return", "退回修改纪要", "Send back", "经办人员修改纪要。", "The minutes are rewritten."),
            way("dissent", "不同意会商结果", "Do not agree", "提请市生态环境局决定。", "The bureau decides."),
        ),
        WorkingDays("conference_wd"),
        rules,
        _PUBLIC,
        not_by=("conference", FILER),
        beside=(*SIDES, "conference"),
    )


def bureau_decision(rules: tuple[str, ...] = ("G23",)) -> Task:
    """Centre and exchange stay apart: the bureau decides."""
    return Task(
        "bureau_decision",
        Text("Decide between centre and exchange", "决定会同审核分歧"),
        Role.BUREAU,
        BureauDecision,
        (
            way("pass", "同意通过", "Pass", "会同审核通过，继续办理。", "The joint review is passed."),
            way("revise", "修改后通过", "Revise", "申请主体修改完善。", "The applicant revises the text."),
            way(
                "refuse",
                "不予通过",
                "Refuse",
                "出具不予通过决定书，办理终结。",
                "A rejection notice is issued and the procedure ends.",
                negative=True,
            ),
        ),
        WorkingDays("bureau_wd"),
        rules,
        Text("The bureau is deciding a point in dispute.", "市生态环境局正在研究决定。"),
        not_by=(FILER,),
        beside=(*SIDES, "conference", "conference_confirmation"),
    )
