"""The filing form of the project application: its example, and each rule between fields."""

import copy
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from models.procedures.project_application import SPEC
from models.procedures.project_application_forms import ProjectApplicationForm
from models.procedures.project_application_forms.rules import RULES, last_day
from models.vocabulary.forms import example_data
from services import forms, paths

EXAMPLE = example_data(ProjectApplicationForm)
Change = Callable[[dict[str, Any]], None]


def put(path: str, value: Any) -> Change:
    """A change of one place of the form's data."""

    def change(data: dict[str, Any]) -> None:
        *parts, last = path.split(".")
        target: Any = data
        for part in parts:
            target = target[int(part) if part.isdigit() else part]
        target[int(last) if last.isdigit() else last] = value

    return change


#: A bundle of two; the first belongs to the applicant, the second to the school.
PARTS = [
    {
        "name": name,
        "site": f"上海市闵行区示例路300号{name}",
        "owner_uscc": owner,
        "scale": "399.96",
        "operated_on": "2024-12-20",
    }
    for name, owner in (("教学楼", "91310199MARFNGNQ8F"), ("实训楼", "12310199750490248M"))
]


def filled(*changes: Change) -> dict[str, Any]:
    data = copy.deepcopy(EXAMPLE)
    for change in changes:
        change(data)
    return data


def locs(*changes: Change) -> list[str]:
    return [p.loc for p in ProjectApplicationForm.model_validate(filled(*changes)).problems("submit")]


def refused(*changes: Change) -> list[str]:
    """Where pydantic itself refuses."""
    with pytest.raises(ValidationError) as error:
        ProjectApplicationForm.model_validate(filled(*changes))
    return [".".join(str(part) for part in e["loc"]) for e in error.value.errors()]


def test_example_has_no_problems() -> None:
    form = ProjectApplicationForm.model_validate(EXAMPLE)
    assert form.problems("submit") == []
    assert sum((r.quantity_kwh for r in form.design.readings), Decimal(0)) == Decimal("847736.00")
    assert len(form.design.readings) == 12


def test_example_survives_json() -> None:
    form = ProjectApplicationForm.model_validate(EXAMPLE)
    assert ProjectApplicationForm.model_validate_json(form.model_dump_json()) == form


CASES: list[tuple[str, list[Change], list[str]]] = [
    ("shanghai quota", [put("applicant.is_ets_sh", True)], ["applicant.is_ets_sh"]),
    ("national quota", [put("applicant.is_ets_national", True)], ["applicant.is_ets_national"]),
    ("no entrustment", [put("entrustment", None)], ["entrustment"]),
    ("entrustment not wanted", [put("applicant.is_agency", False)], ["entrustment"]),
    (
        "principal is applicant",
        [put("entrustment.principal_uscc", EXAMPLE["applicant"]["applicant_uscc"])],
        ["entrustment.principal_uscc"],
    ),
    ("shares of 100.01", [put("entrustment.benefit_split.0.pct", "40.01")], ["entrustment.benefit_split"]),
    (
        "party twice",
        [put("entrustment.benefit_split.1.party", "上海市示例职业技术学校")],
        ["entrustment.benefit_split.1.party"],
    ),
    ("commenced after operation", [put("project.commenced_on", "2024-12-21")], ["project.commenced_on"]),
    (
        "operated after crediting",
        [put("project.operated_on", "2025-01-02")],
        ["project.crediting_from", "project.first_period_from"],
    ),
    (
        "crediting of ten years and a day",
        [put("project.crediting_to", "2035-01-01")],
        ["project.crediting_to"],
    ),
    ("crediting past the lifetime", [put("design.lifetime_years", 9)], ["project.crediting_to"]),
    ("west of Shanghai", [put("project.lon", "120.80")], ["project.lon"]),
    ("south of Shanghai", [put("project.lat", "30.10")], ["project.lat"]),
    ("equipment short of the scale", [put("design.equipment.0.qty", 1199)], ["design.equipment"]),
    (
        "year out of balance",
        [put("design.yearly.2.PE", "1"), put("design.yearly.3.LE", "1")],
        ["design.yearly.2.ER", "design.yearly.3.ER"],
    ),
    (
        "year twice",
        [put("design.yearly.1.year", 2025)],
        ["design.yearly.1.year"],
    ),
    ("year outside crediting", [put("design.yearly.9.year", 2035)], ["design.yearly.9.year"]),
    ("total not the sum", [put("project.est_total_t", "3560.501")], ["project.est_total_t"]),
    ("annual not the average", [put("project.est_annual_t", "356.060")], ["project.est_annual_t"]),
    ("bundle of none", [put("design.bundle.is_bundled", True)], ["design.bundle.sub_projects"]),
    (
        "bundle of another owner",
        [
            put("design.bundle", {"is_bundled": True, "sub_projects": PARTS}),
            put("applicant.is_agency", False),
            put("entrustment", None),
        ],
        ["applicant.is_agency"],
    ),
    ("meter twice", [put("design.meters.1.meter_no", "SHPV0001-G")], ["design.meters.1.meter_no"]),
    (
        "validity before verification",
        [put("design.meters.1.valid_to", "2024-11-30")],
        ["design.meters.1.valid_to"],
    ),
    (
        "reading arithmetic",
        [put("design.readings.3.quantity_kwh", "81807.30")],
        ["design.readings.3.quantity_kwh"],
    ),
    (
        "reading of an unknown meter",
        [put("design.readings.0.meter_no", "SHPV9")],
        ["design.readings.0.meter_no"],
    ),
    (
        "another multiplier",
        [put("design.readings.0.multiplier", "40"), put("design.readings.0.quantity_kwh", "23334.40")],
        ["design.readings.0.multiplier"],
    ),
    ("month missing", [lambda d: d["design"]["readings"].pop(5)], ["design.readings.5.month"]),
    (
        "readings run backwards",
        [
            put("design.readings.1.reading_start", "1600.00"),
            put("design.readings.1.quantity_kwh", "49688.00"),
        ],
        ["design.readings.1.reading_start"],
    ),
    (
        "month to come",
        [put("design.readings", [{**EXAMPLE["design"]["readings"][0], "month": "2099-01"}])],
        ["design.readings.0.month"],
    ),
    (
        "first issuance without its period",
        [put("project.first_period_from", None), put("project.first_period_to", None)],
        ["project.first_period_from", "project.first_period_to"],
    ),
    (
        "period without first issuance",
        [put("project.apply_first_issuance", False)],
        ["project.first_period_from", "project.first_period_to", "project.first_amount_t"],
    ),
    (
        "period longer than a year",
        [put("project.first_period_to", "2026-01-01")],
        ["project.first_period_to"],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_rule_broken_is_told_at_its_field(changes: list[Change], expected: list[str]) -> None:
    assert locs(*changes) == expected


def test_every_rule_is_broken_by_some_case() -> None:
    silent = {rule.__name__ for rule in RULES}
    for _, changes, _ in CASES:
        form = ProjectApplicationForm.model_validate(filled(*changes))
        silent -= {rule.__name__ for rule in RULES if list(rule(form))}
    assert silent == set()


def test_several_defects_are_told_at_once() -> None:
    found = locs(
        put("applicant.is_ets_sh", True),
        put("entrustment.benefit_split.1.pct", "50"),
        put("project.lon", "122.90"),
        put("design.yearly.0.ER", "300"),
        put("design.readings.11.quantity_kwh", "1"),
    )
    assert found == [
        "applicant.is_ets_sh",
        "entrustment.benefit_split",
        "project.lon",
        "design.yearly.0.ER",
        "project.est_total_t",
        "project.est_annual_t",
        "design.readings.11.quantity_kwh",
    ]


def test_problem_speaks_both_languages() -> None:
    broken = ProjectApplicationForm.model_validate(
        filled(put("entrustment", None), put("project.lat", "30.1"), put("design.meters", []))
    )
    assert [p.loc for p in broken.problems("") if not (p.msg.zh and p.msg.en and p.msg.zh != p.msg.en)] == []


def test_field_defects_and_cross_defects_are_told_together() -> None:
    data = filled(
        put("applicant.applicant_uscc", "91310199MARFNGNQ8G"),
        put("project.commenced_on", "2024-12-21"),
        put("entrustment.benefit_split.1.pct", "50"),
        put("design.equipment.0.qty", "many"),
        put("design.yearly.0.ER", None),
        put("design.readings.2.quantity_kwh", "1"),
    )
    form, problems = forms.validate(ProjectApplicationForm, data)
    assert form is None
    assert [p.loc for p in problems] == [
        "applicant.applicant_uscc",
        "design.equipment.0.qty",
        "design.yearly.0.ER",
        "entrustment.benefit_split",
        "project.commenced_on",
        "design.readings.2.quantity_kwh",
    ]


@pytest.mark.parametrize("data", [{}, {"applicant": {}}, {"project": {"apply_first_issuance": False}}])
def test_cross_rules_say_nothing_of_what_is_missing(data: dict[str, Any]) -> None:
    _, problems = forms.validate(ProjectApplicationForm, data)
    asked = ("请填写", "请选择", "请至少", "请说明")
    assert [p for p in problems if not p.msg.zh.startswith(asked)] == []


@pytest.mark.rule("G01")
def test_person_as_applicant_is_refused() -> None:
    assert refused(put("applicant.applicant_type", "person")) == ["applicant.applicant_type"]


@pytest.mark.rule("G01")
def test_organisation_without_credit_code_is_refused() -> None:
    assert refused(lambda d: d["applicant"].pop("applicant_uscc")) == ["applicant.applicant_uscc"]


@pytest.mark.rule("G03")
def test_quota_managed_project_is_refused() -> None:
    assert locs(put("applicant.is_ets_sh", True), put("applicant.is_ets_national", True)) == [
        "applicant.is_ets_sh",
        "applicant.is_ets_national",
    ]


@pytest.mark.rule("G08")
def test_entrustment_without_split_is_refused() -> None:
    assert refused(lambda d: d["entrustment"].pop("benefit_split")) == ["entrustment.benefit_split"]


@pytest.mark.rule("G08")
@pytest.mark.parametrize(("pct", "expected"), [("60", []), ("59.99", ["entrustment.benefit_split"])])
def test_split_is_exactly_a_hundred(pct: str, expected: list[str]) -> None:
    assert locs(put("entrustment.benefit_split.1.pct", pct)) == expected


@pytest.mark.rule("G06")
def test_materials_are_those_of_the_guide() -> None:
    assert [m.kind for m in SPEC.materials] == [
        "appendix_a",
        "appendix_b",
        "commencement_operation_proof",
        "licence",
        "legal_rep_identity",
        "entrustment_letter",
        "other",
    ]
    assert [m.kind for m in SPEC.materials if m.needed(EXAMPLE)] == [m.kind for m in SPEC.materials][:-1]


@pytest.mark.rule("G06")
@pytest.mark.parametrize("form", [{}, {"applicant": None}, {"applicant": {"is_agency": False}}])
def test_letter_of_entrustment_is_not_needed_without_agency(form: dict[str, Any]) -> None:
    needed = [m.kind for m in SPEC.materials if m.needed(form)]
    assert needed == [
        "appendix_a",
        "appendix_b",
        "commencement_operation_proof",
        "licence",
        "legal_rep_identity",
    ]


@pytest.mark.rule("G04")
def test_declaration_has_the_words_of_the_guide() -> None:
    assert (
        "承诺不重复申请国内外温室气体自愿减排机制，不参与绿色电力交易、绿色电力证书交易等"
        in SPEC.declaration.zh
    )


@pytest.mark.rule("G05")
def test_sections_follow_the_outline() -> None:
    heads: list[str] = []
    for group in ("applicant", "project", "contribution", "design"):
        inner = ProjectApplicationForm.model_fields[group].annotation
        for info in inner.model_fields.values():  # type: ignore[union-attr]
            section = info.json_schema_extra["section"]  # type: ignore[index,call-overload]
            if section not in heads:
                heads.append(section)
    assert heads == [
        "1 减排项目申请方基本信息",
        "2 减排项目基本信息",
        "3 对可持续发展的贡献",
        "1 项目概况",
        "2 基准线和监测方法学的应用",
        "3 项目活动期限和减排量计入期",
        "4 减排量",
        "5 其他相关证明材料",
    ]


def test_last_day_of_a_leap_start() -> None:
    assert last_day(date(2025, 1, 1), 10) == date(2034, 12, 31)
    assert last_day(date(2024, 2, 29), 1) == date(2025, 2, 28)


VECTORS = [
    ("applicant.applicant_uscc", "91310199MA6YU08J91", True),
    ("applicant.applicant_uscc", "91310199MAKFGA9RXQ", True),
    ("applicant.applicant_uscc", "91310199MAH6107701", True),
    ("applicant.applicant_uscc", "91310199MA1XY5ACXX", True),
    ("applicant.applicant_uscc", " 91310199marfngnq8f ", True),
    ("applicant.applicant_uscc", "91310199MARFNGNQ8G", False),
    ("applicant.applicant_uscc", "91310199MA6YU08J9", False),
    ("applicant.applicant_uscc", "123101997I0490248M", False),
    ("applicant.legal_rep_id_no", "310199199503140111", True),
    ("applicant.legal_rep_id_no", "31019919881002022X", True),
    ("applicant.legal_rep_id_no", "310199200106180334", True),
    ("applicant.legal_rep_id_no", "310199197909090442", True),
    ("applicant.legal_rep_id_no", "310199199202290554", True),
    ("applicant.legal_rep_id_no", "310199199503140110", False),
    ("applicant.legal_rep_id_no", "310199199502300110", False),
    ("applicant.contact_mobile", "13800138000", True),
    ("applicant.contact_mobile", "12800138000", False),
    ("applicant.contact_mobile", "1380013800", False),
    ("applicant.contact_mobile", "138001380000", False),
    ("project.operated_on", "2099-01-01", False),
    ("applicant.postcode", "20012", False),
    ("design.readings.0.month", "2025-13", False),
    ("project.est_annual_t", "356.0491", False),
]


@pytest.mark.parametrize(("path", "value", "valid"), VECTORS)
def test_code_is_checked_by_its_digits(path: str, value: str, valid: bool) -> None:
    if valid:
        ProjectApplicationForm.model_validate(filled(put(path, value)))
    else:
        assert refused(put(path, value)) == [path]


def test_defects_of_single_fields_are_told_at_once() -> None:
    paths = [
        "applicant.applicant_uscc",
        "applicant.contact_mobile",
        "project.lon",
        "design.meters.0.multiplier",
    ]
    assert refused(*(put(path, "0") for path in paths)) == paths


def test_identity_paths_lead_to_values() -> None:
    assert {name: paths.get(EXAMPLE, path) for name, path in SPEC.identity_paths.items()} == {
        "applicant_uscc": ["91310199MARFNGNQ8F"],
        "principal_uscc": ["12310199750490248M"],
        "project_name": ["示例职业技术学校屋顶分布式光伏发电项目"],
        "lon": ["121.381234"],
        "lat": ["31.112345"],
        "meters": ["SHPV0001-G", "SHPV0001-E"],
        "owners": [],
        "sites": [],
        "methodology": ["DEMO-PV-2024"],
        "methodology_version": ["1.0"],
    }
