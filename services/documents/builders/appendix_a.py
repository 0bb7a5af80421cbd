"""Appendix A 附录A from the submitted form: every section of the outline (rule G05)."""

from collections.abc import Mapping
from typing import Any

from models.procedures import procedure
from services.casefile import CaseFile, Version
from services.documents.builders import reading
from services.documents.builders.head import Head, material_rows
from services.documents.builders.reading import get, label
from services.documents.builders.words import BLANK, number, text, tonnes, yes_no, zh_date
from services.documents.contexts.appendices import AppendixA, ShareRow


def submitted_form(file: CaseFile, round: int) -> Mapping[str, Any]:
    """The form as filed in that round; the present form while nothing is filed."""
    version = reading.version_of(file, round)
    return version.form if version else file.form


def appendix_a(file: CaseFile, head: Head) -> AppendixA:
    """碳普惠减排项目申请表. The applicant's own paper, so personal data is printed in full."""
    form = submitted_form(file, head.round)
    version = reading.version_of(file, head.round)
    return AppendixA.model_validate(
        {
            **head.to_centre(file, file.filer.name),
            "filed_on": zh_date(version.at if version else file.submitted_at),
            **_applicant(file, form),
            **_entrustment(form),
            **_project(file, form),
            **_quantities(file, form),
            **_contribution(form),
            "materials": material_rows(file),
            **declaration(file, version),
        }
    )


def _applicant(file: CaseFile, form: Mapping[str, Any]) -> dict[str, str]:
    kind = procedure(file.procedure).form
    plain = (
        "applicant_name",
        "applicant_uscc",
        "registered_address",
        "mailing_address",
        "postcode",
        "legal_rep_name",
        "legal_rep_id_no",
        "applicant_profile",
        "contact_name",
        "contact_title",
        "contact_mobile",
        "contact_tel",
        "contact_email",
        "platform_account_no",
    )
    listed = ("applicant_type", "org_nature", "industry_code")
    asked = ("is_ets_sh", "is_ets_national", "is_agency")
    return {
        **{name: text(get(form, f"applicant.{name}")) for name in plain},
        **{name: label(kind, f"applicant.{name}", get(form, f"applicant.{name}")) for name in listed},
        **{name: yes_no(get(form, f"applicant.{name}")) for name in asked},
        "established_on": zh_date(get(form, "applicant.established_on")),
        "registered_capital_wan": number(get(form, "applicant.registered_capital_wan")),
    }


def _entrustment(form: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "principal_name": text(get(form, "entrustment.principal_name")),
        "principal_uscc": text(get(form, "entrustment.principal_uscc")),
        "agreement_signed_on": zh_date(get(form, "entrustment.signed_on")),
        "benefit_split": [
            ShareRow(party=text(row.get("party")), pct=number(row.get("pct")))
            for row in reading.rows(form, "entrustment.benefit_split")
        ],
    }


def _project(file: CaseFile, form: Mapping[str, Any]) -> dict[str, str]:
    kind = procedure(file.procedure).form
    plain = (
        "project_name",
        "address",
        "service_agency_name",
        "service_agency_uscc",
        "service_agency_contact",
    )
    listed = ("project_type", "district", "data_channel")
    return {
        **{name: text(get(form, f"project.{name}")) for name in plain},
        **{name: label(kind, f"project.{name}", get(form, f"project.{name}")) for name in listed},
        "longitude": text(get(form, "project.lon")),
        "latitude": text(get(form, "project.lat")),
        "commenced_on": zh_date(get(form, "project.commenced_on")),
        "operated_on": zh_date(get(form, "project.operated_on")),
        "scale": reading.scale(form),
        **method(file, form),
    }


def method(file: CaseFile, form: Mapping[str, Any]) -> dict[str, str]:
    """The methodology as named in the form and known to the register."""
    return {
        "methodology_name": reading.methodology_name(file),
        "methodology_id": text(get(form, "project.methodology_id")),
        "methodology_version": text(get(form, "project.methodology_version")),
        "methodology_class": reading.methodology_class(file),
    }


def _quantities(file: CaseFile, form: Mapping[str, Any]) -> dict[str, str]:
    first, last = get(form, "project.first_period_from"), get(form, "project.first_period_to")
    return {
        "crediting_from": zh_date(get(form, "project.crediting_from")),
        "crediting_to": zh_date(get(form, "project.crediting_to")),
        "est_annual_t": tonnes(get(form, "project.est_annual_t")),
        "est_total_t": tonnes(get(form, "project.est_total_t")),
        "apply_first_issuance": yes_no(get(form, "project.apply_first_issuance")),
        "first_period": f"{zh_date(first)}至{zh_date(last)}" if first and last else BLANK,
        "first_amount_t": tonnes(get(form, "project.first_amount_t")),
    }


def _contribution(form: Mapping[str, Any]) -> dict[str, str]:
    names = ("sd_economic", "sd_environment", "sd_employment", "sd_education_poverty")
    return {name: text(get(form, f"contribution.{name}")) for name in names}


def declaration(file: CaseFile, version: Version | None) -> dict[str, str]:
    """The declaration as it was shown and accepted (rule G04); unsigned before submission.

    A corrected version comes without one of its own: the last given before it stands.
    """
    so_far = [
        v.declaration
        for v in file.versions
        if version and v.at <= version.at and v.declaration.get("signatory")
    ]
    given = so_far[-1] if so_far else {}
    return {
        "declaration_text": text(given.get("text") or procedure(file.procedure).declaration.zh),
        "declared_by": text(given.get("signatory")),
        "declared_on": zh_date(given.get("accepted_at")),
    }
