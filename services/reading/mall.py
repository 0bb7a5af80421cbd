"""The mall as the public reads it: who is in, what they offer, what is left (J06, I35)."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.tables import Good, MallGood, MallMember, Party
from models.vocabulary.errors import NotFound
from services import mall


@dataclass(frozen=True)
class Offered:
    """A good with what is left of it; `live` is None before the member is open."""

    terms: MallGood
    live: Good | None


@dataclass(frozen=True)
class Entry:
    """A member with the name of its party."""

    member: MallMember
    party: str


def entries(session: Session, *, q: str = "", mode: str = "") -> list[Entry]:
    """The register, in one query for the names."""
    members = mall.listed(session, q=q, mode=mode)
    names = _names(session, members)
    return [Entry(member, names.get(member.party_id, "")) for member in members]


def entry(session: Session, number: str) -> tuple[Entry, list[Offered]]:
    """One member with its goods.

    Raises:
        NotFound: nobody is in under this number, or not yet.
    """
    member = session.exec(
        select(MallMember).where(MallMember.number == number, MallMember.state != "connecting")
    ).first()
    if member is None:
        raise NotFound
    terms = mall.goods(session, member)
    live = {
        g.number: g for g in session.exec(select(Good).where(col(Good.number).in_([t.number for t in terms])))
    }
    shown = Entry(member, _names(session, [member]).get(member.party_id, ""))
    return shown, [Offered(t, live.get(t.number)) for t in terms]


def _names(session: Session, members: list[MallMember]) -> dict[int, str]:
    ids = {m.party_id for m in members}
    return {p.id or 0: p.name for p in session.exec(select(Party).where(col(Party.id).in_(ids)))}
