"""Papers of an evaluation: preliminary findings, report, rectification notice, decision on a correction (G27, G29, S04)."""

from typing import ClassVar

from services.documents.contexts.base import Letter, Row


class ShortcomingRow(Row):
    """A problem found, with what is asked for."""

    no: str
    severity: str
    text: str
    basis: str
    demand: str


class CheckedRow(Row):
    """An item of the checklist as one side found it."""

    criterion: str
    side: str
    item: str
    filed: str
    found: str
    result: str


class VisitedRow(Row):
    """Something looked at on site."""

    no: str
    item: str
    found: str
    deviates: str


class EvaluationFindings(Letter):
    """跟踪评估初步意见告知书: what the holder may comment on."""

    DOCUMENT: ClassVar[str] = "跟踪评估初步意见告知书"

    project_no: str
    project_name: str
    period: str
    trigger: str
    summary: str
    shortcomings: list[ShortcomingRow]
    proposal: str
    deadline_text: str
    handler: str


class EvaluationReportPaper(Letter):
    """跟踪评估报告, signed by centre and exchange (rule G29)."""

    DOCUMENT: ClassVar[str] = "跟踪评估报告"

    exchange_name: str
    project_no: str
    project_name: str
    methodology: str
    period: str
    scope: str
    trigger: str
    trigger_note: str
    team: str
    checks: list[CheckedRow]
    centre_opinion: str
    exchange_opinion: str
    sampling: str
    visit_text: str
    visit_items: list[VisitedRow]
    summary: str
    shortcomings: list[ShortcomingRow]
    feedback: str
    conclusion: str
    follow_up: str
    drafter: str
    centre_signer: str
    exchange_signer: str


class DemandRow(Row):
    no: str
    severity: str
    text: str
    basis: str


class RectificationNotice(Letter):
    """整改通知书: what has to be mended or looked into, and by when (rules G27, S04)."""

    DOCUMENT: ClassVar[str] = "整改通知书"

    project_no: str
    project_name: str
    ground: str
    demands: list[DemandRow]
    deadline_text: str
    how_text: str
    silence_text: str
    handler: str


class FigureRow(Row):
    no: str
    item: str
    reported: str
    corrected: str
    reason: str


class CorrectedRow(Row):
    """What the correction came to for a lot, tCO2e."""

    lot_number: str
    old: str
    new: str
    difference: str
    reversed: str
    owed: str
    top_up: str


class CorrectionDecision(Letter):
    """数据修正决定书: affected period, old and new amounts, the difference and how it is treated (rules G27, I34)."""

    DOCUMENT: ClassVar[str] = "数据修正决定书"

    project_no: str
    project_name: str
    period: str
    cause: str
    figures: list[FigureRow]
    basis: str
    lots: list[CorrectedRow]
    conclusion: str
    reviewer: str
    approver: str
    countersigner: str
