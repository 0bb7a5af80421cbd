"""The audit trail: append-only, chained, with signed roots over all chains; and the jobs that check it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Computed, Index, UniqueConstraint, Uuid, text
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant

#: The chain of everything that belongs to no case: sign-ins, settings, looks at the trail itself.
SYSTEM_CHAIN = UUID(int=0)


class AuditEvent(SQLModel, table=True):
    """Who did what, in which role, for whom, why. `seq` and `hash` chain the events of one case, or of the system."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        CheckConstraint("seq >= 1", name="audit_numbers_from_one"),
        CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="audit_is_hashed"),
        Index("audit_by_person", "user_id", "at"),
        Index("audit_by_event", "event", "at"),
        Index("audit_by_case", "case_id"),
        Index("audit_by_task", "task_id", postgresql_where=text("task_id is not null")),
    )
    id: int | None = big_id()
    case_id: UUID | None = Field(default=None, foreign_key="case_file.id")
    chain: UUID | None = Field(
        default=None,
        sa_column=Column(
            Uuid, Computed(f"coalesce(case_id, '{SYSTEM_CHAIN}'::uuid)", persisted=True), nullable=False
        ),
    )
    seq: int = 0  # given by services.audit.record
    at: datetime = instant(now=True, index=True)
    event: str
    stage: str = ""
    user_id: int | None = None
    role: str = ""
    on_behalf: int | None = None
    task_id: UUID | None = None
    public: bool = False  # the applicant may read it
    data: dict[str, Any] = document()  # small: keys, outcomes, reasons, text {zh, en}
    ip: str = ""
    rests_on: str = ""  # sha256 of the form, document or file it rests on
    prev_hash: str = ""
    hash: str = ""


class AuditRoot(SQLModel, table=True):
    """A signed Merkle root over the heads of all chains. `statement` is what is signed, byte for byte."""

    __tablename__ = "audit_root"
    number: int = Field(primary_key=True)
    at: datetime = instant(now=True)
    upto: int = Field(sa_type=BigInteger)  # covers every event with an id up to here
    chains: int
    events: int = Field(sa_type=BigInteger)
    merkle: str
    statement: str
    hash: str = Field(unique=True)  # the next root names it
    signature: str
    public_key: str


class ProofJob(SQLModel, table=True):
    """Something long that a person asked for and the worker does: verify the trail, replay a course, seal now."""

    __tablename__ = "proof_job"
    __table_args__ = (
        Index("proof_job_to_do", "id", postgresql_where=text("state in ('waiting', 'running')")),
        Index("proof_job_by_case", "case_id", "id"),
    )
    id: int | None = big_id()
    kind: str  # verify | replay | seal
    case_id: UUID | None = Field(default=None, foreign_key="case_file.id")
    asked_by: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigInteger)
    asked_at: datetime = instant(now=True)
    state: str = "waiting"  # waiting | running | done | failed
    done: int = Field(default=0, sa_type=BigInteger)
    total: int = Field(default=0, sa_type=BigInteger)
    result: dict[str, Any] = document()
    seen_at: datetime | None = instant(nullable=True)
    finished_at: datetime | None = instant(nullable=True)
