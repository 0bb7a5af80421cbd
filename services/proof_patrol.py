"""A patrol along the trail and the ledger: what was changed behind the back is named within seconds, not on the next proof.

Every round recomputes the newest events and a further stretch of the older ones, and holds the ledger's balances
against its movements. What is found is kept in `engine_health` and shown on the console; nothing is changed.
"""

from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from models.tables import SYSTEM_CHAIN, EngineHealth
from services import clock
from services.audit_export import COLUMNS, event_values
from services.audit_verifier import BODY, canonical, sha

TRAIL, LEDGER = "trail", "ledger"
#: Events of a round: the newest, and the next stretch of the older ones.
NEWEST, STRETCH = 1000, 1500
#: Balances of a round besides those that have just moved.
POSITIONS = 1000
#: Ends of the chains of the newest events, remembered from round to round, so that a chain cut off at its end is missed.
REMEMBERED = 300
MOST = 50

Finding = dict[str, Any]

_EVENTS = f"""
    select e.*, lag(hash) over chain_order as before, lag(seq) over chain_order as seq_before
      from (select id, {COLUMNS} from audit_event where id > :after and id <= :upto) e
    window chain_order as (partition by chain order by seq)
"""  # noqa: S608 - the columns are ours
_BEFORE = """
    select e.id, p.hash as before, p.seq as seq_before
      from audit_event e left join audit_event p on p.chain = e.chain and p.seq = e.seq - 1
     where e.id = any(:ids)
"""
_BALANCES = """
    with moved as (
        select t.from_id as position_id,
               sum(case when t.move in ('direct', 'post') then -t.amount else 0 end) as posted,
               sum(case t.move when 'pending' then t.amount when 'post' then -p.amount when 'void' then -p.amount
                   else 0 end) as held
          from ledger.transfer t left join ledger.transfer p on p.id = t.pending_id
         where t.from_id = any(:ids) group by t.from_id
        union all
        select t.to_id, sum(case when t.move in ('direct', 'post') then t.amount else 0 end), 0
          from ledger.transfer t where t.to_id = any(:ids) group by t.to_id),
    due as (select position_id, sum(posted) as posted, sum(held) as held from moved group by position_id)
    select coalesce(a.number, b.kind), coalesce(l.number, k.kind), b.posted, coalesce(d.posted, 0), b.held,
           coalesce(d.held, 0), b.position_id
      from ledger.balance b
      join ledger.position s on s.id = b.position_id
      join ledger.book k on k.id = b.book_id
      left join ledger.account a on a.id = s.account_id
      left join ledger.lot l on l.book_id = b.book_id
      left join due d on d.position_id = b.position_id
     where b.position_id = any(:ids) and (b.posted <> coalesce(d.posted, 0) or b.held <> coalesce(d.held, 0))
     order by 1, 2 limit 50
"""
_POSITIONS = "select id from ledger.position where id > :place order by id limit :stretch"
#: Holders only: a house position of a large book has all its movements, and has its turn in the stretches.
_MOVED = """
    select p.id from (select from_id, to_id from ledger.transfer order by id desc limit :newest) t
      join ledger.position p on p.id in (t.from_id, t.to_id) where p.kind = 'holder'
"""


def trail(session: Session) -> list[Finding]:
    """One round along the trail; the findings, each with case and entry. Kept until they are no longer so."""
    row = session.get(EngineHealth, TRAIL, with_for_update=True) or EngineHealth(key=TRAIL)
    said: dict[str, Any] = dict(row.data or {})
    last = int(
        session.connection().execute(text("select coalesce(max(id), 0) from audit_event")).scalar_one()
    )
    place = int(said.get("place", 0))
    upto = min(place + STRETCH, last)
    found = {
        _key(f): f
        for f in (
            *_stretch(session, last - NEWEST, last),
            *_stretch(session, place, upto),
            *_gone(session, said),
        )
    }
    for old in said.get("wrong", []):  # what an earlier stretch found stands until it is put right
        if _key(old) not in found and _still(session, old):
            found[_key(old)] = old
    wrong = sorted(found.values(), key=lambda f: f["since"])[:MOST]
    known = {_key(f): f["since"] for f in said.get("wrong", [])}
    for finding in wrong:
        finding["since"] = known.get(_key(finding), finding["since"])
    row.ok, row.at = not wrong, clock.now()
    now = {"wrong": wrong, "place": 0 if upto >= last else upto, "newest": _newest(session, last)}
    if now != said:  # a round that finds nothing new writes next to nothing
        row.data = now
    session.add(row)
    return wrong


def _key(finding: Finding) -> tuple[str, int, str]:
    return finding["chain"], finding["seq"], finding["what"]


def _stretch(session: Session, after: int, upto: int) -> list[Finding]:
    """Events with ids in (after, upto] whose content has another hash, or that do not continue their chain."""
    rows = session.connection().execute(text(_EVENTS), {"after": after, "upto": upto}).all()
    first = [
        r.id
        for r in rows
        if (r.before is None and r.seq > 1) or (r.before is not None and r.seq_before != r.seq - 1)
    ]
    looked_up = {
        r.id: (r.before, r.seq_before) for r in session.connection().execute(text(_BEFORE), {"ids": first})
    } if first else {}  # fmt: skip
    found = []
    for r in rows:
        values = event_values(r)
        before, number = looked_up.get(r.id, (r.before, r.seq_before))
        if sha(canonical({k: values[k] for k in BODY})) != r.hash:
            found.append(_finding(session, r.chain, r.seq, "changed"))
        elif r.seq > 1 and number != r.seq - 1:
            found.append(_finding(session, r.chain, r.seq - 1, "gone"))
        elif r.prev_hash != (before or ""):
            found.append(_finding(session, r.chain, r.seq, "broken"))
    return found


def _newest(session: Session, last: int) -> list[list[Any]]:
    """Where the chains of the newest events end, to be looked for in the next round."""
    query = text(
        "select distinct on (chain) chain, seq, hash from audit_event where id > :after order by chain, seq desc"
    )
    rows = session.connection().execute(query, {"after": last - REMEMBERED})
    return [[str(chain), seq, digest] for chain, seq, digest in rows]


def _gone(session: Session, said: dict[str, Any]) -> list[Finding]:
    """Events of the round before that are there no more."""
    held = {(str(c), int(n)): str(h) for c, n, h in said.get("newest", [])}
    if not held:
        return []
    there = _hashes(session, list(held))
    return [
        _finding(session, c, n, "gone") | {"hash": h} for (c, n), h in held.items() if there.get((c, n)) != h
    ]


def _hashes(session: Session, wanted: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
    query = text(
        "select e.chain, e.seq, e.hash from unnest(cast(:chains as uuid[]), cast(:numbers as int[])) as w(chain, seq)"
        " join audit_event e on e.chain = w.chain and e.seq = w.seq"
    )
    values = {"chains": [c for c, _ in wanted], "numbers": [n for _, n in wanted]}
    return {(str(c), n): h for c, n, h in session.connection().execute(query, values)}


def _still(session: Session, old: Finding) -> bool:
    """Is what an earlier round found still so?"""
    if old["what"] == "gone":
        here = _hashes(session, [(old["chain"], old["seq"])]).get((old["chain"], old["seq"]))
        return here is None or ("hash" in old and here != old["hash"])
    query = text("select id from audit_event where chain = :chain and seq = :seq")
    known = (
        session.connection().execute(query, {"chain": old["chain"], "seq": old["seq"]}).scalar_one_or_none()
    )
    return known is not None and any(_key(f) == _key(old) for f in _stretch(session, known - 1, known))


def _finding(session: Session, chain: Any, seq: int, what: str) -> Finding:
    name = session.connection().execute(
        text("select case_no from case_file where id = :chain"), {"chain": chain}
    ).scalar_one_or_none()  # fmt: skip
    return {
        "chain": str(chain),
        "seq": seq,
        "what": what,
        "case_no": "" if str(chain) == str(SYSTEM_CHAIN) else name or str(chain),
        "since": clock.now().isoformat(),
    }


def ledger(session: Session) -> list[Finding]:
    """Balances that are not the sum of their movements (I01), each with its account and lot.

    Looked at: where something has just moved, what was found before, and a further stretch of all others.
    """
    row = session.get(EngineHealth, LEDGER, with_for_update=True) or EngineHealth(key=LEDGER)
    said: dict[str, Any] = dict(row.data or {})
    asked = session.connection()
    values = {"place": int(said.get("place", 0)), "stretch": POSITIONS, "newest": NEWEST}
    stretch = list(asked.execute(text(_POSITIONS), values).scalars())
    moved = set(asked.execute(text(_MOVED), values).scalars())
    ids = moved | {int(f["position"]) for f in said.get("wrong", [])} | set(stretch)
    wrong = of_positions(session, list(ids))
    known = {f["position"]: f["since"] for f in said.get("wrong", [])}
    for finding in wrong:
        finding["since"] = known.get(finding["position"], finding["since"])
    place = stretch[-1] if len(stretch) == POSITIONS else 0
    row.ok, row.at, row.data = not wrong, clock.now(), {"wrong": wrong, "place": place}
    session.add(row)
    return wrong


def of_positions(session: Session, ids: list[int]) -> list[Finding]:
    """Which of these balances are not the sum of their movements, with what is written and what should be."""
    now = clock.now().isoformat()
    return [
        {
            "account": account, "lot": lot, "posted": int(posted), "posted_due": int(due), "held": int(held),
            "held_due": int(held_due), "position": position, "since": now,
        }
        for account, lot, posted, due, held, held_due, position in session.connection().execute(
            text(_BALANCES), {"ids": ids}
        )
    ]  # fmt: skip
