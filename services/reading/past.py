"""A case as it stood at any past moment, and what lies between two moments.

Nothing is kept for this: the trail, the submitted versions, tasks, ledgers, documents and papers all carry their
times, so the past is computed from them. Only typed drafts leave no trace, and the page says so.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Attachment, AuditEvent, Case, CaseVersion, Deadline, DocumentRow, TaskRow, User
from models.vocabulary.events import Event
from models.vocabulary.roles import FILERS, ROLE_TITLES, Role
from models.vocabulary.specs import ProcedureSpec
from models.vocabulary.statuses import CaseStatus
from models.vocabulary.text import Text
from services import access, calendar, deadlines, form_diff, materials, voiding
from services.access import Actor
from services.form_diff import Change
from services.reading import past_readers
from services.reading.past_readers import Readers

ENDED = (Event.CASE_ENDED.value, Event.CASE_WITHDRAWN.value)
BEGUN = (
    Event.TASK_CLAIMED.value,
    Event.TASK_COMPLETED.value,
    Event.TASK_DELEGATED.value,
    Event.TASK_REASSIGNED.value,
)
HANDED = (*BEGUN, Event.TASK_RELEASED.value)


@dataclass(frozen=True)
class PastTask:
    """A task open at the moment, or ended between two. `due_at` None = its clock stood still."""

    id: UUID
    title: Text
    slot: str
    round: int
    role: Text
    holder: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Past:
    """A case at one moment. Before its draft `exists` is False and all else is empty."""

    at: datetime
    exists: bool
    status: CaseStatus
    stage: Text
    stage_since: datetime | None
    version: CaseVersion | None
    tasks: list[PastTask]
    documents: list[DocumentRow]
    papers: list[Attachment]
    readers: list[Readers]
    events: int
    last: AuditEvent | None


@dataclass(frozen=True)
class Between:
    """What changed from the earlier moment to the later."""

    earlier: Past
    later: Past
    fields: list[Change]
    opened: list[PastTask]
    closed: list[PastTask]
    documents: list[DocumentRow]
    papers_added: list[Attachment]
    papers_removed: list[Attachment]
    may_read: list[Text]
    may_no_longer: list[Text]


@dataclass(frozen=True)
class Record:
    """All rows of a case that carry times, read once for any number of moments."""

    case: Case
    spec: ProcedureSpec
    events: list[AuditEvent]
    versions: list[CaseVersion]
    tasks: list[TaskRow]
    ledgers: dict[UUID, Deadline]
    documents: list[DocumentRow]
    papers: list[Attachment]
    names: dict[int, str]


def record_of(session: Session, actor: Actor, case: Case) -> Record:
    """The rows, as far as the actor may read them today. The actor has come by `access.case_for`."""
    tasks = _rows(session, TaskRow, case, TaskRow.opened_at)
    events = _rows(session, AuditEvent, case, AuditEvent.seq)
    people = {u for t in tasks for u in (t.reserved_for, t.assignee_id) if u} | {
        e.user_id for e in events if e.user_id
    }
    names = session.exec(select(User.id, User.name).where(col(User.id).in_(people))).all()
    return Record(
        case,
        procedure(case.procedure),
        events,
        _rows(session, CaseVersion, case, CaseVersion.number),
        tasks,
        {d.task_id: d for d in _rows(session, Deadline, case, Deadline.id) if d.task_id is not None},
        access.visible_documents(session, actor, case),
        _papers(session, actor, case),
        {i: n for i, n in names if i is not None},
    )


def _rows(session: Session, table: Any, case: Case, order: Any) -> list[Any]:
    query = select(table).where(table.case_id == case.id).order_by(order)
    return list(session.exec(query.execution_options(**voiding.SHOWN)))


def _papers(session: Session, actor: Actor, case: Case) -> list[Attachment]:
    """Papers the actor may open, those since removed included."""
    secret = materials.hidden_kinds(actor, case)
    return [a for a in _rows(session, Attachment, case, Attachment.id) if a.kind not in secret]


def moments(session: Session, case: Case) -> list[tuple[datetime, Text]]:
    """Times worth looking at: submission, each stage, the end."""
    spec, out = procedure(case.procedure), []
    wanted = (Event.CASE_SUBMITTED.value, Event.STAGE_ENTERED.value, *ENDED)
    query = select(AuditEvent).where(AuditEvent.case_id == case.id, col(AuditEvent.event).in_(wanted))
    for row in session.exec(query.order_by(col(AuditEvent.seq))):
        if row.event == Event.STAGE_ENTERED.value:
            title = spec.stage(str(row.data["stage"])).title
            out.append((row.at, Text(f"Entered {title.en}", f"进入{title.zh}")))
        elif row.event == Event.CASE_SUBMITTED.value:
            out.append((row.at, spec.opening))
        else:
            out.append((row.at, Text("Ended", "办理终结")))
    return out


def at(session: Session, record: Record, moment: datetime) -> Past:
    """The case at a moment; what happened at that very instant counts."""
    before = [e for e in record.events if e.at <= moment]
    tasks = [
        t for t in record.tasks if t.opened_at <= moment and (t.closed_at is None or t.closed_at > moment)
    ]
    stage, since = _stage(record.spec, before)
    status = _status(record, before, tasks, moment)
    ended = any(e.event in ENDED for e in before)
    documents = [d for d in record.documents if d.issued_at <= moment]
    return Past(
        moment,
        bool(before),
        status,
        stage,
        since,
        next((v for v in reversed(record.versions) if v.at <= moment), None),
        [] if ended else [_task(session, record, t, before, moment) for t in tasks],
        documents,
        [p for p in record.papers if p.at <= moment and (p.removed_at is None or p.removed_at > moment)],
        past_readers.readers(session, record.case, record.tasks, documents, status, moment) if before else [],
        len(before),
        before[-1] if before else None,
    )


def _stage(spec: ProcedureSpec, before: list[AuditEvent]) -> tuple[Text, datetime | None]:
    entered = next((e for e in reversed(before) if e.event == Event.STAGE_ENTERED.value), None)
    if entered is None:
        return Text("", ""), None
    return spec.stage(str(entered.data["stage"])).title, entered.at


def _status(record: Record, before: list[AuditEvent], tasks: list[TaskRow], moment: datetime) -> CaseStatus:
    """The same rules as `services.turn.settle_status`, on the rows of then."""
    kinds = {e.event for e in before}
    end = next((e for e in before if e.event in ENDED), None)
    if end is not None:
        return CaseStatus(str(end.data["result"]))
    if Event.CASE_SUBMITTED.value not in kinds:
        return CaseStatus.DRAFT
    clocks = [e.event for e in before if e.event in (Event.CASE_SUSPENDED.value, Event.CASE_RESUMED.value)]
    if clocks and clocks[-1] == Event.CASE_SUSPENDED.value:
        return CaseStatus.SUSPENDED
    filers = {r.value for r in FILERS}
    if any(t.role in filers for t in tasks):
        return CaseStatus.WAITING_APPLICANT
    accepted = record.case.accepted_at is not None and record.case.accepted_at <= moment
    asked = any(t.role in filers and t.opened_at <= moment for t in record.tasks)
    return CaseStatus.IN_PROGRESS if accepted or asked or kinds & set(BEGUN) else CaseStatus.SUBMITTED


def _task(
    session: Session, record: Record, task: TaskRow, before: list[AuditEvent], moment: datetime
) -> PastTask:
    return PastTask(
        task.id,
        record.spec.task(task.key).title,
        task.slot,
        task.round,
        ROLE_TITLES[Role(task.role)],
        _holder(record, task, before),
        task.opened_at,
        _due(session, record.ledgers.get(task.id), moment),
    )


def _holder(record: Record, task: TaskRow, before: list[AuditEvent]) -> str:
    """Who had it in hand: the last hand-over before the moment."""
    last = next((e for e in reversed(before) if e.task_id == task.id and e.event in HANDED), None)
    if last is None or last.event == Event.TASK_RELEASED.value:
        return record.names.get(task.reserved_for or 0, "")
    return str(last.data.get("to_name") or record.names.get(last.user_id or 0, ""))


def _due(session: Session, ledger: Deadline | None, moment: datetime) -> datetime | None:
    """The end of the limit as it was known then: later extensions and pauses taken away."""
    if ledger is None:
        return None
    later = sum(int(e["days"]) for e in ledger.extensions if datetime.fromisoformat(e["at"]) > moment)
    pauses = [p for p in ledger.pauses if datetime.fromisoformat(p["from"]) <= moment]
    known = [
        p if not p["to"] or datetime.fromisoformat(p["to"]) <= moment else {**p, "to": None} for p in pauses
    ]
    then = Deadline(
        case_id=ledger.case_id,
        limit_key=ledger.limit_key,
        unit=ledger.unit,
        budget=ledger.budget - later,
        anchor_at=ledger.anchor_at,
        pauses=known,
        calendar_version=ledger.calendar_version,
    )
    return deadlines.due_of(then, calendar.current(session))


def between(session: Session, record: Record, one: datetime, two: datetime) -> Between:
    """What changed between two moments, whichever was given first."""
    a, b = at(session, record, min(one, two)), at(session, record, max(one, two))
    old, new = ({t.id: t for t in p.tasks} for p in (a, b))
    papers_old, papers_new = ({p.id: p for p in x.papers} for x in (a, b))
    known = {d.id for d in a.documents}
    readers_old, readers_new = ({r.who: r for r in x.readers} for x in (a, b))
    form = record.spec.form
    return Between(
        a,
        b,
        form_diff.diff(form, a.version.form, b.version.form) if a.version and b.version else [],
        [t for i, t in new.items() if i not in old],
        _ended(session, record, a.at, b.at),
        [d for d in b.documents if d.id not in known],
        [p for i, p in papers_new.items() if i not in papers_old],
        [p for i, p in papers_old.items() if i not in papers_new],
        [w for w in readers_new if w not in readers_old],
        [w for w in readers_old if w not in readers_new],
    )


def _ended(session: Session, record: Record, first: datetime, last: datetime) -> list[PastTask]:
    """Tasks that ended in between, those opened in between too: with who had them in the end."""
    rows = [t for t in record.tasks if t.closed_at is not None and first < t.closed_at <= last]
    found = []
    for row in sorted(rows, key=lambda t: (t.closed_at or last, t.opened_at)):
        moment = row.closed_at or last
        before = [e for e in record.events if e.at <= moment]
        found.append(replace(_task(session, record, row, before, moment), closed_at=row.closed_at))
    return found
