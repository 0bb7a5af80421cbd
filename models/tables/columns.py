"""Column helpers that the table files share."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field


def utcnow() -> datetime:
    return datetime.now(UTC)


def instant(*, index: bool = False, nullable: bool = False, now: bool = False) -> Any:
    """A timestamp with time zone."""
    if now:
        return Field(default_factory=utcnow, sa_type=DateTime(timezone=True), index=index)
    if nullable:
        return Field(default=None, sa_type=DateTime(timezone=True), index=index, nullable=True)
    return Field(sa_type=DateTime(timezone=True), index=index)


def document(default: Any = dict) -> Any:
    """A JSONB column; `default` is dict or list."""
    return Field(default_factory=default, sa_type=JSONB)


def big_id() -> Any:
    """A bigint identity key."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
