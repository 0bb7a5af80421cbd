"""Messages to Temporal that are not delivered yet, and what the worker last saw of Temporal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class Outbox(SQLModel, table=True):
    """An undelivered message to a case's workflow; the relay deletes it when Temporal has it."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_to_send", "lease_until", postgresql_where=text("not dead")),)
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    signal: str  # start | task_closed | deadline_moved | case_ended | …
    payload: dict[str, Any] = document()
    lease_until: datetime = instant(now=True)
    attempts: int = 0
    last_error: str = ""
    trace: str = ""  # W3C traceparent of the act it tells of
    dead: bool = False
    created_at: datetime = instant(now=True)


class EngineHealth(SQLModel, table=True):
    """One row a fact about the engine, written by the worker's observer."""

    __tablename__ = "engine_health"
    key: str = Field(primary_key=True)  # reachable | pollers | reconcile | …
    ok: bool = True
    data: dict[str, Any] = document()
    at: datetime = instant(now=True)
