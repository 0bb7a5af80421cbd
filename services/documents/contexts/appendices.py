"""Appendix A and B 附录A、附录B: what the applicant typed, in the order of the guide's outline (rule G05)."""

from typing import ClassVar

from services.documents.contexts.base import Letter, MaterialRow, Row


class ShareRow(Row):
    """A party's part of the benefit 减排量收益分配 (rule G08)."""

    party: str
    pct: str


class AppendixA(Letter):
    """碳普惠减排项目申请表（附录A）. Dates in Chinese form, quantities in tCO2e with three decimals."""

    DOCUMENT: ClassVar[str] = "碳普惠减排项目申请表（附录A）"

    filed_on: str
    # 1 减排项目申请方基本信息
    applicant_type: str
    applicant_name: str
    applicant_uscc: str
    org_nature: str
    established_on: str
    registered_capital_wan: str
    industry_code: str
    registered_address: str
    mailing_address: str
    postcode: str
    legal_rep_name: str
    legal_rep_id_no: str
    is_ets_sh: str
    is_ets_national: str
    applicant_profile: str
    contact_name: str
    contact_title: str
    contact_mobile: str
    contact_tel: str
    contact_email: str
    platform_account_no: str
    is_agency: str
    principal_name: str
    principal_uscc: str
    agreement_signed_on: str
    benefit_split: list[ShareRow]
    # 2 减排项目基本信息
    project_name: str
    project_type: str
    district: str
    address: str
    longitude: str
    latitude: str
    commenced_on: str
    operated_on: str
    methodology_name: str
    methodology_id: str
    methodology_version: str
    methodology_class: str
    scale: str
    crediting_from: str
    crediting_to: str
    est_annual_t: str
    est_total_t: str
    apply_first_issuance: str
    first_period: str
    first_amount_t: str
    data_channel: str
    service_agency_name: str
    service_agency_uscc: str
    service_agency_contact: str
    # 3 对可持续发展的贡献
    sd_economic: str
    sd_environment: str
    sd_employment: str
    sd_education_poverty: str
    # 4 其他相关证明材料
    materials: list[MaterialRow]
    # 5 申请人申明
    declaration_text: str
    declared_by: str
    declared_on: str


class EquipmentRow(Row):
    no: str
    name: str
    model: str
    qty: str
    rated: str
    counts: str
    maker: str
    installed_on: str


class ApprovalRow(Row):
    no: str
    type: str
    doc_no: str
    authority: str
    date: str


class SubProjectRow(Row):
    no: str
    name: str
    site: str
    owner_uscc: str
    scale: str
    operated_on: str


class ApplicabilityRow(Row):
    no: str
    condition: str
    how_met: str
    evidence: str


class SourceRow(Row):
    source: str
    gas: str
    included: str
    reason: str


class ParameterRow(Row):
    symbol: str
    name: str
    unit: str
    value: str
    source: str
    evidence: str


class YearRow(Row):
    """Estimated quantities of a year, tCO2e."""

    year: str
    baseline: str
    project: str
    leakage: str
    reduction: str


class MonitoringRow(Row):
    no: str
    param: str
    unit: str
    method: str
    instrument: str
    location: str
    accuracy: str
    frequency: str
    qa_qc: str
    calibration_cycle: str
    responsible: str


class MeterRow(Row):
    meter_no: str
    kind: str
    accuracy_class: str
    multiplier: str
    verified_on: str
    valid_to: str
    certificate: str


class ReadingRow(Row):
    """A month of a meter; quantity in kWh = (end - start) x multiplier."""

    month: str
    meter_no: str
    reading_start: str
    reading_end: str
    multiplier: str
    quantity_kwh: str
    settlement_doc: str


class AppendixB(Letter):
    """减排项目设计文件（附录B）."""

    DOCUMENT: ClassVar[str] = "减排项目设计文件（附录B）"

    project_name: str
    applicant_name: str
    principal_name: str
    version_no: str
    completed_on: str
    project_type: str
    # 1 项目概况
    overview_text: str
    technology: str
    address: str
    longitude: str
    latitude: str
    scale: str
    equipment: list[EquipmentRow]
    approvals: list[ApprovalRow]
    is_bundled: str
    sub_projects: list[SubProjectRow]
    # 2 基准线和监测方法学的应用
    methodology_name: str
    methodology_id: str
    methodology_version: str
    methodology_class: str
    applicability: list[ApplicabilityRow]
    boundary_text: str
    sources: list[SourceRow]
    authenticity: str
    uniqueness: str
    additionality: str
    inclusiveness: str
    compliance: str
    # 3 项目活动期限和减排量计入期
    activity_start: str
    lifetime_years: str
    crediting_from: str
    crediting_to: str
    crediting_text: str
    # 4 减排量
    baseline_formula: str
    project_formula: str
    leakage_formula: str
    reduction_formula: str
    params: list[ParameterRow]
    yearly: list[YearRow]
    est_annual_t: str
    est_total_t: str
    monitoring: list[MonitoringRow]
    meters: list[MeterRow]
    org_chart: str
    storage: str
    backup: str
    retention_years: str
    cross_check: str
    # 5 其他相关证明材料
    readings: list[ReadingRow]
    readings_total_kwh: str
    materials: list[MaterialRow]
