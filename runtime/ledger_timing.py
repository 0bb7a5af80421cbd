"""How long an issuance to many holders takes, as ratios to two bare statements of the same run.

``python -m runtime.ledger_timing [holders]`` on a throw-away server. The upper floor, `plain`, is one
`insert … select` of as many movements into a double-entry table as the textbook has it: foreign keys, an
index on either end, balances added up by a statement trigger, positions opened beforehand. The lower,
`heap`, is the same into a table with a primary key and nothing else. The issuance measured is the whole
act: lot, positions opened, movements, balances, certificate, commit.
"""

import sys
import time
from datetime import date
from uuid import uuid4

from sqlalchemy import text
from sqlmodel import Session

from runtime import ledger_storm
from runtime.embedded import embedded_postgres
from runtime.ledger_storm import working
from services import ledger_issuance
from services.ledger_issuance import Issuance

_BARE = text("""
    insert into bare (id, act_id, move, book_id, from_id, to_id, amount)
    select gen_random_uuid(), :act, 'direct', 1, 1, n, 100 from generate_series(1, :count) n""")
_PLAIN = """
    drop schema if exists floor cascade;
    create schema floor;
    create table floor.position (id bigint primary key, book int not null, unique (id, book));
    create table floor.balance (position_id bigint primary key references floor.position (id), posted bigint not null)
        with (fillfactor = 60);
    create table floor.movement (
        id uuid primary key, act uuid not null, book int not null, from_id bigint not null, to_id bigint not null,
        amount bigint not null check (amount > 0), pending_id uuid, at timestamptz not null default now(),
        foreign key (from_id, book) references floor.position (id, book),
        foreign key (to_id, book) references floor.position (id, book));
    create unique index on floor.movement (pending_id) where pending_id is not null;
    create index on floor.movement (from_id, at);
    create index on floor.movement (to_id, at);
    create function floor.add_up() returns trigger language plpgsql as $$
    begin
        perform 1 from floor.balance where position_id in (select from_id from n union select to_id from n)
          order by position_id for no key update;
        update floor.balance b set posted = b.posted + d.change from (
            select id, sum(change)::bigint as change from (
                select from_id as id, -amount as change from n union all select to_id, amount from n) l group by id) d
         where d.id = b.position_id;
        return null;
    end $$;
    create trigger add_up after insert on floor.movement referencing new table as n
        for each statement execute function floor.add_up();
    insert into floor.position select n, 1 from generate_series(0, {count}) n;
    insert into floor.balance select id, 0 from floor.position;"""
_PLAIN_ISSUE = text("""
    insert into floor.movement (id, act, book, from_id, to_id, amount)
    select gen_random_uuid(), :act, 1, 0, n, 100 from generate_series(1, :count) n""")
_PARTIES = text("""
    with p as (insert into party (key, kind, name, nature, district, address, account_active, is_agency, data)
               select :mark || n, 'person', '个人' || n, '', '', '', true, false, '{}' from generate_series(1, :count) n
               returning id)
    insert into ledger.account (number, party_id, kind) select :mark || id, id, 'person' from p returning id""")


def measure(url: str, count: int) -> dict[str, float]:
    """Seconds of an issuance and of its floors, each with its commit, and their ratios."""
    with working(url) as session:
        what = _decided(session, count)
    started = time.monotonic()
    with working(url) as session:
        ledger_issuance.issue(session, None, what)
    seconds = time.monotonic() - started
    plain, heap = _plain(url, count), _heap(url, count)
    assert ledger_storm.replayed(url) == []
    return {
        "holders": count,
        "seconds": seconds,
        "plain": plain,
        "heap": heap,
        "ratio": seconds / plain,
        "ratio_to_heap": seconds / heap,
        "per_second": count / seconds,
    }


def _decided(session: Session, count: int) -> Issuance:
    """An issuance to so many persons who have accounts."""
    mark = uuid4().hex[:8]
    approvers = ledger_storm.people(session, mark)
    project, case = ledger_storm.published(session, mark, approvers[0], kind="scenario", method_class="II")
    accounts = [
        int(a) for a in session.connection().execute(_PARTIES, {"mark": mark, "count": count}).scalars()
    ]
    claim = ledger_issuance.claim(session, project, case.id, date(2025, 1, 1), date(2025, 3, 31))
    shares = tuple((a, 100 + n % 900) for n, a in enumerate(accounts))
    total = sum(g for _, g in shares)
    return Issuance(f"{mark}/issue", claim.id or 0, case.id, total, total, b"c", approvers, shares)


def _plain(url: str, count: int) -> float:
    with working(url) as session:
        session.connection().exec_driver_sql(_PLAIN.format(count=count))
    started = time.monotonic()
    with working(url) as session:
        session.connection().execute(_PLAIN_ISSUE, {"act": uuid4(), "count": count})
    return time.monotonic() - started


def _heap(url: str, count: int) -> float:
    with working(url) as session:
        session.connection().execute(text("drop table if exists bare"))
        session.connection().execute(
            text("create table bare (like ledger.transfer including defaults, primary key (id))")
        )
    started = time.monotonic()
    with working(url) as session:
        session.connection().execute(_BARE, {"act": uuid4(), "count": count})
    return time.monotonic() - started


def main(count: int) -> None:
    with embedded_postgres(durable=True) as url:
        ledger_storm.migrated(url)
        for size in (count // 10, count):
            print({k: round(v, 3) for k, v in measure(url, size).items()})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
