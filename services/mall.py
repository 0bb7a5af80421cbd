"""The register of the mall 商城入驻登记: who is in, when it is open, what may be redeemed there (J06, J10, I26)."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.procedures import PROCEDURES
from models.tables import Case, Good, MallGood, MallMember
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from models.vocabulary.types import mask_text
from services import audit, clock, mall_shelf, numbering
from services.access import Actor
from services.clock import SHANGHAI
from services.settings import settings

#: States of a member, with the words people see.
STATES: dict[str, Text] = {
    "connecting": Text("Preparing", "筹备中"),
    "online": Text("Open", "已上线"),
    "suspended": Text("Suspended", "暂停"),
    "exited": Text("Left", "已退出"),
}


def of_case(session: Session, case: Case) -> MallMember | None:
    """The member a case has made, if it has."""
    return session.exec(select(MallMember).where(MallMember.case_id == case.id)).first()


def admit(session: Session, case: Case, now: datetime) -> MallMember:
    """Enter the merchant in the register with its goods; it is not open yet. Admitting twice is admitting once."""
    if (found := of_case(session, case)) is not None:
        return found
    form = case.form
    opens, closes = window(form, now)
    event = form.get("event") or {}
    prefix = PROCEDURES[case.procedure].prefix
    year = now.astimezone(SHANGHAI).year
    member = MallMember(
        number=f"SHPH-{prefix}-{year}-{numbering.next_number(session, 'public.' + prefix, now):04d}",
        case_id=case.id,
        party_id=case.filer_id,
        name=mask_text(case.title),
        mode=str(form["mode"]),
        scope=str((form.get("sub_platform") or {}).get("scope") or ""),
        url=str((form.get("system") or {}).get("url") or ""),
        opens_at=opens,
        closes_at=closes,
        quota=event.get("quota"),
        created_at=now,
    )
    session.add(member)
    session.flush()
    session.add_all(_good(member, no, row) for no, row in enumerate(form["goods_plan"], 1))
    session.flush()
    _told(session, Event.MALL_ADMITTED, case, member, "登记入驻，编号", "Entered in the register as")
    return member


def _good(member: MallMember, no: int, row: dict[str, Any]) -> MallGood:
    return MallGood(
        number=f"{member.number}-{no:02d}",
        member_id=member.id or 0,
        category=row["category"],
        name=mask_text(row["name"]),
        face_value_yuan=row["face_value_yuan"],
        points_price=row["points_price"],
        stock=row["stock"],
        per_person=row.get("per_person"),
        available_from=_midnight(row.get("available_from")),
        available_to=_midnight(row.get("available_to"), after=1),
    )


def window(form: dict[str, Any], now: datetime) -> tuple[datetime | None, datetime | None]:
    """From the first instant of an event to its last; (None, None) for a lasting mode.

    On the demonstration clock a day of the event lasts as long as a working day does.
    """
    event = form.get("event")
    if not event:
        return None, None
    opens, closes = _midnight(event["starts_on"]), _midnight(event["ends_on"], after=1)
    seconds = settings().working_day_seconds
    if seconds and opens and closes:
        ahead = max((opens.astimezone(SHANGHAI).date() - now.astimezone(SHANGHAI).date()).days, 0)
        opens, length = now + timedelta(seconds=ahead * seconds), (closes - opens).days
        closes = opens + timedelta(seconds=length * seconds)
    return opens, closes


def _midnight(day: str | None, after: int = 0) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=after), time.min, SHANGHAI)


def open_up(session: Session, case: Case, now: datetime) -> MallMember:
    """The member is open from now on, its goods can be redeemed (J10).

    Raises:
        Conflict: it is not in the register, or has left.
    """
    member = _locked(session, of_case(session, case))
    if member.state == "exited":
        raise Conflict(
            Text(f"{member.number} has left the mall.", f"{member.number} 已退出商城，不能上线。"), "changed"
        )
    if member.state == "connecting":
        member.state, member.online_at = "online", now
        for good in goods(session, member):
            _offer(session, member, good, now)
        _told(session, Event.MALL_ONLINE, case, member, "商城上线，编号", "Open in the mall:")
    return member


def _offer(session: Session, member: MallMember, good: MallGood, now: datetime) -> None:
    """What is redeemed, under the number of what was admitted."""
    if session.exec(select(Good).where(Good.number == good.number)).first() is None:
        session.add(
            Good(
                number=good.number,
                merchant_id=member.party_id,
                title=good.name,
                points=good.points_price,
                stock=good.stock,
                at=now,
            )
        )


def close_down(session: Session, case: Case, now: datetime, note: str) -> MallMember:
    """The member has left: nothing more is redeemed. Closing twice is closing once."""
    member = _locked(session, of_case(session, case))
    if member.state != "exited":
        member.state, member.exited_at, member.note = "exited", now, note
        mall_shelf.withhold(session, member)
        _told(session, Event.MALL_CLOSED, case, member, f"{note}，商城关闭，编号", "Closed in the mall:")
    return member


def case_ended(session: Session, case: Case) -> None:
    """A case that ends without success leaves no half-open member behind, and no event that nobody would close."""
    member = of_case(session, case)
    if member is not None and (member.state == "connecting" or member.closes_at is not None):
        close_down(session, case, clock.now(), "申请终止")


def goods(session: Session, member: MallMember) -> list[MallGood]:
    """The goods a member was admitted with."""
    return list(
        session.exec(select(MallGood).where(MallGood.member_id == member.id).order_by(col(MallGood.id)))
    )


def is_running(member: MallMember, at: datetime) -> bool:
    """Is its event under way? Stock and rules stand still meanwhile (I26)."""
    if member.opens_at is None or member.closes_at is None:
        return False
    return member.state in ("online", "suspended") and member.opens_at <= at < member.closes_at


def may_redeem(session: Session, member: MallMember, at: datetime, quantity: int) -> Text | None:
    """None when so many pieces may be redeemed at that instant; else why not (I26).

    Args:
        at: the instant of the order. quantity: pieces ordered, 1 or more.
    Whoever counts the pieces afterwards calls :func:`count`, which asks again with the row locked.
    """
    if quantity < 1:
        return Text("Order one piece or more.", "兑换数量应为一件以上。")
    if member.state != "online":
        return Text(
            f"“{member.name}” is not open ({STATES[member.state].en.lower()}).",
            f"“{member.name}”{STATES[member.state].zh}，暂不能兑换。",
        )
    if member.opens_at is not None and at < member.opens_at:
        return Text(f"“{member.name}” has not begun.", f"“{member.name}”尚未开始，请在活动期内兑换。")
    if member.closes_at is not None and at >= member.closes_at:
        return Text(f"“{member.name}” is over.", f"“{member.name}”已结束，不能兑换。")
    left = None if member.quota is None else member.quota - member.redeemed
    if left is not None and quantity > left:
        return Text(
            f"“{member.name}” has {left} pieces left.", f"“{member.name}”仅余 {left} 件，请减少数量。"
        )
    return None


def count(session: Session, good_number: str, at: datetime, quantity: int, had: int = 0) -> MallMember | None:
    """Count a redemption against its member, in the transaction that takes the stock.

    Args:
        good_number: of the good redeemed. had: pieces of it the person has redeemed before.
    Returns:
        The member; None for a good that nobody was admitted with.

    Raises:
        Conflict: outside the window, above the quota, over the limit a person, or not open (I26).
    """
    good = session.exec(select(MallGood).where(MallGood.number == good_number)).first()
    if good is None:
        return None
    member = _locked(session, session.get(MallMember, good.member_id))
    why = may_redeem(session, member, at, quantity) or _good_refuses(good, at, quantity, had)
    if why is not None:
        raise Conflict(why, "changed")
    member.redeemed += quantity
    session.flush()
    return member


def give_back(session: Session, good_number: str, quantity: int) -> None:
    """A redemption that is undone counts no longer."""
    good = session.exec(select(MallGood).where(MallGood.number == good_number)).first()
    if good is not None:
        member = _locked(session, session.get(MallMember, good.member_id))
        member.redeemed = max(member.redeemed - quantity, 0)


def _good_refuses(good: MallGood, at: datetime, quantity: int, had: int) -> Text | None:
    if good.available_from is not None and at < good.available_from:
        return Text(f"“{good.name}” is not on offer yet.", f"“{good.name}”尚未开始兑换。")
    if good.available_to is not None and at >= good.available_to:
        return Text(f"“{good.name}” is no longer on offer.", f"“{good.name}”已停止兑换。")
    if good.per_person is not None and had + quantity > good.per_person:
        return Text(
            f"No more than {good.per_person} of “{good.name}” a person.",
            f"“{good.name}”每人限兑 {good.per_person} 件，您已兑换 {had} 件。",
        )
    return None


def change_good(
    session: Session,
    actor: Actor,
    number: str,
    *,
    stock: int | None = None,
    points: int | None = None,
    active: bool | None = None,
) -> Good:
    """The merchant keeps its goods: stock, price, on the shelf or off it.

    Args:
        stock: pieces left, 0 or more. points: price of one, above 0.

    Raises:
        NotFound, NotAllowed: not this merchant's. Conflict: its event is under way (I26). Invalid: the numbers.
    """
    if not actor.is_any(Role.MERCHANT):
        raise NotAllowed(Text("Only the merchant can change its goods.", "仅权益方可以变更其权益。"))
    member = refuse_while_running(session, number)
    good = session.exec(select(Good).where(Good.number == number).with_for_update()).first()
    if member is None or good is None or actor.party_id != good.merchant_id:
        raise NotFound
    problems = _wrong(stock, points)
    if problems:
        raise Invalid(tuple(problems))
    good.stock = good.stock if stock is None else stock
    good.points = good.points if points is None else points
    good.active = good.active if active is None else active and member.state == "online"
    session.flush()
    audit.record(
        session,
        Event.MALL_GOOD_CHANGED,
        case=session.get(Case, member.case_id),
        actor=actor,
        data={"good": number, "stock": good.stock, "points": good.points, "active": good.active},
    )
    return good


def refuse_while_running(session: Session, good_number: str) -> MallMember | None:
    """The member behind a good, locked; None for a good that nobody was admitted with.

    Raises:
        Conflict: its event is under way, stock and rules stand still (I26).
    """
    terms = session.exec(select(MallGood).where(MallGood.number == good_number)).first()
    if terms is None:
        return None
    member = _locked(session, session.get(MallMember, terms.member_id))
    if is_running(member, clock.now()):
        raise Conflict(
            Text(
                f"{member.number}: stock and rules stand still while the event runs.",
                f"{member.number} 活动进行中，库存和规则已锁定，活动结束前不能变更。",
            ),
            "changed",
        )
    return member


def _wrong(stock: int | None, points: int | None) -> list[Problem]:
    found = []
    if stock is not None and stock < 0:
        found.append(Problem("stock", Text("Stock is 0 or more.", "库存不能为负数。")))
    if points is not None and points < 1:
        found.append(Problem("points", Text("The price is above 0.", "积分价格应为正整数。")))
    return found


def suspend(session: Session, actor: Actor, number: str, reason: str) -> MallMember:
    """The exchange stops redemptions of a member for a time."""
    member = _kept(session, actor, number, reason, "online")
    member.state, member.note = "suspended", reason.strip()
    _kept_told(session, actor, Event.MALL_SUSPENDED, member, withheld=mall_shelf.withhold(session, member))
    return member


def resume(session: Session, actor: Actor, number: str, reason: str) -> MallMember:
    """The exchange lets a suspended member go on."""
    member = _kept(session, actor, number, reason, "suspended")
    member.state, member.note = "online", ""
    mall_shelf.put_back(session, member)
    _kept_told(session, actor, Event.MALL_RESUMED, member)
    return member


def leave(session: Session, actor: Actor, number: str, reason: str) -> MallMember:
    """The exchange takes a member out of the mall; what was ordered stays owed."""
    member = _kept(session, actor, number, reason, "online", "suspended")
    member.state, member.exited_at, member.note = "exited", clock.now(), reason.strip()
    mall_shelf.withhold(session, member)
    _kept_told(session, actor, Event.MALL_CLOSED, member)
    return member


def _kept(session: Session, actor: Actor, number: str, reason: str, *states: str) -> MallMember:
    """The member, locked, for an act of the exchange on one in these states."""
    if not actor.is_any(Role.MALL):
        raise NotAllowed(
            Text("Only the exchange's mall desk can do this.", "仅环交所商城人员可以进行此项操作。")
        )
    if not reason.strip():
        raise Invalid((Problem("reason", Text("Please give the reason.", "请填写原因。")),))
    member = _locked(session, session.exec(select(MallMember).where(MallMember.number == number)).first())
    if member.state not in states:
        raise Conflict(
            Text(
                f"{number} is {STATES[member.state].en.lower()}.",
                f"{number} 当前状态为“{STATES[member.state].zh}”。",
            ),
            "changed",
        )
    return member


def _locked(session: Session, member: MallMember | None) -> MallMember:
    if member is None:
        raise NotFound
    return session.exec(
        select(MallMember)
        .where(MallMember.id == member.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _told(session: Session, event: Event, case: Case, member: MallMember, zh: str, en: str) -> None:
    said = {"zh": f"{zh} {member.number}", "en": f"{en} {member.number}"}
    audit.record(session, event, case=case, public=True, data={"member": member.number, "text": said})


def _kept_told(session: Session, actor: Actor, event: Event, member: MallMember, **more: Any) -> None:
    case = session.get_one(Case, member.case_id)
    audit.record(
        session,
        event,
        case=case,
        actor=actor,
        public=True,
        data={"member": member.number, "note": member.note, **more},
    )


def listed(session: Session, *, q: str = "", mode: str = "") -> list[MallMember]:
    """What the public sees: open ones first, newest first; those still preparing are shown once they open."""
    query = select(MallMember).where(col(MallMember.state) != "connecting")
    if mode:
        query = query.where(MallMember.mode == mode)
    if word := q.replace("\x00", "").strip():
        query = query.where(col(MallMember.name).icontains(word, autoescape=True))
    opened = col(MallMember.online_at).desc().nulls_last()
    return list(
        session.exec(query.order_by(col(MallMember.state) != "online", opened, col(MallMember.id).desc()))
    )
