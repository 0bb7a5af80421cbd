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
    CENTRE_ACCEPTANCE: Task
    EXCHANGE_ACCEPTANCE: Task
