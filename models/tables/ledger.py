"""The ledger as rows to read. The schema is one hand-written revision (0003); autogenerate leaves it alone.

Amounts are grams CO2e in bigint everywhere (J01). Nothing here is written through the ORM:
services/ledger.py inserts acts and movements, the database derives the rest.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlalchemy.dialects.postgresql import DATERANGE, INT8RANGE
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant

SCHEMA: dict[str, Any] = {"schema": "ledger", "info": {"skip_autogenerate": True}}


def _grams(default: int | None = None) -> Any:
    return Field(default=default, sa_type=BigInteger) if default is not None else Field(sa_type=BigInteger)


class Book(SQLModel, table=True):
    """What is fungible: a lot of reductions (ER) or the points of a class (PT)."""

    __tablename__ = "book"
    __table_args__ = SCHEMA
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    method_class: str


class Claim(SQLModel, table=True):
    """Days of a project or scenario that a case asks for; live claims never overlap (I02)."""

    __tablename__ = "claim"
    __table_args__ = SCHEMA
    id: int | None = big_id()
    origin_id: int = _grams()
    case_id: UUID
    period: Any = Field(sa_column=Column(DATERANGE, nullable=False))
    at: datetime = instant()
    released_at: datetime | None = instant(nullable=True)
    slot: str = ""  # the month of a scenario, whose case stays the same


class Lot(SQLModel, table=True):
    """An issuance 签发批次 with all that its units keep for ever (M03, M06)."""

    __tablename__ = "lot"
    __table_args__ = SCHEMA
    book_id: int = Field(primary_key=True)
    number: str
    claim_id: int = _grams()
    origin_id: int = _grams()
    origin_kind: str
    origin_number: str
    methodology: str
    methodology_version: str
    method_class: str
    period: Any = Field(sa_column=Column(DATERANGE, nullable=False))
    vintage: int
    approved_g: int = _grams()
    recomputed_g: int = _grams()
    calculation_sha256: bytes = Field(sa_type=LargeBinary)
    numbered: bool
    approver_a: int = _grams()
    approver_b: int = _grams()
    at: datetime = instant()


class LedgerAccount(SQLModel, table=True):
    """An account 登记账户 of a party; natural persons are parties too."""

    __tablename__ = "account"
    __table_args__ = SCHEMA
    id: int | None = big_id()
    number: str
    party_id: int = _grams()
    kind: str  # institution | person
    at: datetime = instant()


class Position(SQLModel, table=True):
    """An account in one book, or one of the house positions of the book."""

    __tablename__ = "position"
    __table_args__ = SCHEMA
    id: int | None = big_id()
    book_id: int
    kind: str
    account_id: int | None = Field(default=None, sa_type=BigInteger)


class Balance(SQLModel, table=True):
    """What the movements add up to; kept by the database."""

    __tablename__ = "balance"
    __table_args__ = SCHEMA
    position_id: int = Field(primary_key=True, sa_type=BigInteger)
    book_id: int
    kind: str
    posted: int = _grams()
    held: int = _grams()
    floor_g: int = _grams()
    ceil_g: int = _grams()
    version: int = _grams()


class Act(SQLModel, table=True):
    """A business act under the caller's idempotency key (I12)."""

    __tablename__ = "act"
    __table_args__ = SCHEMA
    id: UUID = Field(primary_key=True)
    key: str
    request_sha256: bytes = Field(sa_type=LargeBinary)
    kind: str
    purpose: str | None = None
    reason: str = ""
    case_id: UUID | None = None
    actor_id: int | None = Field(default=None, sa_type=BigInteger)
    approver_a: int | None = Field(default=None, sa_type=BigInteger)
    approver_b: int | None = Field(default=None, sa_type=BigInteger)
    result: dict[str, Any] = document()
    at: datetime = instant()


class Transfer(SQLModel, table=True):
    """A movement: both ends on one row, inside one book."""

    __tablename__ = "transfer"
    __table_args__ = SCHEMA
    id: UUID = Field(primary_key=True)
    act_id: UUID
    move: str  # direct | pending | post | void
    book_id: int
    from_id: int = _grams()
    to_id: int = _grams()
    amount: int = _grams()
    pending_id: UUID | None = None
    reverses: UUID | None = None
    expires_at: datetime | None = instant(nullable=True)
    at: datetime = instant()


class SerialBlock(SQLModel, table=True):
    """Serial numbers held, grams of a numbered lot from 1 on (I10)."""

    __tablename__ = "serial_block"
    __table_args__ = SCHEMA
    id: int | None = big_id()
    book_id: int
    position_id: int = _grams()
    grams: Any = Field(sa_column=Column(INT8RANGE, nullable=False))


class SerialMove(SQLModel, table=True):
    """Serial numbers that went with a movement."""

    __tablename__ = "serial_move"
    __table_args__ = SCHEMA
    transfer_id: UUID = Field(primary_key=True)
    book_id: int
    grams: Any = Field(sa_column=Column(INT8RANGE, primary_key=True))


class Certificate(SQLModel, table=True):
    """A certificate with the code by which anybody can check it."""

    __tablename__ = "certificate"
    __table_args__ = SCHEMA
    id: int | None = big_id()
    act_id: UUID
    kind: str  # issuance | cancellation
    number: str
    code: str
    facts: dict[str, Any] = document()
    sha256: str
    at: datetime = instant()


class Recount(SQLModel, table=True):
    """A balance worked out anew 余额重算: the database writes what it was and what the movements give."""

    __tablename__ = "recount"
    __table_args__ = SCHEMA
    id: int | None = big_id()
    position_id: int
    posted_was: int = 0
    held_was: int = 0
    posted: int = 0
    held: int = 0
    reason: str
    approver_a: int
    approver_b: int
    at: datetime = instant(now=True)
