"""What the numbers of the office are added up from, kept so that nobody counts the past again (W02).

Derived from cases, tasks, visits, notices and findings, and from nothing else; `services.tally` makes all of it anew.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document


class Tally(SQLModel, table=True):
    """A sum 统计累计数: how many rows of a dimension have a value, of cases filed at any time, in a year, a month, on a day.

    `grain` is "a", "y", "m" or "d"; `start` its first day in Shanghai.
    """

    __tablename__ = "tally"
    grain: str = Field(primary_key=True)
    dimension: str = Field(primary_key=True)
    start: date = Field(primary_key=True)
    procedure: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    n: int
    weight: int = Field(sa_type=BigInteger)


class TallyCase(SQLModel, table=True):
    """What a case has contributed to the sums: [[dimension, value, n, weight], …]. To be taken out when it changes."""

    __tablename__ = "tally_case"
    case_id: UUID = Field(primary_key=True)
    procedure: str
    day: date
    facts: list[list[Any]] = document(list)


class TallyChange(SQLModel, table=True):
    """A case has changed since it was added up: noted by triggers in the transaction that changed it."""

    __tablename__ = "tally_change"
    id: int | None = big_id()
    case_id: UUID


class TallyState(SQLModel, table=True):
    """The one row that says by which calendar working days were added up; empty: nothing was added up yet."""

    __tablename__ = "tally_state"
    id: int = Field(default=1, primary_key=True)
    calendar: str = ""
