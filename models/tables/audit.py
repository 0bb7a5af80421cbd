"""The audit trail: append-only, chained per case."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class AuditEvent(SQLModel, table=True):
    """Who did what, in which role, for whom, why. `seq` and `hash` chain the events of one case."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("case_id", "seq"),
        Index("audit_by_person", "user_id", "at"),
        Index("audit_by_event", "event", "at"),
    )
    id: int | None = big_id()
    case_id: UUID | None = Field(default=None, foreign_key="case_file.id")
    seq: int | None = None
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
