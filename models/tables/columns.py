"""Column helpers that the table files share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.tables.sealed import SealedForm, SealedText


def utcnow() -> datetime:
    return datetime.now(UTC)


def instant(*, index: bool = False, nullable: bool = False, now: bool = False) -> Any:
    """A timestamp with time zone."""
    if now:
        return Field(default_factory=utcnow, sa_type=DateTime(timezone=True), index=index)
    if nullable:
        return Field(default=None, sa_type=DateTime(timezone=True), index=index, nullable=True)
    return Field(sa_type=DateTime(timezone=True), index=index)


def _fresh(default: Any) -> Callable[[], Any]:
    """Makes an empty dict or list. A function of our own: of a built-in type the signature is parsed at every row."""

    def made() -> Any:
        return default()

    return made


def document(default: Any = dict) -> Any:
    """A JSONB column; `default` is dict or list."""
    return Field(default_factory=_fresh(default), sa_type=JSONB)


def typed(default: Any = dict) -> Any:
    """A JSONB column with what people typed into a form; personal fields are sealed at rest."""
    return Field(default_factory=_fresh(default), sa_type=SealedForm)


def secret() -> Any:
    """A text sealed at rest, empty by default."""
    return Field(default="", sa_type=SealedText)


def big_id() -> Any:
    """A bigint identity key."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
