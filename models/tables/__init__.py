"""SQLModel tables, one file an aggregate. Tables do not validate; CHECK constraints do."""

from sqlmodel import SQLModel

from models.tables.audit import AuditEvent
from models.tables.calendar import CalendarDay, CalendarVersion, LimitSetting
from models.tables.case import Attachment, Case, CaseVersion, Finding
from models.tables.deadline import Deadline
from models.tables.document import Counter, DocumentRow
from models.tables.expert import Expert, Panel, PanelMember
from models.tables.library import EtsUnit, Methodology
from models.tables.notification import Notification, SavedView
from models.tables.outbox import EngineHealth, Outbox
from models.tables.person import LoginSession, Party, SignInAttempt, User
from models.tables.public import Notice, Objection, Project
from models.tables.task import Submission, TaskDraft, TaskRow

__all__ = [
    "Attachment",
    "AuditEvent",
    "CalendarDay",
    "CalendarVersion",
    "Case",
    "CaseVersion",
    "Counter",
    "Deadline",
    "DocumentRow",
    "EngineHealth",
    "EtsUnit",
    "Expert",
    "Finding",
    "LimitSetting",
    "LoginSession",
    "Methodology",
    "Notice",
    "Notification",
    "Objection",
    "Outbox",
    "Panel",
    "PanelMember",
    "Party",
    "Project",
    "SQLModel",
    "SavedView",
    "SignInAttempt",
    "Submission",
    "TaskDraft",
    "TaskRow",
    "User",
]
