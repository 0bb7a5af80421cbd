"""Connection 数据对接: fields and credentials agreed, tests, acceptance by both sides, live (rules G25, S03)."""

from models.procedures.shared.answers import way
from models.procedures.shared.connection_answers import (
    Acceptance,
    ConnectionAgreement,
    ConnectionSpec,
    ConnectionTest,
)
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import FILER, Clock, Task
from models.vocabulary.text import Text

_PUBLIC = Text(
    "The scenario is published; its platform is being connected.", "减排场景已公布，正在开展平台系统对接。"
)


def connection_spec(by: Role = Role.APPLICANT, rules: tuple[str, ...] = ("G25", "S03")) -> Task:
    """The operator proposes what is exchanged."""
    return Task(
        "connection_spec",
        Text("Propose the connection", "提交数据对接方案"),
        by,
        ConnectionSpec,
        (
            way(
                "propose",
                "提交方案",
                "Propose",
                "环交所确认字段并发放接入凭证。",
                "The exchange agrees on the fields and gives the credentials.",
            ),
        ),
        WorkingDays("connection_spec_wd"),
        rules,
        _PUBLIC,
        clock=Clock.APPLICANT,
        extension="correction_extension_wd",
    )


def connection_agreement(rules: tuple[str, ...] = ("G25",)) -> Task:
    """The exchange agrees and gives the credentials."""
    return Task(
        "connection_agreement",
        Text("Agree on the connection", "确认对接方案并发放凭证"),
        Role.EXCHANGE,
        ConnectionAgreement,
        (
            way("agree", "同意", "Agree", "申请主体开展联调测试。", "The applicant tests the connection."),
            way(
                "return",
                "退回修改",
                "Send back",
                "申请主体修改对接方案。",
                "The applicant changes the proposal.",
            ),
        ),
        WorkingDays("connection_agreement_wd"),
        rules,
        _PUBLIC,
        not_by=(FILER,),
        beside=("connection_spec",),
    )


def connection_test(by: Role = Role.APPLICANT, rules: tuple[str, ...] = ("G25", "S03")) -> Task:
    """Test records are sent and come back as they should."""
    return Task(
        "connection_test",
        Text("Test the connection", "开展联调测试"),
        by,
        ConnectionTest,
        (
            way(
                "passed",
                "测试通过",
                "Passed",
                "中心和环交所分别验收。",
                "Centre and exchange accept it, each for itself.",
            ),
            way(
                "failed",
                "测试未通过",
                "Failed",
                "调整对接方案后重新测试。",
                "The proposal is changed and tested again.",
            ),
        ),
        WorkingDays("connection_test_wd"),
        rules,
        _PUBLIC,
        clock=Clock.APPLICANT,
        extension="correction_extension_wd",
    )


def _acceptance(key: str, by: Role, title: Text, rules: tuple[str, ...]) -> Task:
    return Task(
        key,
        title,
        by,
        Acceptance,
        (
            way(
                "accept",
                "同意验收",
                "Accept",
                "双方均同意后正式上线。",
                "It goes live when both sides accept.",
            ),
            way(
                "return",
                "退回整改",
                "Send back",
                "申请主体整改后重新测试。",
                "The applicant mends it and tests again.",
            ),
        ),
        WorkingDays("acceptance_wd"),
        rules,
        _PUBLIC,
        not_by=(FILER,),
        beside=("connection_test",),
    )


def centre_acceptance(rules: tuple[str, ...] = ("G25",)) -> Task:
    """The centre accepts the connection."""
    return _acceptance(
        "centre_acceptance", Role.OFFICER, Text("Accept for the centre", "中心验收数据对接"), rules
    )


def exchange_acceptance(rules: tuple[str, ...] = ("G25",)) -> Task:
    """The exchange accepts the connection."""
    return _acceptance(
        "exchange_acceptance", Role.EXCHANGE, Text("Accept for the exchange", "环交所验收数据对接"), rules
    )
