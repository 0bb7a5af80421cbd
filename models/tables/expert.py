"""The expert library (rule M02) and the panels drawn from it (rule G12)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class Expert(SQLModel, table=True):
    """An expert of the library kept by the bureau."""

    __tablename__ = "expert"
    id: int | None = big_id()
    user_id: int = Field(foreign_key="user_account.id", unique=True)
    key: str = Field(unique=True)
    name: str
    specialty: str
    topics: list[str] = document(list)  # boundary | quantification | data | monitoring
    employer: str
    title: str = ""
    active: bool = True
    available: bool = True
    conflicts: list[dict[str, Any]] = document(list)  # [{party: key, relation, until}]
    joined_at: datetime = instant(now=True)


class Panel(SQLModel, table=True):
    """A panel of one case and round, with what is needed to draw it again and check."""

    __tablename__ = "panel"
    __table_args__ = (
        Index("panel_of_round", "case_id", "round", unique=True, postgresql_where=text("void_at is null")),
    )
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    round: int = 1
    size: int = 5
    seed: str = ""
    quota: dict[str, int] = document()
    eligible: list[dict[str, Any]] = document(list)  # [{expert, name, topics}] in the order hashed
    excluded: list[dict[str, Any]] = document(list)  # [{expert, name, reason}]
    meeting: dict[str, Any] = document()
    drawn_at: datetime | None = instant(nullable=True)
    made_seq: int = 0  # where the trail of the case stood when it was made
    void_at: datetime | None = instant(nullable=True)


class PanelMember(SQLModel, table=True):
    """An expert on a seat; replacements take the seat with the next attempt: slot "3.2"."""

    __tablename__ = "panel_member"
    __table_args__ = (UniqueConstraint("panel_id", "slot"),)
    id: int | None = big_id()
    panel_id: int = Field(foreign_key="panel.id", index=True)
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    slot: str
    seat: int
    attempt: int = 1
    expert_id: int = Field(foreign_key="expert.id", index=True)
    state: str = "drawn"
    is_lead: bool = False
    reason: str = ""
    changed_at: datetime = instant(now=True)
    void_at: datetime | None = instant(nullable=True)
