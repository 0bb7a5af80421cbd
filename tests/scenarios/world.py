"""A small city for the scenarios: parties, people, experts, a methodology."""

from datetime import date
from typing import Any

from sqlmodel import Session

from models.tables import EtsUnit, Expert, Methodology, Party, User
from models.vocabulary.roles import Role
from services import calendar, limits
from services.access import Actor, actor_of
from services.people import person_key_of

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TOPICS = ["boundary", "quantification", "data", "monitoring"]

ORGANISATIONS = (
    ("ORG-PV", "上海浦晖新能源科技有限公司", "91310199MARFNGNQ8F", "SHJG-2026-639870", False),
    ("ORG-SCHOOL", "上海市示例职业技术学校", "12310199750490248M", "SHJG-2026-028786", False),
    ("ORG-BIKE", "上海骑迹共享出行科技有限公司", "91310199MA6YU08J91", "SHJG-2026-726495", False),
    ("ORG-MALL", "上海绿享低碳商业服务有限公司", "91310199MAKFGA9RXQ", "SHJG-2026-588635", False),
    ("ORG-VVB", "上海衡测认证技术服务有限公司", "91310199MAH6107701", "SHJG-2026-501379", True),
)
STAFF = (
    ("intake", Role.INTAKE),
    ("officer", Role.OFFICER),
    ("officer2", Role.OFFICER),
    ("supervisor", Role.SUPERVISOR),
    ("supervisor2", Role.SUPERVISOR),
    ("issuer", Role.ISSUER),
    ("exchange", Role.EXCHANGE),
    ("bureau", Role.BUREAU),
    ("mall", Role.MALL),
    ("mall2", Role.MALL),
    ("auditor", Role.AUDITOR),
    ("admin", Role.ADMIN),
)


def build(session: Session) -> None:
    """Everything an application meets."""
    calendar.seed(session)
    limits.seed(session)
    parties = {}
    for key, name, uscc, account, agency in ORGANISATIONS:
        parties[key] = Party(
            key=key, name=name, uscc=uscc, account_no=account, is_agency=agency, district="浦东新区"
        )
        session.add(parties[key])
    session.flush()
    _user(session, "applicant", Role.APPLICANT, parties["ORG-PV"].id)
    _user(session, "school", Role.APPLICANT, parties["ORG-SCHOOL"].id)
    _user(session, "operator", Role.APPLICANT, parties["ORG-BIKE"].id)
    _user(session, "merchant", Role.MERCHANT, parties["ORG-MALL"].id)
    _user(session, "agency", Role.AGENCY, parties["ORG-VVB"].id)
    for username, role in STAFF:
        _user(session, username, role, None)
    for n in range(1, 13):
        _expert(session, n)
    session.add(
        Methodology(
            code="DEMO-PV-2024",
            version="1.0",
            name="分布式光伏发电",
            kind="project",
            method_class="I",
            effective_from=date(2024, 3, 11),
        )
    )
    session.add(
        Methodology(
            code="DEMO-BIKE-2024",
            version="1.0",
            name="互联网租赁自行车减排场景方法学",
            kind="scenario",
            method_class="II",
            effective_from=date(2024, 3, 11),
        )
    )
    session.add(EtsUnit(name="上海示例石化有限公司", uscc="91310199MA1XY5ACXX", year=2026))


def _user(session: Session, username: str, role: Role, party_id: int | None) -> User:
    user = User(
        username=username,
        name=f"{username}人员",
        person_key=person_key_of(username),
        roles=[role.value],
        party_id=party_id,
    )
    session.add(user)
    session.flush()
    return user


def _expert(session: Session, n: int) -> None:
    user = _user(session, f"expert{n:02d}", Role.EXPERT, None)
    conflicts: list[dict[str, Any]] = (
        [{"party": "ORG-PV", "relation": "近三年内曾任技术顾问", "until": None}] if n == 3 else []
    )
    session.add(
        Expert(
            user_id=user.id or 0,
            key=f"EXP-{n:02d}",
            name=f"专家{n:02d}",
            specialty="光伏与新能源发电",
            topics=[TOPICS[n % 4], TOPICS[(n + 1) % 4]],
            employer=f"示例大学{n}",
            available=n != 8,
            conflicts=conflicts,
        )
    )


def actor(session: Session, username: str) -> Actor:
    """The actor behind a username."""
    from sqlmodel import select

    return actor_of(session.exec(select(User).where(User.username == username)).one())
