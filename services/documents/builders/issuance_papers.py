"""Appendix D, Appendix E and the monitoring report, from one set of data (rules G05, G19, G20)."""

from collections.abc import Mapping
from typing import Any

from models.procedures import procedure
from services.casefile import CaseFile
from services.documents.builders import issuance_parts as parts
from services.documents.builders import reading
from services.documents.builders.appendix_a import declaration, submitted_form
from services.documents.builders.appendix_c import lines
from services.documents.builders.head import Head, material_rows
from services.documents.builders.reading import get, rows
from services.documents.builders.words import BLANK, digest, text, zh_date
from services.documents.contexts.base import NamedValue
from services.documents.contexts.issuance import AppendixD, AppendixE, MonitoringReport
from services.documents.contexts.scenario import OutlinePart, OutlineSection
from services.issuances import IssuanceFacts

RETENTION = (
    "监测期内的原始抄表记录、结算凭证、检定证书、监控平台数据和本报告，由项目业主保存至末次签发后不少于10年，"
    "供主管部门和专业技术服务机构查验。"
)


def appendix_d(file: CaseFile, head: Head) -> AppendixD:
    """项目减排量签发申请表. The applicant's own paper, so personal data is printed in full."""
    form, version = submitted_form(file, head.round), reading.version_of(file, head.round)
    facts = file.issuance
    return AppendixD.model_validate(
        {
            **head.to_centre(file, file.filer.name),
            "filed_on": zh_date(version.at if version else file.submitted_at),
            "sections": _sections(file, form, facts),
            "years": parts.years(facts),
            "claimed_total": parts.t(parts.grams_of_claim(form)),
            "holders": parts.holders(facts),
            "materials": material_rows(file),
            **declaration(file, version),
        }
    )


def _sections(file: CaseFile, form: Mapping[str, Any], facts: IssuanceFacts | None) -> list[OutlineSection]:
    kind = procedure(file.procedure).form
    applicant = {
        "申请主体名称": file.filer.name,
        "统一社会信用代码/证件号码": file.filer.uscc,
        "碳普惠登记账户": file.filer.account_no,
        "联系人": get(form, "application.contact_name"),
        "联系人手机": get(form, "application.contact_mobile"),
    }
    period = [*lines(kind, form, "application.data_source"), *_amounts(form, facts)]
    changes = lines(kind, form, "application.changes")
    promise = lines(kind, form, "application.double_claim_declaration")
    return [
        _section(
            "1　申请主体",
            ("1.1　基本信息", [NamedValue(name=k, value=text(v)) for k, v in applicant.items()]),
        ),
        _section(
            "2　减排项目",
            ("2.1　项目与方法学", parts.project_lines(facts)),
            ("2.2　历次签发情况", parts.earlier_lines(facts)),
        ),
        _section("3　监测期与减排量", ("3.1　监测数据与预计量", period)),
        _section("4　监测期内的项目变更", ("4.1　变更情况", changes)),
        _section("5　避免重复申领", ("5.1　本期声明", promise)),
    ]


def _section(title: str, *found: tuple[str, list[NamedValue]]) -> OutlineSection:
    none = [NamedValue(name="无", value=BLANK)]
    return OutlineSection(title=title, parts=[OutlinePart(title=t, lines=ls or none) for t, ls in found])


def _amounts(form: Mapping[str, Any], facts: IssuanceFacts | None) -> list[NamedValue]:
    told = {
        "设计文件预计量": parts.estimate(facts.estimated_g) if facts else BLANK,
        "与预计量差异": parts.percent(facts.variance_pct) if facts else BLANK,
        "差异说明": parts.said(form, "application.variance_reason"),
        "数据完整率": parts.percent(facts.completeness_pct) if facts else BLANK,
        "一年内再次申请的理由": parts.said(form, "application.second_in_year_reason"),
    }
    return [NamedValue(name=k, value=text(v)) for k, v in told.items()]


def appendix_e(file: CaseFile, head: Head) -> AppendixE:
    """项目减排量计算过程说明: the same data as the monitoring report, and every step of the calculation."""
    form, facts = submitted_form(file, head.round), file.issuance
    calculation = facts.calculation if facts else None
    return AppendixE.model_validate(
        {
            **_monitored(file, head, form, facts),
            **parts.chapters(calculation),
            "years": parts.years(facts),
            "computed_total": parts.t(calculation.amount_g if calculation else None),
            "comparison": _comparison(form, facts),
            "conclusion": parts.said(form, "calculation.conclusion"),
        }
    )


def _comparison(form: Mapping[str, Any], facts: IssuanceFacts | None) -> list[NamedValue]:
    if facts is None:
        return []
    told = {
        "设计文件预计量（按监测期天数折算）": parts.estimate(facts.estimated_g),
        "本期申请量": parts.t(facts.claimed_g),
        "差异": parts.percent(facts.variance_pct),
        "原因说明": parts.said(form, "application.variance_reason"),
    }
    return [NamedValue(name=k, value=text(v)) for k, v in told.items()]


def monitoring_report(file: CaseFile, head: Head) -> MonitoringReport:
    """项目减排量监测报告: chapters 1 to 4 of Appendix E, with quality control and retention."""
    form, facts = submitted_form(file, head.round), file.issuance
    return MonitoringReport.model_validate({**_monitored(file, head, form, facts), "retention": RETENTION})


def _monitored(
    file: CaseFile, head: Head, form: Mapping[str, Any], facts: IssuanceFacts | None
) -> dict[str, Any]:
    version = reading.version_of(file, head.round)
    notes = get(form, "calculation")
    calc: Mapping[str, Any] = notes if isinstance(notes, Mapping) else {}
    return {
        **head.to_centre(file, file.filer.name),
        "filed_on": zh_date(version.at if version else file.submitted_at),
        "project": parts.project_lines(facts),
        "implementation": parts.said(form, "calculation.implementation"),
        "events": parts.events(calc),
        "monitoring_system": parts.said(form, "calculation.monitoring_system"),
        "duties": [
            NamedValue(name=text(row.get("post")), value=text(row.get("duty")))
            for row in rows(calc, "duties")
        ],
        "quality_control": parts.said(form, "calculation.quality_control"),
        "factors": parts.factors(facts),
        "parameters": parts.parameters(calc),
        "instruments": parts.instruments(facts),
        "activity": parts.activity(facts),
        "generation": text(facts.amounts if facts else None),
        "completeness": parts.percent(facts.completeness_pct) if facts else BLANK,
        "gaps": parts.gaps(file, facts, calc),
        "data_source": parts.data_source(facts),
        "data_digest": digest(facts.data_sha256) if facts else BLANK,
        "prepared_by": parts.said(form, "calculation.prepared_by"),
        "checked_by": parts.said(form, "calculation.checked_by"),
    }
