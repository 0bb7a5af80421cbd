"""What the public reads: notices, objections, published projects."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant, secret
from models.vocabulary.objections import TOPICS
from models.vocabulary.text import Text


class Notice(SQLModel, table=True):
    """A publicity notice 公示. `text` is the redacted text, frozen with its hash."""

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "notice_of_round",
            "case_id",
            "round",
            unique=True,
            postgresql_where=sql("void_at is null"),
        ),
    )
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    round: int = 1
    procedure: str
    title: str
    text: dict[str, Any] = document()
    sha256: str = ""
    state: str = "open"  # open | closed | withdrawn
    result: str = ""
    opened_at: datetime = instant(now=True, index=True)
    closes_at: datetime | None = instant(nullable=True)
    closed_at: datetime | None = instant(nullable=True)
    void_at: datetime | None = instant(nullable=True)


class Objection(SQLModel, table=True):
    """An objection 异议 from the public; every one gets an answer (I20)."""

    __tablename__ = "objection"
    __table_args__ = (
        UniqueConstraint("notice_id", "slot"),
        Index(
            "objection_sent_once",
            "notice_id",
            "sent_key",
            unique=True,
            postgresql_where=sql("sent_key <> ''"),
        ),
    )
    id: int | None = big_id()
    notice_id: int = Field(foreign_key="notice.id", index=True)
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    slot: str
    receipt_no: str = Field(unique=True)
    lookup: str = Field(unique=True)  # secret of the receipt page
    name: str = secret()
    contact: str = secret()
    organisation: str = ""
    topics: list[str] = document(list)
    content: str
    ip: str = ""
    at: datetime = instant(now=True)
    reply_due: datetime | None = instant(nullable=True)
    late: bool = False
    state: str = "received"  # received | answered
    finding: str = ""  # not_upheld | upheld_curable | upheld_fatal
    answer: str = ""
    answered_at: datetime | None = instant(nullable=True)
    mail: str = "none"  # mail with the answer: none | pending | sent | skipped | failed
    mail_at: datetime | None = instant(nullable=True)
    mail_tries: int = 0
    mail_note: str = ""
    void_at: datetime | None = instant(nullable=True)
    sent_key: str = ""  # of the form it came by: sent again, it is the same objection

    @property
    def topic_titles(self) -> list[Text]:
        """What it is about, in words."""
        return [TOPICS.get(topic, Text(topic, topic)) for topic in self.topics]


class ObjectionPaper(SQLModel, table=True):
    """A paper 异议附件 that came with an objection or after it; for the officers only. The same bytes are kept once."""

    __tablename__ = "objection_paper"
    __table_args__ = (UniqueConstraint("objection_id", "sha256"),)
    id: int | None = big_id()
    objection_id: int = Field(foreign_key="objection.id", sa_type=BigInteger)
    filename: str = secret()
    mime: str
    size: int
    sha256: str
    at: datetime = instant(now=True)


class Project(SQLModel, table=True):
    """A published project with its permanent number (rule G15)."""

    __tablename__ = "project"
    __table_args__ = (Index("project_totals", "state", postgresql_include=["est_annual_g"]),)
    id: int | None = big_id()
    number: str = Field(unique=True)
    case_id: UUID = Field(foreign_key="case_file.id", unique=True)
    kind: str = "project"
    name: str = Field(index=True)
    applicant: str
    owner: str = ""
    district: str = ""
    address: str = ""
    methodology: str = ""
    methodology_version: str = ""
    method_class: str = ""
    crediting_from: str = ""
    crediting_to: str = ""
    est_annual_g: int = Field(default=0, sa_type=BigInteger)
    state: str = "implementing"
    data: dict[str, Any] = document()
    published_at: datetime = instant(now=True, index=True)
