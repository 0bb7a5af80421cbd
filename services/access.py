"""The only ways in to a case or a task. Refuses by default: what one may not see does not exist (M01, M10)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Row,
    and_,
    bindparam,
    false,
    func,
    or_,
)
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.procedures import PROCEDURES
from models.tables import Case, DocumentRow, Expert, PanelMember, Submission, TaskRow, User
from models.vocabulary.errors import NotFound
from models.vocabulary.roles import CENTRE, FILERS, OVERSIGHT, Role
from models.vocabulary.specs import FILER, Audience, Task
from models.vocabulary.statuses import OPEN_STATES, CaseStatus, SeatState
from models.vocabulary.text import Text
from services import blinding, clock, direct, pictures

#: Experts and agencies may read a case so long after their part has ended.
READ_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Actor:
    """The person at the screen, as rights see them."""

    user_id: int
    username: str
    name: str
    roles: frozenset[Role]
    party_id: int | None
    person_key: str
    lang: str = "zh"
    ip: str = ""

    def is_any(self, *roles: Role) -> bool:
        """Has one of these roles."""
        return bool(self.roles & set(roles))


def actor_of(user: User | Row[Any], ip: str = "") -> Actor:
    """The actor a user stands for, given as an object or as the columns of one."""
    roles = frozenset(Role(r) for r in user.roles)
    return Actor(user.id or 0, user.username, user.name, roles, user.party_id, user.person_key, user.lang, ip)


def _visible(actor: Actor) -> ColumnElement[bool]:
    """The where-clause of every case the actor may see; what is the actor's own in it has a name."""
    ways: list[ColumnElement[bool]] = []
    me: BindParameter[int] = bindparam("me", actor.user_id)
    party: BindParameter[int | None] = bindparam("party", actor.party_id)
    submitted = col(Case.status) != CaseStatus.DRAFT.value
    readable = [key for key, spec in PROCEDURES.items() if actor.roles & spec.read_by]
    if readable:
        ways.append(and_(submitted, col(Case.procedure).in_(readable)))
    if actor.is_any(*OVERSIGHT):
        ways.append(submitted)
    opened = [key for key, spec in PROCEDURES.items() if spec.ex_officio and actor.roles & spec.filers]
    if opened:  # a draft of the office is its author's
        ways.append(and_(col(Case.procedure).in_(opened), col(Case.created_by) == me))
    if actor.party_id is not None and actor.is_any(*FILERS):
        ways.append(col(Case.filer_id) == party)
        ways.append(and_(submitted, col(Case.principal_id) == party))
    if Role.EXPERT in actor.roles:
        ways.append(and_(submitted, col(Case.id).in_(_panel_cases(me))))
    if Role.AGENCY in actor.roles and actor.party_id is not None:
        ways.append(and_(submitted, col(Case.id).in_(_agency_cases(party))))
    return or_(*ways) if ways else false()


def _since() -> BindParameter[datetime]:
    return bindparam("since", clock.now() - READ_AFTER)


def _panel_cases(me: BindParameter[int]) -> SelectOfScalar[UUID]:
    """Cases whose panel this expert sits on, or sat on until lately."""
    gone = [
        SeatState.DECLINED.value,
        SeatState.CONFLICTED.value,
        SeatState.SILENT.value,
        SeatState.DRAWN.value,
        SeatState.INVITED.value,  # papers open once a conflict has been ruled out
    ]
    return (
        select(PanelMember.case_id)
        .join(Expert, col(Expert.id) == col(PanelMember.expert_id))
        .join(Case, col(Case.id) == col(PanelMember.case_id))
        .where(
            col(Expert.user_id) == me,
            col(PanelMember.state).not_in(gone),
            or_(col(Case.ended_at).is_(None), col(Case.ended_at) > _since()),
        )
    )


def _agency_cases(party: BindParameter[int | None]) -> SelectOfScalar[UUID]:
    """Cases this institution was asked to review, while asked and a while after."""
    return select(TaskRow.case_id).where(
        TaskRow.role == Role.AGENCY.value,
        col(TaskRow.party_id) == party,
        TaskRow.state != "cancelled",
        or_(col(TaskRow.closed_at).is_(None), col(TaskRow.closed_at) > _since()),
    )


def sees(actor: Actor) -> ColumnElement[bool]:
    """The same as a clause, for statements that count or join cases."""
    return _visible(actor)


def visible_cases(actor: Actor) -> SelectOfScalar[Case]:
    """Everything the actor may see; every list of cases starts here."""
    return select(Case).where(_visible(actor))


def case_for(session: Session, actor: Actor, case_no: str, *, lock: bool = False) -> Case:
    """The case, if the actor may know of it.

    Args:
        lock: take the row lock that orders all changes of a case.

    Raises:
        NotFound: no such case, or not theirs to know.
    """
    query = visible_cases(actor).where(Case.case_no == case_no)
    if lock:
        query = query.with_for_update(of=Case)
    case = session.exec(query.execution_options(populate_existing=lock)).first()
    if case is None:
        raise NotFound
    return case


def task_for(session: Session, actor: Actor, task_id: UUID | str, *, lock: bool = False) -> TaskRow:
    """The task, if the actor may know of it; with `lock`, the case row is locked first, then the task.

    Raises:
        NotFound: no such task, or not theirs to know.
    """
    key = _uuid(task_id)
    if not lock:
        task = session.get(TaskRow, key)
        if task is None or not knows_task(session, actor, task):
            raise NotFound
        return task
    task = _locked(session, actor, key)
    if task is None:
        raise NotFound
    return task


def open_task_for(session: Session, actor: Actor, task_id: UUID | str) -> TaskRow | None:
    """The task with its case, locked as by `task_for`, if it is open; None, without waiting for anybody, if not.

    Raises:
        NotFound: an open task that is not theirs to know.
    """
    return _locked(session, actor, _uuid(task_id), only_open=True)


def _locked(session: Session, actor: Actor, task_id: UUID, *, only_open: bool = False) -> TaskRow | None:
    """Case and task, locked in this order, and whether the actor may read the case in full: one statement."""
    own = {"me": actor.user_id, "party": actor.party_id, "since": clock.now() - READ_AFTER}
    lock = _lock_of(actor.roles, actor.party_id is not None, only_open, tuple(PROCEDURES))
    found = session.execute(lock, {"task": task_id, **own}).first()
    if found is None:
        return None
    task: TaskRow = found.TaskRow
    case, seen = found.Case, found.seen
    session.info["held"] = case  # a session forgets what nobody holds, and would read the row again and again
    pictures.once(session, ("filers", case.id), lambda: frozenset(found.filers))
    if not _knows(actor, task, lambda: bool(seen)):
        raise NotFound
    return task


@lru_cache(maxsize=256)
def _lock_of(roles: frozenset[Role], of_a_party: bool, only_open: bool, _known: tuple[str, ...]) -> Any:
    """The statement of `_locked`, put together once for people of the same roles and the procedures there are."""
    anybody = Actor(0, "", "", roles, 0 if of_a_party else None, "")
    where = [col(TaskRow.id) == bindparam("task")]
    where += [col(TaskRow.state).in_(list(OPEN_STATES))] if only_open else []
    return (
        select(TaskRow, Case, _visible(anybody).label("seen"), _persons_who_filed().label("filers"))
        .join(Case, col(Case.id) == col(TaskRow.case_id))
        .where(*where)
        .with_for_update(of=[Case, TaskRow])
        .execution_options(populate_existing=True)
    )


def _persons_who_filed() -> ColumnElement[Any]:
    """The natural persons who drafted and filed the case."""
    return func.array(
        select(User.person_key)
        .where(or_(col(User.id) == col(Case.created_by), col(User.id) == col(Case.filed_by)))
        .correlate(Case)
        .scalar_subquery()
    )


def _uuid(value: UUID | str) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except ValueError as error:
        raise NotFound from error


def knows_task(session: Session, actor: Actor, task: TaskRow) -> bool:
    """May the actor know that this task exists? Theirs by role, or part of a case they may read in full."""

    def seen() -> bool:
        found = visible_cases(actor).with_only_columns(col(Case.id)).where(col(Case.id) == task.case_id)
        return session.scalar(found) is not None

    return _knows(actor, task, seen)


def _knows(actor: Actor, task: TaskRow, seen: Callable[[], bool]) -> bool:
    """`seen`: may the actor read the case in full?"""
    if holds(actor, task) or actor.user_id == task.closed_by:
        return True
    if (
        task.role in {r.value for r in FILERS}
        and actor.party_id is not None
        and task.party_id == actor.party_id
    ):
        return actor.is_any(*FILERS)
    if actor.is_any(*CENTRE, *OVERSIGHT, Role.BUREAU, Role.EXCHANGE, Role.MALL):
        return seen()
    return in_group(actor, task)


def holds(actor: Actor, task: TaskRow) -> bool:
    """Has it in hand, or it is reserved for this person."""
    return actor.user_id in (task.assignee_id, task.reserved_for)


def in_group(actor: Actor, task: TaskRow) -> bool:
    """Belongs to the group that may take the task: role, and party where the task names one."""
    if task.reserved_for is not None:
        return actor.user_id == task.reserved_for
    if task.role not in actor.roles:
        return False
    return task.party_id is None or task.party_id == actor.party_id


def spec_of(task: TaskRow) -> Task:
    """The noun behind a task row."""
    return PROCEDURES[task.procedure].task(task.key)


def belongs(actor: Actor, task: TaskRow) -> bool:
    """Is the task this person's business: in hand, reserved, or asked of a group they are of? Overseers have none."""
    return holds(actor, task) or (in_group(actor, task) and not actor.is_any(*OVERSIGHT))


def not_theirs(actor: Actor, task: TaskRow) -> Text | None:
    """None when the task is this person's business; else the refusal in words (M01)."""
    if actor.is_any(*OVERSIGHT):
        return Text(
            "Administrators and auditors decide no case.",
            "系统管理员和审计员不参与办件决定，不能办理本事项。",
        )
    if not belongs(actor, task):
        return Text("This task belongs to another role or party.", "本事项由其他角色或单位办理。")
    return None


def may_claim(session: Session, actor: Actor, task: TaskRow) -> Text | None:
    """None when the actor may answer this task; else why not, in words (G12, I22, four eyes)."""
    return not_theirs(actor, task) or four_eyes(session, actor, task)


def four_eyes(session: Session, actor: Actor, task: TaskRow) -> Text | None:
    """Separation of duties by natural person, at decision time, through delegations (rule M01, pain P46)."""
    people = {actor.person_key, *(str(d.get("person", "")) for d in task.delegations)}
    for other in spec_of(task).not_by:
        if other == FILER:
            if _filed_by(session, actor, task, people):
                return Text(
                    "You belong to the applicant of this case and cannot review it.",
                    "您属于本件申请方，应当回避，不能办理本事项。",
                )
            continue
        if people & _deciders(session, task.case_id, other):
            title = PROCEDURES[task.procedure].task(other).title
            return Text(
                f"You did “{title.en}” in this case; another person must do this step.",
                f"您已办理本件“{title.zh}”，本事项须由其他人员办理。",
            )
    return None


def _filed_by(session: Session, actor: Actor, task: TaskRow, people: set[str]) -> bool:
    case = session.get_one(Case, task.case_id)
    if actor.party_id is not None and actor.party_id in (case.filer_id, case.principal_id):
        return True
    users = [u for u in (case.created_by, case.filed_by) if u is not None]
    filers = pictures.once(  # found with the lock, as a rule
        session,
        ("filers", case.id),
        lambda: frozenset(direct.ask(session, _PERSONS, {"users": users}).scalars()),
    )
    return bool(people & filers)


_PERSONS = select(User.person_key).where(
    col(User.id) == func.any(bindparam("users", type_=ARRAY(BigInteger)))
)


def _deciders(session: Session, case_id: UUID, key: str) -> set[str]:
    """Natural persons behind the latest answer to `key`: who answered, and for whom."""
    latest = session.exec(
        select(Submission, TaskRow)
        .join(TaskRow, col(TaskRow.id) == col(Submission.task_id))
        .where(Submission.case_id == case_id, TaskRow.key == key)
        .order_by(col(Submission.id).desc())
        .limit(1)
    ).first()
    if latest is None:
        return set()
    submission, row = latest
    ids = [u for u in (submission.by_user, submission.on_behalf) if u]
    people = set(direct.ask(session, _PERSONS, {"users": ids}).scalars())
    return people | {str(d.get("person", "")) for d in row.delegations if d.get("person")}


def visible_documents(session: Session, actor: Actor, case: Case) -> list[DocumentRow]:
    """Documents of the case that the actor may read, in the order they were issued.

    The actor must have come by :func:`case_for`. An expert reads other experts' opinions only when all are in (G12).
    """
    query = select(DocumentRow).where(DocumentRow.case_id == case.id).order_by(col(DocumentRow.id))
    return [d for d in session.exec(query) if _reads(session, actor, case, d)]


def owns(actor: Actor, case: Case) -> bool:
    """Of the filing party, whose personal data the case holds; a draft of the office is its author's."""
    if PROCEDURES[case.procedure].ex_officio and case.status == CaseStatus.DRAFT.value:
        return actor.user_id == case.created_by
    return actor.party_id is not None and actor.party_id == case.filer_id and actor.is_any(*FILERS)


def reads_personal(actor: Actor, case: Case) -> bool:
    """May see personal data of the case in full: its owner, and those whose task needs it, each look kept (M10)."""
    return owns(actor, case) or actor.is_any(*CENTRE, Role.EXCHANGE, Role.MALL, Role.BUREAU, Role.AUDITOR)


def _reads(session: Session, actor: Actor, case: Case, document: DocumentRow) -> bool:
    spec = PROCEDURES[case.procedure]
    noun = spec.document(document.key)
    if noun.personal and not reads_personal(actor, case):
        return False
    if document.audience == Audience.PUBLIC.value:
        return True
    if actor.is_any(*CENTRE, *OVERSIGHT, Role.BUREAU):
        return not _still_blind(session, actor, document)
    if actor.party_id is not None and actor.party_id in (case.filer_id, case.principal_id):
        return document.audience == Audience.FILER.value
    if actor.roles & noun.reviewers:
        return True
    if Role.EXPERT in actor.roles:
        return document.key == "expert_opinion" and not _still_blind(session, actor, document)
    if not actor.roles & spec.read_by:
        return False
    return not _still_blind(session, actor, document)


def _still_blind(session: Session, actor: Actor, document: DocumentRow) -> bool:
    """An individual opinion while siblings are still open: only its author reads it."""
    if document.key != "expert_opinion" or actor.is_any(Role.AUDITOR):
        return False
    return blinding.opinions_open(session, document.case_id)
