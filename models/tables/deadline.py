"""Deadline ledgers: a budget, an anchor and the intervals the clock stood still."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class Deadline(SQLModel, table=True):
    """The limit of one task or notice. `due_at` is derived and pinned; None while paused."""

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("budget > 0", name="deadline_budget_positive"),
        CheckConstraint("(task_id is null) <> (notice_id is null)", name="deadline_has_one_owner"),
    )
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    task_id: UUID | None = Field(default=None, foreign_key="task.id", unique=True)
    notice_id: int | None = Field(default=None, foreign_key="notice.id", unique=True)
    limit_key: str
    unit: str = "wd"  # wd | d
    budget: int  # days, extensions included
    anchor: str = "opened"  # what started it: opened | received | published
    anchor_at: datetime = instant()
    pauses: list[dict[str, Any]] = document(list)  # [{from, to|null, why}] ISO instants
    extensions: list[dict[str, Any]] = document(list)  # [{days, reason, by, at}]
    calendar_version: int = 1
    day_seconds: float | None = (
        None  # a day of the demonstration clock it is counted with; None: the calendar
    )
    due_at: datetime | None = instant(nullable=True, index=True)
    confirmed: bool = True  # False: runs into a year whose calendar is not official yet
