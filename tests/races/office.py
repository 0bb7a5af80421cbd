"""The people of a race and the rows they leave: made by the services, read by plain SQL."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
from sqlmodel import Session, select

from models.procedures import PROCEDURES, examples_for
from models.tables import User
from services import people
from services.session import transaction
from services.settings import settings

Json = dict[str, Any]


def officers(role: str, many: int, prefix: str) -> list[str]:
    """So many people of a role, each signed in; their tokens."""
    with transaction() as session:
        return [_signed_in(session, person(session, f"{prefix}{n:03d}", role)) for n in range(many)]


def person(session: Session, username: str, role: str) -> User:
    """An account; the one that is there when a race is run again."""
    row = session.exec(select(User).where(User.username == username)).first()
    row = row or User(username=username, name=f"{username}人员", person_key=username, roles=[role])
    session.add(row)
    session.flush()
    return row


def _signed_in(session: Session, user: User) -> str:
    return people.open_session(session, user, ip="127.0.0.1", kind="api").token


def token(username: str) -> str:
    """A bearer token of an account that is there."""
    with transaction() as session:
        return _signed_in(session, session.exec(select(User).where(User.username == username)).one())


def browser(username: str) -> tuple[str, str]:
    """A signed-in browser: its cookie and the word that its forms carry."""
    with transaction() as session:
        user = session.exec(select(User).where(User.username == username)).one()
        opened = people.open_session(session, user, ip="127.0.0.1")
    return f"puhui_session={opened.token}", opened.csrf


def answer(key: str, outcome: str = "", procedure: str = "project_application") -> Json:
    """The example answer of a task, as the body of `complete`."""
    spec = PROCEDURES[procedure].task(key)
    outcome = outcome or spec.outcomes[0].key
    return {"outcome": outcome, "form": examples_for(spec, outcome)}


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows as they are, past every service."""
    url = settings().database_url.replace("+psycopg", "", 1)
    with psycopg.connect(url) as connection:
        return connection.execute(query, values or None).fetchall()  # type: ignore[arg-type]


def submissions(tasks: list[str]) -> Counter[str]:
    """How many answers each of these tasks has."""
    found = rows(
        "select task_id::text, count(*) from submission where task_id::text = any(%s) group by 1", tasks
    )
    return Counter(dict(found))


def state(task: str) -> tuple[str, str]:
    """State and outcome of a task."""
    found = rows("select state, coalesce(outcome, '') from task where id::text = %s", task)
    return (str(found[0][0]), str(found[0][1]))


#: What must be empty after every race, whoever took part.
ASIDE: dict[str, str] = {
    "answered twice": "select task_id from submission group by task_id having count(*) > 1",
    "closed twice": """select task_id from audit_event where event in ('task.completed', 'task.overdue', 'task.cancelled')
        group by task_id having count(*) > 1""",
    "done without an answer": """select t.id from task t left join submission s on s.task_id = t.id
        where t.state = 'done' and s.id is null""",
    "answered and not done": """select t.id from task t join submission s on s.task_id = t.id
        where t.state <> 'done' or s.outcome <> t.outcome""",
    "open in a case that has ended": """select t.id from task t join case_file c on c.id = t.case_id
        where t.state in ('open', 'claimed') and c.ended_at is not null""",
    "documents twice": """select case_id from document group by case_id, key, slot, round having count(*) > 1""",
}


def contradictions(but: Callable[[str], bool] = lambda _: False) -> dict[str, list[Any]]:
    """What the rows say twice or not at all; empty when every race had one outcome."""
    found = {name: rows(query) for name, query in ASIDE.items() if not but(name)}
    return {name: some for name, some in found.items() if some}
