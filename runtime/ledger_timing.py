"""How long an issuance to many holders takes, as a ratio to the bare statement of the same run.

``python -m runtime.ledger_timing [holders]`` on a throw-away server. The floor is an `insert … select` of
as many rows into a table with the same columns and primary key, without foreign keys, triggers or
further indexes.
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
_PARTIES = text("""
    with p as (insert into party (key, kind, name, nature, district, address, account_active, is_agency, data)
               select :mark || n, 'person', '个人' || n, '', '', '', true, false, '{}' from generate_series(1, :count) n
               returning id)
    insert into ledger.account (number, party_id, kind) select :mark || id, id, 'person' from p returning id""")


def measure(url: str, count: int) -> dict[str, float]:
    """Seconds of an issuance and of its floor, each with its commit, and their ratio."""
    with working(url) as session:
        what = _decided(session, count)
    started = time.monotonic()
    with working(url) as session:
        ledger_issuance.issue(session, None, what)
    seconds, floor = time.monotonic() - started, _floor(url, count)
    assert ledger_storm.replayed(url) == []
    return {
        "holders": count,
        "seconds": seconds,
        "floor": floor,
        "ratio": seconds / floor,
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


def _floor(url: str, count: int) -> float:
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
