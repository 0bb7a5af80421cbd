"""The people of the benchmark and what they do: file a case of ten questions, answer one through services or HTTP."""

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, select

from models.procedures import project_application as its
from models.tables import Case, User
from models.vocabulary.forms import example_data
from models.vocabulary.specs import Task
from runtime.bench.openings import Opening
from runtime.bench.stand import Stand
from services import clock, outbox, tasks
from services.access import Actor, actor_of
from services.session import transaction

ANSWERS: dict[str, tuple[Task, str]] = {t.key: (t, t.by.value) for t in (its.FORMAL_REVIEW, its.TRIAGE)}
_numbers = count(1)
_lock = threading.Lock()


@cache
def answer(key: str) -> dict[str, Any]:
    """The body of an answer to this kind of task."""
    spec = ANSWERS[key][0]
    return {"outcome": spec.outcomes[0].key, "form": example_data(spec.form)}


@cache
def _body(key: str) -> bytes:
    return json.dumps(answer(key), ensure_ascii=False).encode()


@dataclass(frozen=True)
class People:
    """Who acts, by role; `filer` files."""

    filer: User
    by_role: dict[str, Actor]

    def of(self, key: str) -> Actor:
        """Who answers this kind of task."""
        return self.by_role[ANSWERS[key][1]]


def people() -> People:
    """The accounts of the demonstration that take part."""
    with transaction() as session:
        named = {u.username: u for u in session.exec(select(User))}
    roles = {role for _, role in ANSWERS.values()}
    return People(named["applicant"], {role: actor_of(named[role]) for role in roles})


def file(session: Session, filer: User, form: dict[str, Any]) -> str:
    """A submitted case whose course begins when the transaction commits; its id."""
    with _lock:
        n = next(_numbers)
    row = Case(
        case_no=f"BENCH-{n:07d}",
        procedure=its.KEY,
        title=f"测速光伏项目{n}",
        status="submitted",
        filer_id=filer.party_id or 0,
        created_by=filer.id or 0,
        filed_by=filer.id,
        form=form,
        submitted_at=clock.now(),
    )
    session.add(row)
    session.flush()
    outbox.send(session, row.id, "start")
    return str(row.id)


def decide(who: People, opening: Opening) -> float:
    """Answer through the services, as an edge does; milliseconds until it is committed."""
    began = time.perf_counter()
    body = answer(opening.key)
    with transaction() as session:
        tasks.complete(session, who.of(opening.key), opening.task_id, body["outcome"], body["form"])
    return (time.perf_counter() - began) * 1000


@dataclass
class Desk:
    """One person's browser, or program: a connection of its own that stays open."""

    stand: Stand
    tokens: dict[str, str]
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        place = urlsplit(self.stand.web)
        self.connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)

    def call(self, method: str, path: str, role: str, body: bytes | None = None) -> bytes:
        """One request. Raises RuntimeError unless it succeeded."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:300]!r}")
        return content

    def decide(self, opening: Opening) -> float:
        """Answer a task; milliseconds until it is acknowledged."""
        path, role = f"/api/v1/tasks/{opening.task_id}/complete", ANSWERS[opening.key][1]
        began = time.perf_counter()
        self.call("POST", path, role, _body(opening.key))
        return (time.perf_counter() - began) * 1000

    def close(self) -> None:
        """Hang up."""
        self.connection.close()


def sign_in(found: Stand, *names: str) -> dict[str, str]:
    """A token for each account; the accounts of the centre are named after their roles."""
    from runtime.client import Player

    player = Player(found.web, found.plan.demo_password)
    try:
        return {name: player.token(name) for name in names}
    finally:
        player.close()


def example_form() -> dict[str, Any]:
    """The example of the application form."""
    return example_data(its.SPEC.form)
