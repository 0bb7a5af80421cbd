"""The contexts of all documents, by document key."""

from services.documents.contexts.appendices import AppendixA, AppendixB
from services.documents.contexts.base import Issued, Letter
from services.documents.contexts.evaluation import (
    CorrectionDecision,
    EvaluationFindings,
    EvaluationReportPaper,
    RectificationNotice,
)
from services.documents.contexts.issuance import (
    AppendixD,
    AppendixE,
    IssuanceCertificate,
    IssuanceNotice,
    IssuanceRefusal,
    MonitoringReport,
    QuantityOpinion,
)
from services.documents.contexts.letters import (
    AcceptanceNotice,
    CorrectionNotice,
    ObjectionAnswer,
    Receipt,
    RefusalNotice,
    RejectionNotice,
    TechnicalOpinion,
    TerminationNotice,
)
from services.documents.contexts.mall import (
    ActivityReport,
    AgreementDraft,
    BureauReply,
    BureauReport,
    CooperationAgreement,
    MallAdmission,
    MallApplicationForm,
    MallAssessmentOpinion,
)
from services.documents.contexts.public import PublicationNotice, PublicityNotice
from services.documents.contexts.review import AgencyReport, ExpertOpinion, GroupOpinion, QuantityReport
from services.documents.contexts.scenario import (
    AppendixC,
    ConferenceMinutes,
    ConnectionAcceptance,
    JointReviewOpinion,
)

CONTEXTS: dict[str, type[Issued]] = {
    "receipt": Receipt,
    "appendix_a": AppendixA,
    "appendix_b": AppendixB,
    "correction_notice": CorrectionNotice,
    "acceptance_notice": AcceptanceNotice,
    "refusal_notice": RefusalNotice,
    "agency_report": AgencyReport,
    "expert_opinion": ExpertOpinion,
    "group_opinion": GroupOpinion,
    "publicity_notice": PublicityNotice,
    "objection_answer": ObjectionAnswer,
    "technical_opinion": TechnicalOpinion,
    "publication_notice": PublicationNotice,
    "rejection_notice": RejectionNotice,
    "termination_notice": TerminationNotice,
    "appendix_c": AppendixC,
    "joint_review_opinion": JointReviewOpinion,
    "conference_minutes": ConferenceMinutes,
    "connection_acceptance": ConnectionAcceptance,
    "appendix_d": AppendixD,
    "appendix_e": AppendixE,
    "monitoring_report": MonitoringReport,
    "quantity_report": QuantityReport,
    "quantity_opinion": QuantityOpinion,
    "issuance_notice": IssuanceNotice,
    "issuance_certificate": IssuanceCertificate,
    "issuance_refusal": IssuanceRefusal,
    "evaluation_findings": EvaluationFindings,
    "evaluation_report": EvaluationReportPaper,
    "rectification_notice": RectificationNotice,
    "correction_decision": CorrectionDecision,
    "mall_application_form": MallApplicationForm,
    "mall_assessment_opinion": MallAssessmentOpinion,
    "bureau_report": BureauReport,
    "bureau_reply": BureauReply,
    "agreement_draft": AgreementDraft,
    "cooperation_agreement": CooperationAgreement,
    "mall_admission": MallAdmission,
    "activity_report": ActivityReport,
}

__all__ = [
    "CONTEXTS",
    "AcceptanceNotice",
    "AgencyReport",
    "AppendixA",
    "AppendixB",
    "CorrectionNotice",
    "ExpertOpinion",
    "GroupOpinion",
    "Issued",
    "Letter",
    "ObjectionAnswer",
    "PublicationNotice",
    "PublicityNotice",
    "Receipt",
    "RefusalNotice",
    "RejectionNotice",
    "TechnicalOpinion",
    "TerminationNotice",
]
