"""Monitoring data 监测数据: devices, calibrations, duties, batches, readings, records of scenarios, consents."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant


class Device(SQLModel, table=True):
    """A metering device 计量器具 of a published project (G17)."""

    __tablename__ = "device"
    __table_args__ = (
        UniqueConstraint("project_id", "meter_no"),
        CheckConstraint("multiplier > 0", name="device_multiplier_positive"),
        CheckConstraint("in_use_to is null or in_use_to >= in_use_from", name="device_in_use_forward"),
    )
    id: int | None = big_id()
    project_id: int = Field(foreign_key="project.id", index=True)
    meter_no: str
    kind: str = ""
    accuracy_class: str = ""
    counting: bool = True  # its readings are the quantity of the methodology; others only cross-check it
    multiplier: Decimal = Field(sa_type=Numeric(14, 4))
    capacity_kw: Decimal | None = Field(default=None, sa_type=Numeric(14, 3))
    in_use_from: date
    in_use_to: date | None = None
    replaced_by: int | None = Field(default=None, foreign_key="device.id")
    at: datetime = instant(now=True)


class DeviceCalibration(SQLModel, table=True):
    """A verification 检定 of a device. It counts once an officer has confirmed it; of an application, by publication."""

    __tablename__ = "device_calibration"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="calibration_forward"),
        CheckConstraint("state in ('filed', 'confirmed', 'refused')", name="calibration_state"),
    )
    id: int | None = big_id()
    device_id: int = Field(foreign_key="device.id", index=True)
    valid_from: date
    valid_to: date
    certificate: str
    filename: str = ""
    sha256: str = ""  # of the certificate in the blob store; empty where it came with the application
    source: str = "owner"  # application | owner
    state: str = "filed"
    note: str = ""  # why it was refused
    filed_by: int | None = Field(default=None, foreign_key="user_account.id")
    filed_at: datetime = instant(now=True)
    confirmed_by: int | None = Field(default=None, foreign_key="user_account.id")
    confirmed_at: datetime | None = instant(nullable=True)


class ReportingDuty(SQLModel, table=True):
    """What a project owes for a period 报送义务 (G16)."""

    __tablename__ = "reporting_duty"
    __table_args__ = (
        UniqueConstraint("project_id", "period_from"),
        CheckConstraint("period_to >= period_from", name="duty_forward"),
        CheckConstraint("state in ('due', 'received', 'valid', 'queried', 'overdue')", name="duty_state"),
    )
    id: int | None = big_id()
    project_id: int = Field(foreign_key="project.id", index=True)
    period_from: date
    period_to: date
    due_at: datetime = instant(index=True)
    state: str = Field(default="due", index=True)
    channel: str = "manual"  # online | manual
    opened_at: datetime = instant(now=True)
    changed_at: datetime = instant(now=True)


class DataBatch(SQLModel, table=True):
    """One delivery 批次 of readings or records. The same key with the same content is answered the same."""

    __tablename__ = "data_batch"
    __table_args__ = (
        UniqueConstraint("project_id", "key"),
        CheckConstraint("state in ('preview', 'taken', 'discarded')", name="batch_state"),
        CheckConstraint("channel in ('api', 'excel', 'page', 'application')", name="batch_channel"),
    )
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    key: str
    channel: str  # page: typed into the page, kept as the workbook it stands for
    subject: str = "readings"  # readings | records
    state: str = "taken"
    sha256: str  # of the rows in canonical JSON; of a preview the file's
    filename: str = ""
    user_id: int | None = Field(default=None, foreign_key="user_account.id")
    api_key_id: int | None = Field(default=None, foreign_key="project_key.id")
    rows: int = 0
    accepted: int = 0
    apart: int = 0
    rejected: int = 0
    at: datetime = instant(now=True, index=True)


class ReadingRow(SQLModel, table=True):
    """A reading kept 抄表记录. Live readings of one device never overlap; the database holds that."""

    __tablename__ = "reading"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="reading_forward"),
        CheckConstraint("reading_end >= reading_start", name="reading_monotone"),
        CheckConstraint("state in ('good', 'apart', 'superseded')", name="reading_state"),
    )
    id: int | None = big_id()
    project_id: int = Field(foreign_key="project.id", index=True)
    device_id: int = Field(foreign_key="device.id", index=True)
    first_day: date
    last_day: date
    reading_start: Decimal = Field(sa_type=Numeric(20, 4))
    reading_end: Decimal = Field(sa_type=Numeric(20, 4))
    multiplier: Decimal = Field(sa_type=Numeric(14, 4))
    quantity: Decimal = Field(sa_type=Numeric(20, 4))
    state: str = "good"
    reason: str = ""  # why it was superseded
    batch_id: UUID = Field(foreign_key="data_batch.id", index=True)
    row: int = 0  # as the sender counted
    at: datetime = instant(now=True)


class RejectedRow(SQLModel, table=True):
    """A row not taken, with what was sent 退回行; a row may have several reasons."""

    __tablename__ = "rejected_row"
    id: int | None = big_id()
    batch_id: UUID = Field(foreign_key="data_batch.id", index=True)
    row: int
    column: str
    reason_zh: str
    reason_en: str
    raw: dict[str, Any] = document()


class ProjectKey(SQLModel, table=True):
    """A key 接口密钥 with which a platform sends data of one project; only the hash of the secret is kept."""

    __tablename__ = "project_key"
    id: int | None = big_id()
    project_id: int = Field(foreign_key="project.id", index=True)
    prefix: str = Field(unique=True)
    secret_sha256: str
    label: str = ""
    scopes: list[str] = document(list)
    created_by: int = Field(foreign_key="user_account.id")
    created_at: datetime = instant(now=True)
    revoked_by: int | None = Field(default=None, foreign_key="user_account.id")
    revoked_at: datetime | None = instant(nullable=True)


class Consent(SQLModel, table=True):
    """A person's consent 授权 that a scenario's platform hands on their records (G26, S03)."""

    __tablename__ = "consent"
    __table_args__ = (
        UniqueConstraint("project_id", "user_sha256", "granted_at"),
        CheckConstraint(
            "platform <> '' and operator <> '' and version <> '' and withdraw_how <> ''", name="consent_whole"
        ),
        CheckConstraint("withdrawn_at is null or withdrawn_at >= granted_at", name="consent_forward"),
    )
    id: int | None = big_id()
    project_id: int = Field(foreign_key="project.id", index=True)
    user_sha256: str = Field(index=True)
    party_id: int | None = Field(default=None, foreign_key="party.id", index=True)
    platform: str
    operator: str
    version: str
    withdraw_how: str
    granted_at: datetime = instant()
    withdrawn_at: datetime | None = instant(nullable=True)
    at: datetime = instant(now=True)


class ScenarioRecord(SQLModel, table=True):
    """A low-carbon act 行为记录 of a live scenario. `grams` is empty until the reduction has been worked out."""

    __tablename__ = "scenario_record"
    __table_args__ = (
        UniqueConstraint("project_id", "record_no"),
        UniqueConstraint("project_id", "fingerprint"),
        CheckConstraint("grams is null or grams >= 0", name="record_grams"),
    )
    id: int | None = big_id()
    project_id: int = Field(foreign_key="project.id", index=True)
    record_no: str
    user_sha256: str = Field(index=True)
    consent_id: int = Field(foreign_key="consent.id")
    at: datetime = instant(index=True)
    data: dict[str, Any] = document()
    fingerprint: str  # of person, time and data: the same act under another number is the same act
    grams: int | None = None
    state: str = "received"
    batch_id: UUID = Field(foreign_key="data_batch.id", index=True)
    received_at: datetime = instant(now=True)
