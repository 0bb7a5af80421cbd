"""The goods of a member on the shelf and off it: a suspension takes off what is there, and puts back no more than that.

A merchant may offer goods beside those it was admitted with. They keep their stock, and while the exchange has the
merchant suspended or taken out nobody sees or orders them. What was ordered before stays owed (`services.rewards`).
"""

from sqlalchemy import and_, func, not_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.tables import AuditEvent, Good, MallGood, MallMember
from models.vocabulary.errors import Conflict
from models.vocabulary.events import Event
from models.vocabulary.text import Text


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


def shut_out() -> SelectOfScalar[int]:
    """Parties that are suspended or have left, and are in the mall in no other way (J10).

    Whoever never joined is not among them, nor is whose event has ended as planned.
    """
    left = and_(col(MallMember.state) == "exited", col(MallMember.closes_at).is_(None))
    gone = func.bool_or(left | (col(MallMember.state) == "suspended"))
    there = func.bool_or(col(MallMember.state) == "online")
    return select(MallMember.party_id).group_by(col(MallMember.party_id)).having(and_(gone, not_(there)))


def refuse_shut_out(session: Session, what: Good) -> None:
    """Nothing of a merchant that is suspended or has left is ordered. Raises Conflict."""
    if session.exec(shut_out().where(MallMember.party_id == what.merchant_id)).first() is not None:
        raise Conflict(
            Text(
                "The merchant is suspended in the mall or has left it; nothing can be ordered for now.",
                "该权益方在商城中已暂停或退出，暂不能兑换。",
            ),
            "changed",
        )
