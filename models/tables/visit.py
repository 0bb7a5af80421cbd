"""Visits of stages, kept by a trigger of the trail so that numbers need not read the trail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index
from sqlmodel import Field, SQLModel

from models.tables.columns import instant


class StageVisit(SQLModel, table=True):
    """A stay of a case in a stage 环节停留; `left_at` is None while it is there."""

    __tablename__ = "stage_visit"
    __table_args__ = (Index("stage_visit_by_stage", "procedure", "stage", "left_at"),)
    case_id: UUID = Field(foreign_key="case_file.id", primary_key=True)
    n: int = Field(primary_key=True)
    procedure: str
    stage: str
    entered_at: datetime = instant()
    left_at: datetime | None = instant(nullable=True)


class StagePause(SQLModel, table=True):
    """An interval of a visit in which the case was suspended."""

    __tablename__ = "stage_pause"
    case_id: UUID = Field(foreign_key="case_file.id", primary_key=True)
    n: int
    from_at: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    to_at: datetime | None = instant(nullable=True)
