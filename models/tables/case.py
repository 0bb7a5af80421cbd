"""Cases, their submitted versions, materials and findings."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant, typed


class Case(SQLModel, table=True):
    """A case 办件. The row decides: status and stage here are what everybody sees."""

    __tablename__ = "case_file"
    __table_args__ = (
        CheckConstraint("version > 0", name="case_version_positive"),
        Index("case_open_by_stage", "procedure", "status", "stage"),
        Index("case_changed", "changed_at"),
    )
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    case_no: str = Field(unique=True)
    procedure: str
    title: str = ""
    status: str = Field(default="draft", index=True)
    stage: str = ""
    stage_since: datetime | None = instant(nullable=True)
    filer_id: int = Field(foreign_key="party.id", index=True)
    principal_id: int | None = Field(default=None, foreign_key="party.id", index=True)
    agency_id: int | None = Field(default=None, foreign_key="party.id", index=True)
    created_by: int = Field(foreign_key="user_account.id")
    filed_by: int | None = Field(default=None, foreign_key="user_account.id")
    form: dict[str, Any] = typed()
    identity: dict[str, Any] = document()  # what makes the project the same project (G04)
    #: The published project or scenario it is about.
    project_id: int | None = Field(default=None, foreign_key="project.id", index=True, sa_type=BigInteger)
    methodology: str = ""
    methodology_version: str = ""
    district: str = ""
    complex: bool = False
    version: int = 1
    created_at: datetime = instant(now=True)
    changed_at: datetime = instant(now=True)
    submitted_at: datetime | None = instant(nullable=True)
    accepted_at: datetime | None = instant(nullable=True)
    suspended_at: datetime | None = instant(nullable=True)
    suspended_status: str = ""
    ended_at: datetime | None = instant(nullable=True)
    needs_operator: str = ""  # why the course is parked, empty when it is not
    generation: int = 0  # how often it was returned to an earlier step


class CaseVersion(SQLModel, table=True):
    """A submitted version of the form with its declaration; never changed (I29)."""

    __tablename__ = "case_version"
    __table_args__ = (UniqueConstraint("case_id", "number"),)
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    number: int
    kind: str = "submission"  # submission | correction | revision
    form: dict[str, Any] = typed()
    materials: list[dict[str, Any]] = document(list)
    declaration: dict[str, Any] = document()
    sha256: str
    by_user: int = Field(foreign_key="user_account.id")
    at: datetime = instant(now=True)


class Attachment(SQLModel, table=True):
    """An uploaded paper; the bytes lie in the blob store under their sha256."""

    __tablename__ = "attachment"
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    kind: str
    filename: str
    mime: str
    size: int
    sha256: str
    sealed: bool = False
    by_user: int = Field(foreign_key="user_account.id")
    at: datetime = instant(now=True)
    removed_at: datetime | None = instant(nullable=True)


class Finding(SQLModel, table=True):
    """One request for correction or revision, its reply and the verdict."""

    __tablename__ = "finding"
    __table_args__ = (
        Index(
            "finding_listed_once",
            "case_id",
            "stage",
            "round",
            "number",
            unique=True,
            postgresql_where=text("void_at is null"),
        ),
    )
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    stage: str  # correction | revision
    round: int
    number: int  # as listed to the applicant, from 1 within the round
    source: str  # formal | agency | expert | officer | objection
    target: str = ""  # dotted path of a field, or materials.<kind>
    text: str
    basis: str = ""
    reply: str = ""
    replied_at: datetime | None = instant(nullable=True)
    verdict: str = "open"  # open | answered | accepted | rejected
    note: str = ""
    made_seq: int = 0  # where the trail of the case stood when it was made
    void_at: datetime | None = instant(nullable=True)
