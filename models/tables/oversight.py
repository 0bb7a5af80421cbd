"""What holds cases up on the technical side, what overseers did about it, and who stands in for whom."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class EngineTrouble(SQLModel, table=True):
    """A part of a case's course that fails or does not fit the rows; gone from here once it is mended.

    Natural key (case, kind, what): the same step failing again is the same trouble with one attempt more.
    """

    __tablename__ = "engine_trouble"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", "what"),
        CheckConstraint("kind in ('activity','workflow_task','disagree')", name="engine_trouble_kind_known"),
    )
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    kind: str
    what: str = ""  # the activity's type, or the name of the disagreement
    message: str = ""
    attempts: int = 0
    since: datetime = instant(now=True)
    seen_at: datetime = instant(now=True)
    next_try_at: datetime | None = instant(nullable=True)


class OperatorAct(SQLModel, table=True):
    """An act from the console: what was asked, by whom, why, and what was seen to happen."""

    __tablename__ = "operator_act"
    __table_args__ = (
        CheckConstraint(
            "state in ('proposed','asked','seen','failed','withdrawn')", name="operator_act_state_known"
        ),
        Index("operator_act_open", "asked_at", postgresql_where=text("state in ('proposed','asked')")),
    )
    id: int | None = big_id()
    kind: str
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    task_id: UUID | None = Field(default=None, foreign_key="task.id")
    reason: str
    data: dict[str, Any] = document()  # what verification compares with
    by_user: int = Field(foreign_key="user_account.id", index=True)
    asked_at: datetime = instant(now=True, index=True)
    second_user: int | None = Field(default=None, foreign_key="user_account.id")
    second_at: datetime | None = instant(nullable=True)
    state: str = "asked"
    outcome_zh: str = ""
    outcome_en: str = ""
    verified_at: datetime | None = instant(nullable=True)


class Absence(SQLModel, table=True):
    """An officer is away on these days (both included); a colleague stands in."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="absence_ends_after_start"),
        CheckConstraint("user_id <> substitute_id", name="absence_has_another_substitute"),
        Index("absence_by_days", "user_id", "starts_on", "ends_on"),
    )
    id: int | None = big_id()
    user_id: int = Field(foreign_key="user_account.id")
    substitute_id: int = Field(foreign_key="user_account.id", index=True)
    starts_on: date
    ends_on: date
    reason: str = ""
    by_user: int = Field(foreign_key="user_account.id")
    created_at: datetime = instant(now=True)
    told_at: datetime | None = instant(nullable=True)  # the substitute was offered the open tasks
    cancelled_at: datetime | None = instant(nullable=True)
