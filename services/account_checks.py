"""What is typed for an account, checked: names, numbers, the party; every defect at its field."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlmodel import Session, col, func, or_, select

from models.tables import Party, User
from models.vocabulary.errors import Problem
from models.vocabulary.roles import FILERS, ROLE_TITLES, Role
from models.vocabulary.text import Text
from models.vocabulary.types import check_cn_id, check_email, check_mobile, normalise_code
from services import people
from services.access import Actor

OF_A_PARTY = FILERS | {Role.AGENCY}
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{1,63}")

Check = Callable[[str], str]


@dataclass(frozen=True)
class Asked:
    """What is typed for a new account.

    Args:
        id_number: of the natural person; only its key is kept.
        party: unified social credit code (or key) of the party; applicants, merchants and institutions need one.
        reason: why; a second person reads it before confirming the roles.
    """

    username: str
    name: str
    id_number: str
    roles: list[str] = field(default_factory=list)
    email: str = ""
    mobile: str = ""
    party: str = ""
    reason: str = ""


def personal(session: Session, asked: Asked) -> list[Problem]:
    """User name, name and how to reach the person."""
    found, username = [], asked.username.strip()
    if not _USERNAME.fullmatch(username):
        words = Text(
            "2 to 64 letters, digits, dots, hyphens, beginning with a letter or digit.",
            "用户名为 2 至 64 位字母、数字、点、横线或下划线，以字母或数字开头。",
        )
        found.append(Problem("username", words))
    elif username_taken(session, username):
        words = Text(f"“{username}” is taken.", f"用户名“{username}”已被使用。")
        found.append(Problem("username", words))
    return found + name_problems(asked.name) + contact_problems(asked.email, asked.mobile)


def name_problems(name: str) -> list[Problem]:
    """A person has a name."""
    return [] if name.strip() else [Problem("name", Text("Please give the name.", "请填写姓名。"))]


def contact_problems(email: str, mobile: str) -> list[Problem]:
    """Defects of address and number; both may be empty."""
    typed: tuple[tuple[str, Check, str, str], ...] = (
        ("email", check_email, email.strip(), "This is not an address."),
        ("mobile", check_mobile, str(normalise_code(mobile)), "This is not a mobile number."),
    )
    return [p for loc, check, value, en in typed if value for p in _checked(loc, check, value, en)]


def _checked(loc: str, check: Check, value: str, en: str) -> list[Problem]:
    try:
        check(value)
    except ValueError as error:
        return [Problem(loc, Text(en, f"{error}。"))]
    return []


def username_taken(session: Session, username: str) -> bool:
    """Whether somebody has the name already, in whatever letters."""
    query = select(User.id).where(func.lower(User.username) == username.lower())
    return session.exec(query).first() is not None


def of_person(by: Actor | None, asked: Asked) -> list[Problem]:
    """The identity number, which must not be the administrator's own (M01)."""
    number = str(normalise_code(asked.id_number))
    wrong = _checked("id_number", check_cn_id, number, "This is not an identity number.")
    if wrong or by is None or people.person_key_of(number) != by.person_key:
        return wrong
    words = Text("Nobody registers an account for themselves.", "不能为本人登记账户，请由其他管理员办理。")
    return [Problem("id_number", words)]


def party_of(session: Session, asked: Asked) -> tuple[Party | None, list[Problem]]:
    """The party that is named, and what is wrong with it."""
    typed, roles = asked.party.strip(), set(asked.roles)
    if not typed:
        if not roles & OF_A_PARTY:
            return None, []
        words = Text(
            "Applicants, merchants and institutions belong to a party: give its code.",
            "申请主体、碳普惠权益方和专业技术服务机构应当填写所属单位的统一社会信用代码。",
        )
        return None, [Problem("party", words)]
    row = party_named(session, typed)
    if row is None:
        words = Text(
            f"No party has the code “{typed}”. Register it first.",
            f"没有代码为“{typed}”的单位，请核对，或先登记该单位。",
        )
        return None, [Problem("party", words)]
    if Role.AGENCY in roles and not row.is_agency:
        words = Text(
            f"{row.name} is not a technical service institution.",
            f"{row.name}未登记为专业技术服务机构，请先更正单位信息。",
        )
        return row, [Problem("party", words)]
    return row, []


def party_named(session: Session, typed: str) -> Party | None:
    """The party of a unified social credit code, or of a key."""
    code = str(normalise_code(typed))
    query = select(Party).where(or_(col(Party.uscc) == code, col(Party.key) == typed.strip()))
    return session.exec(query.order_by(col(Party.id))).first()


def added_words(user: User, *, alone: bool) -> Text:
    """What the record of a new account says."""
    titles = [ROLE_TITLES[Role(r)] for r in user.roles]
    if not alone:
        return Text(
            f"Account registered: {user.username} ({user.name}); its roles wait for a second person",
            f"登记账户：{user.name}（{user.username}），角色待他人确认",
        )
    return Text(
        f"Account registered: {user.username} ({user.name}), {', '.join(t.en for t in titles)}",
        f"登记账户：{user.name}（{user.username}），{'、'.join(t.zh for t in titles)}",
    )
