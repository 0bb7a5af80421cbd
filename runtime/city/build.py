"""Writes the city into an empty database."""

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
from sqlalchemy.engine import Engine, make_url
from sqlmodel import Session

from models.tables import (
    AuditEvent,
    Case,
    CaseVersion,
    Deadline,
    Expert,
    Finding,
    Notice,
    Party,
    Project,
    Submission,
    TaskRow,
    User,
)
from runtime.city.bulk import Copy, quick, text
from runtime.city.course import Asked, Life, Office, Player, chained
from runtime.seeds import static
from services import calendar, tally
from services import session as sessions

DISTRICTS = ("浦东新区", "黄浦区", "徐汇区", "长宁区", "静安区", "普陀区", "虹口区", "杨浦区", "闵行区", "宝山区",
             "嘉定区", "金山区", "松江区", "青浦区", "奉贤区", "崇明区")  # fmt: skip
KINDS = (
    "屋顶分布式光伏发电项目",
    "充电桩运营减排项目",
    "公共自行车出行项目",
    "地铁出行减排项目",
    "家庭节电项目",
)
TARGETS = ("materials.commencement_operation_proof", "materials.licence", "project.operated_on",
           "design.meters", "materials.legal_rep_identity", "project.project_name", "design.boundary")  # fmt: skip
METHODS = (("SHCER-PV", "1.0", "I"), ("SHCER-METRO", "1.0", "II"), ("SHCER-BIKE", "1.0", "II"))
YEARS, BATCH, EVENTS = 3, 2000, 26
#: So many cases at least were filed in the last so many working days.
FULL, QUARTER = 400, 60
STAFF = {"intake": 24, "officer": 40, "exchange": 12, "supervisor": 8, "expert": 120}


@dataclass
class Sizes:
    """How many rows were written, and in how many seconds."""

    cases: int = 0
    tasks: int = 0
    events: int = 0
    seconds: float = 0.0


class Tables:
    """A COPY for each table that the cases fill."""

    def __init__(self) -> None:
        self.case = Copy(
            Case, "id", "case_no", "procedure", "title", "status", "stage", "stage_since", "filer_id",
            "created_by", "filed_by", "form", "methodology", "methodology_version", "district", "created_at",
            "changed_at", "submitted_at", "accepted_at", "ended_at",
        )  # fmt: skip
        self.version = Copy(CaseVersion, "case_id", "number", "form", "sha256", "by_user", "at")
        self.task = Copy(
            TaskRow, "id", "case_id", "procedure", "key", "round", "role", "party_id", "reserved_for",
            "assignee_id", "state", "outcome", "opened_at", "claimed_at", "closed_at", "closed_by", "due_at",
        )  # fmt: skip
        self.deadline = Copy(
            Deadline, "case_id", "task_id", "limit_key", "budget", "anchor_at", "due_at", "calendar_version"
        )
        self.submission = Copy(
            Submission, "task_id", "case_id", "outcome", "form_key", "by_user", "role", "sha256", "at"
        )
        self.event = Copy(
            AuditEvent, "case_id", "seq", "at", "event", "stage", "user_id", "role", "task_id", "public", "data",
            "prev_hash", "hash",
        )  # fmt: skip
        self.finding = Copy(Finding, "case_id", "stage", "round", "number", "source", "target", "text")
        self.notice = Copy(
            Notice, "case_id", "procedure", "title", "state", "opened_at", "closes_at", "closed_at", "sha256"
        )
        self.project = Copy(
            Project, "number", "case_id", "kind", "name", "applicant", "district", "methodology",
            "methodology_version", "method_class", "est_annual_g", "published_at",
        )  # fmt: skip

    def send(self, connection: "psycopg.Connection[Any]") -> None:
        for copy in (self.case, self.version, self.task, self.deadline, self.submission, self.event,
                     self.finding, self.notice, self.project):  # fmt: skip
            copy.send(connection)


def build(url: str, cases: int, say: Callable[[str], None], seed: int = 1) -> Sizes:
    """Fill an empty, migrated database with a city of so many cases; three years of work up to now."""
    began = time.monotonic()
    engine = sessions.make_engine(url)
    with Session(engine) as session:
        static.seed(session, "no-one-signs-in-with-this-" + hashlib.sha256(url.encode()).hexdigest()[:12])
        by = calendar.in_force(session)
        session.commit()
    now = datetime.now(UTC)
    office = Office(by, (now - timedelta(days=366 * YEARS)).date(), now)
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        with quick(connection):
            sizes = _fill(connection, office, cases, by.version, seed, say)
            _visits(connection)
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze")
        say("统计累计 · sums of the statistics …")
        _add_up(engine)
        connection.execute("vacuum analyze tally, tally_case")
    engine.dispose()
    sizes.seconds = time.monotonic() - began
    return sizes


def _add_up(engine: Engine) -> None:
    with Session(engine) as session:
        tally.rebuild(session)
        session.commit()


def _starts(dice: random.Random, office: Office, cases: int) -> list[float]:
    """When the cases are filed: evenly, but a small office, too, has enough under way to fill a page of each list."""
    recent = max(min(FULL, cases * 2 // 5), round(cases * QUARTER / office.today))
    spans = (
        (0.0, office.today - QUARTER, cases - recent),
        (office.today - QUARTER, office.today - 0.2, recent),
    )
    return sorted(dice.uniform(first, last) for first, last, number in spans for _ in range(number))


def _fill(
    connection: "psycopg.Connection[Any]", office: Office, cases: int, version: int, seed: int,
    say: Callable[[str], None],
) -> Sizes:  # fmt: skip
    dice = random.Random(seed)  # noqa: S311 - rows, not secrets
    filers = _organisations(connection, max(20, cases // 25))
    people = _staff(connection)
    player, tables = Player(office, people, seed), Tables()
    starts = _starts(dice, office, cases)
    numbers = count(1)
    for n, start in enumerate(starts, 1):
        procedure = "scenario_application" if dice.random() < 0.15 else "project_application"
        party, user, name = dice.choice(filers)
        life = player.play(procedure, start, user)
        _padded(life, dice, user)
        _write(tables, life, n, party, user, name, dice, version, numbers)
        if n % BATCH == 0 or n == cases:
            tables.send(connection)
            say(
                f"{n}/{cases} 办件 · cases，{tables.task.rows} 事项 · tasks，{tables.event.rows} 审计 · events"
            )
    return Sizes(tables.case.rows, tables.task.rows, tables.event.rows)


def _padded(life: Life, dice: random.Random, user: int) -> None:
    """Looks at the case fill the trail up to what an office leaves behind."""
    last = life.events[-1][0]
    for _ in range(max(0, EVENTS - len(life.events) + dice.randint(-4, 4))):
        life.note(
            last, "message.sent", None, "system", kind=dice.choice(("reminder", "status_changed", "reply"))
        )


def _organisations(connection: "psycopg.Connection[Any]", wanted: int) -> list[tuple[int, int, str]]:
    """(party, account, name) of each applicant."""
    party = Copy(Party, "key", "name", "district", "account_no")
    names = [f"上海{DISTRICTS[n % 16][:-1]}示范{n:05d}号能源有限公司" for n in range(wanted)]
    for n, name in enumerate(names):
        party.add(f"CITY-{n}", name, DISTRICTS[n % 16], f"SHPH-C{n:06d}")
    party.send(connection)
    rows = connection.execute("select id, name from party where key like 'CITY-%' order by id").fetchall()
    user = Copy(User, "username", "name", "person_key", "roles", "party_id")
    for n, (party_id, _) in enumerate(rows):
        user.add(f"city-a{n}", f"经办{n:05d}", f"city-a{n}", '["applicant"]', str(party_id))
    user.send(connection)
    found = connection.execute(
        "select p.id, u.id, p.name from party p join user_account u on u.party_id = p.id where p.key like 'CITY-%'"
    )
    return [(int(p), int(u), str(n)) for p, u, n in found.fetchall()]


def _staff(connection: "psycopg.Connection[Any]") -> dict[str, list[int]]:
    user = Copy(User, "username", "name", "person_key", "roles")
    for role, number in STAFF.items():
        for n in range(number):
            user.add(f"city-{role}{n}", f"{role}{n:03d}", f"city-{role}{n}", f'["{role}"]')
    user.send(connection)
    people: dict[str, list[int]] = {}
    rows = connection.execute(
        "select id, roles->>0, username from user_account where person_key like 'city-%'"
    )
    for ident, role, _ in rows.fetchall():
        people.setdefault(role, []).append(ident)
    expert = Copy(Expert, "user_id", "key", "name", "specialty", "employer")
    for n, ident in enumerate(people["expert"]):
        expert.add(str(ident), f"CITY-E{n}", f"专家{n:03d}", "能源", f"上海第{n}研究所")
    expert.send(connection)
    return people


def _write(
    tables: Tables, life: Life, n: int, party: int, user: int, name: str, dice: random.Random, version: int,
    numbers: "count[int]",
) -> None:  # fmt: skip
    code, release, class_ = METHODS[dice.randrange(3)]
    district, title = dice.choice(DISTRICTS), f"{name[2:9]}{dice.choice(KINDS)}"
    ident, filed = str(life.id), life.filed.isoformat()
    form = {"project": {"project_name": title, "district": district}, "applicant": {"applicant_name": name}}
    prefix = "CJ" if life.procedure.startswith("scenario") else "XM"
    changed = life.events[-1][0].isoformat()
    tables.case.add(
        ident, f"{prefix}-{life.filed.year}-C{n:06d}", life.procedure, title, life.status, life.stage,
        text(life.stage_since), str(party), str(user), str(user), text(form), code, release, district, filed,
        changed, filed, text(life.accepted), text(life.ended),
    )  # fmt: skip
    digest = hashlib.sha256(ident.encode()).hexdigest()
    tables.version.add(ident, "1", text(form), digest, str(user), filed)
    for task in life.tasks:
        _task(tables, life, task, party, version)
    for row in chained(life):
        tables.event.add(*row)
    if any(t.key == "correction" for t in life.tasks):
        for number in range(1, dice.randint(1, 4) + 1):
            target = dice.choices(TARGETS, weights=(30, 18, 14, 12, 10, 9, 7))[0]
            tables.finding.add(ident, "correction", "1", str(number), "formal", target, "请补充或者更正。")
    _public(tables, life, title, name, district, (code, release, class_), dice, numbers)


def _task(tables: Tables, life: Life, task: Asked, party: int, version: int) -> None:
    reserved = str(task.holder) if task.role == "expert" and task.holder else "\\N"
    closed = task.state == "done"
    ident, case = str(task.id), str(life.id)
    tables.task.add(
        ident, case, life.procedure, task.key, str(task.round), task.role,
        str(party) if task.role == "applicant" else "\\N", reserved, text(task.holder), task.state,
        task.outcome if closed else "\\N", task.opened.isoformat(), text(task.claimed), text(task.closed),
        text(task.holder) if closed else "\\N", task.due.isoformat(),
    )  # fmt: skip
    tables.deadline.add(
        case,
        ident,
        f"{task.key}_wd",
        str(task.limit),
        task.opened.isoformat(),
        task.due.isoformat(),
        str(version),
    )
    if closed and task.closed is not None:
        digest = hashlib.sha256(ident.encode()).hexdigest()
        tables.submission.add(
            ident, case, task.outcome, task.key, str(task.holder), task.role, digest, task.closed.isoformat()
        )


def _public(
    tables: Tables, life: Life, title: str, name: str, district: str, method: tuple[str, str, str],
    dice: random.Random, numbers: "count[int]",
) -> None:  # fmt: skip
    """The notice and the entry in the public register."""
    release = next((t for t in life.tasks if t.key == "publicity_release" and t.closed), None)
    if release is not None and release.closed is not None:
        closes = release.closed + timedelta(days=9)
        over = closes <= datetime.now(UTC)
        tables.notice.add(
            str(life.id), life.procedure, title, "closed" if over else "open", release.closed.isoformat(),
            closes.isoformat(), closes.isoformat() if over else "\\N", hashlib.sha256(title.encode()).hexdigest(),
        )  # fmt: skip
    if life.status in ("published", "online") and life.ended is not None:
        kind = "project" if life.status == "published" else "scenario"
        number = f"SHPH-CITY-{next(numbers):06d}"
        tables.project.add(
            number, str(life.id), kind, title, name, district, *method,
            str(dice.randrange(10**7, 10**10)), life.ended.isoformat(),
        )  # fmt: skip


def _visits(connection: "psycopg.Connection[Any]") -> None:
    """The visits of stages, from the trail in one statement (the trigger was off meanwhile)."""
    connection.execute("""
        insert into stage_visit (case_id, n, procedure, stage, entered_at, left_at)
        select case_id, row_number() over (partition by case_id order by seq), procedure, stage, at, left_at
          from (select e.case_id, e.seq, e.event, c.procedure, e.data->>'stage' as stage, e.at,
                       lead(e.at) over (partition by e.case_id order by e.seq) as left_at
                  from audit_event e join case_file c on c.id = e.case_id
                 where e.event in ('stage.entered', 'case.ended', 'case.withdrawn')) marks
         where event = 'stage.entered' on conflict do nothing""")
