"""The ledger on screen: whose accounts, what moved and why, lots in public, the whole at a glance (M11)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import LedgerAccount, Lot, Party, Position, Project
from models.vocabulary.errors import NotFound
from models.vocabulary.roles import Role
from services.access import Actor
from services.clock import SHANGHAI

#: Who sees every account.
WATCHERS = frozenset({Role.ISSUER, Role.SUPERVISOR, Role.AUDITOR, Role.BUREAU, Role.EXCHANGE})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Movement:
    """A line of a statement; grams or points. `balance` is what the account had of it afterwards."""

    at: datetime
    xid: int
    id: UUID
    act_id: UUID
    kind: str
    reason: str
    points: bool
    lot: str
    method_class: str
    other: str
    other_name: str
    came: int
    went: int
    held: int
    balance: int
    certificate: str
    code: str
    case_no: str

    @property
    def cursor(self) -> str:
        micros = (self.at - EPOCH) // timedelta(microseconds=1)
        return f"{micros}.{self.xid}.{int(self.went > 0)}.{self.id}"


@dataclass(frozen=True)
class Wanted:
    """Filters of a statement: kind of act, lot (or "PT"), days in Shanghai, both included."""

    kind: str = ""
    lot: str = ""
    first: date | None = None
    last: date | None = None
    cursor: str = ""


_MOVEMENTS = """
    with mine as (
        select t.at, a.xid, t.id, a.id as act_id, a.kind, a.reason, k.kind = 'PT' as points, coalesce(l.number, '') as lot,
               k.method_class, case when p.id = t.to_id then t.from_id else t.to_id end as other, t.book_id, a.case_id,
               case when t.move in ('direct', 'post') and t.to_id = p.id then t.amount else 0 end as came,
               case when t.move in ('direct', 'post') and t.from_id = p.id then t.amount else 0 end as went,
               case when t.from_id <> p.id then 0 when t.move = 'pending' then t.amount
                    when t.move in ('post', 'void') then -h.amount else 0 end as held
          from ledger.position p join ledger.book k on k.id = p.book_id left join ledger.lot l on l.book_id = p.book_id
          join ledger.transfer t on t.from_id = p.id or t.to_id = p.id
          join ledger.act a on a.id = t.act_id left join ledger.transfer h on h.id = t.pending_id
         where p.account_id = :account),
    running as (
        select mine.*, sum(came - went) over (partition by book_id order by at, xid, went > 0, id) as balance from mine)
    select r.at, r.xid::text::bigint, r.id, r.act_id, r.kind, r.reason, r.points, r.lot, r.method_class,
           coalesce(o.number, q.kind), coalesce(case when y.kind = 'person' then left(y.name, 1) || '**' else y.name end, ''),
           r.came, r.went, r.held, r.balance::bigint, coalesce(c.number, ''), coalesce(c.code, ''), coalesce(f.case_no, '')
      from running r join ledger.position q on q.id = r.other left join ledger.account o on o.id = q.account_id
      left join public.party y on y.id = o.party_id left join ledger.certificate c on c.act_id = r.act_id
      left join public.case_file f on f.id = r.case_id
     where (cast(:kind as text) = '' or r.kind = :kind)
       and (cast(:lot as text) = '' or r.lot = :lot or (:lot = 'PT' and r.points))
       and (cast(:since as timestamptz) is null or r.at >= :since)
       and (cast(:until as timestamptz) is null or r.at < :until)
       and (cast(:at as timestamptz) is null or (r.at, r.xid, r.went > 0, r.id)
            < (:at, cast(cast(:xid as text) as xid8), cast(:spent as boolean), cast(:id as uuid)))
     order by r.at desc, r.xid desc, r.went > 0 desc, r.id desc limit :limit"""
_CURSOR = re.compile(
    r"([0-9]{1,17})\.([0-9]{1,18})\.([01])\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)


def account_for(session: Session, actor: Actor, number: str) -> LedgerAccount:
    """The account, for its holder and those who watch over the ledger. Raises NotFound."""
    found = session.exec(select(LedgerAccount).where(LedgerAccount.number == number)).first()
    if found is None or not (actor.is_any(*WATCHERS) or _holds(actor, found)):
        raise NotFound
    return found


def own_account(session: Session, actor: Actor, number: str) -> LedgerAccount:
    """The account, for its holder only. Raises NotFound."""
    found = account_for(session, actor, number)
    if not _holds(actor, found):
        raise NotFound
    return found


def _holds(actor: Actor, account: LedgerAccount) -> bool:
    return actor.party_id is not None and actor.party_id == account.party_id


def accounts_of(session: Session, actor: Actor) -> list[LedgerAccount]:
    """The actor's own accounts."""
    if actor.party_id is None:
        return []
    return list(session.exec(select(LedgerAccount).where(LedgerAccount.party_id == actor.party_id)))


def lots_of(session: Session, account: LedgerAccount) -> list[str]:
    """Numbers of the lots the account has or had, in the order of its holdings."""
    query = (
        select(Lot.number)
        .join(Position, col(Position.book_id) == col(Lot.book_id))
        .where(Position.account_id == account.id)
    )
    return list(session.exec(query.order_by(col(Lot.vintage), col(Lot.number))))


def holder_name(session: Session, actor: Actor, account: LedgerAccount) -> str:
    """The name on the account; of somebody else's natural person the first character (M10)."""
    name = session.get_one(Party, account.party_id).name
    return f"{name[:1]}**" if account.kind == "person" and not _holds(actor, account) else name


def movements(
    session: Session, account: LedgerAccount, wanted: Wanted, limit: int | None = 50
) -> Iterator[Movement]:
    """The account's movements, newest first; without a limit they come in parts, for files.

    Of what was posted together, what came in comes before what went out: a balance never goes below nothing on the way.
    """
    at, xid, spent, last = _split(wanted.cursor)
    asked = {
        "account": account.id,
        "kind": wanted.kind,
        "lot": wanted.lot,
        "since": _day(wanted.first),
        "until": _day(wanted.last, 1),
        "at": at,
        "xid": xid,
        "spent": spent,
        "id": last,
        "limit": limit,
    }
    options = {"yield_per": 1000} if limit is None else {}
    rows = session.connection().execute(text(_MOVEMENTS), asked, execution_options=options)
    return (Movement(*row) for row in rows)


def _split(cursor: str) -> tuple[datetime | None, str | None, bool | None, str | None]:
    if not cursor:
        return None, None, None, None
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise NotFound
    return EPOCH + timedelta(microseconds=int(match[1])), match[2], match[3] == "1", match[4]


def _day(day: date | None, plus: int = 0) -> datetime | None:
    """The first instant of a day, or of the next one; after the last of all days there is none."""
    if day is None or (plus and day == date.max):
        return None
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=plus)


@dataclass(frozen=True)
class LotRow:
    """A lot and where its grams are: issued = held + pooled + cancelled + withdrawn (I01)."""

    number: str
    origin: str
    origin_kind: str
    methodology: str
    method_class: str
    vintage: int
    approved_g: int
    issued_g: int
    held_g: int
    frozen_g: int
    pooled_g: int
    cancelled_g: int
    withdrawn_g: int
    holders: int
    book_id: int

    @property
    def adds_up(self) -> bool:
        return self.issued_g == self.held_g + self.pooled_g + self.cancelled_g + self.withdrawn_g


_LOTS = text("""
    select l.number, l.origin_number, l.origin_kind, trim(l.methodology || ' ' || l.methodology_version), l.method_class,
           l.vintage, l.approved_g,
           -coalesce(sum(b.posted) filter (where b.kind = 'issuance'), 0)::bigint,
           coalesce(sum(b.posted) filter (where b.kind = 'holder'), 0)::bigint,
           coalesce(sum(b.held) filter (where b.kind = 'holder'), 0)::bigint,
           coalesce(sum(b.posted) filter (where b.kind = 'pool'), 0)::bigint,
           coalesce(sum(b.posted) filter (where b.kind = 'cancelled'), 0)::bigint,
           coalesce(sum(b.posted) filter (where b.kind = 'withdrawn'), 0)::bigint,
           count(*) filter (where b.kind = 'holder' and b.posted > 0), l.book_id
      from ledger.lot l join ledger.balance b on b.book_id = l.book_id
     where (cast(:number as text) = '' or l.number = :number) and (cast(:below as int) is null or l.book_id < :below)
     group by l.book_id order by l.book_id desc limit :limit""")
_TOTALS = text("""
    select coalesce(-sum(b.posted) filter (where b.kind = 'issuance'), 0)::bigint,
           coalesce(sum(b.posted) filter (where b.kind = 'holder' and k.kind = 'ER'), 0)::bigint,
           coalesce(sum(b.posted) filter (where b.kind = 'pool'), 0)::bigint,
           coalesce(sum(b.posted) filter (where b.kind = 'cancelled'), 0)::bigint,
           coalesce(sum(b.posted) filter (where b.kind = 'withdrawn'), 0)::bigint,
           coalesce(sum(b.posted) filter (where b.kind = 'holder' and k.kind = 'PT'), 0)::bigint
      from ledger.balance b join ledger.book k on k.id = b.book_id""")
_ACCOUNTS = text("""
    select a.id, a.number, a.kind, case when y.kind = 'person' then left(y.name, 1) || '**' else y.name end, y.account_active,
           coalesce(sum(b.posted) filter (where k.kind = 'ER'), 0)::bigint, coalesce(sum(b.held) filter (where k.kind = 'ER'), 0)::bigint,
           coalesce(sum(b.posted) filter (where k.kind = 'PT'), 0)::bigint
      from (select * from ledger.account where (cast(:below as bigint) is null or id < :below)
               and (cast(:q as text) = '' or number ilike :like or party_id in (
                    select id from public.party where kind <> 'person' and name ilike :like))
             order by id desc limit :limit) a
      join public.party y on y.id = a.party_id left join ledger.position p on p.account_id = a.id
      left join ledger.balance b on b.position_id = p.id left join ledger.book k on k.id = p.book_id
     group by a.id, a.number, a.kind, y.kind, y.name, y.account_active order by a.id desc""")
_SERIALS = text("""
    select p.kind, min(lower(s.grams)), max(upper(s.grams) - 1), count(*) from ledger.serial_block s
      join ledger.position p on p.id = s.position_id where s.book_id = :book group by p.kind order by p.kind""")


@dataclass(frozen=True)
class Totals:
    """The whole ledger, in grams; points apart."""

    issued_g: int
    held_g: int
    pooled_g: int
    cancelled_g: int
    withdrawn_g: int
    points: int

    @property
    def adds_up(self) -> bool:
        whole = self.held_g + self.pooled_g + self.cancelled_g + self.withdrawn_g
        return self.issued_g == whole and self.pooled_g == self.points


@dataclass(frozen=True)
class AccountRow:
    """An account in the overview."""

    id: int
    number: str
    kind: str
    holder: str
    active: bool
    reductions_g: int
    frozen_g: int
    points: int


def totals(session: Session) -> Totals:
    """Everything issued and where it is."""
    return Totals(*session.connection().execute(_TOTALS).one())


def lots(session: Session, limit: int = 50, below: int | None = None) -> list[LotRow]:
    """Lots, the newest first."""
    asked = {"number": "", "below": below, "limit": limit}
    return [LotRow(*row) for row in session.connection().execute(_LOTS, asked)]


def accounts(session: Session, q: str = "", limit: int = 50, below: int | None = None) -> list[AccountRow]:
    """Accounts by number or holder, the newest first; persons are found by number only."""
    plain = q.replace("\x00", "").strip()[:60]
    like = "%" + re.sub(r"([%_\\])", r"\\\1", plain) + "%"
    asked = {"below": below, "limit": limit, "q": plain, "like": like}
    return [AccountRow(*row) for row in session.connection().execute(_ACCOUNTS, asked)]


@dataclass(frozen=True)
class LotPage:
    """What anybody may know of a lot. `serials`: kind of place, first, last, blocks."""

    row: LotRow
    lot: Lot
    project: Project
    period: tuple[date, date]
    serials: list[tuple[str, int, int, int]]


def lot_page(session: Session, number: str) -> LotPage:
    """A lot by its number. Raises NotFound."""
    lot = session.exec(select(Lot).where(Lot.number == number.replace("\x00", ""))).first()
    if lot is None:
        raise NotFound
    (row,) = session.connection().execute(_LOTS, {"number": lot.number, "below": None, "limit": 1})
    blocks = session.connection().execute(_SERIALS, {"book": lot.book_id}).all() if lot.numbered else []
    period = lot.period.lower, lot.period.upper - timedelta(days=1)
    project = session.get_one(Project, lot.origin_id)
    return LotPage(LotRow(*row), lot, project, period, [(r[0], r[1], r[2], r[3]) for r in blocks])


def lots_of_origin(session: Session, number: str) -> list[Any]:
    """Numbers and amounts of the lots of a project or scenario."""
    return list(session.exec(select(Lot).where(Lot.origin_number == number).order_by(Lot.number)))
