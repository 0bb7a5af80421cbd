"""Issuances under way and done 签发: the days asked for, and the three amounts side by side (G19, M06, I04)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


def _grams() -> Any:
    return Field(default=None, sa_type=BigInteger)


class IssuanceRow(SQLModel, table=True):
    """An issuance asked for by a case. Its claim on the days lives while it is pending, and for ever once issued."""

    __tablename__ = "issuance"
    __table_args__ = (
        CheckConstraint("period_to >= period_from", name="issuance_forward"),
        CheckConstraint("state in ('pending', 'issued', 'ended')", name="issuance_state"),
        CheckConstraint("approved_g <= recomputed_g", name="issuance_supported"),
        CheckConstraint("approved_g <= claimed_g", name="issuance_not_above_claim"),
        CheckConstraint("(state = 'issued') = (act_id is not null)", name="issuance_posted"),
    )
    id: int | None = big_id()
    case_id: UUID = Field(foreign_key="case_file.id", unique=True)
    project_id: int = Field(foreign_key="project.id", index=True, sa_type=BigInteger)
    first_time: bool = False  # asked for with the application
    period_from: date
    period_to: date
    claim_id: int | None = Field(default=None, sa_type=BigInteger)  # of the ledger
    claimed_g: int = Field(sa_type=BigInteger)
    recomputed_g: int | None = _grams()
    approved_g: int | None = _grams()
    data_sha256: str = ""  # of the data the amounts rest on
    calculation: dict[str, Any] = document()  # as reviewed
    state: str = Field(default="pending", index=True)  # pending | issued | ended
    lot: str = ""
    act_id: UUID | None = None
    at: datetime = instant(now=True)
    ended_at: datetime | None = instant(nullable=True)
