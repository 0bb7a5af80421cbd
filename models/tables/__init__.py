"""SQLModel tables, one file an aggregate. Tables do not validate; CHECK constraints do."""

from sqlmodel import SQLModel

from models.tables.audit import AuditEvent
from models.tables.calendar import CalendarDay, CalendarVersion, LimitSetting
from models.tables.case import Attachment, Case, CaseVersion, Finding
from models.tables.deadline import Deadline
from models.tables.document import Counter, DocumentRow
from models.tables.expert import Expert, Panel, PanelMember
from models.tables.ledger import (
    Act,
    Balance,
    Book,
    Certificate,
    Claim,
    LedgerAccount,
    Lot,
    Position,
    SerialBlock,
    SerialMove,
    Transfer,
)
from models.tables.library import EtsUnit, Methodology
from models.tables.monitoring import (
    Consent,
    DataBatch,
    Device,
    DeviceCalibration,
    ProjectKey,
    ReadingRow,
    RejectedRow,
    ReportingDuty,
    ScenarioRecord,
)
from models.tables.notification import Notification, SavedView
from models.tables.outbox import EngineHealth, Outbox
from models.tables.person import LoginSession, Party, SignInAttempt, User
from models.tables.public import Notice, Objection, Project
from models.tables.task import Submission, TaskDraft, TaskRow

__all__ = [
    "Act",
    "Attachment",
    "AuditEvent",
    "Balance",
    "Book",
    "CalendarDay",
    "CalendarVersion",
    "Case",
    "CaseVersion",
    "Certificate",
    "Claim",
    "Consent",
    "Counter",
    "DataBatch",
    "Deadline",
    "Device",
    "DeviceCalibration",
    "DocumentRow",
    "EngineHealth",
    "EtsUnit",
    "Expert",
    "Finding",
    "LedgerAccount",
    "LimitSetting",
    "LoginSession",
    "Lot",
    "Methodology",
    "Notice",
    "Notification",
    "Objection",
    "Outbox",
    "Panel",
    "PanelMember",
    "Party",
    "Position",
    "Project",
    "ProjectKey",
    "ReadingRow",
    "RejectedRow",
    "ReportingDuty",
    "SQLModel",
    "SavedView",
    "ScenarioRecord",
    "SerialBlock",
    "SerialMove",
    "SignInAttempt",
    "Submission",
    "TaskDraft",
    "TaskRow",
    "Transfer",
    "User",
]
