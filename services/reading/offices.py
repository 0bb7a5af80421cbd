"""Who acts, as outsiders read it: the office, never an officer's name (screens 3.2)."""

from models.vocabulary.roles import Role
from models.vocabulary.specs import Office
from models.vocabulary.text import Text

CENTRE_NAME = Text("Shanghai Pollution and Carbon Reduction Centre", "市减污降碳中心")
EXCHANGE_NAME = Text("Shanghai Environment and Energy Exchange", "上海环境能源交易所")

OFFICES: dict[Role, Text] = {
    Role.APPLICANT: Text("Applicant", "申请主体"),
    Role.MERCHANT: Text("Merchant", "碳普惠权益方"),
    Role.RESIDENT: Text("Resident", "个人用户"),
    Role.INTAKE: CENTRE_NAME,
    Role.OFFICER: CENTRE_NAME,
    Role.SUPERVISOR: CENTRE_NAME,
    Role.ISSUER: CENTRE_NAME,
    Role.EXCHANGE: EXCHANGE_NAME,
    Role.MALL: EXCHANGE_NAME,
    Role.BUREAU: Text("Shanghai Ecology and Environment Bureau", "上海市生态环境局"),
    Role.AGENCY: Text("Technical service institution", "专业技术服务机构"),
    Role.EXPERT: Text("Expert panel", "评审专家"),
    Role.ADMIN: CENTRE_NAME,
    Role.AUDITOR: CENTRE_NAME,
}

#: Inside the centre a reader wants to know which desk.
DESKS: dict[Role, Text] = {
    **OFFICES,
    Role.INTAKE: Text("Centre, intake", "市减污降碳中心（受理）"),
    Role.OFFICER: Text("Centre, case officer", "市减污降碳中心（经办）"),
    Role.SUPERVISOR: Text("Centre, supervisor", "市减污降碳中心（审核）"),
    Role.ISSUER: Text("Centre, issuer", "市减污降碳中心（签发）"),
}


def house_of(office: Office) -> Text:
    """The house whose office conducts a procedure, as people call it."""
    return EXCHANGE_NAME if office.name == EXCHANGE_NAME.zh else CENTRE_NAME


def office_of(roles: str) -> Text:
    """The office behind the role word of an event ("intake", "intake,officer", "system", "public")."""
    first = next((r for r in roles.split(",") if r in set(Role)), "")
    if first:
        return OFFICES[Role(first)]
    return Text("The public", "社会公众") if roles == "public" else Text("System", "系统")
