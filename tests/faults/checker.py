"""What is left after a storm, read by somebody who shares no code with the system: plain SQL and the engine's histories.

`look(database, histories, said, files)` answers with the problems found, promise by promise; empty lists are good news. By hand:
`python -m tests.faults.checker DATA_DIR` on a running system.
"""

import asyncio
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.engine_histories import History, histories
from tests.faults.letters import wrong_letters

Row = tuple[Any, ...]
ENDS = ("published", "issued", "online", "closed", "not_accepted", "rejected", "withdrawn", "lapsed")
OPEN = ("open", "claimed")


@dataclass(frozen=True)
class Said:
    """Something the web answered with a success: it must be found in the rows, once.

    Args:
        what: draft | paper | submitted | withdrawn | decision | objection | act.
        key: its number or id. detail: what was decided.
    """

    what: str
    key: str
    detail: str = ""


@dataclass
class Evidence:
    """The rows, the histories and what was said, for the questions below."""

    connection: psycopg.Connection[Row]
    histories: dict[str, History] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    files: Path | None = None

    def rows(self, query: str) -> list[Row]:
        """The answer to a query."""
        return self.connection.execute(query).fetchall()


Question = Callable[[Evidence], list[str]]
QUESTIONS: dict[str, Question] = {}


def question(function: Question) -> Question:
    """Register a promise under its function's name."""
    QUESTIONS[function.__name__] = function
    return function


# ---- decisions and tasks -------------------------------------------------------------------------

#: Where each kind of success is to be found: (key, detail) as text.
PROOF = {
    "draft": "select case_no, '' from case_file",
    "paper": "select id::text, '' from attachment",
    "submitted": "select case_no, '' from case_file where submitted_at is not null",
    "withdrawn": "select case_no, '' from case_file where status = 'withdrawn'",
    "decision": "select task_id::text, outcome from submission",
    "objection": "select receipt_no, '' from objection",
    "act": "select id::text, kind from operator_act",
}


@question
def no_decision_lost(e: Evidence) -> list[str]:
    """Every success that was told is a row that says the same."""
    found = {(what, *row) for what, query in PROOF.items() for row in e.rows(query)}
    return [f"{s.what} {s.key} {s.detail}" for s in e.said if (s.what, s.key, s.detail) not in found]


@question
def no_decision_applied_twice(e: Evidence) -> list[str]:
    """One answer a task, one event an answer, each stage entered once, and each engine's task opened once."""
    twice = {
        "answers": "select task_id::text, count(*) from submission group by 1 having count(*) > 1",
        "events": """select task_id::text, count(*) from audit_event where event = 'task.completed'
            group by 1 having count(*) > 1""",
        "answer without event": """select s.task_id::text, 0 from submission s where not exists (select 1 from
            audit_event a where a.task_id = s.task_id and a.event in ('task.completed', 'task.overridden'))""",
        "task": """select case_id::text || ' ' || key || ' ' || slot || ' ' || round, count(*) from task
            where void_at is null group by 1 having count(*) > 1""",
        "ended": """select case_id::text, count(*) from audit_event where event = 'case.ended'
            group by 1 having count(*) > 1""",
        "notice": "select case_id::text || ' ' || round, count(*) from notice where void_at is null group by 1 having count(*) > 1",
        "closed notice": """select case_id::text || ' ' || (data ->> 'round'), count(*) from audit_event
            where event = 'notice.closed' and data ? 'round' group by 1 having count(*) > 1""",
        "issuance": """select case_id::text, count(*) from ledger.act where kind = 'issue' and case_id is not null
            group by 1 having count(*) > 1""",
        "project": "select case_id::text, count(*) from project group by 1 having count(*) > 1",
    }
    return [f"{what}: {key} × {n}" for what, query in twice.items() for key, n in e.rows(query)]


@question
def no_task_orphaned(e: Evidence) -> list[str]:
    """No open task of an ended case; each open task is waited for in its history, and what is waited for is open."""
    wrong = [
        f"{no}: {key} is open, the case is {status}"
        for no, key, status in e.rows(f"""select c.case_no, t.key, c.status from task t join case_file c on
            c.id = t.case_id where t.state in {OPEN} and t.void_at is null and c.status in {ENDS}""")
    ]
    rows = defaultdict(set)
    for case_id, task_id in e.rows(
        f"select case_id::text, id::text from task where state in {OPEN} and void_at is null"
    ):
        rows[case_id].add(task_id)
    for case_id, case_no in e.rows(
        f"select id::text, case_no from case_file where submitted_at is not null and status not in {ENDS}"
    ):
        history = e.histories.get(case_id)
        if history is None or history.status != "RUNNING":
            wrong.append(f"{case_no}: under way, but its workflow is {history.status if history else 'gone'}")
            continue
        if extra := rows[case_id] - history.waiting:
            wrong.append(f"{case_no}: open tasks nobody waits for: {sorted(extra)}")
        if missing := history.waiting - rows[case_id]:
            wrong.append(f"{case_no}: waits for tasks that are not open: {sorted(missing)}")
    return wrong


@question
def every_course_ended_as_its_row(e: Evidence) -> list[str]:
    """An ended case has a course that came to the same end, and no course was ever broken."""
    wrong = [
        f"{h.case_id}: {h.status}" for h in e.histories.values() if h.status not in ("RUNNING", "COMPLETED")
    ]
    for case_id, case_no, status in e.rows(
        f"select id::text, case_no, status from case_file where submitted_at is not null and status in {ENDS}"
    ):
        history = e.histories.get(case_id)
        if history is not None and (history.status, history.result) != ("COMPLETED", status):
            wrong.append(f"{case_no}: row {status}, course {history.status} {history.result}")
    return wrong


@question
def every_case_ended_or_waits_for_somebody(e: Evidence) -> list[str]:
    """Open cases have a task with a holder, a party or a role that somebody has; or a notice or an event that runs."""
    return [
        f"{no}: {status} in {stage or 'no stage'} {why}"
        for no, status, stage, why in e.rows(f"""
        select c.case_no, c.status, c.stage, c.needs_operator from case_file c
        where c.submitted_at is not null and c.status not in {ENDS}
        and (c.needs_operator <> '' or not exists (
            select 1 from task t where t.case_id = c.id and t.state in {OPEN} and t.void_at is null and exists (
                select 1 from user_account u where u.active and (u.id = coalesce(t.assignee_id, t.reserved_for)
                    or (t.assignee_id is null and t.reserved_for is null and u.roles ? t.role
                        and (t.party_id is null or u.party_id = t.party_id))))))
        and not exists (select 1 from notice n where n.case_id = c.id and n.state = 'open' and n.closes_at > now())
        and not exists (select 1 from mall_member m where m.case_id = c.id and m.closes_at > now())""")
    ]


@question
def every_message_delivered(e: Evidence) -> list[str]:
    """Nothing waits for the engine, and nothing was given up."""
    return [
        f"{no}: {signal} {'dead' if dead else 'waiting'} after {attempts} tries: {error}"
        for no, signal, dead, attempts, error in e.rows("""select c.case_no, o.signal, o.dead, o.attempts, o.last_error
            from outbox o join case_file c on c.id = o.case_id
            where not (o.dead and o.signal = 'nudge') and o.created_at < now() - interval '5 seconds'""")
    ]


# ---- documents and numbers -----------------------------------------------------------------------


@question
def no_document_twice_or_missing(e: Evidence) -> list[str]:
    """Each letter the course asked for is there once with its file, and no letter nobody asked for."""
    wrong = [
        f"twice: {row}"
        for row in e.rows("""select case_id::text, key, slot, round, generation, count(*) from document
            group by 1, 2, 3, 4, 5 having count(*) > 1""")
    ]
    made = defaultdict(set)
    for case_id, key, slot, round_ in e.rows("select case_id::text, key, slot, round from document"):
        made[case_id].add((key, slot, round_))
    for case_id, history in e.histories.items():
        if missing := history.issued - made[case_id]:
            wrong.append(f"{case_id}: missing {sorted(missing)}")
        if extra := made[case_id] - history.asked:
            wrong.append(f"{case_id}: nobody asked for {sorted(extra)}")
    if e.files is not None:
        for number, sha256 in e.rows("select number, sha256 from document"):
            if not (file := e.files / sha256[:2] / sha256).exists() or not file.stat().st_size:
                wrong.append(f"{number}: its file is gone")
    return wrong + wrong_letters(e.rows)


#: A counter's series, and the numbers that were taken from it: the last digits count.
NUMBERED = {
    r"case\.(\w+)": "select case_no from case_file where case_no like 'SHTPH-{0}-{1}-%'",
    r"doc\.(.+)": "select number from document where number like '沪碳普惠{0}〔{1}〕%'",
    r"public\.(\w+)": """select number from project where number like 'SHPH-{0}-{1}-%'
        union all select number from mall_member where number like 'SHPH-{0}-{1}-%'""",
    r"YY()": "select receipt_no from objection where receipt_no like '%-{1}-%'",
    r"certificate\.(\w+)": "select number from ledger.certificate where number like '%{0}%{1}%'",
}
#: Counters of what is no letter and no register: offers and deals, purposes, goods, account numbers (which pass over
#: those that parties have brought).
NOT_NUMBERED = r"offer\..+|deal|purpose|good|redemption|ledger\..+"


@question
def numbers_without_gaps_or_repeats(e: Evidence) -> list[str]:
    """Every series runs from 1 to its counter, each number once."""
    wrong = []
    for series, year, n in e.rows("select series, year, n from counter"):
        if not re.fullmatch("|".join([*NUMBERED, NOT_NUMBERED]), series):
            wrong.append(f"{series} {year}: nobody knows where its {n} numbers are")
        for pattern, query in NUMBERED.items():
            if (found := re.fullmatch(pattern, series)) is None:
                continue
            numbers = [row[0] for row in e.rows(query.format(found.group(1), year))]
            taken = sorted(int(re.findall(r"\d+", number)[-1]) for number in numbers)
            if taken != list(range(1, n + 1)):
                wrong.append(f"{series} {year}: counter {n}, numbers {_ranges(taken)}")
    return wrong


def _ranges(taken: list[int]) -> str:
    twice = [n for n, times in Counter(taken).items() if times > 1]
    gaps = sorted(set(range(1, max(taken, default=0) + 1)) - set(taken))
    return f"{len(taken)} up to {max(taken, default=0)}, gaps {gaps}, twice {twice}"


# ---- ledger --------------------------------------------------------------------------------------


@question
def ledger_conserved(e: Evidence) -> list[str]:
    """Balances are what the movements add up to, each book sums to zero, and lots were issued as approved."""
    legs = """with leg as (
        select from_id as position, -amount as posted from ledger.transfer where move in ('direct', 'post')
        union all select to_id, amount from ledger.transfer where move in ('direct', 'post'))"""
    found = {
        "balance is not the sum of its movements": f"""{legs}
            select b.position_id, b.posted, coalesce(sum(l.posted), 0) from ledger.balance b
            left join leg l on l.position = b.position_id group by 1, 2 having b.posted <> coalesce(sum(l.posted), 0)""",
        "hold is not what is pending": """select b.position_id, b.held, coalesce(sum(t.amount), 0) from ledger.balance b
            left join ledger.transfer t on t.from_id = b.position_id and t.move = 'pending' and not exists (
                select 1 from ledger.transfer r where r.pending_id = t.id)
            group by 1, 2 having b.held <> coalesce(sum(t.amount), 0)""",
        "book does not sum to zero": """select book_id, sum(posted), 0 from ledger.balance
            group by 1 having sum(posted) <> 0""",
        "lot is not issued as approved": """select l.number, l.approved_g, coalesce(-b.posted, 0) from ledger.lot l
            left join ledger.balance b on b.book_id = l.book_id and b.kind = 'issuance'
            where l.approved_g <> coalesce(-b.posted, 0)""",
        "issuance and lot disagree": """select i.lot, i.approved_g, coalesce(l.approved_g, 0) from issuance i
            left join ledger.lot l on l.number = i.lot where i.state = 'issued'
            and i.approved_g is distinct from l.approved_g""",
        "lot without its issuance": """select l.number, l.approved_g, 0 from ledger.lot l where l.origin_kind = 'project'
            and not exists (select 1 from issuance i where i.lot = l.number and i.state = 'issued')""",
        "serial numbers do not cover the lot": """select l.number, l.approved_g, coalesce(sum(upper(s.grams) -
            lower(s.grams)), 0) from ledger.lot l left join ledger.serial_block s on s.book_id = l.book_id
            where l.numbered group by 1, 2 having l.approved_g <> coalesce(sum(upper(s.grams) - lower(s.grams)), 0)""",
    }
    return [f"{what}: {row}" for what, query in found.items() for row in e.rows(query)]


# ---- audit ---------------------------------------------------------------------------------------

AUDIT = """select id, coalesce(case_id::text, ''), seq, at, event, stage, user_id, role, on_behalf,
    coalesce(task_id::text, ''), public, data, ip, rests_on, prev_hash, hash from audit_event
    order by case_id nulls first, seq"""


@question
def audit_chain_whole(e: Evidence) -> list[str]:
    """Every hash is computed anew from its row and the hash before it; numbers follow from 1."""
    wrong: list[str] = []
    ends: dict[str, tuple[int, str]] = {}
    for row in e.rows(AUDIT):
        number, chain, seq, before, kept = row[0], row[1], row[2], row[14], row[15]
        if (seq, before) != (ends.get(chain, (0, ""))[0] + 1, ends.get(chain, (0, ""))[1]):
            wrong.append(f"event {number} does not continue its chain {chain or 'system'} at {seq}")
        if kept != _digest(row):
            wrong.append(f"event {number} is not what was hashed")
        ends[chain] = (seq, kept)
    return wrong if ends else ["there is no audit trail"]


def _digest(row: Row) -> str:
    """As docs/audit.md describes it: sha256 over the canonical JSON of the row and the hash before."""
    names = ("case", "seq", "at", "event", "stage", "user", "role", "on_behalf", "task", "public", "data", "ip",
             "rests_on", "prev")  # fmt: skip
    body = dict(zip(names, row[1:15], strict=True))
    body["at"] = row[3].astimezone(UTC).isoformat(timespec="microseconds")
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


# ---- by hand -------------------------------------------------------------------------------------


def look(
    database: str, seen: dict[str, History], said: list[Said] | None = None, files: Path | None = None
) -> dict[str, list[str]]:
    """The problems of each promise.

    Args:
        database: address of PostgreSQL.
        seen: the engine's histories.
        said: what the web answered with a success.
        files: the folder of documents, where it can be looked into.
    """
    with psycopg.connect(database.replace("+psycopg", "", 1)) as connection:
        evidence = Evidence(connection, seen, said or [], files)
        return {name: ask(evidence) for name, ask in QUESTIONS.items()}


def main() -> None:
    """Look at the system running on the data folder named."""
    running = json.loads((Path(sys.argv[1]) / "running.json").read_text())
    seen = asyncio.run(histories(running["temporal_address"]))
    found = look(running["database_url"], seen, files=Path(sys.argv[1]) / "files")
    for name, problems in found.items():
        print(f"{'ok ' if not problems else 'BAD'} {name}", *problems[:20], sep="\n      ")
    sys.exit(any(found.values()))


if __name__ == "__main__":
    main()
