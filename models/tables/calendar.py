"""The working calendar with versions, and time limits with effective dates."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class CalendarVersion(SQLModel, table=True):
    """A state of the Shanghai working calendar. The highest number is in force."""

    __tablename__ = "calendar_version"
    number: int = Field(primary_key=True)
    note: str = ""
    covered_until: date  # last day whose arrangement is official
    by_user: int | None = Field(default=None, foreign_key="user_account.id")
    created_at: datetime = instant(now=True)


class CalendarDay(SQLModel, table=True):
    """A day that differs from Monday-to-Friday: a holiday, or a make-up working day 调休."""

    __tablename__ = "calendar_day"
    version: int = Field(foreign_key="calendar_version.number", primary_key=True)
    day: date = Field(primary_key=True)
    working: bool
    name: str = ""


class LimitSetting(SQLModel, table=True):
    """The value of a limit from a date on; the row in force is the latest not after the day asked."""

    __tablename__ = "limit_setting"
    id: int | None = big_id()
    key: str = Field(index=True)
    value: int
    effective_from: date
    note: str = ""
    by_user: int | None = Field(default=None, foreign_key="user_account.id")
    data: dict[str, Any] = document()
    created_at: datetime = instant(now=True)
