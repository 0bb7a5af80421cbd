"""Messages to people, and the list views they have saved."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class Notification(SQLModel, table=True):
    """An in-app message; mailed too where SMTP is set. `relevance` is checked again at sending."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("user_id", "dedupe"),
        Index("notification_unread", "user_id", "read_at"),
    )
    id: int | None = big_id()
    user_id: int = Field(foreign_key="user_account.id")
    case_id: UUID | None = Field(default=None, foreign_key="case_file.id")
    task_id: UUID | None = Field(default=None, foreign_key="task.id")
    kind: str  # action_needed | status_changed | reminder | escalation | reply
    dedupe: str  # natural key: the same message is never sent twice
    text_zh: str
    text_en: str
    link: str = ""
    at: datetime = instant(now=True)
    read_at: datetime | None = instant(nullable=True)
    mail: str = "pending"  # pending | sent | skipped | failed | none
    mail_at: datetime | None = instant(nullable=True)
    mail_tries: int = 0
    mail_note: str = ""


class SavedView(SQLModel, table=True):
    """A named set of list filters, kept as the query string of the page."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "page", "name"),)
    id: int | None = big_id()
    user_id: int = Field(foreign_key="user_account.id", index=True)
    page: str
    name: str
    query: str
    shared_with: str = ""  # role key, or empty = only me
    data: dict[str, Any] = document()
    created_at: datetime = instant(now=True)
