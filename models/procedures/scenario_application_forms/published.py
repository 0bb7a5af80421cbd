"""What of a scenario the public may read, and where the form keeps known facts (M10, I35)."""

from models.vocabulary.specs import Highlight, PublicSection, Shown
from models.vocabulary.text import Text


def _fields(group: str, *names: str) -> tuple[Shown, ...]:
    return tuple(Shown(f"{group}.{name}") for name in names)


PUBLISHED: tuple[PublicSection, ...] = (
    PublicSection(
        Text("The scenario", "减排场景基本情况"),
        (
            *_fields("scenario", "scenario_name", "scenario_category", "scenario_subcategory", "operated_on"),
            *_fields("description", "geo_scope", "districts", "geo_text"),
            Shown("description.facilities", ("type", "name", "version", "qty")),
            *_fields("description", "registered_users", "mau"),
        ),
    ),
    PublicSection(
        Text("Applicant and developer", "申请主体和开发主体"),
        (
            *_fields("applicant", "applicant_name", "applicant_type", "applicant_uscc", "is_bundled"),
            *_fields("entrustment", "principal_name", "principal_uscc"),
            Shown("sub_scenarios", ("name", "developer_name", "platform")),
        ),
    ),
    PublicSection(
        Text("Methodology and calculation", "方法学与减排量核算"),
        (
            *_fields("scenario", "methodology_id", "methodology_version", "est_annual_t", "est_per_user_g"),
            Shown("design.boundary_text"),
            *_fields(
                "design.formulas", "baseline_formula", "project_formula", "leakage_formula", "er_formula"
            ),
        ),
    ),
    PublicSection(
        Text("Data and monitoring", "数据与监测概要"),
        (
            *_fields("description", "report_frequency", "report_scope"),
            Shown("description.data_fields", ("meaning", "type", "personal_info", "retention")),
            Shown("design.monitoring", ("param", "unit", "method", "accuracy", "frequency")),
        ),
    ),
    PublicSection(
        Text("Consent of users", "用户授权"),
        _fields("description.consent", "agreement_version", "consent_text", "withdraw_way"),
    ),
)

FACTS = {
    "applicant_name": "applicant.applicant_name",
    "platform_account": "applicant.platform_account_no",
    "principal_name": "entrustment.principal_name",
    "service_agency_uscc": "adviser.service_agency_uscc",
    "operated_on": "scenario.operated_on",
    "project_name": "scenario.scenario_name",
    "methodology": "scenario.methodology_id",
    "methodology_version": "scenario.methodology_version",
    "est_annual_t": "scenario.est_annual_t",
    "project_type": "scenario.scenario_subcategory",
}

HIGHLIGHTS = (
    Highlight("scenario.scenario_name", Text("Name", "减排场景名称")),
    Highlight("applicant.applicant_name", Text("Applicant", "申请主体")),
    Highlight("entrustment.principal_name", Text("Developer", "委托方（开发主体）")),
    Highlight("scenario.scenario_category", Text("Category", "减排场景大类")),
    Highlight("scenario.scenario_subcategory", Text("Subcategory", "细分类别")),
    Highlight("description.geo_text", Text("Scope", "地理范围")),
    Highlight("scenario.operated_on", Text("Operating since", "运行时间")),
    Highlight("scenario.methodology_id", Text("Methodology", "适用方法学")),
    Highlight("description.registered_users", Text("Registered users", "注册用户数")),
    Highlight("description.report_frequency", Text("Reporting", "数据报送频次")),
    Highlight("scenario.est_annual_t", Text("Estimate a year, tCO₂e", "预计年减排量（tCO₂e）")),
)
