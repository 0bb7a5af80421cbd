"""What the course of a procedure asks of the rows: open tasks, close what is overdue, end the case.

Every function is idempotent by natural key: asked again after a crash, it answers as it did.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, String, bindparam, func, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import AuditEvent, Case, TaskRow
from models.vocabulary.errors import Conflict
from models.vocabulary.events import Event
from models.vocabulary.facts import (
    OpenedTask,
    OverdueAnswer,
    Projected,
    RoundLimits,
    TaskClosed,
    TaskRequest,
)
from models.vocabulary.roles import FILERS, Role
from models.vocabulary.specs import OVERDUE, Task
from models.vocabulary.statuses import ENDS, OPEN_STATES, CaseStatus, SeatState, TaskState
from models.vocabulary.text import Text
from services import (
    audit,
    cases,
    clock,
    deadlines,
    direct,
    limits,
    notifications,
    panels,
    tasks,
    trouble_words,
    turn,
)

CLOSED = (TaskState.DONE.value, TaskState.OVERDUE.value)


def locked(session: Session, case_id: str) -> Case:
    """The case row, locked; a transaction that holds the lock already has the row as it is."""
    holder = (session.get_transaction(), session.get_nested_transaction(), case_id)
    kept: tuple[object, Case] | None = session.info.get("locked")
    if kept is not None and kept[0] == holder:
        session.flush()  # as a statement would
        return kept[1]
    case = session.exec(_LOCK, params={"case": UUID(case_id)}).one()
    session.info["locked"] = ((session.get_transaction(), session.get_nested_transaction(), case_id), case)
    return case


_LOCK = (
    select(Case)
    .where(col(Case.id) == bindparam("case"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def under_way(session: Session, case_id: str) -> Case:
    """The case row, locked, for a step that only a case under way may take.

    Raises:
        Conflict: somebody has ended the case meanwhile; its course hears of it next, and takes no further step.
    """
    case = locked(session, case_id)
    if CaseStatus(case.status) in ENDS:
        raise Conflict(
            Text(
                f"{case.case_no} has ended; its course goes no further.",
                f"{case.case_no} 已办结，流程不再推进。",
            ),
            "case_ended",
        )
    return case


def project(
    session: Session, case_id: str, stage: str | None, requests: list[TaskRequest], stage_no: int = 0
) -> Projected:
    """Enter a stage and open tasks, once each. An ended case opens nothing and says so.

    Args:
        stage_no: the how-manieth stage of the course it is, from 1; one that was passed is not entered again.
    """
    case = locked(session, case_id)
    if CaseStatus(case.status) in ENDS:
        return Projected(ended=True)
    if stage is not None and not (stage_no and stage_no <= len(path(session, case))):
        enter(session, case, stage)
    if not requests:
        return Projected()
    known, asked = _standing(session, case, requests)
    rows = [_once(session, case, r, known) for r in requests]
    turn.settle_status(session, case, asked | {row.role for row in rows if row.state in OPEN_STATES})
    return Projected(tasks=[_opened(row) for row in rows])


def _once(
    session: Session, case: Case, request: TaskRequest, known: dict[tuple[str, str, int], TaskRow]
) -> TaskRow:
    natural = (request.key, request.slot, request.round)
    if natural not in known:
        known[natural] = _open(session, case, request)
    return known[natural]


def _standing(
    session: Session, case: Case, requests: list[TaskRequest]
) -> tuple[dict[tuple[str, str, int], TaskRow], set[str]]:
    """Which of the tasks asked for there are, by (key, slot, round), and the roles that any open task of the case asks."""
    wanted = {(r.key, r.slot, r.round) for r in requests}
    rows = direct.ask(session, _STANDING, {"case": case.id, "keys": [key for key, _, _ in wanted]}).all()
    there = {(r.key, r.slot, r.round): r.id for r in rows}
    known = {natural: session.get_one(TaskRow, there[natural]) for natural in wanted & set(there)}
    return known, {r.role for r in rows if r.state in OPEN_STATES}


_STANDING = columns(
    *(col(c) for c in (TaskRow.id, TaskRow.key, TaskRow.slot, TaskRow.round, TaskRow.role, TaskRow.state))
).where(
    col(TaskRow.case_id) == bindparam("case"),
    col(TaskRow.void_at).is_(None),
    or_(
        col(TaskRow.state).in_(list(OPEN_STATES)),
        col(TaskRow.key) == func.any(bindparam("keys", type_=ARRAY(String))),
    ),
)


def path(session: Session, case: Case) -> list[AuditEvent]:
    """The entries of the stages the case has gone through, in order; what was gone back on is not part of it."""
    events = (
        select(AuditEvent)
        .where(
            AuditEvent.case_id == case.id,
            col(AuditEvent.event).in_([Event.STAGE_ENTERED.value, Event.CASE_RETURNED.value]),
        )
        .order_by(col(AuditEvent.seq))
    )
    entries: list[AuditEvent] = []
    for event in session.exec(events):
        if event.event == Event.CASE_RETURNED.value:
            del entries[int(event.data["kept"]) :]
        else:
            entries.append(event)
    return entries


def enter(session: Session, case: Case, stage: str) -> None:
    """Move the case to a stage; people hear of it only where the public words change (pain P30)."""
    if case.stage == stage:
        return
    before, spec = case.stage, procedure(case.procedure)
    case.stage, case.stage_since, case.changed_at = stage, clock.now(), clock.now()
    audit.record(session, Event.STAGE_ENTERED, case=case, public=True, data={"stage": stage, "from": before})
    words = spec.stage(stage).public
    if not before or spec.stage(before).public != words:
        notifications.on_public_status(session, case, words)


def _open(session: Session, case: Case, request: TaskRequest) -> TaskRow:
    spec = procedure(case.procedure).task(request.key)
    row = TaskRow(
        case_id=case.id,
        procedure=case.procedure,
        key=request.key,
        slot=request.slot,
        round=request.round,
        role=spec.by.value,
        opened_at=clock.now(),
    )
    _assign(session, case, row, spec)
    deadlines.open_with_task(session, row, spec, clock.now())
    if case.suspended_at is not None:
        deadlines.pause_case(session, case, "suspended")
    audit.record(
        session,
        Event.TASK_OPENED,
        case=case,
        task=row,
        public=spec.by in FILERS,
        data={
            "key": row.key,
            "slot": row.slot,
            "round": row.round,
            "due": row.due_at.isoformat() if row.due_at else "",
        },
    )
    notifications.on_task_opened(session, case, row)
    return row


def _assign(session: Session, case: Case, row: TaskRow, spec: Task) -> None:
    """Whose task it is: the filing party's, the agency's, one expert's, or a role's."""
    if spec.by in FILERS:
        row.party_id = case.filer_id
    elif spec.by is Role.AGENCY:
        row.party_id = case.agency_id
    elif spec.by is Role.EXPERT:
        row.reserved_for = row.assignee_id = panels.user_of_slot(session, case, row.slot)
        row.state, row.claimed_at = TaskState.CLAIMED.value, clock.now()
        if row.key == "expert_invitation":
            panels.mark(session, row, SeatState.INVITED, "")


def _opened(row: TaskRow) -> OpenedTask:
    closed = TaskClosed(task_id=str(row.id), outcome=row.outcome or "") if row.state in CLOSED else None
    lapses = procedure(row.procedure).task(row.key).lapses
    return OpenedTask(
        task_id=str(row.id), due_at=row.due_at if lapses else None, lapses=lapses, closed=closed
    )


def close_overdue(session: Session, task_id: str, at: datetime) -> OverdueAnswer:
    """Close a task whose limit has passed, or say what was first: an answer, a new limit, a pause (I30)."""
    row = session.get_one(TaskRow, UUID(task_id))
    case = locked(session, str(row.case_id))
    session.refresh(row, with_for_update=True)
    if row.state in CLOSED:
        return OverdueAnswer(closed=TaskClosed(task_id=task_id, outcome=row.outcome or ""))
    if row.state == TaskState.CANCELLED.value or row.due_at is None or row.due_at > at:
        return OverdueAnswer(due_at=row.due_at if row.state != TaskState.CANCELLED.value else None)
    tasks.shut(row, TaskState.OVERDUE, OVERDUE)
    if row.key in ("expert_invitation", "expert_opinion"):
        panels.mark(session, row, SeatState.SILENT, "逾期未复")
    audit.record(
        session,
        Event.TASK_OVERDUE,
        case=case,
        task=row,
        public=row.role in {r.value for r in FILERS},
        data={"key": row.key, "round": row.round},
    )
    turn.settle_status(session, case)
    return OverdueAnswer(closed=TaskClosed(task_id=task_id, outcome=OVERDUE))


def drop(session: Session, case_id: str, keys: list[str], why: str) -> None:
    """Cancel open tasks of these kinds: the step was left."""
    case = locked(session, case_id)
    for row in cases.open_tasks(session, case.id):
        if row.key in keys:
            row.state, row.closed_at = TaskState.CANCELLED.value, clock.now()
            row.version += 1
            audit.record(
                session, Event.TASK_CANCELLED, case=case, task=row, data={"key": row.key, "why": why}
            )


def round_limits(session: Session, case_id: str) -> RoundLimits:
    """How many rounds the rules allowed when the case was filed; what is set since is for those who file since."""
    found = limits.when_filed(session, locked(session, case_id).submitted_at)
    return RoundLimits(correction_rounds=found["correction_rounds"], revision_rounds=found["revision_rounds"])


def close(session: Session, case_id: str, result: str) -> None:
    """The course has come to its end: the row takes the result, unless a person ended it before."""
    case = locked(session, case_id)
    cases.end(session, case, result, Event.CASE_ENDED)


def park(session: Session, case_id: str, why: str) -> None:
    """The course cannot go on by itself: an operator is needed. Shown on the console, nothing is lost."""
    case = locked(session, case_id)
    if case.needs_operator != why[:500]:
        told = trouble_words.told(why).words
        words = {
            "zh": f"流程无法自动继续：{told.zh[:300]}",
            "en": f"The course cannot go on by itself: {told.en[:300]}",
        }
        audit.record(session, Event.COURSE_PARKED, case=case, data={"why": why[:500], "text": words})
    case.needs_operator, case.changed_at = why[:500], clock.now()


def unpark(session: Session, case_id: str) -> None:
    """The course goes on."""
    case = locked(session, case_id)
    if case.needs_operator:
        words = {"zh": "流程恢复运行", "en": "The course goes on"}
        audit.record(session, Event.COURSE_RESUMED, case=case, data={"text": words})
    case.needs_operator = ""
