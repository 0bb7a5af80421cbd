"""Letters to the applicant: receipt, notices and decisions."""

from typing import ClassVar

from services.documents.contexts.base import FindingRow, Letter, MaterialRow, NamedValue, Row


class OwnLetter(Letter):
    """A letter in which the office speaks of itself: 我中心, 我所."""

    own: str


class Receipt(OwnLetter):
    """收件回执: what was received, when, and by when it is looked at. `looked_at`: 完整性、规范性 …"""

    DOCUMENT: ClassVar[str] = "收件回执"

    subject: str
    review: str
    looked_at: str
    applicant_name: str
    applicant_uscc: str
    principal_name: str
    project_name: str
    received_at: str
    round_text: str
    declared_by: str
    materials: list[MaterialRow]
    material_count: str
    form_digest: str
    review_days: str
    review_due_on: str


class DefectRow(Row):
    """A defect of the papers, tied to its field or material (rule G09)."""

    no: str
    target: str
    requirement: str
    basis: str


class CorrectionNotice(OwnLetter):
    """补正通知书: all defects at once 一次告知 (rules G09, G10)."""

    DOCUMENT: ClassVar[str] = "补正通知书"

    subject: str
    review: str
    project_name: str
    received_on: str
    round_text: str
    defects: list[DefectRow]
    defect_count: str
    deadline_text: str
    handler: str


class StepRow(Row):
    no: str
    step: str
    text: str
    limit: str


class AcceptanceNotice(OwnLetter):
    """受理通知书. `methodology` is empty where the procedure rests on none."""

    DOCUMENT: ClassVar[str] = "受理通知书"

    subject: str
    review: str
    not_counted: str
    duties: str
    project_name: str
    received_on: str
    accepted_on: str
    methodology: str
    steps: list[StepRow]
    handler: str


class RefusalNotice(OwnLetter):
    """不予受理告知书."""

    DOCUMENT: ClassVar[str] = "不予受理告知书"

    subject: str
    project_name: str
    received_on: str
    reason_title: str
    reason: str
    basis: str
    remedy: str


class TechnicalOpinion(Letter):
    """技术审核意见 (rule G14). `history` runs from receipt to publicity."""

    DOCUMENT: ClassVar[str] = "技术审核意见"

    subject: str
    reviewed: str
    project_name: str
    applicant_name: str
    methodology: str
    accepted_on: str
    facts: list[NamedValue]
    history: list[StepRow]
    topics: list[NamedValue]
    findings_text: str
    publicity_text: str
    verified_annual_t: str
    verified_total_t: str
    opinion: str
    conditions: str
    conclusion: str
    officer: str
    supervisor: str


class RejectionNotice(OwnLetter):
    """不予通过决定书. `accepted_on` and `methodology` are empty where there is none."""

    DOCUMENT: ClassVar[str] = "不予通过决定书"

    subject: str
    project_name: str
    accepted_on: str
    methodology: str
    ground: str
    reason: str
    basis: str
    open_findings: list[FindingRow]
    remedy: str


class TerminationNotice(Letter):
    """终止办理告知书: lapsed or withdrawn, never a finding on the merits."""

    DOCUMENT: ClassVar[str] = "终止办理告知书"

    subject: str
    project_name: str
    received_on: str
    ground: str
    reason: str
    ended_on: str
    open_findings: list[FindingRow]
    remedy: str


class ChangeRow(Row):
    no: str
    target: str
    text: str


class ObjectionAnswer(Letter):
    """异议处理意见. The objector is named in part only (rule M10)."""

    DOCUMENT: ClassVar[str] = "异议处理意见"

    subject: str
    project_name: str
    notice_number: str
    receipt_no: str
    objector: str
    received_on: str
    topics: str
    content: str
    applicant_reply: str
    replied_on: str
    finding: str
    decision: str
    answer: str
    changes: list[ChangeRow]
    handler: str
