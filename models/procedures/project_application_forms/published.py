"""What of an application the public may read, in the order of a notice (M10, I35)."""

from models.vocabulary.specs import Highlight, PublicSection, Shown
from models.vocabulary.text import Text


def _fields(group: str, *names: str) -> tuple[Shown, ...]:
    return tuple(Shown(f"{group}.{name}") for name in names)


PUBLISHED: tuple[PublicSection, ...] = (
    PublicSection(
        Text("The project", "项目基本情况"),
        (
            *_fields(
                "project",
                "project_name",
                "project_type",
                "district",
                "address",
                "commenced_on",
                "operated_on",
                "scale_kw",
                "crediting_from",
                "crediting_to",
                "data_channel",
            ),
            *_fields("design", "overview_text", "technology"),
        ),
    ),
    PublicSection(
        Text("Applicant and owner", "申请主体"),
        (
            *_fields("applicant", "applicant_name", "applicant_type", "applicant_uscc", "org_nature"),
            *_fields("entrustment", "principal_name", "principal_uscc"),
        ),
    ),
    PublicSection(
        Text("Methodology and calculation", "方法学与减排量核算"),
        (
            *_fields("project", "methodology_id", "methodology_version", "est_annual_t", "est_total_t"),
            Shown("design.boundary_text"),
            *_fields(
                "design.formulas", "baseline_formula", "project_formula", "leakage_formula", "er_formula"
            ),
            Shown("design.yearly", ("year", "BE", "PE", "LE", "ER")),
        ),
    ),
    PublicSection(
        Text("Monitoring plan", "监测计划概要"),
        (Shown("design.monitoring", ("param", "unit", "method", "instrument", "accuracy", "frequency")),),
    ),
    PublicSection(
        Text("Contribution to sustainable development", "对可持续发展的贡献"),
        _fields("contribution", "sd_economic", "sd_environment", "sd_employment", "sd_education_poverty"),
    ),
)

#: Where the form keeps what services know by name.
FACTS = {
    "applicant_name": "applicant.applicant_name",
    "platform_account": "applicant.platform_account_no",
    "principal_name": "entrustment.principal_name",
    "service_agency_uscc": "project.service_agency_uscc",
    "district": "project.district",
    "address": "project.address",
    "operated_on": "project.operated_on",
    "methodology": "project.methodology_id",
    "project_name": "project.project_name",
    "methodology_version": "project.methodology_version",
    "est_annual_t": "project.est_annual_t",
    "est_total_t": "project.est_total_t",
    "crediting_from": "project.crediting_from",
    "crediting_to": "project.crediting_to",
    "project_type": "project.project_type",
    "scale_kw": "project.scale_kw",
}

#: The summary table of notices and opinions.
HIGHLIGHTS = (
    Highlight("project.project_name", Text("Name", "项目名称")),
    Highlight("applicant.applicant_name", Text("Applicant", "申请主体")),
    Highlight("entrustment.principal_name", Text("Principal", "委托方")),
    Highlight("project.project_type", Text("Type", "项目类型")),
    Highlight("project.district", Text("District", "所在区")),
    Highlight("project.address", Text("Address", "项目地址")),
    Highlight("project.scale_kw", Text("Scale", "规模")),
    Highlight("project.operated_on", Text("Operating since", "运行时间")),
    Highlight("project.methodology_id", Text("Methodology", "适用方法学")),
    Highlight("project.crediting_from", Text("Crediting period", "减排量计入期")),
    Highlight("project.est_annual_t", Text("Estimate a year, tCO₂e", "预计年均减排量（tCO₂e）")),
    Highlight("project.est_total_t", Text("Estimate in all, tCO₂e", "计入期总减排量（tCO₂e）")),
)
