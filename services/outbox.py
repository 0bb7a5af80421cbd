"""Messages to a case's workflow, written in the transaction of the act they tell of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import insert, text
from sqlmodel import Session, col, select

from models.tables import Outbox
from services import bells, clock, direct, tracing

#: A claimed row is offered again after so long without an answer from Temporal.
LEASE = timedelta(seconds=3)


def send(session: Session, case_id: UUID, signal: str, payload: BaseModel | None = None) -> Outbox:
    """Queue a message; the relay delivers it after the commit, in order per case."""
    row = Outbox(
        case_id=case_id,
        signal=signal,
        payload=payload.model_dump(mode="json") if payload else {},
        trace=tracing.here(),
        created_at=clock.now(),
    )
    row.id = direct.ask(session, _SEND, row.model_dump(exclude={"id"})).one().id
    bells.ring(session, "puhui_outbox")
    return row


_SEND = insert(Outbox).returning(col(Outbox.id))


_CLAIM = text("""
    with told as (delete from outbox where id = any(cast(:sent as bigint[]))),
    due as materialized (
        select id, case_id from outbox where not dead and lease_until <= clock_timestamp()
        and not exists (select 1 from outbox b where b.case_id = outbox.case_id and b.id < outbox.id and not b.dead
                        and b.lease_until > clock_timestamp()  -- told in order: what was first is on its way still
                        and b.id <> all(cast(:sent as bigint[])))
        and not exists (select 1 from operator_act a where a.case_id = outbox.case_id  -- its course is being stopped
                        and a.kind = 'return' and a.state = 'asked' and not a.data ? 'done')
        order by id limit :limit),
    free as materialized (
        select id, case_id from outbox where id in (select id from due)
        and not dead and lease_until <= clock_timestamp()  -- again, of the row as it is once it is locked
        order by id for update skip locked)
    update outbox set lease_until = clock_timestamp() + :lease, attempts = attempts + 1
    where (select set_config('synchronous_commit', 'off', true)) is not null  -- of this statement's own transaction
    and id in (
        select id from free
        where not exists (select 1 from due where due.case_id = free.case_id and due.id < free.id
                          and due.id <> all(cast(:sent as bigint[]))
                          and due.id not in (select id from free)))  -- another relay takes what was first just now
    returning id, case_id, signal, payload, attempts, trace, created_at,
        (select c.procedure from case_file c where c.id = outbox.case_id)""")


@dataclass(frozen=True)
class Message:
    """A message as the relay sends it."""

    id: int
    case_id: UUID
    signal: str
    payload: dict[str, Any]
    attempts: int
    trace: str
    created_at: datetime
    procedure: str


def claim(session: Session, sent: Sequence[int] = (), limit: int = 64) -> list[Message]:
    """Lease a batch, oldest first; the lease is committed before anything is sent.

    The commit does not wait for the disk: a lease or a deletion that a crash of the database takes back has the
    message sent once more, which courses bear.

    Args:
        sent: what Temporal has by now and may be forgotten.
    """
    rows = direct.ask(session, _CLAIM, {"lease": LEASE, "limit": limit, "sent": list(sent)})
    return sorted((Message(**row._mapping) for row in rows), key=lambda message: message.id)


def failed(session: Session, row_id: int, error: str) -> None:
    """Keep the message, with what went wrong; the lease runs out and it is tried again."""
    row = session.get(Outbox, row_id)
    if row is not None:
        row.last_error = error[:500]


def dead(session: Session, row_id: int, why: str) -> None:
    """The case's workflow is over: nobody is left to hear it. Shown to the administrator."""
    row = session.get(Outbox, row_id)
    if row is not None:
        row.dead, row.last_error = True, why[:500]


def set_aside(session: Session, case_id: UUID) -> list[dict[str, Any]]:
    """Take the dead letters of a case out of the queue; what they were, for the trail. The caller locks the case."""
    rows = session.exec(
        select(Outbox).where(Outbox.case_id == case_id, col(Outbox.dead)).order_by(col(Outbox.id))
    ).all()
    for row in rows:
        session.delete(row)
    return [
        {"signal": r.signal, "payload": r.payload, "at": r.created_at.isoformat(), "error": r.last_error}
        for r in rows
    ]


def waiting(session: Session) -> int:
    """Messages not delivered yet."""
    return len(session.exec(select(Outbox.id).where(col(Outbox.dead).is_(False))).all())
