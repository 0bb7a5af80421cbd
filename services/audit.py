"""The audit trail: one row an act, in the transaction of the act, chained per case by hash."""

import hashlib
import json
from datetime import UTC
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, TaskRow
from models.vocabulary.events import Event
from services import clock
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
) -> AuditEvent:
    """Write down an act and wake the live pages (M10, I28).

    The caller holds the case row's lock when `case` is given, so that the chain cannot fork.

    Args:
        public: the applicant may read it.
        data: small facts; `data["text"]` = {"zh", "en"} is the sentence people read.
        rests_on: sha256 of the form, document or file the act rests on.
    """
    row = AuditEvent(
        case_id=case.id if case else None,
        event=str(event),
        at=clock.now(),
        stage=case.stage if case else "",
        user_id=actor.user_id if actor and actor.user_id else None,
        role=role or _role(actor),
        on_behalf=on_behalf,
        task_id=task.id if task else None,
        public=public,
        data=data or {},
        ip=actor.ip if actor else "",
        rests_on=rests_on,
    )
    if case is not None:
        last = session.exec(
            select(AuditEvent.seq, AuditEvent.hash)
            .where(AuditEvent.case_id == case.id)
            .order_by(col(AuditEvent.seq).desc())
            .limit(1)
        ).first()
        row.seq, row.prev_hash = ((last[0] or 0) + 1, last[1]) if last else (1, "")
    row.hash = digest(row)
    session.add(row)
    session.flush()
    session.connection().execute(
        text("select pg_notify('puhui_events', :p)"), {"p": f"{row.case_id or '-'} {row.id}"}
    )
    return row


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
    query = select(AuditEvent).order_by(col(AuditEvent.case_id), col(AuditEvent.seq), col(AuditEvent.id))
    if case_id is not None:
        query = query.where(AuditEvent.case_id == case_id)
    wrong: list[str] = []
    before: AuditEvent | None = None
    for row in session.exec(query):
        same = before is not None and row.case_id is not None and before.case_id == row.case_id
        if row.hash != digest(row):
            wrong.append(f"event {row.id}: content does not match its hash")
        if row.case_id is not None and (row.seq != ((before.seq or 0) + 1 if same and before else 1)):
            wrong.append(f"event {row.id}: number {row.seq} does not follow")
        if row.case_id is not None and row.prev_hash != (before.hash if same and before else ""):
            wrong.append(f"event {row.id}: does not continue the event before it")
        before = row
    return wrong


def count(session: Session) -> int:
    """How many events there are."""
    return session.exec(select(func.count()).select_from(AuditEvent)).one()
