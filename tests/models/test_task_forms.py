"""Every task form: examples for every outcome, and the defects each outcome must not hide."""

from typing import Any

import pytest

from models.procedures import PROCEDURES, examples_for
from models.procedures.project_application import SPEC
from models.vocabulary.forms import Form, example_data, inner_group
from models.vocabulary.limits import DEFAULT_LIMITS
from models.vocabulary.specs import FILER, Task

WAYS = [(task, o.key) for spec in PROCEDURES.values() for task in spec.tasks for o in task.outcomes]
FORMS = [spec.form for spec in PROCEDURES.values()] + [t.form for s in PROCEDURES.values() for t in s.tasks]


def locs(task: str, outcome: str, **changes: Any) -> list[str]:
    """Where the task's example for `outcome` is found wanting after `changes`."""
    spec = SPEC.task(task)
    form = spec.form.model_validate({**examples_for(spec, outcome), **changes})
    return [p.loc for p in form.problems(outcome)]


def fields_of(form: type[Form]) -> list[tuple[type[Form], str]]:
    found = []
    for name, info in form.model_fields.items():
        found.append((form, name))
        group, _ = inner_group(info.annotation)
        if group is not None:
            found += fields_of(group)
    return found


@pytest.mark.parametrize(("task", "outcome"), WAYS, ids=lambda v: getattr(v, "key", v))
def test_example_answers_every_outcome(task: Task, outcome: str) -> None:
    form = task.form.model_validate(examples_for(task, outcome))
    assert form.problems(outcome) == []


@pytest.mark.parametrize("form", dict.fromkeys(FORMS), ids=lambda f: f.__name__)
def test_field_has_both_titles_hint_and_example(form: type[Form]) -> None:
    lacking = []
    for owner, name in fields_of(form):
        info = owner.model_fields[name]
        extra = info.json_schema_extra
        assert isinstance(extra, dict)
        group, _ = inner_group(info.annotation)
        if not (info.title and extra["title_en"] and info.description and extra["hint_en"]):
            lacking.append(f"{owner.__name__}.{name} words")
        if group is None and info.examples is None:
            lacking.append(f"{owner.__name__}.{name} example")
    assert lacking == []


@pytest.mark.parametrize("form", dict.fromkeys(FORMS), ids=lambda f: f.__name__)
def test_closed_list_offers_what_it_accepts(form: type[Form]) -> None:
    for owner, name in fields_of(form):
        info = owner.model_fields[name]
        extra = info.json_schema_extra
        if not isinstance(extra, dict) or "choices" not in extra:
            continue
        schema = str(owner.model_json_schema()["properties"][name])
        assert [c for c in extra["choices"] if f"'{c}'" not in schema] == []


def test_limit_of_task_and_stage_is_seeded() -> None:
    used = {t.limit.key for t in SPEC.tasks} | {k for s in SPEC.stages for k in s.limits}
    used |= {t.extension for t in SPEC.tasks if t.extension}
    assert used - set(DEFAULT_LIMITS) == set()


def test_four_eyes_names_tasks_of_the_procedure() -> None:
    named = {k for t in SPEC.tasks for k in t.not_by}
    assert named - {t.key for t in SPEC.tasks} == {FILER}


def test_unknown_outcome_has_no_example() -> None:
    with pytest.raises(KeyError):
        examples_for(SPEC.task("triage"), "maybe")


@pytest.mark.rule("G07")
def test_accept_with_unsealed_material_is_refused() -> None:
    items = [
        {**i, "sealed": i["kind"] != "licence"}
        for i in example_data(SPEC.task("formal_review").form)["items"]
    ]
    assert locs("formal_review", "accept", items=items) == ["items.3"]


@pytest.mark.rule("G09")
@pytest.mark.parametrize(
    ("outcome", "changes", "expected"),
    [
        ("request_correction", {"defects": []}, ["defects"]),
        ("refuse", {"reason_code": None, "reason": " "}, ["reason_code", "reason"]),
        (
            "accept",
            {"defects": [{"target": "a", "requirement": "b", "basis": "c"}], "eligibility_confirmed": False},
            ["defects", "eligibility_confirmed"],
        ),
    ],
)
def test_formal_review_without_its_ground_is_refused(
    outcome: str, changes: dict[str, Any], expected: list[str]
) -> None:
    assert locs("formal_review", outcome, **changes) == expected


@pytest.mark.rule("G10")
def test_correction_answering_twice_is_refused() -> None:
    replies = [{"finding": 1, "reply": "已补充"}, {"finding": 1, "reply": "已更正"}]
    changes = [{"path": "project.address", "value": "甲"}, {"path": "project.address", "value": "乙"}]
    assert locs("correction", "resubmit", replies=replies, changes=changes) == [
        "replies.1.finding",
        "changes.1.path",
    ]


@pytest.mark.rule("G10")
def test_change_keeps_the_kind_of_its_value() -> None:
    form = SPEC.task("revision").form
    values: list[Any] = ["文字", 3, True, None, ["a"], {"rating": "conform"}]
    data = {
        "replies": [{"finding": 1, "reply": "已更正"}],
        "changes": [{"path": f"design.field_{i}", "value": v} for i, v in enumerate(values)],
    }
    dumped = form.model_validate(data).model_dump(mode="json")
    assert [c["value"] for c in dumped["changes"]] == values


@pytest.mark.rule("G10")
@pytest.mark.parametrize(
    ("outcome", "verdict", "note", "expected"),
    [
        ("ok", "rejected", "未落实", ["verdicts"]),
        ("not_ok", "accepted", "", ["verdicts"]),
        ("not_ok", "rejected", "", ["verdicts.0.note"]),
    ],
)
def test_revision_check_against_its_verdicts_is_refused(
    outcome: str, verdict: str, note: str, expected: list[str]
) -> None:
    verdicts = [{"finding": 1, "verdict": verdict, "note": note}]
    assert locs("revision_check", outcome, verdicts=verdicts) == expected


@pytest.mark.rule("G11")
def test_complex_without_a_sign_of_complexity_is_refused() -> None:
    assert locs("triage", "complex", triggers=[]) == ["triggers"]
    assert locs("triage", "plain", agency_uscc="91310199MAH6107701") == ["agency_uscc"]


@pytest.mark.rule("G11")
def test_agency_report_at_odds_with_its_findings_is_refused() -> None:
    nonconformity = [{"type": "nonconformity", "target": "design", "text": "不符"}]
    assert locs("agency_review", "pass", findings=nonconformity, impartiality=False) == [
        "impartiality",
        "findings",
    ]
    assert locs("agency_review", "pass_with_findings", findings=[]) == ["findings"]
    assert locs("agency_review", "fail", findings=[]) == ["findings"]


@pytest.mark.rule("G12")
def test_panel_of_four_is_refused() -> None:
    form = SPEC.task("panel_setup").form
    with pytest.raises(ValueError) as error:
        form.model_validate({"size": 4})
    assert "size" in str(error.value)


@pytest.mark.rule("G12")
def test_quota_larger_than_panel_is_refused() -> None:
    quota = {"boundary": 2, "quantification": 2, "data": 1, "monitoring": 1}
    assert locs("panel_setup", "draw", quota=quota) == ["quota"]


@pytest.mark.rule("G12")
def test_invitation_accepted_without_promises_is_refused() -> None:
    assert locs("expert_invitation", "accept", no_conflict=False, confidentiality=False) == [
        "no_conflict",
        "confidentiality",
    ]
    assert locs("expert_invitation", "conflict", reason="") == ["reason"]


@pytest.mark.rule("G13")
def test_opinion_missing_a_subject_is_refused() -> None:
    form = SPEC.task("expert_opinion").form
    data = example_data(form)
    del data["ratings"]["monitoring"]
    with pytest.raises(ValueError) as error:
        form.model_validate(data)
    assert "ratings.monitoring" in str(error.value)


@pytest.mark.rule("G13")
def test_pass_with_a_subject_not_conforming_is_refused() -> None:
    ratings = example_data(SPEC.task("expert_opinion").form)["ratings"]
    ratings = {**ratings, "boundary": {"rating": "not", "comment": ""}}
    change = [{"target": "design", "text": "请修改"}]
    assert locs("expert_opinion", "pass", ratings=ratings, required_changes=change) == [
        "ratings.boundary.comment",
        "ratings.boundary.rating",
        "required_changes",
    ]


@pytest.mark.rule("G13")
@pytest.mark.parametrize("outcome", ["pass_after_revision", "pass_after_re_review"])
def test_pass_after_changes_without_changes_is_refused(outcome: str) -> None:
    assert locs("expert_opinion", outcome, required_changes=[]) == ["required_changes"]
    assert locs("group_opinion", outcome, changes=[]) == ["changes"]


@pytest.mark.rule("G13")
def test_reservation_without_words_is_refused() -> None:
    assert locs("group_signature", "sign_with_reservation", reservation="") == ["reservation"]


@pytest.mark.rule("M05")
def test_curable_objection_without_changes_is_refused() -> None:
    assert locs("objection_answer", "upheld_curable", changes=[]) == ["changes"]
    change = [{"target": "design", "text": "请修改"}]
    assert locs("objection_answer", "not_upheld", changes=change) == ["changes"]


@pytest.mark.rule("G14")
def test_positive_opinion_without_a_quantity_is_refused() -> None:
    assert locs("technical_opinion", "positive", verified_annual_t="0") == ["verified_annual_t"]
    assert locs("technical_opinion", "positive", verified_annual_t="9", verified_total_t="8") == [
        "verified_total_t"
    ]


@pytest.mark.parametrize(
    ("task", "outcome"),
    [(t.key, o.key) for t in SPEC.tasks for o in t.outcomes if o.key in {"return", "redraw"}],
)
def test_sending_back_without_a_reason_is_refused(task: str, outcome: str) -> None:
    spec = SPEC.task(task)
    with_reason = examples_for(spec, outcome)
    assert with_reason["reason"]
    try:
        found = [p.loc for p in spec.form.model_validate({"reason": " "}).problems(outcome)]
    except ValueError as error:
        found = ["reason"] if "reason" in str(error) else []
    assert found == ["reason"]
