"""Named purposes of carbon neutrality that points are donated to 捐赠用途 (J04)."""

from datetime import datetime

from sqlalchemy import case, literal, tuple_
from sqlmodel import Session, col, select

from models.tables import Act, LedgerAccount, Party, Purpose
from models.vocabulary.amounts import CancelPurpose
from models.vocabulary.errors import Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import FILERS
from models.vocabulary.text import Text
from services import audit, clock, ledger, numbering, points, sent
from services.access import Actor
from services.clock import SHANGHAI


def found(
    session: Session,
    actor: Actor,
    title: str,
    use: str,
    closes_at: datetime,
    target: int | None = None,
    *,
    key: str,
) -> Purpose:
    """Open a purpose of the actor's organisation: its own operations, or an event. It has an account of its own.

    Asked again under its key it is the same purpose.

    Raises:
        NotAllowed: no organisation.
        Invalid: no title, an unknown use, or an end that has passed.
        Conflict: another purpose was opened under this key.
    """
    if actor.party_id is None or not actor.is_any(*FILERS):
        raise NotAllowed(Text("Organisations name purposes.", "捐赠用途由单位发起。"))
    asked = {"title": title.strip(), "use": use, "closes": closes_at.isoformat(), "target": target}
    _refuse_odd(title.strip(), use, closes_at, target)
    if (earlier := sent.earlier(session, key, asked)) is not None:
        return one(session, earlier)
    now = clock.now()
    n = numbering.next_number(session, "purpose", now)
    number = f"JZ-{now.astimezone(SHANGHAI).year}-{n:05d}"
    party = Party(key=f"purpose-{number}", name=title.strip(), kind="organisation")
    session.add(party)
    session.flush()
    account = ledger.open_account(session, None, party)
    row = Purpose(
        number=number,
        title=title.strip(),
        use=use,
        organiser_id=actor.party_id,
        account_id=account.id or 0,
        target_points=target,
        closes_at=closes_at,
        made_by=actor.user_id,
    )
    session.add(row)
    sent.keep(session, actor, key, asked, number)
    audit.record(session, Event.LEDGER_GOODS, actor=actor, data={"purpose": number, "what": "opened"})
    return row


def _refuse_odd(title: str, use: str, closes_at: datetime, target: int | None) -> None:
    bad = (
        (
            not 4 <= len(title) <= 80,
            "title",
            "Name it in 4 to 80 characters.",
            "名称应为 4 至 80 个字。",
        ),
        (
            use not in ("operations", "event"),
            "use",
            "Operations or an event.",
            "请选择生产经营活动或大型活动。",
        ),
        (closes_at <= clock.now(), "closes", "This day has passed.", "截止日期应晚于今天。"),
        (target is not None and not 0 < target < 10**15, "target", "Above nothing.", "目标积分应为正整数。"),
    )
    problems = tuple(Problem(loc, Text(en, zh)) for wrong, loc, en, zh in bad if wrong)
    if problems:
        raise Invalid(problems)


def one(session: Session, number: str, *, lock: bool = False) -> Purpose:
    """A purpose by its number. Raises NotFound."""
    query = select(Purpose).where(Purpose.number == number)
    row = session.exec(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound
    return row


def close(session: Session, actor: Actor | None, number: str) -> Act | None:
    """End a purpose: what was donated is cancelled for it, with a certificate. None when nothing was donated.

    Raises:
        NotFound: not the organiser's.
    """
    row = one(session, number, lock=True)
    if actor is not None and actor.party_id != row.organiser_id:
        raise NotFound
    account = session.get_one(LedgerAccount, row.account_id)
    key = f"purpose/{row.number}/close"
    ends = row.closed_at is None
    if ends:
        row.closed_at = clock.now()
        session.add(row)
        session.flush()
    use = CancelPurpose.EVENT if row.use == "event" else CancelPurpose.OPERATIONS
    if have := points.balance(session, account).available:
        act: Act | None = points.cancel(
            session, None, key=key, account=account, amount=have, purpose=use, beneficiary=row.title
        )
    else:
        act = session.exec(select(Act).where(Act.key == key)).first()
    if ends:  # the trail is everybody's, and written to last
        audit.record(session, Event.LEDGER_GOODS, actor=actor, data={"purpose": number, "what": "closed"})
    return act


def close_due(session: Session, limit: int = 100) -> int:
    """End the purposes whose time is over; how many."""
    due = session.exec(
        select(Purpose.number)
        .where(col(Purpose.closed_at).is_(None), col(Purpose.closes_at) <= clock.now())
        .order_by(col(Purpose.id))
        .limit(limit)
    ).all()
    for number in due:
        close(session, None, number)
    return len(due)


def place_of(row: Purpose) -> tuple[int, int]:
    """Where a purpose stands in the list: those that take donations first, then the newest."""
    return int(row.closed_at is None), row.id or 0


def listed(
    session: Session, limit: int = 50, after: tuple[int, int] | None = None
) -> list[tuple[Purpose, str, int]]:
    """Purposes, the open ones first, then the newest: row, organiser, points received.

    Args:
        after: `place_of` the last one before.
    """
    query = select(Purpose, Party.name).join(Party, col(Party.id) == col(Purpose.organiser_id))
    takes, number = case((col(Purpose.closed_at).is_(None), 1), else_=0), col(Purpose.id)
    if after is not None:
        query = query.where(tuple_(takes, number) < tuple_(*map(literal, after)))
    rows = session.exec(query.order_by(takes.desc(), number.desc()).limit(limit)).all()
    got = points.received(session, [p.account_id for p, _ in rows])
    return [(p, name, got.get(p.account_id, 0)) for p, name in rows]


def taking(session: Session) -> list[Purpose]:
    """Every purpose that takes donations now, the newest first."""
    query = select(Purpose).where(col(Purpose.closed_at).is_(None), col(Purpose.closes_at) > clock.now())
    return list(session.exec(query.order_by(col(Purpose.id).desc())))
