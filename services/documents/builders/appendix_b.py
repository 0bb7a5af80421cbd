"""Appendix B 附录B, the project design document, section by section (rule G05)."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from models.procedures import procedure
from services.casefile import CaseFile
from services.documents.builders import reading
from services.documents.builders.appendix_a import method, submitted_form
from services.documents.builders.head import Head, material_rows
from services.documents.builders.reading import get, label, rows
from services.documents.builders.words import BLANK, decimals, number, text, tonnes, yes_no, zh_date, zh_month
from services.documents.contexts import appendices as paper
from services.documents.contexts.appendices import AppendixB

Form = Mapping[str, Any]


def appendix_b(file: CaseFile, head: Head) -> AppendixB:
    """减排项目设计文件. The version number counts the versions filed up to this round."""
    form = submitted_form(file, head.round)
    version = reading.version_of(file, head.round)
    filed = file.versions.index(version) + 1 if version else 0
    return AppendixB.model_validate(
        {
            **head.to_centre(file, file.filer.name),
            "project_name": text(get(form, "project.project_name")),
            "applicant_name": text(get(form, "applicant.applicant_name")),
            "principal_name": text(get(form, "entrustment.principal_name")),
            "version_no": f"第{filed}版" if filed else "草稿",
            "completed_on": zh_date(version.at if version else head.issued_at),
            "project_type": label(
                procedure(file.procedure).form, "project.project_type", get(form, "project.project_type")
            ),
            **_overview(file, form),
            **method(file, form),
            **_application(file, form),
            **_period(form),
            **_calculation(file, form),
            **_monitoring(file, form),
            "materials": material_rows(file),
        }
    )


def _overview(file: CaseFile, form: Form) -> dict[str, Any]:
    return {
        "overview_text": text(get(form, "design.overview_text")),
        "technology": text(get(form, "design.technology")),
        "address": text(get(form, "project.address")),
        "longitude": text(get(form, "project.lon")),
        "latitude": text(get(form, "project.lat")),
        "scale": reading.scale(form),
        "equipment": [_equipment(no, row) for no, row in enumerate(rows(form, "design.equipment"), 1)],
        "approvals": [_approval(file, no, row) for no, row in enumerate(rows(form, "design.approvals"), 1)],
        "is_bundled": yes_no(get(form, "design.bundle.is_bundled")),
        "sub_projects": [
            _sub_project(no, row) for no, row in enumerate(rows(form, "design.bundle.sub_projects"), 1)
        ],
    }


def _equipment(no: int, row: Form) -> paper.EquipmentRow:
    return paper.EquipmentRow(
        no=str(no),
        name=text(row.get("name")),
        model=text(row.get("model")),
        qty=number(row.get("qty")),
        rated=number(row.get("rated")),
        counts=yes_no(row.get("counts", True)),
        maker=text(row.get("maker")),
        installed_on=zh_date(row.get("installed_on")),
    )


def _approval(file: CaseFile, no: int, row: Form) -> paper.ApprovalRow:
    kind = label(procedure(file.procedure).form, "design.approvals.type", row.get("type"))
    return paper.ApprovalRow(
        no=str(no),
        type=kind,
        doc_no=text(row.get("no")),
        authority=text(row.get("authority")),
        date=zh_date(row.get("date")),
    )


def _sub_project(no: int, row: Form) -> paper.SubProjectRow:
    return paper.SubProjectRow(
        no=str(no),
        name=text(row.get("name")),
        site=text(row.get("site")),
        owner_uscc=text(row.get("owner_uscc")),
        scale=number(row.get("scale")),
        operated_on=zh_date(row.get("operated_on")),
    )


def _application(file: CaseFile, form: Form) -> dict[str, Any]:
    basics = ("authenticity", "uniqueness", "additionality", "inclusiveness", "compliance")
    return {
        "applicability": [
            paper.ApplicabilityRow(
                no=str(no),
                condition=text(row.get("condition")),
                how_met=text(row.get("how_met")),
                evidence=text(row.get("evidence")),
            )
            for no, row in enumerate(rows(form, "design.applicability"), 1)
        ],
        "boundary_text": text(get(form, "design.boundary_text")),
        "sources": [
            paper.SourceRow(
                source=text(row.get("source")),
                gas=text(row.get("gas")),
                included=yes_no(row.get("included")),
                reason=text(row.get("reason")),
            )
            for row in rows(form, "design.sources")
        ],
        **{name: text(get(form, f"design.basic_requirements.{name}")) for name in basics},
    }


def _period(form: Form) -> dict[str, str]:
    return {
        "activity_start": zh_date(get(form, "design.activity_start")),
        "lifetime_years": number(get(form, "design.lifetime_years")),
        "crediting_from": zh_date(get(form, "project.crediting_from")),
        "crediting_to": zh_date(get(form, "project.crediting_to")),
        "crediting_text": text(get(form, "design.crediting")),
    }


def _calculation(file: CaseFile, form: Form) -> dict[str, Any]:
    formulas = {
        "baseline_formula": "baseline_formula",
        "project_formula": "project_formula",
        "leakage_formula": "leakage_formula",
        "reduction_formula": "er_formula",
    }
    return {
        **{name: text(get(form, f"design.formulas.{source}")) for name, source in formulas.items()},
        "params": [_parameter(file, row) for row in rows(form, "design.params")],
        "yearly": [_year(row) for row in rows(form, "design.yearly")],
        "est_annual_t": tonnes(get(form, "project.est_annual_t")),
        "est_total_t": tonnes(get(form, "project.est_total_t")),
    }


def _parameter(file: CaseFile, row: Form) -> paper.ParameterRow:
    source = label(procedure(file.procedure).form, "design.params.source", row.get("source"))
    return paper.ParameterRow(
        symbol=text(row.get("symbol")),
        name=text(row.get("name")),
        unit=text(row.get("unit")),
        value=text(row.get("value")),
        source=source,
        evidence=text(row.get("evidence")),
    )


def _year(row: Form) -> paper.YearRow:
    return paper.YearRow(
        year=text(row.get("year")),
        baseline=tonnes(row.get("BE")),
        project=tonnes(row.get("PE")),
        leakage=tonnes(row.get("LE")),
        reduction=tonnes(row.get("ER")),
    )


def _monitoring(file: CaseFile, form: Form) -> dict[str, Any]:
    management = ("org_chart", "storage", "backup", "cross_check")
    readings = rows(form, "design.readings")
    return {
        "monitoring": [_monitored(no, row) for no, row in enumerate(rows(form, "design.monitoring"), 1)],
        "meters": [_meter(file, row) for row in rows(form, "design.meters")],
        **{name: text(get(form, f"design.data_mgmt.{name}")) for name in management},
        "retention_years": number(get(form, "design.data_mgmt.retention_years")),
        "readings": [_reading(row) for row in readings],
        "readings_total_kwh": _total_kwh(readings),
    }


def _monitored(no: int, row: Form) -> paper.MonitoringRow:
    names = (
        "param",
        "unit",
        "method",
        "instrument",
        "location",
        "accuracy",
        "frequency",
        "qa_qc",
        "calibration_cycle",
        "responsible",
    )
    return paper.MonitoringRow(no=str(no), **{name: text(row.get(name)) for name in names})


def _meter(file: CaseFile, row: Form) -> paper.MeterRow:
    kind = label(procedure(file.procedure).form, "design.meters.kind", row.get("kind"))
    return paper.MeterRow(
        meter_no=text(row.get("meter_no")),
        kind=kind,
        accuracy_class=text(row.get("accuracy_class")),
        multiplier=number(row.get("multiplier")),
        verified_on=zh_date(row.get("verified_on")),
        valid_to=zh_date(row.get("valid_to")),
        certificate=text(row.get("certificate")),
    )


def _reading(row: Form) -> paper.ReadingRow:
    return paper.ReadingRow(
        month=zh_month(row.get("month")),
        meter_no=text(row.get("meter_no")),
        reading_start=decimals(row.get("reading_start"), 2),
        reading_end=decimals(row.get("reading_end"), 2),
        multiplier=number(row.get("multiplier")),
        quantity_kwh=decimals(row.get("quantity_kwh"), 2),
        settlement_doc=text(row.get("settlement_doc")),
    )


def _total_kwh(readings: list[Form]) -> str:
    """Σ of the readings in kWh; a dash where there is none or one is not a number."""
    try:
        total = sum((Decimal(str(row.get("quantity_kwh"))) for row in readings), Decimal(0))
    except InvalidOperation:
        return BLANK
    return decimals(total, 2) if readings else BLANK
