"""Roles 角色: what a person may be in a case (domain rights matrix, rule M01)."""

from enum import StrEnum

from models.vocabulary.text import Text


class Role(StrEnum):
    APPLICANT = "applicant"  # 申请主体, also entrusted agents and scenario operators
    MERCHANT = "merchant"  # 碳普惠权益方
    RESIDENT = "resident"  # 个人
    INTAKE = "intake"  # 中心 受理人员
    OFFICER = "officer"  # 中心 经办人员
    SUPERVISOR = "supervisor"  # 中心 审核负责人
    ISSUER = "issuer"  # 中心 签发人员
    EXCHANGE = "exchange"  # 环交所 场景审核
    MALL = "mall"  # 环交所 商城
    BUREAU = "bureau"  # 市生态环境局
    AGENCY = "agency"  # 专业技术服务机构
    EXPERT = "expert"  # 专家
    ADMIN = "admin"  # 系统管理员: looks and repairs, never decides
    AUDITOR = "auditor"  # 审计员: reads everything


ROLE_TITLES: dict[Role, Text] = {
    Role.APPLICANT: Text("Applicant", "申请主体"),
    Role.MERCHANT: Text("Merchant", "碳普惠权益方"),
    Role.RESIDENT: Text("Resident", "个人用户"),
    Role.INTAKE: Text("Intake officer", "受理人员"),
    Role.OFFICER: Text("Case officer", "经办人员"),
    Role.SUPERVISOR: Text("Supervisor", "审核负责人"),
    Role.ISSUER: Text("Issuer", "签发人员"),
    Role.EXCHANGE: Text("Exchange reviewer", "环交所审核人员"),
    Role.MALL: Text("Exchange mall officer", "环交所商城人员"),
    Role.BUREAU: Text("Bureau", "市生态环境局"),
    Role.AGENCY: Text("Technical service institution", "专业技术服务机构"),
    Role.EXPERT: Text("Expert", "专家"),
    Role.ADMIN: Text("Administrator", "系统管理员"),
    Role.AUDITOR: Text("Auditor", "审计员"),
}

FILERS = frozenset({Role.APPLICANT, Role.MERCHANT})
CENTRE = frozenset({Role.INTAKE, Role.OFFICER, Role.SUPERVISOR, Role.ISSUER})
STAFF = CENTRE | {Role.EXCHANGE, Role.MALL, Role.BUREAU}
OVERSIGHT = frozenset({Role.ADMIN, Role.AUDITOR})
#: Who reads every case of the centre, whatever it is about.
READERS = CENTRE | OVERSIGHT | {Role.BUREAU}
