"""Issued documents and the counters that number things."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, instant


class DocumentRow(SQLModel, table=True):
    """An issued document: frozen bytes with their hash and template version. Natural key (case, key, slot, round)."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("case_id", "key", "slot", "round"),)
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    key: str
    slot: str = "1"
    round: int = 1
    number: str = Field(unique=True)
    title: str
    title_en: str = ""
    audience: str
    sha256: str = Field(index=True)
    check_code: str = Field(default="", index=True)  # printed on the paper: 16 hex digits over its content
    size: int
    template_version: str
    issued_at: datetime = instant(now=True)


class Counter(SQLModel, table=True):
    """A gap-free series: incremented in the transaction that uses the number."""

    __tablename__ = "counter"
    series: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    n: int = 0
