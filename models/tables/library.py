"""What a case is measured against: methodologies (rule G02) and quota-managed units (rule G03)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class Methodology(SQLModel, table=True):
    """A published methodology version; changes come as new versions.

    `data` has the rest of the calculator's file and, of a version taken in here, `calculator_sha256`,
    `description_sha256` and the `publication` it rests on.
    """

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

    def is_in_force(self, day: date) -> bool:
        """May a new application choose it on the day (G02, I15)? One abolished from a day on may until then."""
        if self.status == "draft" or (self.status == "withdrawn" and self.effective_to is None):
            return False
        return self.effective_from <= day <= (self.effective_to or date.max)


class MethodologyVersion(SQLModel, table=True):
    """A calculator with its description that an administrator took in 方法学版本; published once `activated_at` is set.

    From then on neither text nor digest changes and the row stays, which the database itself holds. Both digests
    are of the documents, whatever their spacing (`services.quantification.source.digest`).
    """

    __tablename__ = "methodology_version"
    __table_args__ = (
        UniqueConstraint("code", "version", "sha256", "words_sha256", name="methodology_version_once"),
        Index(
            "methodology_version_published",
            "code",
            "version",
            unique=True,
            postgresql_where=text("activated_at is not null"),
        ),
        Index("methodology_version_digest", "sha256"),
        Index("methodology_version_words", "words_sha256"),
    )
    id: int | None = big_id()
    code: str
    version: str
    name: str
    sha256: str
    words_sha256: str
    calculator: str
    description: str
    filename: str = ""
    note: str = ""
    by_user: int = Field(foreign_key="user_account.id")
    at: datetime = instant(now=True)
    activated_at: datetime | None = instant(nullable=True)


class EtsUnit(SQLModel, table=True):
    """A unit under carbon-market quota management 配额管理单位."""

    __tablename__ = "ets_unit"
    id: int | None = big_id()
    name: str = Field(index=True)
    uscc: str = Field(default="", index=True)
    site: str = ""
    scope: str = "shanghai"  # shanghai | national
    year: int
