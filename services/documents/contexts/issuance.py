"""Papers of an issuance: Appendix D and E, monitoring report, opinion, notice, certificate, refusal (G18, G19, M06)."""

from typing import ClassVar

from services.documents.contexts.base import Letter, MaterialRow, NamedValue, Row
from services.documents.contexts.scenario import OutlineSection


class YearRow(Row):
    """Amounts of a calendar year in tCO2e; a dash where nothing has been said yet."""

    year: str
    claimed: str
    recomputed: str
    approved: str


class HolderRow(Row):
    """A receiving account with its part."""

    no: str
    account: str
    name: str
    pct: str
    amount: str
    grams: str


class FactorRow(Row):
    """A fixed parameter as it was used, with its status (verified or not)."""

    symbol: str
    name: str
    value: str
    unit: str
    status: str
    source: str


class ParameterRow(Row):
    """A monitored parameter and what it was checked against."""

    symbol: str
    source: str
    checked_against: str
    result: str


class InstrumentRow(Row):
    """A meter with one verification."""

    no: str
    meter: str
    multiplier: str
    verified: str
    state: str


class ActivityRow(Row):
    """A reading: (end - start) x multiplier = quantity, and how it counts."""

    no: str
    period: str
    meter: str
    start: str
    end: str
    multiplier: str
    quantity: str
    counts: str


class GapRow(Row):
    """Days without data and how they were treated."""

    no: str
    days: str
    cause: str
    treatment: str


class StepRow(Row):
    """A step of the calculation: formula, numbers put in, result."""

    no: str
    label: str
    formula: str
    substitution: str
    result: str


class EventRow(Row):
    """Something that happened within the period."""

    no: str
    days: str
    what: str
    effect: str


class AppendixD(Letter):
    """项目减排量签发申请表（附录D）."""

    DOCUMENT: ClassVar[str] = "项目减排量签发申请表（附录D）"

    filed_on: str
    sections: list[OutlineSection]
    years: list[YearRow]
    claimed_total: str
    holders: list[HolderRow]
    materials: list[MaterialRow]
    declaration_text: str
    declared_by: str
    declared_on: str


class Monitored(Letter):
    """What Appendix E and the monitoring report both say of running and metering."""

    project: list[NamedValue]
    implementation: str
    events: list[EventRow]
    monitoring_system: str
    duties: list[NamedValue]
    quality_control: str
    factors: list[FactorRow]
    parameters: list[ParameterRow]
    instruments: list[InstrumentRow]
    activity: list[ActivityRow]
    generation: str
    completeness: str
    gaps: list[GapRow]
    data_source: str
    data_digest: str
    prepared_by: str
    checked_by: str
    filed_on: str


class AppendixE(Monitored):
    """项目减排量计算过程说明（附录E）."""

    DOCUMENT: ClassVar[str] = "项目减排量计算过程说明（附录E）"

    row_steps: list[StepRow]
    baseline: list[StepRow]
    emissions: list[StepRow]
    leakage: list[StepRow]
    reduction: list[StepRow]
    years: list[YearRow]
    computed_total: str
    comparison: list[NamedValue]
    conclusion: str


class MonitoringReport(Monitored):
    """项目减排量监测报告."""

    DOCUMENT: ClassVar[str] = "项目减排量监测报告"

    retention: str


class QuantityOpinion(Letter):
    """减排量审查意见（复算单）: claimed, recomputed, approved side by side."""

    DOCUMENT: ClassVar[str] = "减排量审查意见（复算单）"

    project: list[NamedValue]
    years: list[YearRow]
    claimed_total: str
    recomputed_total: str
    approved_total: str
    data_quality: str
    steps: list[StepRow]
    factors: list[FactorRow]
    institution: str
    exception: str
    reason: str
    opinion: str
    reviewer: str
    reviewed_on: str


class IssuanceNotice(Letter):
    """减排量签发通知书."""

    DOCUMENT: ClassVar[str] = "减排量签发通知书"

    project_name: str
    project_number: str
    kind: str
    period: str
    methodology: str
    method_class: str
    approved_total: str
    approved_grams: str
    reason: str
    lot: str
    serials: str
    issued_at: str
    years: list[YearRow]
    holders: list[HolderRow]
    certificate_no: str


class IssuanceCertificate(Letter):
    """减排量签发凭证: anybody can check it by its code. `qr_verify` is the address as a QR code."""

    DOCUMENT: ClassVar[str] = "减排量签发凭证"

    certificate_no: str
    certificate_code: str
    verify_address: str
    qr_verify: str
    facts: list[NamedValue]
    years: list[YearRow]
    holders: list[HolderRow]
    approved_total: str
    approved_grams: str


class IssuanceRefusal(Letter):
    """不予签发决定书."""

    DOCUMENT: ClassVar[str] = "不予签发决定书"

    project_name: str
    project_number: str
    period: str
    claimed_total: str
    reason: str
    basis: str
    decided_by: str
