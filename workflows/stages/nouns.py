"""What a stage expects to find among a procedure's nouns. A module of `models.procedures` fits by its names."""

from typing import Protocol

from models.vocabulary.specs import Task


class Refusing(Protocol):
    """Refusals are two persons' decision."""

    REJECTION_APPROVAL: Task


class FormalReviewNouns(Protocol):
    FORMAL_REVIEW: Task
    CORRECTION: Task
    REFUSAL_APPROVAL: Task
    EXTRA_ROUND: Task
    APPENDICES: tuple[str, ...]


class TechnicalReviewNouns(Refusing, Protocol):
    TRIAGE: Task
    AGENCY_APPROVAL: Task
    AGENCY_REVIEW: Task


class PanelNouns(Refusing, Protocol):
    PANEL_SETUP: Task
    PANEL_APPROVAL: Task
    PANEL_SHORTFALL: Task
    EXPERT_INVITATION: Task
    EXPERT_OPINION: Task
    GROUP_OPINION: Task
    GROUP_SIGNATURE: Task


class RevisionNouns(Refusing, Protocol):
    REVISION: Task
    REVISION_CHECK: Task
    REVISION_RECHECK: Task
    APPENDICES: tuple[str, ...]


class PublicityNouns(RevisionNouns, Protocol):
    PUBLICITY_RELEASE: Task
    PUBLICITY_APPROVAL: Task
    OBJECTION_REPLY: Task
    OBJECTION_ANSWER: Task


class SigningNouns(Protocol):
    TECHNICAL_OPINION: Task
    TECHNICAL_OPINION_SIGNATURE: Task
    PUBLICATION: Task
    PUBLICATION_APPROVAL: Task


class ReadinessNouns(Protocol):
    READINESS_CHECK: Task
    READINESS_SUPPLEMENT: Task
    APPENDICES: tuple[str, ...]


class JointReviewNouns(Refusing, Protocol):
    CENTRE_REVIEW: Task
    EXCHANGE_REVIEW: Task
    CONFERENCE: Task
    CONFERENCE_CONFIRMATION: Task
    BUREAU_DECISION: Task


class ConnectionNouns(Protocol):
    CONNECTION_SPEC: Task
    CONNECTION_AGREEMENT: Task
    CONNECTION_TEST: Task
    ACCEPTANCES: tuple[Task, ...]


class AssessmentNouns(Protocol):
    MALL_ASSESSMENT: Task
    MALL_ASSESSMENT_SIGNATURE: Task
    BUREAU_RECEIPT: Task
    BUREAU_ACKNOWLEDGEMENT: Task


class AgreementNouns(Protocol):
    AGREEMENT_DRAFT: Task
    AGREEMENT: Task
    AGREEMENT_COUNTERSIGNATURE: Task


class EventNouns(Protocol):
    ACTIVITY_REPORT: Task
    ACTIVITY_CONFIRMATION: Task


class EvaluationNouns(Protocol):
    DATA_CHECK: Task
    EXCHANGE_DATA_CHECK: Task
    EVALUATION_REPORT: Task
    FEEDBACK: Task
    REPORT_SIGNATURE: Task
    EXCHANGE_REPORT_SIGNATURE: Task


class RectificationNouns(Protocol):
    RECTIFICATION: Task
    RECTIFICATION_CHECK: Task
    ESCALATION_APPROVAL: Task


class CorrectionNouns(Protocol):
    CORRECTION_ANSWER: Task
    CORRECTION_REVIEW: Task
    EXCHANGE_CORRECTION_REVIEW: Task
    CORRECTION_APPROVAL: Task
    CORRECTION_COUNTERSIGNATURE: Task


class SuspensionNouns(Protocol):
    RESUMPTION_DECISION: Task
    REVOCATION_DECISION: Task


class IssuanceNouns(Protocol):
    REVIEWING: str
    REVISING: str
    APPROVING: str
    QUANTITY_REVIEW: Task
    QUANTITY_AGENCY_APPROVAL: Task
    QUANTITY_AGENCY_REVIEW: Task
    AMOUNT_CONFIRMATION: Task
    ISSUANCE_APPROVAL: Task
    ISSUANCE_REFUSAL_APPROVAL: Task
    REVISION: Task
    APPENDICES: tuple[str, ...]
