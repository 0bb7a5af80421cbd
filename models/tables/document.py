"""Issued documents and the counters that number things."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint, select
from sqlalchemy import inspect as sa_inspect
from sqlalchemy.orm import column_property
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, instant


class DocumentRow(SQLModel, table=True):
    """An issued document: frozen bytes with their hash and template version.

    Natural key (case, key, slot, round) of what is not void. Rows never change: what makes one void is a row of its own.
    """

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("case_id", "key", "slot", "round", "generation"),)
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
    generation: int = 0  # of the case when it was issued
    void_at: ClassVar[Any]  # when it became void, None while it stands; read from DocumentVoid


class DocumentVoid(SQLModel, table=True):
    """A document is void 作废 from here on: the case went back to a step before it. Its number is never used again."""

    __tablename__ = "document_void"
    document_id: int = Field(primary_key=True, foreign_key="document.id", sa_type=BigInteger)
    at: datetime = instant(now=True)
    reason: str = ""
    act_id: int | None = Field(default=None, foreign_key="operator_act.id", sa_type=BigInteger)


sa_inspect(DocumentRow).add_property(
    "void_at",
    column_property(
        select(DocumentVoid.__table__.c["at"])  # type: ignore[attr-defined]
        .where(DocumentVoid.__table__.c.document_id == DocumentRow.__table__.c.id)  # type: ignore[attr-defined]
        .correlate_except(DocumentVoid.__table__)  # type: ignore[attr-defined]
        .scalar_subquery()
    ),
)


class Counter(SQLModel, table=True):
    """A gap-free series: incremented in the transaction that uses the number."""

    __tablename__ = "counter"
    series: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    n: int = 0
