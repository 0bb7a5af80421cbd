"""The demonstration accounts: who they are, in the order people meet them."""

ACCOUNTS = (
    ("applicant", "项目申请单位", "project applicant"),
    ("agent", "受托申请单位", "entrusted applicant"),
    ("operator", "减排场景运营单位", "scenario applicant"),
    ("merchant", "商城商户", "mall applicant"),
    ("resident", "个人用户", "a resident"),
    ("intake", "受理人员", "intake"),
    ("officer", "经办人员", "officer"),
    ("supervisor", "审核负责人", "supervisor"),
    ("issuer", "签发人员", "issuer"),
    ("exchange", "环交所审核人员", "exchange"),
    ("mall", "环交所商城人员", "mall desk"),
    ("bureau", "市生态环境局", "bureau"),
    ("agency", "技术服务机构", "technical agency"),
    ("agency2", "第二家技术服务机构", "a second technical agency"),
    ("expert01 … expert12", "评审专家", "experts"),
    ("admin", "系统管理员", "administrator"),
    ("auditor", "审计员", "auditor"),
)


def account_lines(password: str) -> list[str]:
    """The accounts and their one password, as lines for the terminal."""
    head = f"演示账号（密码均为 {password}） · demo accounts (all with the password {password})"
    return [head, *[f"  {name:<20} {zh} · {en}" for name, zh, en in ACCOUNTS]]
