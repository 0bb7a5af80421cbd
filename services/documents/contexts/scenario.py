"""Papers of a scenario: Appendix C, joint review, conference, acceptance of the connection (G21, G23, G25)."""

from typing import ClassVar

from services.documents.contexts.base import Letter, MaterialRow, NamedValue, Row
from services.documents.contexts.letters import ChangeRow


class OutlinePart(Row):
    """A subsection of the outline with its lines."""

    title: str
    lines: list[NamedValue]


class OutlineSection(Row):
    """A section of the outline."""

    title: str
    parts: list[OutlinePart]


class AppendixC(Letter):
    """碳普惠减排场景申请表（附录C）, section by section of the guide's outline with corrected headings."""

    DOCUMENT: ClassVar[str] = "碳普惠减排场景申请表（附录C）"

    filed_on: str
    sections: list[OutlineSection]
    materials_title: str
    materials: list[MaterialRow]
    declaration_title: str
    declaration_text: str
    declared_by: str
    declared_on: str
    readiness: list[NamedValue]


class MatrixRow(Row):
    """One subject as one side rated it."""

    side: str
    item: str
    rating: str
    comment: str


class JointReviewOpinion(Letter):
    """会同审核意见 with both findings and two seals (rule G23)."""

    DOCUMENT: ClassVar[str] = "会同审核意见"

    exchange_name: str
    project_name: str
    applicant_name: str
    methodology: str
    accepted_on: str
    matrix: list[MatrixRow]
    centre_conclusion: str
    centre_opinion: str
    exchange_conclusion: str
    exchange_opinion: str
    changes: list[ChangeRow]
    complex_text: str
    conference_text: str
    conclusion: str
    centre_reviewer: str
    exchange_reviewer: str


class ConferenceMinutes(Letter):
    """会商纪要, confirmed by the exchange or taken to the bureau (rule G23)."""

    DOCUMENT: ClassVar[str] = "会商纪要"

    exchange_name: str
    project_name: str
    held_on: str
    place: str
    mode: str
    participants: str
    centre_position: str
    exchange_position: str
    result: str
    conclusion: str
    changes: list[ChangeRow]
    confirmation: str
    recorder: str
    confirmer: str


class AgreedFieldRow(Row):
    no: str
    name: str
    meaning: str
    unit: str
    required: str


class RecordRow(Row):
    """A test record with what was to come back and what did."""

    no: str
    record_no: str
    kind: str
    expected: str
    answered: str
    grams: str


class ConnectionAcceptance(Letter):
    """数据对接验收意见 of both sides (rule G25)."""

    DOCUMENT: ClassVar[str] = "数据对接验收意见"

    exchange_name: str
    project_name: str
    project_no: str
    client_id: str
    credential_no: str
    certificate: str
    valid_to: str
    frequency: str
    consent_version: str
    fields_agreed: list[AgreedFieldRow]
    tested_on: str
    records: list[RecordRow]
    summary: str
    centre_opinion: str
    centre_officer: str
    exchange_opinion: str
    exchange_officer: str
    live_on: str
