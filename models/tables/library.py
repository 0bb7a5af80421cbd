"""What a case is measured against: methodologies (rule G02) and quota-managed units (rule G03)."""

from datetime import date
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document


class Methodology(SQLModel, table=True):
    """A published methodology version; changes come as new versions."""

    __tablename__ = "methodology"
    __table_args__ = (UniqueConstraint("code", "version"),)
    id: int | None = big_id()
    code: str = Field(index=True)
    version: str
    name: str
    kind: str  # project | scenario
    method_class: str  # I | II
    status: str = "published"  # draft | published | withdrawn
    effective_from: date
    effective_to: date | None = None
    data: dict[str, Any] = document()


class EtsUnit(SQLModel, table=True):
    """A unit under carbon-market quota management 配额管理单位."""

    __tablename__ = "ets_unit"
    id: int | None = big_id()
    name: str = Field(index=True)
    uscc: str = Field(default="", index=True)
    site: str = ""
    scope: str = "shanghai"  # shanghai | national
    year: int
