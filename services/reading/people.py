"""Who can take a task over: colleagues with their load, and for each who cannot, why not (rule M01)."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.tables import Case, TaskRow, User
from models.vocabulary.roles import OVERSIGHT
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from services.reading import duties


@dataclass(frozen=True)
class Candidate:
    """A colleague of the group asked.

    Args:
        active: tasks the person has in hand now.
        refusal: why this person must not take the task; None = may.
    """

    username: str
    name: str
    active: int
    refusal: Text | None


def candidates(session: Session, task: TaskRow) -> list[Candidate]:
    """Everybody of the task's group, those who may take it first, least busy first. Three queries."""
    case = session.get_one(Case, task.case_id)
    known = duties.of_cases(session, [case], [task])
    found = [
        Candidate(user.username, user.name, load, known.refusal(duties.person_of(user), _free(task)))
        for user, load in _group(session, task)
        if user.id != task.assignee_id
    ]
    return sorted(found, key=lambda c: (c.refusal is not None, c.active, c.name))


def _free(task: TaskRow) -> TaskRow:
    """The task as if it were in nobody's hands: a holder's own rights must not colour the answer."""
    return TaskRow(**{**task.model_dump(), "assignee_id": None})


def _group(session: Session, task: TaskRow) -> list[tuple[User, int]]:
    open_states = [s.value for s in OPEN_STATES]
    load = (
        select(func.count())
        .select_from(TaskRow)
        .where(col(TaskRow.assignee_id) == col(User.id), col(TaskRow.state).in_(open_states))
        .correlate(User)
        .scalar_subquery()
    )
    query = select(User, load).where(col(User.active).is_(True), col(User.roles).contains([task.role]))
    if task.reserved_for is not None:
        query = query.where(col(User.id) == task.reserved_for)
    if task.party_id is not None:
        query = query.where(col(User.party_id) == task.party_id)
    overseers = {r.value for r in OVERSIGHT}
    return [(u, n) for u, n in session.exec(query.order_by(col(User.id))) if not set(u.roles) <= overseers]
