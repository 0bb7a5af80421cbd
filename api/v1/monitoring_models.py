"""Shapes of the monitoring calls, with examples."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from models.tables import DataBatch, ReadingRow
from services.clock import SHANGHAI
from services.monitoring.batches import Taken
from services.monitoring.dataset import plain
from services.monitoring.rows import Rejected

Moment = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(SHANGHAI))]

READING: dict[str, Any] = {
    "meter_no": "SHPV0001-G",
    "first_day": "2026-10-01",
    "last_day": "2026-10-31",
    "reading_start": "11621.20",
    "reading_end": "12204.56",
    "multiplier": "80",
    "quantity": "46668.80",
}
RECORD: dict[str, Any] = {
    "record_no": "QJ202603000001",
    "user": "48a0357dba7c9b6b5b9e16d4dc2efbd9",
    "start_at": "2026-03-02T08:01:00+08:00",
    "end_at": "2026-03-02T08:10:00+08:00",
    "distance_m": 1520,
}
CONSENT: dict[str, Any] = {
    "user": "48a0357dba7c9b6b5b9e16d4dc2efbd9",
    "platform": "骑迹App",
    "operator": "上海骑迹共享出行科技有限公司",
    "version": "2026-01",
    "withdraw_how": "App「我的—隐私设置—碳普惠授权」中随时撤回",
    "granted_at": "2026-01-05T09:00:00+08:00",
}
LINKED = {**CONSENT, "account": "SHGR-2026-700000"}


class Readings(BaseModel):
    rows: list[dict[str, Any]] = Field(
        description="1 to 5000 rows. `month` (2026-10) may stand for `first_day` and `last_day`. Numbers as text or "
        "JSON numbers; (end − start) × multiplier = quantity in kWh.",
        examples=[[READING]],
    )


class Records(BaseModel):
    rows: list[dict[str, Any]] = Field(
        description="1 to 5000 acts; beside these fields whatever the methodology measures. `user` is a pseudonym.",
        examples=[[RECORD]],
    )


class Consents(BaseModel):
    rows: list[dict[str, Any]] = Field(
        description="1 to 5000 consents given. `account`, where the person has one: the number of the person's account "
        "on this platform, to which the reductions are issued; records of a person without one are set apart, and a "
        "consent that names a suspended one is refused.",
        examples=[[CONSENT], [LINKED]],
    )


class Withdrawal(BaseModel):
    user: str = Field(examples=[CONSENT["user"]], max_length=120)
    withdrawn_at: datetime | None = Field(
        None, examples=["2026-03-15T00:00:00+08:00"], description="now, if left out"
    )


class Refusal(BaseModel):
    row: int = Field(examples=[3], description="from 1, as sent")
    column: str = Field(examples=["quantity"])
    reason: str = Field(examples=["应为（期末－期初）×倍率＝46668.80，请核对。"])


class Delivered(BaseModel):
    """Good rows are kept, those of days without a valid calibration set apart, every other row is named."""

    accepted: int = Field(examples=[11])
    apart: int = Field(0, examples=[1])
    rejected: list[Refusal]
    batch: UUID = Field(examples=["5f0f3c1e-7a54-4f0e-9d8e-0d8d3a3c7a11"])


class ConsentsTaken(BaseModel):
    accepted: int = Field(examples=[120])
    known: int = Field(examples=[3], description="registered before")
    rejected: list[Refusal]


class Withdrawn(BaseModel):
    withdrawn: int = Field(examples=[1], description="how many consents ended now")


class ReadingOut(BaseModel):
    id: int
    meter_no: str = Field(examples=["SHPV0001-G"])
    first_day: date
    last_day: date
    reading_start: str = Field(examples=["1024.5"])
    reading_end: str = Field(examples=["1607.86"])
    multiplier: str = Field(examples=["80"])
    quantity: str = Field(examples=["46668.8"], description="kWh")
    state: str = Field(
        examples=["good"], description="good; apart (no valid calibration); superseded (set aside)"
    )
    batch: UUID


class ReadingPage(BaseModel):
    items: list[ReadingOut]
    next_cursor: str | None = Field(examples=[None])


class BatchOut(BaseModel):
    batch: UUID
    channel: str = Field(examples=["api"], description="api, excel, page (typed) or application")
    key: str = Field(examples=["2026-10"])
    at: Moment
    rows: int
    accepted: int
    apart: int
    rejected: int
    sha256: str


class BatchPage(BaseModel):
    items: list[BatchOut]
    next_cursor: str | None = Field(examples=[None])


class BatchDetail(BatchOut):
    refused: list[Refusal]


def refusals(rejected: tuple[Rejected, ...], lang: str) -> list[Refusal]:
    return [Refusal(row=r.row, column=r.column, reason=r.reason.of(lang)) for r in rejected]


def delivered(taken: Taken, lang: str) -> Delivered:
    batch = taken.batch
    return Delivered(
        accepted=batch.accepted,
        apart=batch.apart,
        rejected=refusals(taken.rejected, lang),
        batch=batch.id,
    )


def reading_of(row: ReadingRow, meter_no: str) -> ReadingOut:
    numbers = {
        name: f"{plain(getattr(row, name)):f}"
        for name in ("reading_start", "reading_end", "multiplier", "quantity")
    }
    return ReadingOut(
        id=row.id or 0,
        meter_no=meter_no,
        first_day=row.first_day,
        last_day=row.last_day,
        state=row.state,
        batch=row.batch_id,
        **numbers,
    )


def batch_of(row: DataBatch) -> BatchOut:
    told = row.model_dump(include=set(BatchOut.model_fields) - {"batch"})
    return BatchOut(batch=row.id, **told)
