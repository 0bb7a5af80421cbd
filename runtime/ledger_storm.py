"""A storm on the ledger: random, partly wrong requests from several connections at once, checked after each.

``make ledger-soak`` runs a million on a throw-away server; the tests run a shorter one. Requests go to
the tables as a careless program would send them, past services/ledger.py: what must hold is held by the
database alone. After every request the book is read in one statement and must add up to nothing, with no
balance below its floor; at the end everything is replayed from the movements.
"""

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
from sqlalchemy.engine import make_url
from sqlmodel import Session

from models.tables import Case, LedgerAccount, Lot, Party, Project, User
from services import ledger, ledger_issuance, ledger_reading
from services.ledger_issuance import Issuance
from services.session import make_engine

ISSUED = 1_000_000
_CHECK = """select coalesce(sum(posted), 0)::bigint, bool_and(held >= 0 and posted - held >= floor_g and posted <= ceil_g)
              from ledger.balance where book_id = %s"""
_ACT = """insert into ledger.act (id, key, request_sha256, kind, purpose) values (%s, %s, %s, %s, %s)"""
_LEG = """insert into ledger.transfer (id, act_id, move, book_id, from_id, to_id, amount, pending_id)
          values (%s, %s, %s, %s, %s, %s, %s, %s)"""


@dataclass(frozen=True)
class Ground:
    """A lot with holders, and the rows behind it."""

    lot: Lot
    accounts: tuple[LedgerAccount, ...]
    project: Project
    case: Case
    approvers: tuple[int, int]
    key: str


def people(session: Session, mark: str) -> tuple[int, int]:
    """Two users who are different persons."""
    users = [
        User(username=f"{mark}-{n}", name="审核", person_key=f"{mark}-{n}", roles=["issuer"]) for n in "ab"
    ]
    session.add_all(users)
    session.flush()
    return users[0].id or 0, users[1].id or 0


def published(
    session: Session, mark: str, by: int, *, kind: str = "project", method_class: str = "I", **values: Any
) -> tuple[Project, Case]:
    """A published project or scenario with its case."""
    party = Party(key=f"{mark}-applicant", name=f"上海示例新能源有限公司{mark}")
    session.add(party)
    session.flush()
    case = Case(case_no=f"TP-{mark}", procedure="project_application", filer_id=party.id or 0, created_by=by)
    session.add(case)
    session.flush()
    what = {"methodology": "DEMO-PV-2024", "methodology_version": "1.0", **values}
    project = Project(
        number=f"SHPH-T-{mark}", case_id=case.id, kind=kind, name="示例项目", applicant=party.name,
        method_class=method_class, **what,
    )  # fmt: skip
    session.add(project)
    session.flush()
    return project, case


def holders(session: Session, mark: str, count: int, kind: str = "organisation") -> tuple[LedgerAccount, ...]:
    """Parties with accounts."""
    parties = [Party(key=f"{mark}-h{n}", name=f"上海示例持有单位{n}", kind=kind) for n in range(count)]
    session.add_all(parties)
    session.flush()
    return tuple(ledger.open_account(session, None, p) for p in parties)


def lay(
    session: Session,
    count: int = 8,
    *,
    grams: int = ISSUED,
    kind: str = "project",
    method_class: str = "I",
    period: tuple[date, date] = (date(2025, 1, 1), date(2025, 12, 31)),
) -> Ground:
    """Issue a lot of `grams` to the first of `count` accounts."""
    mark = uuid4().hex[:10]
    approvers = people(session, mark)
    project, case = published(session, mark, approvers[0], kind=kind, method_class=method_class)
    accounts = holders(session, mark, count)
    claim = ledger_issuance.claim(session, project, case.id, *period)
    key = f"{case.id}/issue"
    shares = ((accounts[0].id or 0, grams),)
    what = Issuance(key, claim.id or 0, case.id, grams, grams, b"calculation", approvers, shares)
    act = ledger_issuance.issue(session, None, what)
    return Ground(ledger_issuance.lot_of_act(session, act), accounts, project, case, approvers, key)


def another_case(session: Session, ground: Ground) -> Case:
    """A further case of the same applicant."""
    old = ground.case
    mark = uuid4().hex[:10]
    case = Case(
        case_no=f"TP-{mark}", procedure=old.procedure, filer_id=old.filer_id, created_by=old.created_by
    )
    session.add(case)
    session.flush()
    return case


@dataclass
class Storm:
    """Counts by outcome, and whatever went wrong; shared by the threads."""

    wanted: int
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def done(self) -> int:
        return sum(self.outcomes.values())

    def note(self, outcome: str) -> None:
        with self.lock:
            self.outcomes[outcome] += 1


@dataclass
class Sender:
    """One connection that sends random requests to one lot."""

    connection: psycopg.Connection[tuple[Any, ...]]
    book: int
    positions: list[int]
    house: dict[str, int]
    pending: list[tuple[UUID, int, int, int]]  # shared by the senders: hold, from, to, amount
    sent: list[tuple[UUID, tuple[Any, ...]]]
    chance: random.Random

    def once(self, storm: Storm) -> None:
        """One request in a transaction of its own, then the check."""
        act, legs = self._request()
        try:
            with self.connection.transaction():
                self.connection.execute(_ACT, act)
                self.connection.execute(_LEG, legs)
            storm.note("posted")
            self._remember(act, legs)
        except psycopg.errors.Error as error:
            storm.note(error.sqlstate or type(error).__name__)
        row = self.connection.execute(_CHECK, (self.book,)).fetchone()
        if row != (0, True):
            storm.wrong.append(f"after {act[0]}: {row}")

    def _remember(self, act: tuple[Any, ...], leg: tuple[Any, ...]) -> None:
        if leg[2] == "pending" and act[3] == "hold":
            self.pending.append((leg[0], leg[4], leg[5], leg[6]))

    def _request(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        kind = self.chance.choices(
            ("transfer", "hold", "settle", "release", "cancel", "freeze", "repeat", "wrong"),
            (50, 12, 8, 5, 2, 3, 10, 10),
        )[0]
        if kind == "repeat" and self.sent:
            act_id, leg = self.chance.choice(self.sent)  # the same request again
            return (act_id, str(act_id), bytes(32), "transfer", None), leg
        if kind in {"settle", "release"} and self.pending:
            return self._resolution(kind)
        if kind == "wrong":
            return self._wrong()
        kind = kind if kind in {"hold", "cancel", "freeze"} else "transfer"
        to = {"cancel": self.house["cancelled"], "freeze": self.house["custody"]}.get(kind)
        source, target = self.chance.sample(self.positions, 2)
        amount = int(self.chance.paretovariate(0.35)) % (2 * ISSUED) + 1
        return self._made(kind, source, to or target, amount)

    def _made(
        self, kind: str, source: int, target: int, amount: int, move: str = "", pending: UUID | None = None
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        act_id = UUID(int=self.chance.getrandbits(128))
        move = move or ("pending" if kind in {"hold", "freeze"} else "direct")
        leg = (uuid5(act_id, "1"), act_id, move, self.book, source, target, amount, pending)
        if kind == "transfer" and len(self.sent) < 1000:
            self.sent.append((act_id, leg))
        return (act_id, str(act_id), bytes(32), kind, "voluntary" if kind == "cancel" else None), leg

    def _resolution(self, kind: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Not taken from the list every time: the second settlement must be refused."""
        n = self.chance.randrange(len(self.pending))
        hold, source, target, amount = self.pending[n]
        if self.chance.random() < 0.8 and n < len(self.pending):
            self.pending[n] = self.pending[-1]
            del self.pending[-1:]
        size = self.chance.randint(1, amount + 1) if kind == "settle" else amount
        return self._made(kind, source, target, size, "post" if kind == "settle" else "void", hold)

    def _wrong(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """What no honest program sends."""
        a, b = self.chance.sample(self.positions, 2)
        cases: list[Callable[[], tuple[tuple[Any, ...], tuple[Any, ...]]]] = [
            lambda: self._made("transfer", a, b, -1),
            lambda: self._made("transfer", a, a, 1),
            lambda: self._made("transfer", self.house["cancelled"], a, 1),
            lambda: self._made("transfer", self.house["issuance"], a, 1),
            lambda: self._made("transfer", a, b, 2**62),
            lambda: self._made("settle", a, b, 1, "post", uuid4()),
        ]
        return self.chance.choice(cases)()


def blow(url: str, ground: Ground, count: int, threads: int = 6, seed: int = 1, tell: bool = False) -> Storm:
    """Send `count` requests from `threads` connections; the storm's `wrong` is empty when all held."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    storm = Storm(count)
    with psycopg.connect(address, autocommit=True) as connection:
        rows = connection.execute(
            "select id, kind from ledger.position where book_id = %s", (ground.lot.book_id,)
        ).fetchall()
        positions = _positions(connection, ground)
    house = {str(kind): int(number) for number, kind in rows if kind != "holder"}
    pending: list[tuple[UUID, int, int, int]] = []
    started = time.monotonic()

    def work(n: int) -> None:
        chance = random.Random(seed * 1000 + n)  # noqa: S311 - repeatable on purpose
        with psycopg.connect(address, autocommit=True) as connection:
            sender = Sender(connection, ground.lot.book_id, positions, house, pending, [], chance)
            for turn in range(1, count // threads + 1):
                try:
                    sender.once(storm)
                except IndexError:
                    continue  # another sender took the hold from the list
                if tell and n == 0 and turn % 2_000 == 0:
                    _tell(storm, started)

    crew = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    storm.seconds = time.monotonic() - started
    storm.wrong += replayed(url)
    return storm


def _positions(connection: psycopg.Connection[tuple[Any, ...]], ground: Ground) -> list[int]:
    """The holders' positions, opened where they are not yet."""
    ids = [a.id for a in ground.accounts]
    connection.execute(
        """insert into ledger.position (book_id, kind, account_id) select %s, 'holder', a from unnest(%s::bigint[]) a
           on conflict (account_id, book_id) do nothing""",
        (ground.lot.book_id, ids),
    )
    rows = connection.execute(
        "select id from ledger.position where book_id = %s and kind = 'holder' order by id",
        (ground.lot.book_id,),
    )
    return [int(row[0]) for row in rows]


def _tell(storm: Storm, started: float) -> None:
    rate = storm.done / (time.monotonic() - started)
    print(f"{storm.done:>9,} / {storm.wanted:,}  {rate:,.0f}/s  {dict(storm.outcomes)}", flush=True)


@contextmanager
def working(url: str) -> Iterator[Session]:
    """A session on any database, kept at the end of the block."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection, Session(connection, expire_on_commit=False) as session:
            yield session
            session.flush()
    finally:
        engine.dispose()


def replayed(url: str) -> list[str]:
    """What a replay of every movement finds."""
    engine = make_engine(url)
    try:
        with Session(engine) as session:
            return ledger_reading.audit(session)
    finally:
        engine.dispose()


def soak(count: int) -> int:
    """The long storm on a server of its own; exit status."""
    from runtime.embedded import embedded_postgres

    with embedded_postgres() as url:
        migrated(url)
        with working(url) as session:
            grounds = [lay(session, 12, kind=k, grams=10 * ISSUED) for k in ("project", "scenario")]
        wrong: list[str] = []
        for seed, ground in enumerate(grounds, 1):
            storm = blow(url, ground, count // 2, seed=seed, tell=True)
            wrong += storm.wrong
            print(
                f"{ground.lot.origin_kind}: {storm.done:,} requests in {storm.seconds:,.0f} s, {dict(storm.outcomes)}"
            )
    print("everything adds up" if not wrong else "\n".join(wrong[:20]))
    return 1 if wrong else 0


def migrated(url: str) -> None:
    """Bring an empty database up to date."""
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        check=True,
        cwd=Path(__file__).parent.parent,
        env=os.environ | {"PUHUI_DATABASE_URL": url},
        capture_output=True,
    )


if __name__ == "__main__":
    sys.exit(soak(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
