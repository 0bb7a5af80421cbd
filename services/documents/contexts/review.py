"""Papers of the technical review: agency report, expert opinions, opinion of the group (rules G11 to G13)."""

from typing import ClassVar

from services.documents.contexts.base import Letter, Row, TopicRow
from services.documents.contexts.letters import ChangeRow


class AgencyFindingRow(Row):
    no: str
    type: str
    target: str
    text: str
    reply: str
    closed: str


class AgencyReport(Letter):
    """技术审查报告 by the technical service institution."""

    DOCUMENT: ClassVar[str] = "技术审查报告"

    project_name: str
    applicant_name: str
    methodology: str
    agency_name: str
    agency_uscc: str
    entrusted_on: str
    triage_reason: str
    team: str
    scope: str
    documents_reviewed: str
    site_visit: str
    topics: list[TopicRow]
    findings: list[AgencyFindingRow]
    summary: str
    conclusion: str
    impartiality: str
    reviewer: str
    reported_on: str


class QuantityReport(AgencyReport):
    """减排量技术审查报告: the same report, on the amount of an issuance."""

    DOCUMENT: ClassVar[str] = "减排量技术审查报告"


class ExpertOpinion(Letter):
    """专家评审意见表 of one expert. No identity numbers or telephones (rule M10)."""

    DOCUMENT: ClassVar[str] = "专家评审意见表"

    subject: str
    project_name: str
    applicant_name: str
    methodology: str
    expert_name: str
    specialty: str
    employer: str
    expert_title: str
    duty: str
    conflict_statement: str
    topics: list[TopicRow]
    changes: list[ChangeRow]
    summary: str
    conclusion: str
    filed_at: str


class MemberRow(Row):
    """A member of the panel with the signature as given in the system."""

    no: str
    name: str
    duty: str
    specialty: str
    employer: str
    signature: str
    signed_on: str


class VoteRow(Row):
    outcome: str
    count: str


class TopicCountRow(Row):
    """How the members rated one subject, and what they said (rule G13)."""

    no: str
    topic: str
    conform: str
    mostly: str
    not_conform: str
    comments: str


class GroupOpinion(Letter):
    """专家组意见 with lead, votes and signatures (rules G12, G13)."""

    DOCUMENT: ClassVar[str] = "专家组意见"

    subject: str
    project_name: str
    applicant_name: str
    methodology: str
    meeting_date: str
    meeting_place: str
    meeting_mode: str
    lead_name: str
    member_count: str
    topics: list[TopicCountRow]
    opinion: str
    changes: list[ChangeRow]
    votes: list[VoteRow]
    vote_total: str
    conclusion: str
    minority_opinions: str
    members: list[MemberRow]
