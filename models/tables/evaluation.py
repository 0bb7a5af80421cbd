"""Tracking evaluation and data correction 跟踪评估与数据修正: yearly plans, blocked periods, corrections, replacement duties."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class EvaluationPlan(SQLModel, table=True):
    """The evaluations of a year 年度跟踪评估计划: one plan a year, with the seed anybody can draw it again by."""

    __tablename__ = "evaluation_plan"
    id: int | None = big_id()
    year: int = Field(unique=True)
    seed: str
    population: int  # entries the sample was drawn from
    flagged: int  # taken whatever the draw
    drawn: int
    made_by: int | None = Field(default=None, foreign_key="user_account.id")  # None: by the schedule
    at: datetime = instant(now=True)


class EvaluationPlanItem(SQLModel, table=True):
    """An entry of the plan, why it is in it, and the case that was opened."""

    __tablename__ = "evaluation_plan_item"
    __table_args__ = (UniqueConstraint("plan_id", "project_id"),)
    id: int | None = big_id()
    plan_id: int = Field(foreign_key="evaluation_plan.id", index=True, sa_type=BigInteger)
    project_id: int = Field(foreign_key="project.id", sa_type=BigInteger)
    case_id: UUID | None = Field(default=None, foreign_key="case_file.id")
    flagged: bool = False
    weight: int  # of the draw, in hundredths
    reasons: list[dict[str, Any]] = document(list)  # {"zh", "en"} each


class CorrectionBlock(SQLModel, table=True):
    """Days of a project for which nothing is issued while its data are corrected (G27)."""

    __tablename__ = "correction_block"
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", unique=True)
    project_id: int = Field(foreign_key="project.id", index=True, sa_type=BigInteger)
    first_day: date
    last_day: date
    at: datetime = instant(now=True)
    lifted_at: datetime | None = instant(nullable=True)


class DataCorrection(SQLModel, table=True):
    """What a decided correction came to for one lot, grams: old + top-up = new + reversed + shortfall (I34)."""

    __tablename__ = "data_correction"
    __table_args__ = (UniqueConstraint("case_id", "lot_number"),)
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    lot_number: str = Field(index=True)
    old_g: int = Field(sa_type=BigInteger)
    new_g: int = Field(sa_type=BigInteger)
    reversed_g: int = Field(default=0, sa_type=BigInteger)
    shortfall_g: int = Field(default=0, sa_type=BigInteger)
    top_up_g: int = Field(default=0, sa_type=BigInteger)
    at: datetime = instant(now=True)


class ReplacementDuty(SQLModel, table=True):
    """Grams a holder owes because what was issued too much is gone already; the next issuance nets it (G27)."""

    __tablename__ = "replacement_duty"
    __table_args__ = (UniqueConstraint("case_id", "lot_number"),)
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id")
    project_id: int = Field(foreign_key="project.id", index=True, sa_type=BigInteger)
    party_id: int = Field(foreign_key="party.id", index=True)
    lot_number: str
    grams: int = Field(sa_type=BigInteger)
    settled_g: int = Field(default=0, sa_type=BigInteger)
    state: str = "open"  # open | settled
    at: datetime = instant(now=True)
    changed_at: datetime = instant(now=True)
