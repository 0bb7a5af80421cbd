"""Acts from the console 督办措施, read: which are valid now for whom, and which were ordered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col, select

from models.tables import Case, EngineTrouble, OperatorAct, Outbox, TaskRow, User
from models.vocabulary.errors import NotFound
from models.vocabulary.operator import ACTS, ActKind
from models.vocabulary.roles import Role
from models.vocabulary.statuses import ENDS, OPEN_STATES, CaseStatus
from models.vocabulary.text import Text
from services import cases, deadlines, limits, replacing
from services.access import Actor, case_for, spec_of, visible_cases


@dataclass(frozen=True)
class Choice:
    """An act that is valid now for a case or task; `about` names its task, `holder` who has it in hand."""

    kind: ActKind
    task_id: UUID | None = None
    about: Text = field(default_factory=lambda: Text("", ""))
    holder: str = ""


def one(session: Session, actor: Actor, act_id: int) -> OperatorAct:
    """An act on a case the actor may see. Raises NotFound."""
    act = session.get(OperatorAct, act_id)
    if act is None:
        raise NotFound
    case_of(session, actor, act)
    return act


def case_of(session: Session, actor: Actor, act: OperatorAct, *, lock: bool = False) -> Case:
    """The case an act is about; locked by the second person, who changes both. Raises NotFound."""
    number = session.exec(select(Case.case_no).where(Case.id == act.case_id)).one()
    return case_for(session, actor, number, lock=lock)


def choices(session: Session, actor: Actor, case: Case, task: TaskRow | None = None) -> list[Choice]:
    """The acts this person may order now for the case, and for its task: only what is valid."""
    troubled = set(session.exec(select(EngineTrouble.kind).where(EngineTrouble.case_id == case.id)))
    restores = [Choice(ActKind.RESTORE)] if "disagree" in troubled and actor.is_any(Role.ADMIN) else []
    if CaseStatus(case.status) in ENDS and actor.is_any(Role.ADMIN) and _has_dead_letters(session, case):
        restores.append(Choice(ActKind.SET_ASIDE))
    if CaseStatus(case.status) in ENDS or case.status == CaseStatus.DRAFT.value:
        return restores
    found: list[Choice] = restores
    rows = [task] if task is not None else cases.open_tasks(session, case.id)
    names = holders_of(session, rows)
    for row in rows:
        title, holder = spec_of(row).title, names.get(row.id, "")
        found += [Choice(k, row.id, title, holder) for k in _task_kinds(session, case, row)]
    kinds = [ActKind.RESUME if case.suspended_at else ActKind.SUSPEND]
    kinds += [ActKind.RETRY] if "activity" in troubled else []
    kinds += [ActKind.NUDGE] if case.suspended_at else [ActKind.NUDGE, ActKind.RETURN]
    found += [Choice(k) for k in (*kinds, ActKind.END)]
    return [c for c in found if actor.roles & ACTS[c.kind].roles]


def _has_dead_letters(session: Session, case: Case) -> bool:
    query = select(Outbox.id).where(Outbox.case_id == case.id, col(Outbox.dead)).limit(1)
    return session.exec(query).first() is not None


def holders_of(session: Session, rows: Sequence[TaskRow]) -> dict[UUID, str]:
    """Names of those who have the tasks in hand: five experts' seats bear one title, so they are told apart by person."""
    ids = {row.id: row.assignee_id for row in rows if row.assignee_id is not None}
    if not ids:
        return {}
    names = dict(session.exec(select(User.id, User.name).where(col(User.id).in_(set(ids.values())))).all())
    return {task: names[person] for task, person in ids.items() if person in names}


def _task_kinds(session: Session, case: Case, task: TaskRow) -> list[ActKind]:
    if task.state not in {s.value for s in OPEN_STATES} or case.suspended_at is not None:
        return []
    kinds = [ActKind.REMIND]
    if task.reserved_for is None and task.party_id is None:
        kinds.append(ActKind.REASSIGN)
    if longest_extension(session, task):
        kinds.append(ActKind.EXTEND)
    if task.key in replacing.SEATS:
        kinds.append(ActKind.REPLACE)
    return kinds


def longest_extension(session: Session, task: TaskRow) -> int:
    """The most working days the limit of a task can be extended by now; 0 = it cannot, or not any more."""
    key, ledger = spec_of(task).extension, deadlines.find(session, task.id)
    return 0 if key is None or ledger is None or ledger.extensions else limits.value(session, key)


def listed(
    session: Session,
    actor: Actor,
    case: Case | None = None,
    limit: int = 50,
    *,
    below: int | None = None,
    ids: Sequence[int] = (),
) -> list[tuple[OperatorAct, str, str, str]]:
    """(act, case number, who, second person), the newest first; only of cases the actor may see. One statement.

    Args:
        below: id of the last one before. ids: of these alone.
    """
    second = (
        select(User.name).where(User.id == OperatorAct.second_user).correlate(OperatorAct).scalar_subquery()
    )
    query = (
        select(OperatorAct, Case.case_no, User.name, second)
        .join(Case, col(Case.id) == col(OperatorAct.case_id))
        .join(User, col(User.id) == col(OperatorAct.by_user))
        .where(col(Case.id).in_(visible_cases(actor).with_only_columns(col(Case.id))))
        .order_by(col(OperatorAct.id).desc())
        .limit(limit)
    )
    if case is not None:
        query = query.where(OperatorAct.case_id == case.id)
    if below is not None:
        query = query.where(col(OperatorAct.id) < below)
    if ids:
        query = query.where(col(OperatorAct.id).in_(ids))
    return [(a, no, by, other or "") for a, no, by, other in session.exec(query)]
