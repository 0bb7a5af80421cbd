"""Settings with a memory: what was proposed, by whom, and who confirmed it; Word templates with their dates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class SettingChange(SQLModel, table=True):
    """A change of a setting 设置变更: proposed by one person; what touches rights or limits is confirmed by another."""

    __tablename__ = "setting_change"
    __table_args__ = (
        CheckConstraint(
            "state in ('proposed','confirmed','rejected','withdrawn')", name="setting_change_state_known"
        ),
        CheckConstraint(
            "(state = 'proposed') = (decided_at is null)", name="setting_change_decided_has_time"
        ),
        CheckConstraint(
            "kind not in ('limit','calendar','roles','template','balance','methodology','methodology_end','ets') "
            "or state <> 'confirmed' or decided_person <> proposed_person",
            name="setting_change_two_persons",
        ),
        Index("setting_change_of", "kind", "subject", "id"),
    )
    id: int | None = big_id()
    kind: str  # a key of services.setting_changes.KINDS
    subject: str  # limit key, user name, list, expert key, procedure/document, methodology and version
    title_zh: str = ""
    title_en: str = ""
    before: dict[str, Any] = document()
    after: dict[str, Any] = document()
    reason: str
    effective_from: date
    state: str = "proposed"  # proposed | confirmed | rejected | withdrawn
    proposed_by: int = Field(foreign_key="user_account.id")
    proposed_person: str
    proposed_at: datetime = instant(now=True)
    decided_by: int | None = Field(default=None, foreign_key="user_account.id")
    decided_person: str = ""
    decided_at: datetime | None = instant(nullable=True)
    note: str = ""


class TemplateVersion(SQLModel, table=True):
    """A Word template somebody uploaded 文书模板版本. In force from `effective_from` once a second person agreed."""

    __tablename__ = "template_version"
    __table_args__ = (
        UniqueConstraint("procedure", "key", "sha256", name="template_version_once"),
        Index("template_in_force", "procedure", "key", "effective_from"),
    )
    id: int | None = big_id()
    procedure: str  # a procedure, or "shared" for the letters all of them use
    key: str
    sha256: str  # of the bytes in the blob store
    version: str  # the first 12 digits, as issued documents print it
    size: int
    filename: str
    note: str = ""
    unknown: list[str] = document(list)  # placeholders nothing fills
    by_user: int = Field(foreign_key="user_account.id")
    at: datetime = instant(now=True)
    effective_from: date | None = None
    activated_at: datetime | None = instant(nullable=True)
