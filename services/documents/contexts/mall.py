"""Papers of a mall onboarding: application, evaluation, report, agreement, admission, event (rules J06 to J10)."""

from typing import ClassVar

from services.documents.contexts.base import Letter, MaterialRow, NamedValue, Row, TopicRow
from services.documents.contexts.scenario import OutlinePart


class GoodRow(Row):
    """A good as it was applied for."""

    no: str
    category: str
    name: str
    face_value: str
    points: str
    stock: str
    per_person: str
    period: str


class MallApplicationForm(Letter):
    """碳积分商城入驻申请表; the merchant's own paper. `parts` follow the form, the goods have a table of their own."""

    DOCUMENT: ClassVar[str] = "碳积分商城入驻申请表"

    filed_on: str
    mode: str
    display_name: str
    parts: list[OutlinePart]
    goods_no: str
    goods: list[GoodRow]
    materials_no: str
    materials: list[MaterialRow]
    declaration_no: str
    declaration_text: str
    declared_by: str
    declared_on: str


class MallAssessmentOpinion(Letter):
    """评估论证意见 of the exchange (J08). `reported` says where it goes next (J09)."""

    DOCUMENT: ClassVar[str] = "评估论证意见"

    project_name: str
    applicant_name: str
    applicant_uscc: str
    mode: str
    accepted_on: str
    review_text: str
    facts: list[NamedValue]
    goods_text: str
    assessed_on: str
    way: str
    participants: str
    subjects: list[TopicRow]
    opinion: str
    suggestion: str
    conclusion: str
    reported: str
    assessor: str
    signer: str


class BureauReport(Letter):
    """报送函: the evaluation goes to the bureau (J09)."""

    DOCUMENT: ClassVar[str] = "评估论证意见报送函"

    project_name: str
    applicant_name: str
    mode: str
    opinion_number: str
    conclusion: str
    opinion: str
    suggestion: str
    asked: str
    handler: str


class BureauReply(Letter):
    """收文回执: what the bureau put down about the report (J09)."""

    DOCUMENT: ClassVar[str] = "评估论证意见收文回执"

    project_name: str
    applicant_name: str
    mode: str
    report_number: str
    received_no: str
    received_on: str
    decision: str
    opinion: str
    handler: str


class DutyRow(Row):
    text: str


class Agreement(Letter):
    """入驻商城合作协议 between the exchange (甲方) and the merchant (乙方) (J10)."""

    party_a: str
    party_b: str
    party_b_uscc: str
    party_b_address: str
    party_b_rep: str
    mode: str
    display_name: str
    opinion_number: str
    term: str
    duties: list[DutyRow]
    settlement: str
    back_account: str
    notice_days: str
    special_terms: str
    contact: str
    goods: list[GoodRow]
    signed_by: str
    signed_on: str
    countersigned_by: str
    countersigned_on: str


class AgreementDraft(Agreement):
    """As shown to the merchant, before anybody has signed."""

    DOCUMENT: ClassVar[str] = "入驻商城合作协议（草案）"


class CooperationAgreement(Agreement):
    """As both have signed it."""

    DOCUMENT: ClassVar[str] = "入驻商城合作协议"


class MallAdmission(Letter):
    """入驻通知书 with the permanent number, and the window of an event."""

    DOCUMENT: ClassVar[str] = "碳积分商城入驻通知书"

    project_name: str
    member_no: str
    mode: str
    rests_on: str
    open_text: str
    duties: list[DutyRow]
    goods: list[GoodRow]


class ActivityReport(Letter):
    """特定活动总结 as the merchant made it and the exchange confirmed it (J10)."""

    DOCUMENT: ClassVar[str] = "特定活动总结"

    project_name: str
    member_no: str
    applicant_name: str
    event_name: str
    window_text: str
    quota: str
    redeemed: str
    participants: str
    complaints: str
    summary: str
    confirmation: str
    reporter: str
    confirmer: str
