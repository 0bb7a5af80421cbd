"""Parties 单位: registered and corrected by an administrator. Letters that were issued keep the name they bear."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, tuple_
from sqlmodel import Session, col, or_, select

from models.tables import Party
from models.vocabulary.errors import Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from models.vocabulary.types import check_uscc, normalise_code
from services import audit
from services.access import Actor

FIELDS = ("name", "uscc", "nature", "district", "address", "is_agency")
_TITLES = {
    "name": Text("name", "名称"),
    "uscc": Text("code", "统一社会信用代码"),
    "nature": Text("nature", "性质"),
    "district": Text("district", "所在区"),
    "address": Text("address", "地址"),
    "is_agency": Text("technical service institution", "专业技术服务机构"),
}


@dataclass(frozen=True)
class Typed:
    """What is typed for a party; `reason` only where one is corrected."""

    name: str
    uscc: str
    nature: str = ""
    district: str = ""
    address: str = ""
    is_agency: bool = False
    reason: str = ""


def typed_of(row: Party) -> Typed:
    """A party as its form shows it."""
    return Typed(row.name, row.uscc or "", row.nature, row.district, row.address, row.is_agency)


def found(session: Session, q: str = "", limit: int = 200, after: int | None = None) -> list[Party]:
    """Organisations and authorities whose name or code holds every word, by name.

    Args:
        after: id of the last one before.
    """
    query = select(Party).where(Party.kind != "person").order_by(col(Party.name), col(Party.id))
    for word in q.split()[:4]:
        query = query.where(
            or_(
                col(Party.name).icontains(word, autoescape=True),
                col(Party.uscc).icontains(word, autoescape=True),
            )
        )
    if after is not None:
        name = select(Party.name).where(Party.id == after).scalar_subquery()
        query = query.where(tuple_(col(Party.name), col(Party.id)) > tuple_(name, literal(after)))
    return list(session.exec(query.limit(limit)))


def one(session: Session, party_id: int, *, lock: bool = False) -> Party:
    """An organisation or authority. Raises NotFound."""
    row = session.get(Party, party_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.kind == "person":
        raise NotFound
    return row


def register(session: Session, by: Actor, typed: Typed) -> Party:
    """A new organisation. Raises NotAllowed, Invalid (every defect at its field)."""
    _admin(by)
    values = _values(typed)
    if problems := _problems(session, values, None):
        raise Invalid(tuple(problems))
    row = Party(key=f"uscc:{values['uscc']}", **values)
    session.add(row)
    session.flush()
    said = Text(f"Party registered: {row.name}", f"登记单位：{row.name}（{row.uscc}）")
    _record(session, by, Event.PARTY_ADDED, row, said)
    return row


def correct(session: Session, by: Actor, party_id: int, typed: Typed) -> Party:
    """Correct a party, with a reason. Raises NotAllowed, NotFound, Invalid."""
    _admin(by)
    row = one(session, party_id, lock=True)
    values = _values(typed)
    problems = _problems(session, values, row)
    if not typed.reason.strip():
        problems.append(Problem("reason", Text("Please give the reason.", "请填写更正原因。")))
    changed = {k: [getattr(row, k), v] for k, v in values.items() if getattr(row, k) != v}
    if not changed and not problems:
        problems.append(Problem("", Text("Nothing is changed.", "没有任何变更。")))
    if problems:
        raise Invalid(tuple(problems))
    for key, value in values.items():
        setattr(row, key, value)
    en = ", ".join(_TITLES[k].en for k in changed)
    zh = "、".join(_TITLES[k].zh for k in changed)
    why = typed.reason.strip()[:500]
    said = Text(f"Party corrected: {row.name}: {en} ({why})", f"更正单位信息：{row.name}，{zh}（{why}）")
    _record(session, by, Event.PARTY_CORRECTED, row, said, changed=changed, reason=why)
    return row


def _admin(by: Actor) -> None:
    if not by.is_any(Role.ADMIN):
        raise NotAllowed(Text("Only an administrator registers parties.", "仅系统管理员可以登记和更正单位。"))


def _values(typed: Typed) -> dict[str, Any]:
    return {
        "name": typed.name.strip(),
        "uscc": str(normalise_code(typed.uscc)) or None,
        "nature": typed.nature.strip(),
        "district": typed.district.strip(),
        "address": typed.address.strip(),
        "is_agency": typed.is_agency,
    }


def _problems(session: Session, values: dict[str, Any], row: Party | None) -> list[Problem]:
    """Defects at their fields. Authorities that never had a code need none."""
    wrong = []
    if not values["name"]:
        wrong.append(Problem("name", Text("Please give the name.", "请填写单位名称。")))
    if values["uscc"] is None:
        if row is None or row.kind == "organisation":
            words = Text("Please give the unified social credit code.", "请填写统一社会信用代码。")
            wrong.append(Problem("uscc", words))
        return wrong
    return wrong + _of_code(session, str(values["uscc"]), row)


def _of_code(session: Session, code: str, row: Party | None) -> list[Problem]:
    try:
        check_uscc(code)
    except ValueError as error:
        return [Problem("uscc", Text("This is no unified social credit code.", f"{error}。"))]
    query = select(Party).where(or_(col(Party.uscc) == code, col(Party.key) == f"uscc:{code}"))
    other = next((p for p in session.exec(query) if row is None or p.id != row.id), None)
    if other is None:
        return []
    words = Text(f"{other.name} has this code.", f"该代码已登记于“{other.name}”。")
    return [Problem("uscc", words)]


def _record(session: Session, by: Actor, event: Event, row: Party, said: Text, **more: Any) -> None:
    data = {"party": row.key, "text": {"zh": said.zh, "en": said.en}, **more}
    audit.record(session, event, actor=by, data=data)
