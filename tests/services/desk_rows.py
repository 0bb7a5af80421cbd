"""A small city and a case on its way, for tests of tasks and rights."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from models.procedures import PROCEDURES, examples_for
from models.tables import Case, TaskRow, User
from models.vocabulary.facts import TaskRequest
from models.vocabulary.roles import Role
from services import cases, course, materials, tasks
from services.access import Actor, actor_of
from tests.scenarios import world
from tests.scenarios.play import filing_form

SPEC = PROCEDURES["project_application"]
DECLARED = {"accepted": True, "signatory": "陈启明"}


def city(session: Session) -> None:
    """The people, once in a database."""
    if session.exec(select(User).where(User.username == "applicant")).first() is None:
        world.build(session)
        session.flush()


def who(session: Session, username: str) -> Actor:
    return world.actor(session, username)


def draft(session: Session, n: int = 1, username: str = "applicant", **parts: Any) -> Case:
    """A complete draft with its papers; `parts` are merged into the form's groups."""
    form = filing_form(n)
    for group, values in parts.items():
        form[group] = form[group] | values
    case = cases.create(session, who(session, username), SPEC.key, form)
    for item in SPEC.materials:
        if item.needed(form) and not item.generated:
            actor = who(session, username)
            materials.add(session, actor, case.case_no, item.kind, f"{item.kind}.pdf", world.PDF, True)
    return case


def filed(session: Session, n: int = 1) -> Case:
    case = draft(session, n)
    return cases.submit(session, who(session, "applicant"), case.case_no, DECLARED)


def asked(
    session: Session, case: Case, key: str, *, stage: str | None = None, slot: str = "1", round_: int = 1
) -> TaskRow:
    """A task opened as the course would."""
    request = TaskRequest(key=key, slot=slot, round=round_)
    made = course.project(session, str(case.id), stage, [request]).tasks[0]
    return session.get_one(TaskRow, UUID(made.task_id))


def answer(session: Session, actor: Actor, task: TaskRow, outcome: str = "", **change: Any) -> TaskRow:
    """The example answer of the outcome (the first where none is named)."""
    spec = SPEC.task(task.key)
    outcome = outcome or spec.outcomes[0].key
    return tasks.complete(session, actor, task.id, outcome, examples_for(spec, outcome) | change)


def person(session: Session, username: str, *roles: Role, key: str = "") -> Actor:
    """An account of the centre; `key` names the natural person."""
    user = User(
        username=username, name=f"{username}人员", person_key=key or username, roles=[r.value for r in roles]
    )
    session.add(user)
    session.flush()
    return actor_of(user)
