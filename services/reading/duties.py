"""Separation of duties for whole lists: the rule of `access.four_eyes`, with the rows of all cases read at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col, select

from models.procedures import PROCEDURES
from models.tables import Case, Submission, TaskRow, User
from models.vocabulary.roles import OVERSIGHT, Role
from models.vocabulary.specs import FILER
from models.vocabulary.text import Text

NO_DECISIONS = Text(
    "Administrators and auditors decide no case.", "系统管理员和审计员不参与办件决定，不能办理本事项。"
)
NOT_YOURS = Text("This task belongs to another role or party.", "本事项由其他角色或单位办理。")
OF_THE_APPLICANT = Text(
    "You belong to the applicant of this case and cannot review it.",
    "您属于本件申请方，应当回避，不能办理本事项。",
)


@dataclass(frozen=True)
class Person:
    """What the rule needs to know of somebody."""

    person_key: str
    party_id: int | None
    roles: frozenset[str]
    user_id: int


@dataclass
class Duties:
    """Who did what in some cases, by natural person."""

    deciders: dict[tuple[UUID, str], set[str]] = field(default_factory=dict)
    filers: dict[UUID, set[str]] = field(default_factory=dict)
    parties: dict[UUID, set[int]] = field(default_factory=dict)

    def refusal(self, person: Person, task: TaskRow) -> Text | None:
        """None when this person may answer the task, else why not (role, party, four eyes)."""
        if person.roles & {r.value for r in OVERSIGHT}:
            return NO_DECISIONS
        if not _in_group(person, task):
            return NOT_YOURS
        people = {person.person_key, *(str(d.get("person", "")) for d in task.delegations)}
        for other in PROCEDURES[task.procedure].task(task.key).not_by:
            if other == FILER:
                if person.party_id in self.parties.get(task.case_id, set()) or people & self.filers.get(
                    task.case_id, set()
                ):
                    return OF_THE_APPLICANT
            elif people & self.deciders.get((task.case_id, other), set()):
                return _did(task, other)
        return None


def _in_group(person: Person, task: TaskRow) -> bool:
    if person.user_id in (task.assignee_id, task.reserved_for):
        return True
    if task.reserved_for is not None or task.role not in person.roles:
        return False
    return task.party_id is None or task.party_id == person.party_id


def _did(task: TaskRow, other: str) -> Text:
    title = PROCEDURES[task.procedure].task(other).title
    return Text(
        f"You did “{title.en}” in this case; another person must do this step.",
        f"您已办理本件“{title.zh}”，本事项须由其他人员办理。",
    )


def person_of(user: User) -> Person:
    """The account as the rule sees it."""
    return Person(user.person_key, user.party_id, frozenset(user.roles), user.id or 0)


def of_cases(session: Session, cases: Iterable[Case], tasks: Collection[TaskRow]) -> Duties:
    """Two queries, however many cases: the accounts that filed, and the latest answer of each kind that excludes."""
    rows = list(cases)
    duties = Duties(parties={c.id: {p for p in (c.filer_id, c.principal_id) if p} for c in rows})
    if not rows or not any(PROCEDURES[t.procedure].task(t.key).not_by for t in tasks):
        return duties
    keys = {k for t in tasks for k in PROCEDURES[t.procedure].task(t.key).not_by if k != FILER}
    latest = _latest(session, [c.id for c in rows], keys)
    persons = _persons(session, rows, latest)
    for c in rows:
        duties.filers[c.id] = {persons[u] for u in (c.created_by, c.filed_by) if u in persons}
    for answer, task in latest.values():
        named = {persons[u] for u in (answer.by_user, answer.on_behalf) if u in persons}
        duties.deciders[task.case_id, task.key] = named | {
            str(d["person"]) for d in task.delegations if d.get("person")
        }
    return duties


def _latest(
    session: Session, case_ids: list[UUID], keys: set[str]
) -> dict[tuple[UUID, str], tuple[Submission, TaskRow]]:
    """The newest answer of each kind in each case."""
    query = (
        select(Submission, TaskRow)
        .join(TaskRow, col(TaskRow.id) == col(Submission.task_id))
        .where(col(Submission.case_id).in_(case_ids), col(TaskRow.key).in_(keys))
        .order_by(col(Submission.id))
    )
    return {(t.case_id, t.key): (s, t) for s, t in session.exec(query)}


def _persons(
    session: Session, cases: list[Case], latest: dict[tuple[UUID, str], tuple[Submission, TaskRow]]
) -> dict[int | None, str]:
    ids = {u for c in cases for u in (c.created_by, c.filed_by)}
    ids |= {u for s, _ in latest.values() for u in (s.by_user, s.on_behalf)}
    query = select(User.id, User.person_key).where(col(User.id).in_([i for i in ids if i is not None]))
    return dict(session.exec(query).all())


def supervises(roles: Collection[Role]) -> bool:
    """Sees everybody's tasks and may hand them to others."""
    return bool({Role.SUPERVISOR, Role.ADMIN, Role.EXCHANGE} & set(roles))
