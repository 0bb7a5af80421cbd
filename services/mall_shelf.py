"""The goods of a member on the shelf and off it: a suspension takes off what is there, and puts back no more than that."""

from sqlmodel import Session, col, select

from models.tables import AuditEvent, Good, MallGood, MallMember
from models.vocabulary.events import Event


def _goods(session: Session, member: MallMember) -> list[Good]:
    theirs = select(MallGood.number).where(MallGood.member_id == member.id)
    return list(session.exec(select(Good).where(col(Good.number).in_(theirs)).order_by(col(Good.id))))


def withhold(session: Session, member: MallMember) -> list[str]:
    """Take the goods of a member off the shelf; the numbers of those that were on it."""
    taken = [good for good in _goods(session, member) if good.active]
    for good in taken:
        good.active = False
    return [good.number for good in taken]


def put_back(session: Session, member: MallMember) -> None:
    """What the last suspension took off the shelf is on it again; what the merchant itself took off stays off."""
    suspended = session.exec(
        select(AuditEvent.data)
        .where(AuditEvent.case_id == member.case_id, AuditEvent.event == Event.MALL_SUSPENDED.value)
        .order_by(col(AuditEvent.id).desc())
    ).first()
    taken = (suspended or {}).get("withheld")
    for good in _goods(session, member):
        good.active = taken is None or good.number in taken


def terms(session: Session, numbers: list[str]) -> dict[str, MallGood]:
    """What a member promised of its goods (how many a person, until when), by number; other goods have no terms."""
    rows = session.exec(select(MallGood).where(col(MallGood.number).in_(numbers)))
    return {row.number: row for row in rows}
