"""Appendix C: its examples are valid, its sections are those of the guide, every rule between fields is told."""

from typing import Any

import pytest

from models.procedures import examples_for
from models.procedures.scenario_application import SPEC
from models.procedures.scenario_application_forms import ScenarioApplicationForm
from models.procedures.scenario_application_forms.bundle import SUB_SCENARIOS
from models.procedures.scenario_application_forms.party import ENTRUSTMENT_EXAMPLE
from models.vocabulary.forms import example_data, example_of
from services import form_fields, forms, paths
from services.documents.builders.appendix_c import OUTLINE

EXAMPLE = example_data(ScenarioApplicationForm)


def told(*changes: tuple[str, Any]) -> list[str]:
    """Where the form with these changes has defects."""
    form = example_data(ScenarioApplicationForm)
    form = forms.validate(ScenarioApplicationForm, form)[0].model_dump(mode="json")  # type: ignore[union-attr]
    for path, value in changes:
        paths.put(form, path, value)
    return [p.loc for p in forms.validate(ScenarioApplicationForm, form)[1]]


def test_example_is_valid() -> None:
    assert example_of(ScenarioApplicationForm).problems("") == []


@pytest.mark.parametrize(
    ("task", "outcome"), [(t.key, o.key) for t in SPEC.tasks for o in t.outcomes], ids=str
)
def test_examples_of_tasks_fit_their_outcome(task: str, outcome: str) -> None:
    spec = SPEC.task(task)
    assert spec.form.model_validate(examples_for(spec, outcome)).problems(outcome) == []


@pytest.mark.rule("G21")
@pytest.mark.rule("G05")
def test_sections_follow_the_outline_with_corrected_headings() -> None:
    assert [title for title, _ in OUTLINE] == [
        "1　减排场景申请主体基本信息",
        "2　碳普惠减排场景基本信息",
        "3　减排场景描述",
        "4　基准线和监测方法学的应用",
        "5　减排量",
        "6　技术服务机构（如有）",
        "7　其他相关证明材料",
    ]
    places = {path for _, parts in OUTLINE for _, paths_ in parts for path in paths_}
    assert all(form_fields.field_of(ScenarioApplicationForm, path) is not None for path in places)


@pytest.mark.rule("G21")
def test_materials_are_those_of_the_guide() -> None:
    needed = [m.kind for m in SPEC.materials if m.needed(EXAMPLE)]
    assert needed == ["appendix_c", "licence", "legal_rep_identity", "user_agreement"]


@pytest.mark.rule("G22")
def test_bundle_needs_the_evidence_of_every_sub_scenario() -> None:
    form = EXAMPLE | {
        "applicant": EXAMPLE["applicant"] | {"is_bundled": True},
        "sub_scenarios": SUB_SCENARIOS,
    }
    counts = {m.kind: m.count(form) for m in SPEC.materials if m.needed(form)}
    assert counts["entrustment_letter"] == counts["sub_platform_connection"] == 2
    assert counts["sub_user_agreement"] == 2
    assert counts["user_agreement"] == 1


@pytest.mark.rule("G22")
def test_bundle_lists_two_sub_scenarios_or_more() -> None:
    assert told(("applicant.is_bundled", True)) == ["sub_scenarios"]
    assert told(("sub_scenarios", SUB_SCENARIOS)) == ["applicant.is_bundled"]
    twice = [SUB_SCENARIOS[0], SUB_SCENARIOS[0]]
    assert told(("applicant.is_bundled", True), ("sub_scenarios", twice)) == ["sub_scenarios.1.name"]


@pytest.mark.rule("S02")
@pytest.mark.rule("G08")
def test_developer_and_applicant_who_differ_bring_the_entrustment() -> None:
    assert told(("applicant.is_agency", True)) == ["entrustment"]
    assert told(("applicant.is_agency", True), ("entrustment", ENTRUSTMENT_EXAMPLE)) == []
    own = ENTRUSTMENT_EXAMPLE | {"principal_uscc": EXAMPLE["applicant"]["applicant_uscc"]}
    assert told(("applicant.is_agency", True), ("entrustment", own)) == ["entrustment.principal_uscc"]


@pytest.mark.rule("S03")
def test_consent_names_platform_operator_and_personal_fields() -> None:
    consent = "description.consent"
    assert told((f"{consent}.names_platform", False)) == [f"{consent}.names_platform"]
    assert told((f"{consent}.names_operator", False)) == [f"{consent}.names_operator"]
    text = "本人同意碳普惠管理运营平台和场景运营方为核算减排量搜集和使用本人的骑行数据。"
    assert told((f"{consent}.consent_text", text)) == ["description.data_fields.1.personal_info"]


@pytest.mark.rule("S01")
def test_every_subject_of_the_preparation_has_to_be_ready() -> None:
    found = told(("readiness.methodology.met", False), ("readiness.operation.met", False))
    assert found == ["readiness.methodology.met", "readiness.operation.met"]


def test_several_defects_are_told_at_once() -> None:
    found = told(
        ("description.mau", 4_000_000),
        ("description.geo_scope", "districts"),
        ("applicant.is_ets_sh", True),
    )
    assert set(found) >= {"description.mau", "description.districts", "applicant.is_ets_sh"}


def test_facts_and_identity_lead_to_fields() -> None:
    for path in (*SPEC.fact_paths.values(), *SPEC.identity_paths.values()):
        assert form_fields.field_of(ScenarioApplicationForm, path) is not None, path
    for section in SPEC.published:
        for field in section.fields:
            assert form_fields.field_of(ScenarioApplicationForm, field.path) is not None, field.path
