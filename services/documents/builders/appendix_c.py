"""Appendix C 附录C from the submitted form: every section of the outline, headings corrected (rules G05, G21).

The guide prints 减排项目 and 检测 where 减排场景 and 监测 are meant, and two sections numbered 6.
"""

from collections.abc import Mapping
from typing import Any

from models.procedures import procedure
from models.vocabulary.forms import Form, inner_group, titles
from services.casefile import CaseFile
from services.documents.builders import reading
from services.documents.builders.appendix_a import declaration, submitted_form
from services.documents.builders.head import Head, material_rows
from services.documents.builders.reading import get
from services.documents.builders.words import BLANK, text, tonnes, unit, yes_no, zh_date
from services.documents.contexts.base import NamedValue
from services.documents.contexts.scenario import AppendixC, OutlinePart, OutlineSection
from services.form_fields import field_of

Part = tuple[str, tuple[str, ...]]

_CONTACT = ("contact_name", "contact_title", "contact_mobile", "contact_tel", "contact_email")
_PROFILE = ("applicant_profile",)

#: Heading -> its parts: heading and the places in the form that belong there, in the order of the guide.
OUTLINE: tuple[tuple[str, tuple[Part, ...]], ...] = (
    (
        "1　减排场景申请主体基本信息",
        (
            ("1.1　减排场景申请主体基本信息", ("applicant",)),
            ("1.2　减排场景申请主体情况说明", ("applicant.applicant_profile",)),
            ("1.3　碳普惠减排场景联系人（经办人）", tuple(f"applicant.{name}" for name in _CONTACT)),
        ),
    ),
    (
        "2　碳普惠减排场景基本信息",
        (
            ("2.1　场景类型", ("scenario.scenario_category", "scenario.scenario_subcategory")),
            ("2.2　场景名称", ("scenario.scenario_name", "scenario.operated_on")),
            ("2.3　场景方法学", ("scenario.methodology_id", "scenario.methodology_version")),
        ),
    ),
    (
        "3　减排场景描述",
        (
            (
                "3.1　场景地理范围",
                ("description.geo_scope", "description.districts", "description.geo_text"),
            ),
            ("3.2　场景设施或平台", ("description.facilities",)),
            ("3.3　场景建设的技术说明", ("description",)),
        ),
    ),
    (
        "4　基准线和监测方法学的应用",
        (
            ("4.1　方法学适用性", ("design.applicability",)),
            ("4.2　减排行为边界", ("design.boundary_text",)),
            ("4.3　基本要求论证", ("design.basic_requirements",)),
        ),
    ),
    (
        "5　减排量",
        (
            ("5.1　计算方法说明", ("design.formulas",)),
            ("5.2　参数和数据选取", ("design.params",)),
            ("5.3　监测计划", ("design.monitoring",)),
            ("5.4　数据的记录和管理", ("design.data_mgmt",)),
            ("5.5　预计减排量", ("scenario.est_annual_t", "scenario.est_per_user_g")),
        ),
    ),
    ("6　技术服务机构（如有）", (("6.1　技术服务机构", ("adviser",)),)),
    (
        "7　其他相关证明材料",
        (("7.1　委托信息", ("entrustment",)), ("7.2　打捆申请的子场景", ("sub_scenarios",))),
    ),
)
#: Printed in a part of their own, so left out of the group they stand in.
_APART = frozenset(path for _, parts in OUTLINE for _, paths in parts for path in paths if "." in path)


def appendix_c(file: CaseFile, head: Head) -> AppendixC:
    """碳普惠减排场景申请表. The applicant's own paper, so personal data is printed in full."""
    form, spec = submitted_form(file, head.round), procedure(file.procedure)
    version = reading.version_of(file, head.round)
    return AppendixC.model_validate(
        {
            **head.to_centre(file, file.filer.name),
            "filed_on": zh_date(version.at if version else file.submitted_at),
            "sections": [
                OutlineSection(title=title, parts=[_part(file, form, part) for part in parts])
                for title, parts in OUTLINE
            ],
            "materials_title": "7.3　证明材料清单",
            "materials": material_rows(file),
            "declaration_title": "8　申请人申明",
            **declaration(file, version),
            "readiness": readiness(spec.form, form),
        }
    )


def _part(file: CaseFile, form: Mapping[str, Any], part: Part) -> OutlinePart:
    title, paths = part
    kind = procedure(file.procedure).form
    found = [_named(file, path, line) for path in paths for line in lines(kind, form, path)]
    return OutlinePart(title=title, lines=found or [NamedValue(name="不适用", value=BLANK)])


def _named(file: CaseFile, path: str, line: NamedValue) -> NamedValue:
    """The methodology under its name; the form keeps its code."""
    name = reading.methodology_name(file)
    if path != "scenario.methodology_id" or name == BLANK:
        return line
    return NamedValue(name=line.name, value=f"《{name}》（{line.value}）")


def lines(kind: type[Form], form: Mapping[str, Any], path: str) -> list[NamedValue]:
    """A field as one line, a group as a line for each field, a table as a line for each row."""
    info = reading.info_at(kind, path)
    if info is None:
        return []
    group, many = inner_group(info.annotation)
    value, name = get(form, path), titles(info, path).zh
    if group is None:
        return [NamedValue(name=name, value=_value(kind, path, value))]
    if many:
        return [
            NamedValue(name=f"{name}（{no}）", value=_row(group, row))
            for no, row in enumerate(reading.rows(form, path), 1)
        ]
    if not isinstance(value, Mapping):
        return []
    inner = [f"{path}.{field}" for field in group.model_fields]
    return [line for place in inner if place not in _APART for line in lines(kind, form, place)]


def readiness(kind: type[Form], form: Mapping[str, Any]) -> list[NamedValue]:
    """The five conditions of the first contact, each line with the condition it answers."""
    info = reading.info_at(kind, "readiness")
    group = inner_group(info.annotation)[0] if info else None
    told: list[NamedValue] = []
    for name, inner in group.model_fields.items() if group else ():
        found = lines(kind, form, f"readiness.{name}")
        above = titles(inner, name).zh if inner_group(inner.annotation)[0] else ""
        told += [NamedValue(name=f"{above}：{n.name}" if above else n.name, value=n.value) for n in found]
    return told


def _row(group: type[Form], row: Mapping[str, Any]) -> str:
    told = [
        f"{titles(info, name).zh}：{_value(group, name, row.get(name)).rstrip('。；')}"
        for name, info in group.model_fields.items()
    ]
    return "；".join(told) + "。"


def _value(kind: type[Form], path: str, value: object) -> str:
    shown, spec = _bare(kind, path, value), field_of(kind, path)
    return f"{shown} {unit(spec.unit)}" if spec and spec.unit and shown != BLANK else shown


def _bare(kind: type[Form], path: str, value: object) -> str:
    if isinstance(value, bool):
        return yes_no(value)
    if path.endswith("_t"):
        return tonnes(value)
    if path.endswith("_on"):
        return zh_date(value)
    return reading.label(kind, path, value) if value not in ("", []) else text(None)
