"""Shapes of the ledger's interface. Amounts are grams, money is fen."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class AccountOut(BaseModel):
    """An account; points and grams are what is there, frozen amounts included."""

    number: str = Field(examples=["SHJG-2026-000001"])
    kind: str = Field(examples=["institution"])
    holder: str
    reductions_g: int
    frozen_g: int
    points: int
    points_frozen: int = 0


class AccountList(BaseModel):
    items: list[AccountOut]
    next_cursor: str | None = None


class HoldingOut(BaseModel):
    """What the account has of one lot."""

    model_config = ConfigDict(from_attributes=True)
    lot: str
    origin: str
    origin_kind: str = Field(description="project | scenario")
    methodology: str
    method_class: str = Field(description="I | II")
    vintage: int
    period_from: date
    period_to: date
    posted_g: int
    frozen_g: int
    available_g: int


class DutyOut(BaseModel):
    """What a correction left short: replaced by cancelling, or taken out of the next issuance."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    case_no: str = Field(description="of the correction")
    project: str
    lot: str = Field(description="what was issued too much of")
    debtor: str
    account: str = Field(description="empty: none opened yet")
    grams: int
    settled_g: int
    left_g: int
    state: str = Field(description="open | settled")
    at: datetime


class StandingOut(BaseModel):
    """Derived from accumulated reductions and points; experience does not enter."""

    level: str
    reductions_g: int
    points: int


class AccountDetail(AccountOut):
    """An account with its lots, its points by class, its money at the exchange, standing and experience."""

    holdings: list[HoldingOut]
    points_of_class: dict[str, int]
    fund_fen: int
    standing: StandingOut
    experience: int = Field(description="of behaviour scenarios: no reductions, no points")
    duties: list[DutyOut] = Field(description="what corrections left owed, what is open first")


class MovementOut(BaseModel):
    """A movement. `points` tells whether grams or points moved; `balance` is what was there afterwards."""

    model_config = ConfigDict(from_attributes=True)
    at: datetime
    act_id: UUID
    kind: str = Field(examples=["transfer"])
    reason: str
    points: bool
    lot: str
    method_class: str
    counter_account: str
    in_g: int
    out_g: int
    frozen_g: int
    balance_g: int
    certificate: str
    code: str
    case_no: str


class Statement(BaseModel):
    items: list[MovementOut]
    next_cursor: str | None = None


class LotOut(BaseModel):
    """A lot in public. issued = held + pooled (behind points) + cancelled + withdrawn (corrected)."""

    model_config = ConfigDict(from_attributes=True)
    number: str
    origin: str
    origin_kind: str
    methodology: str
    method_class: str
    vintage: int
    approved_g: int
    issued_g: int
    held_g: int
    frozen_g: int
    pooled_g: int
    cancelled_g: int
    withdrawn_g: int
    holders: int
    adds_up: bool


class LotList(BaseModel):
    items: list[LotOut]
    next_cursor: str | None = None


class Overview(BaseModel):
    """The whole ledger in grams, and whether it adds up. `wrong` is the replay's finding, when it was asked for."""

    issued_g: int
    held_g: int
    pooled_g: int
    cancelled_g: int
    withdrawn_g: int
    points: int
    adds_up: bool
    duties: list[DutyOut] = Field(description="the latest hundred, what is open first")
    wrong: list[str] | None = None


class Receipt(BaseModel):
    """An act as posted. The same `Idempotency-Key` again answers the same."""

    act_id: UUID
    kind: str
    at: datetime
    certificate: str = ""
    code: str = Field(default="", description="anybody checks it at /verify")
    facts: dict[str, Any] = {}


class OfferOut(BaseModel):
    """A transfer, agreement or listing."""

    number: str
    kind: str
    state: str
    lot: str
    seller: str
    buyer: str | None
    amount_g: int
    left_g: int
    price_fen: int
    expires_at: datetime


class OfferList(BaseModel):
    items: list[OfferOut]
    next_cursor: str | None = Field(default=None, description="of one list, asked for with `of`")


class DealOut(BaseModel):
    """Delivery against payment, both done."""

    number: str
    amount_g: int
    fen: int
    at: datetime
