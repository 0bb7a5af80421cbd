"""The ledger as people read it: holdings, statements, serials, circulation, and the proof that it adds up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import LedgerAccount, Lot, Position, SerialBlock
from models.vocabulary.amounts import ACTS, tonnes
from services import exports
from services.clock import SHANGHAI
from services.ledger_certificates import serial_words


@dataclass(frozen=True)
class Holding:
    """What an account has in one lot; grams."""

    lot: str
    origin: str
    origin_kind: str
    methodology: str
    method_class: str
    vintage: int
    period_from: date
    period_to: date
    posted_g: int
    frozen_g: int

    @property
    def available_g(self) -> int:
        return self.posted_g - self.frozen_g


@dataclass(frozen=True)
class Line:
    """A line of a statement; grams. `balance_g` is what the account had in the lot afterwards."""

    at: datetime
    act_id: UUID
    kind: str
    lot: str
    counterparty: str
    in_g: int
    out_g: int
    frozen_g: int
    balance_g: int
    reason: str


@dataclass(frozen=True)
class Circulation:
    """Where the grams of a lot are: issued = held + cancelled + withdrawn + pooled (I01)."""

    approved_g: int
    issued_g: int
    held_g: int
    frozen_g: int
    cancelled_g: int
    withdrawn_g: int
    pooled_g: int


_HOLDINGS = text("""
    select l.number, l.origin_number, l.origin_kind, l.methodology, l.methodology_version, l.method_class,
           l.vintage, lower(l.period), upper(l.period) - 1, s.posted, s.held
      from ledger.position p join ledger.lot l on l.book_id = p.book_id
      cross join lateral (
        select coalesce(sum(case when t.move in ('direct', 'post') and t.to_id = p.id then t.amount
                                 when t.move in ('direct', 'post') then -t.amount else 0 end), 0)::bigint as posted,
               coalesce(sum(case when t.from_id <> p.id then 0 when t.move = 'pending' then t.amount
                                 when t.move in ('post', 'void') then -h.amount else 0 end), 0)::bigint as held
          from ledger.transfer t left join ledger.transfer h on h.id = t.pending_id
         where (t.from_id = p.id or t.to_id = p.id) and t.at <= :at) s
     where p.account_id = :account and (s.posted <> 0 or s.held <> 0)
     order by l.vintage, l.number""")
_HOLDINGS_NOW = text("""
    select l.number, l.origin_number, l.origin_kind, l.methodology, l.methodology_version, l.method_class,
           l.vintage, lower(l.period), upper(l.period) - 1, b.posted, b.held
      from ledger.position p join ledger.balance b on b.position_id = p.id join ledger.lot l on l.book_id = p.book_id
     where p.account_id = :account and (b.posted <> 0 or b.held <> 0)
     order by l.vintage, l.number""")
_STATEMENT = text("""
    with mine as (
        select t.at, t.id, a.id as act_id, a.kind, l.number, a.reason,
               case when p.id = t.to_id then t.from_id else t.to_id end as other,
               case when t.move in ('direct', 'post') and t.to_id = p.id then t.amount else 0 end as came,
               case when t.move in ('direct', 'post') and t.from_id = p.id then t.amount else 0 end as went,
               case when t.from_id <> p.id then 0 when t.move = 'pending' then t.amount
                    when t.move in ('post', 'void') then -h.amount else 0 end as held,
               l.book_id, a.xid
          from ledger.position p join ledger.lot l on l.book_id = p.book_id
          join ledger.transfer t on t.from_id = p.id or t.to_id = p.id
          join ledger.act a on a.id = t.act_id left join ledger.transfer h on h.id = t.pending_id
         where p.account_id = :account),
    running as (
        select mine.*, sum(came - went) over (partition by book_id order by at, xid, went > 0, id) as balance from mine)
    select r.at, r.act_id, r.kind, r.number, coalesce(o.number, q.kind), r.came, r.went, r.held, r.balance::bigint, r.reason
      from running r join ledger.position q on q.id = r.other left join ledger.account o on o.id = q.account_id
     where r.at >= :since and r.at < :until and (cast(:lot as text) is null or r.number = :lot)
     order by r.at, r.xid, r.went > 0, r.id""")
_CIRCULATION = text("""
    select l.approved_g,
           -coalesce(sum(b.posted) filter (where b.kind = 'issuance'), 0),
           coalesce(sum(b.posted) filter (where b.kind = 'holder'), 0),
           coalesce(sum(b.held) filter (where b.kind = 'holder'), 0),
           coalesce(sum(b.posted) filter (where b.kind = 'cancelled'), 0),
           coalesce(sum(b.posted) filter (where b.kind = 'withdrawn'), 0),
           coalesce(sum(b.posted) filter (where b.kind = 'pool'), 0)
      from ledger.lot l join ledger.balance b on b.book_id = l.book_id where l.number = :lot group by l.approved_g""")

#: Each finds what must not be; `audit` names what they return. All are replays, none trusts a balance.
AUDITS: dict[str, str] = {
    "balance differs from its movements": """
        select b.position_id::text from ledger.balance b left join (
            select id, sum(dp) as posted, sum(dh) as held from (
                select from_id as id, case when t.move in ('direct', 'post') then -t.amount else 0 end as dp,
                       case t.move when 'pending' then t.amount when 'direct' then 0
                            else -(select h.amount from ledger.transfer h where h.id = t.pending_id) end as dh
                  from ledger.transfer t
                union all select to_id, case when move in ('direct', 'post') then amount else 0 end, 0
                  from ledger.transfer) x group by id) r on r.id = b.position_id
         where b.posted <> coalesce(r.posted, 0) or b.held <> coalesce(r.held, 0)""",
    "movement that refers to nothing": """
        select t.id::text from ledger.transfer t left join ledger.act a on a.id = t.act_id
          left join ledger.position f on f.id = t.from_id and f.book_id = t.book_id
          left join ledger.position o on o.id = t.to_id and o.book_id = t.book_id
         where a.id is null or f.id is null or o.id is null""",
    "movement without a balance": """
        select t.id::text from ledger.transfer t left join ledger.balance f on f.position_id = t.from_id
          left join ledger.balance o on o.position_id = t.to_id
         where f.position_id is null or (o.position_id is null and t.move in ('direct', 'post'))""",
    "position of no book or no account": """
        select p.id::text from ledger.position p left join ledger.book k on k.id = p.book_id
          left join ledger.account a on a.id = p.account_id
         where k.id is null or (p.kind = 'holder' and a.id is null)""",
    "book does not add up to nothing": """
        select book_id::text from ledger.balance group by book_id having sum(posted) <> 0""",
    "balance below its floor": """
        select position_id::text from ledger.balance where held < 0 or posted - held < floor_g or posted > ceil_g""",
    "issued more than approved": """
        select l.number from ledger.lot l join ledger.balance b on b.book_id = l.book_id and b.kind = 'issuance'
         where -b.posted > l.approved_g""",
    "points not backed": """
        select k.method_class from ledger.balance b join ledger.book k on k.id = b.book_id
         where b.kind in ('pool', 'mint') group by k.method_class having sum(b.posted) <> 0""",
    "movement on no listed route": """
        select t.id::text from ledger.transfer t join ledger.act a on a.id = t.act_id
          join ledger.position f on f.id = t.from_id join ledger.position o on o.id = t.to_id
          left join ledger.route r on r.act_kind = a.kind and r.from_kind = f.kind and r.to_kind = o.kind
               and r.move = t.move
         where r.move is null""",
    "resolution differs from its hold": """
        select t.id::text from ledger.transfer t join ledger.transfer h on h.id = t.pending_id
         where h.move <> 'pending' or h.from_id <> t.from_id or h.to_id <> t.to_id or h.amount < t.amount
            or (t.move = 'post' and h.expires_at <= t.at)""",
    "hold settled twice": """
        select pending_id::text from ledger.transfer where pending_id is not null
         group by pending_id having count(*) > 1""",
    "serial numbers do not partition what was issued": """
        select l.number from ledger.lot l join ledger.balance i on i.book_id = l.book_id and i.kind = 'issuance'
         where l.numbered and i.posted < 0 and (
               (select range_agg(s.grams) from ledger.serial_block s where s.book_id = l.book_id)
                   is distinct from int8multirange(int8range(1, 1 - i.posted))
            or (select sum(upper(s.grams) - lower(s.grams)) from ledger.serial_block s where s.book_id = l.book_id)
                   is distinct from -i.posted)""",
    "serial numbers differ from the balance": """
        select b.position_id::text from ledger.balance b join ledger.lot l on l.book_id = b.book_id and l.numbered
         where b.kind <> 'issuance' and b.posted is distinct from coalesce((
               select sum(upper(s.grams) - lower(s.grams)) from ledger.serial_block s
                where s.position_id = b.position_id), 0)""",
}


def holdings(session: Session, account: LedgerAccount, at: datetime | None = None) -> list[Holding]:
    """What the account has, lot by lot; `at` asks for a past moment, from the movements themselves."""
    if at is None:
        rows = session.connection().execute(_HOLDINGS_NOW, {"account": account.id})
    else:
        rows = session.connection().execute(_HOLDINGS, {"account": account.id, "at": at})
    return [
        Holding(r[0], r[1], r[2], f"{r[3]} {r[4]}".strip(), r[5], r[6], r[7], r[8], r[9], r[10]) for r in rows
    ]


def statement(
    session: Session, account: LedgerAccount, since: datetime, until: datetime, lot: str | None = None
) -> list[Line]:
    """The account's movements from `since` up to, not including, `until`."""
    asked = {"account": account.id, "since": since, "until": until, "lot": lot}
    return [Line(*row) for row in session.connection().execute(_STATEMENT, asked)]


def serials(session: Session, account: LedgerAccount, lot: Lot) -> list[str]:
    """The serial ranges an account holds of a numbered lot, as printed."""
    rows = session.exec(
        select(SerialBlock.grams)
        .join(Position, col(Position.id) == col(SerialBlock.position_id))
        .where(Position.account_id == account.id, SerialBlock.book_id == lot.book_id)
    ).all()
    return [serial_words(lot, r.lower, r.upper - 1) for r in _joined(rows)]


def _joined(ranges: Sequence[Any]) -> list[Any]:
    """Blocks that touch, as one."""
    out: list[Any] = []
    for r in sorted(ranges, key=lambda r: r.lower):
        if out and out[-1].upper == r.lower:
            out[-1] = type(r)(out[-1].lower, r.upper)
        else:
            out.append(r)
    return out


def circulation(session: Session, lot: str) -> Circulation:
    """Where the grams of a lot are."""
    row = session.connection().execute(_CIRCULATION, {"lot": lot}).one()
    return Circulation(*(int(value) for value in row))


def audit(session: Session) -> list[str]:
    """Everything that does not add up; empty is well. Replays every movement: seconds a million."""
    wrong: list[str] = []
    for what, query in AUDITS.items():
        wrong += [f"{what}: {row[0]}" for row in session.connection().execute(text(query))]
    return wrong


def statement_sheet(lines: Sequence[Line], account: LedgerAccount, until: datetime) -> bytes:
    """A statement as Excel."""
    columns = (
        "登记时间",
        "业务",
        "批次",
        "对方账户",
        "转入（克）",
        "转出（克）",
        "冻结增减（克）",
        "余额（克）",
        "余额（吨）",
        "事由",
        "流水号",
    )
    rows = (
        (
            x.at, ACTS[x.kind].zh, x.lot, _other(x.counterparty), x.in_g, x.out_g, x.frozen_g,
            x.balance_g, tonnes(x.balance_g), x.reason, str(x.act_id),
        )
        for x in lines
    )  # fmt: skip
    return exports.workbook(f"对账单 {account.number}", columns, rows, _note(account, until))


def holdings_sheet(held: Sequence[Holding], account: LedgerAccount, at: datetime) -> bytes:
    """Holdings as Excel."""
    columns = (
        "批次",
        "项目（场景）编号",
        "方法学",
        "类别",
        "年份",
        "监测期起",
        "监测期止",
        "持有（克）",
        "冻结（克）",
        "可用（克）",
        "可用（吨）",
    )
    rows = (
        (
            h.lot, h.origin, h.methodology, h.method_class, h.vintage, h.period_from, h.period_to,
            h.posted_g, h.frozen_g, h.available_g, tonnes(h.available_g),
        )
        for h in held
    )  # fmt: skip
    return exports.workbook(f"持有明细 {account.number}", columns, rows, _note(account, at))


def _other(name: str) -> str:
    houses = {
        "issuance": "签发",
        "cancelled": "注销",
        "withdrawn": "冲正",
        "custody": "冻结",
        "pool": "积分池",
        "mint": "积分",
    }
    return houses.get(name, name)


def _note(account: LedgerAccount, at: datetime) -> str:
    day = (at - timedelta(microseconds=1)).astimezone(SHANGHAI)
    return f"账户 {account.number} · 截至 {day:%Y-%m-%d %H:%M:%S}"
