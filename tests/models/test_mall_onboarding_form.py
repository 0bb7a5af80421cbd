"""The application to join the mall: its examples, and what each mode demands (J06, J07)."""

from typing import Any

import pytest

from models.procedures import examples_for
from models.procedures.mall_onboarding import SPEC
from models.procedures.mall_onboarding_forms import MallOnboardingForm
from models.procedures.mall_onboarding_forms.modes import EVENT_EXAMPLE, OTHER_EXAMPLE, SUB_PLATFORM_EXAMPLE
from models.vocabulary.forms import example_data, example_of
from services import forms, paths

FIVE = {"mall_application_form", "licence", "legal_rep_identity", "credit_report", "user_agreement"}
PARTS: dict[str, dict[str, Any]] = {
    "third_party_mall": {},
    "sub_platform": {"sub_platform": SUB_PLATFORM_EXAMPLE},
    "event": {"event": EVENT_EXAMPLE, "system": None},
    "other": {"other_way": OTHER_EXAMPLE, "system": None},
}


def form_of(mode: str = "third_party_mall", *changes: tuple[str, Any]) -> dict[str, Any]:
    valid, problems = forms.validate(
        MallOnboardingForm, example_data(MallOnboardingForm) | {"mode": mode} | PARTS[mode]
    )
    assert valid is not None, problems
    form = valid.model_dump(mode="json")
    for path, value in changes:
        paths.put(form, path, value)
    return form


def told(mode: str, *changes: tuple[str, Any]) -> list[str]:
    """Where a form of this mode with these changes has defects."""
    return [p.loc for p in forms.validate(MallOnboardingForm, form_of(mode, *changes))[1]]


def test_example_is_valid() -> None:
    assert example_of(MallOnboardingForm).problems("") == []


@pytest.mark.parametrize(
    ("task", "outcome"), [(t.key, o.key) for t in SPEC.tasks for o in t.outcomes], ids=str
)
def test_examples_of_tasks_fit_their_outcome(task: str, outcome: str) -> None:
    spec = SPEC.task(task)
    assert spec.form.model_validate(examples_for(spec, outcome)).problems(outcome) == []


@pytest.mark.rule("J06")
@pytest.mark.parametrize("mode", PARTS)
def test_each_mode_is_valid_with_its_own_part(mode: str) -> None:
    assert told(mode) == []


@pytest.mark.rule("J06")
@pytest.mark.parametrize(
    ("mode", "missing"),
    [
        ("third_party_mall", "system"),
        ("third_party_mall", "operation_ability"),
        ("sub_platform", "sub_platform"),
        ("sub_platform", "system"),
        ("event", "event"),
        ("other", "other_way"),
    ],
)
def test_each_mode_demands_what_belongs_to_it(mode: str, missing: str) -> None:
    assert told(mode, (missing, "" if missing == "operation_ability" else None)) == [missing]


@pytest.mark.rule("J06")
def test_part_of_another_mode_is_refused() -> None:
    assert told("third_party_mall", ("event", EVENT_EXAMPLE), ("other_way", OTHER_EXAMPLE)) == [
        "event",
        "other_way",
    ]


@pytest.mark.rule("J06")
@pytest.mark.parametrize(
    ("mode", "change", "loc"),
    [
        (
            "sub_platform",
            ("sub_platform.merchants", SUB_PLATFORM_EXAMPLE["merchants"][:1]),
            "sub_platform.merchants",
        ),
        ("event", ("event.ends_on", "2026-01-01"), "event.ends_on"),
        ("event", ("event.quota", 13601), "event.quota"),
        ("event", ("event.quota", 0), "event.quota"),
        ("third_party_mall", ("goods_plan.1.name", "共享单车7日骑行券"), "goods_plan.1.name"),
        ("third_party_mall", ("goods_plan.0.points_price", 0), "goods_plan.0.points_price"),
        ("third_party_mall", ("goods_plan.0.stock", -1), "goods_plan.0.stock"),
        ("third_party_mall", ("system.url", "http://mall.example.com"), "system.url"),
        ("third_party_mall", ("credit_report.bad_record", True), "credit_report.bad_record"),
    ],
)
def test_defect_is_told_where_it_is(mode: str, change: tuple[str, Any], loc: str) -> None:
    assert told(mode, change) == [loc]


@pytest.mark.rule("J06")
def test_event_of_a_draft_without_goods_yet_is_not_told_that_they_are_too_few() -> None:
    assert told("event", ("goods_plan", [])) == ["goods_plan"]


@pytest.mark.rule("J07")
@pytest.mark.parametrize(
    ("mode", "own"),
    [
        ("third_party_mall", "mall_design"),
        ("sub_platform", "sub_platform_rules"),
        ("event", "event_plan"),
        ("other", "other_way_plan"),
    ],
)
def test_five_papers_are_mandatory_and_one_of_the_mode(mode: str, own: str) -> None:
    form = form_of(mode)
    assert {m.kind for m in SPEC.materials if m.needed(form)} == FIVE | {own}
    assert {m.kind for m in SPEC.materials if m.needed({})} == FIVE


@pytest.mark.rule("J08")
def test_paper_that_is_not_reliable_is_not_accepted() -> None:
    spec = SPEC.task("formal_review")
    form = examples_for(spec, "accept")
    form = form | {"items": [form["items"][0] | {"reliable": False}, *form["items"][1:]]}
    assert [p.loc for p in spec.form.model_validate(form).problems("accept")] == ["items.0.reliable"]


@pytest.mark.rule("J08")
def test_evaluation_agrees_with_its_ratings() -> None:
    spec = SPEC.task("mall_assessment")
    good, bad = examples_for(spec, "positive"), examples_for(spec, "negative")
    assert [p.loc for p in spec.form.model_validate(bad).problems("positive")] == ["subjects.stock.rating"]
    assert [p.loc for p in spec.form.model_validate(good).problems("negative")] == ["subjects"]


@pytest.mark.rule("J10")
def test_connection_test_that_deducts_wrongly_has_not_passed() -> None:
    spec = SPEC.task("connection_test")
    failed = spec.form.model_validate(examples_for(spec, "failed"))
    assert [p.loc for p in failed.problems("passed")] == ["records.1.answered"]
    passed = examples_for(spec, "passed")
    untried = passed | {"records": [r for r in passed["records"] if r["kind"] != "duplicate"]}
    assert [p.loc for p in spec.form.model_validate(untried).problems("passed")] == ["records"]
