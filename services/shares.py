"""Who shares in the reductions of a project 减排量收益分配, as the letter of entrustment names them (G08).

A party is named in words; it is the applicant, the principal, or an organisation that is registered. Whoever cannot be
found, or not for certain, is nobody: what is theirs waits for them, and is never given to another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, Party
from models.vocabulary.errors import Problem
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from services import paths

HUNDRED = Decimal(100)
SPLIT = "entrustment.benefit_split"


@dataclass(frozen=True)
class Share:
    """A part of the reductions.

    Args:
        party: None where nobody is found under the name, or more than one.
    """

    name: str
    pct: Decimal
    party: Party | None


def of_case(session: Session, origin: Case) -> list[Share]:
    """Who receives what part, as the application has it; the applicant all where it acts for nobody."""
    rows = list(_rows(origin))
    filer = session.get_one(Party, origin.filer_id)
    if not rows:
        return [Share(filer.name, HUNDRED, filer)]
    principal = session.get(Party, origin.principal_id) if origin.principal_id else None
    sides = dict(_sides(origin, filer, principal))
    found = []
    for _, name, pct in rows:
        party = sides.get(name) or _only(_registered(session, name) or _formerly(session, name))
        found.append(Share(name, Decimal(str(pct)), party))
    return found


def problems(session: Session, case: Case) -> list[Problem]:
    """What is wrong with the names as they are filed, each at its row; the principal may not be registered yet."""
    filer = session.get_one(Party, case.filer_id)
    code = paths.first(case.form, "entrustment.principal_uscc")
    known = session.exec(select(Party).where(Party.uscc == str(code))).first() if code else None
    principal = known or Party(id=0, key="", name="")
    sides = dict(_sides(case, filer, principal))
    taken: dict[int | None, str] = {}
    found = []
    for row, name, _ in _rows(case):
        registered = [sides[name]] if name in sides else _registered(session, name)
        party = _only(registered)
        if party is None:
            found.append(_wrong(row, _unknown(name, bool(registered))))
        elif taken.setdefault(party.id, name) != name:  # the same name twice is told by the form itself
            found.append(_wrong(row, _TWICE))
    return found


def _rows(case: Case) -> Iterator[tuple[int, str, Any]]:
    for n, row in enumerate(paths.get(case.form, f"{SPLIT}.*")):
        if isinstance(row, dict) and (name := str(row.get("party") or "").strip()):
            yield n, name, row.get("pct")


def _sides(case: Case, filer: Party, principal: Party | None) -> Iterator[tuple[str, Party]]:
    """The applicant and the principal, by what the form calls them and by what they are registered as."""
    if principal is not None:
        yield principal.name, principal
        yield str(paths.first(case.form, "entrustment.principal_name") or "").strip(), principal
    yield str(paths.first(case.form, "applicant.applicant_name") or "").strip(), filer
    yield filer.name, filer


def _registered(session: Session, name: str) -> list[Party]:
    """Organisations of this name. A natural person is not told from others by a name."""
    return list(session.exec(select(Party).where(Party.name == name, Party.kind != "person").limit(2)))


def _formerly(session: Session, name: str) -> list[Party]:
    """Organisations that were registered under this name, and were called otherwise since."""
    data: Any = col(AuditEvent.data)
    keys = select(data["party"].astext).where(
        AuditEvent.event == Event.PARTY_CORRECTED.value, data["changed"]["name"][0].astext == name
    )
    return list(session.exec(select(Party).where(col(Party.key).in_(keys), Party.kind != "person").limit(2)))


def _only(found: list[Party]) -> Party | None:
    return found[0] if len(found) == 1 else None


_TWICE = Text("This party is listed already; please merge the two.", "与上面的分配方是同一单位，请合并。")


def _unknown(name: str, several: bool) -> Text:
    if several:
        return Text(
            f"More than one organisation is registered as “{name}”; ask the centre which of them is meant.",
            f"名为“{name}”的登记单位不止一个，无法确定分配方，请联系市减污降碳中心核实登记信息。",
        )
    return Text(
        f"There is no “{name}”: name the applicant, the principal or a registered organisation as it is registered.",
        f"未找到分配方“{name}”：应为申请主体、委托方或者已登记的单位，名称须与登记名称一致；"
        "尚未登记的，请先联系市减污降碳中心登记。",
    )


def _wrong(row: int, words: Text) -> Problem:
    return Problem(f"{SPLIT}.{row}.party", words)


def waiting(name: str, pct: Decimal) -> Text:
    """What stands against giving somebody their part, and what is to be done."""
    part = f"{pct.normalize():f}"
    return Text(
        f"“{name}” shares in these reductions with {part} % and is not found as one registered organisation; "
        "nothing is issued until an administrator has registered it under this name.",
        f"分配方“{name}”（{part}%）没有唯一对应的登记单位，登记后方可签发；请联系系统管理员以该名称登记。",
    )
