"""The audit trail: one row an act, in the transaction of the act, chained by hash per case; the rest in one chain."""

import hashlib
import json
from datetime import UTC
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, text
from sqlmodel import Session, col, select

from models.tables import SYSTEM_CHAIN, AuditEvent, Case, TaskRow
from models.vocabulary.events import Event
from services import bells, clock, direct
from services.access import Actor


def record(
    session: Session,
    event: Event,
    *,
    case: Case | None = None,
    actor: Actor | None = None,
    role: str = "",
    task: TaskRow | None = None,
    public: bool = False,
    data: dict[str, Any] | None = None,
    rests_on: str = "",
    on_behalf: int | None = None,
    ip: str = "",
) -> AuditEvent:
    """Write down an act and wake the live pages (M10, I28).

    The caller holds the case row's lock when `case` is given, so that the chain cannot fork; the chain of the
    system has a lock of its own, kept to the end of the transaction.

    Args:
        public: the applicant may read it.
        data: small facts; `data["text"]` = {"zh", "en"} is the sentence people read.
        ip: from where, when nobody is known yet.
        rests_on: sha256 of the form, document or file the act rests on.
    """
    seq, before = _end_of(session, case.id if case else SYSTEM_CHAIN)
    row = AuditEvent(
        seq=seq + 1,
        prev_hash=before,
        case_id=case.id if case else None,
        event=str(event),
        at=clock.now(),
        stage=case.stage if case else "",
        user_id=actor.user_id if actor and actor.user_id else None,
        role=role or _role(actor),
        on_behalf=on_behalf,
        task_id=task.id if task else None,
        public=public,
        data=_named(event, case, data or {}),
        ip=ip or (actor.ip if actor else ""),
        rests_on=rests_on,
    )
    row.hash = digest(row)
    direct.put(session, row, _RECORD, "id", "chain")
    bells.ring(session, "puhui_events", f"{row.case_id or '-'} {row.id}")
    return row


_RECORD = insert(AuditEvent).returning(col(AuditEvent.id))


#: Events that give a chain the number people know, so that an export can name its cases by itself.
_NAMING = frozenset({Event.CASE_DRAFTED, Event.CASE_SUBMITTED, Event.CASE_ENDED, Event.CASE_WITHDRAWN})


def _named(event: Event, case: Case | None, data: dict[str, Any]) -> dict[str, Any]:
    return {"case_no": case.case_no, **data} if case is not None and event in _NAMING else data


def position(session: Session, case: Case) -> int:
    """The number of the case's newest event: what is made now is made after it, whatever the clocks say."""
    return _end_of(session, case.id)[0]


def _end_of(session: Session, chain: UUID) -> tuple[int, str]:
    """Number and hash of the newest event of a chain; (0, "") for a new one."""
    if chain == SYSTEM_CHAIN:
        session.connection().execute(text("select pg_advisory_xact_lock(hashtext('puhui_audit_system'))"))
    last = session.connection().execute(_NEWEST, {"chain": chain}).first()
    return (last[0], last[1]) if last else (0, "")


_NEWEST = (
    select(AuditEvent.seq, AuditEvent.hash)
    .where(col(AuditEvent.chain) == bindparam("chain"))
    .order_by(col(AuditEvent.seq).desc())
    .limit(1)
)


def _role(actor: Actor | None) -> str:
    return ",".join(sorted(actor.roles)) if actor else "system"


def digest(row: AuditEvent) -> str:
    """sha256 over the canonical JSON of everything in the row and the hash before it."""
    body = {
        "case": str(row.case_id or ""),
        "seq": row.seq,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "event": row.event,
        "stage": row.stage,
        "user": row.user_id,
        "role": row.role,
        "on_behalf": row.on_behalf,
        "task": str(row.task_id or ""),
        "public": row.public,
        "data": row.data,
        "ip": row.ip,
        "rests_on": row.rests_on,
        "prev": row.prev_hash,
    }
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(session: Session, case_id: UUID | None = None) -> list[str]:
    """Recompute the chains; each sentence names a row that does not fit. Empty = intact."""
    query = select(AuditEvent).order_by(col(AuditEvent.chain), col(AuditEvent.seq))
    if case_id is not None:
        query = query.where(AuditEvent.chain == case_id)
    wrong: list[str] = []
    before: AuditEvent | None = None
    for row in session.exec(query.execution_options(yield_per=2000)):
        if before is not None and before.chain != row.chain:
            before = None
        if row.hash != digest(row):
            wrong.append(f"event {row.id}: content does not match its hash")
        if row.seq != (before.seq + 1 if before else 1):
            wrong.append(f"event {row.id}: number {row.seq} does not follow")
        if row.prev_hash != (before.hash if before else ""):
            wrong.append(f"event {row.id}: does not continue the event before it")
        before = row
    return wrong


def count(session: Session) -> int:
    """How many events there are."""
    return session.exec(select(func.count()).select_from(AuditEvent)).one()
