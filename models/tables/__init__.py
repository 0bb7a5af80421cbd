"""SQLModel tables, one file an aggregate. Tables do not validate; CHECK constraints do."""

from sqlmodel import SQLModel

from models.tables.audit import SYSTEM_CHAIN, AuditEvent, AuditRoot, ProofJob
from models.tables.calendar import CalendarDay, CalendarVersion, LimitSetting
from models.tables.case import Attachment, Case, CaseVersion, Finding
from models.tables.deadline import Deadline
from models.tables.document import Counter, DocumentRow, DocumentVoid
from models.tables.evaluation import (
    CorrectionBlock,
    DataCorrection,
    EvaluationPlan,
    EvaluationPlanItem,
    ReplacementDuty,
)
from models.tables.exchange import (
    Deal,
    Experience,
    FundEntry,
    Good,
    Mandate,
    Offer,
    Purpose,
    Redemption,
    ScenarioIssued,
    ScenarioRun,
    SentForm,
    TradingFund,
)
from models.tables.expert import Expert, Panel, PanelMember
from models.tables.issuance import IssuanceRow
from models.tables.ledger import (
    Act,
    Balance,
    Book,
    Certificate,
    Claim,
    LedgerAccount,
    Lot,
    Position,
    Recount,
    SerialBlock,
    SerialMove,
    Transfer,
)
from models.tables.library import EtsUnit, Methodology, MethodologyVersion
from models.tables.mall import MallGood, MallMember
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
from models.tables.oversight import Absence, EngineTrouble, OperatorAct
from models.tables.person import LoginSession, Party, SignInAttempt, User
from models.tables.public import Notice, Objection, ObjectionPaper, Project
from models.tables.setting import SettingChange, TemplateVersion
from models.tables.tally import Tally, TallyCase, TallyChange, TallyState
from models.tables.task import Submission, TaskDraft, TaskRow
from models.tables.visit import StagePause, StageVisit

__all__ = [
    "SYSTEM_CHAIN",
    "Absence",
    "Act",
    "Attachment",
    "AuditEvent",
    "AuditRoot",
    "Balance",
    "Book",
    "CalendarDay",
    "CalendarVersion",
    "Case",
    "CaseVersion",
    "Certificate",
    "Claim",
    "Consent",
    "CorrectionBlock",
    "Counter",
    "DataBatch",
    "DataCorrection",
    "Deadline",
    "Deal",
    "Device",
    "DeviceCalibration",
    "DocumentRow",
    "DocumentVoid",
    "EngineHealth",
    "EngineTrouble",
    "EtsUnit",
    "EvaluationPlan",
    "EvaluationPlanItem",
    "Experience",
    "Expert",
    "Finding",
    "FundEntry",
    "Good",
    "IssuanceRow",
    "LedgerAccount",
    "LimitSetting",
    "LoginSession",
    "Lot",
    "MallGood",
    "MallMember",
    "Mandate",
    "Methodology",
    "MethodologyVersion",
    "Notice",
    "Notification",
    "Objection",
    "ObjectionPaper",
    "Offer",
    "OperatorAct",
    "Outbox",
    "Panel",
    "PanelMember",
    "Party",
    "Position",
    "Project",
    "ProjectKey",
    "ProofJob",
    "Purpose",
    "ReadingRow",
    "Recount",
    "Redemption",
    "RejectedRow",
    "ReplacementDuty",
    "ReportingDuty",
    "SQLModel",
    "SavedView",
    "ScenarioIssued",
    "ScenarioRecord",
    "ScenarioRun",
    "SentForm",
    "SerialBlock",
    "SerialMove",
    "SettingChange",
    "SignInAttempt",
    "StagePause",
    "StageVisit",
    "Submission",
    "Tally",
    "TallyCase",
    "TallyChange",
    "TallyState",
    "TaskDraft",
    "TaskRow",
    "TemplateVersion",
    "TradingFund",
    "Transfer",
    "User",
]
