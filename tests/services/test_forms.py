"""Checking forms: every defect at once, at its field, in both languages; differences and masking."""

import copy
import json
import time
from typing import Any

import pytest

from api.form_schema import form_schema
from api.forms import form_view, merge, parse, row_command
from models.procedures import PROCEDURES, procedure
from models.vocabulary.forms import Form, Group, example_data, field
from models.vocabulary.text import Text
from models.vocabulary.types import Percent, Uscc
from services.form_diff import diff, pieces
from services.form_fields import title_of
from services.form_masking import masked
from services.form_merge import merged, three_way
from services.forms import validate

FORM = procedure("project_application").form


class Row(Group):
    name: str = field("名称", "Name", example="甲", max_length=4)
    pct: Percent = field("比例", "Share", example="50")


class Small(Form):
    title: str = field("标题", "Title", example="示例")
    code: Uscc | None = field("信用代码", "Code", example="91310199MARFNGNQ8F", default=None)
    way: str = field("方式", "Way", example="a", choices={"a": Text("A", "甲"), "b": Text("B", "乙")})
    yes: bool = field("是否", "Yes", example=True)
    rows: list[Row] = field("明细", "Rows", min_length=1)


def example() -> dict[str, Any]:
    return json.loads(json.dumps(example_data(FORM), default=str))


def locs(data: dict[str, Any], form: type[Form] = FORM) -> list[str]:
    return [p.loc for p in validate(form, data)[1]]


def test_example_of_the_filing_form_has_no_defect() -> None:
    form, problems = validate(FORM, example())
    assert problems == []
    assert form is not None


def test_every_kind_of_defect_is_told_at_once() -> None:
    data = {"title": " ", "code": "911", "way": "c", "rows": [{"name": "五个字以上", "pct": "x"}], "more": 1}
    assert locs(data, Small) == ["title", "code", "yes", "rows.0.name", "rows.0.pct", "more", "way"]


def test_each_defect_speaks_both_languages_without_jargon() -> None:
    for problem in validate(FORM, {})[1]:
        assert problem.msg.zh.endswith("。"), problem
        assert problem.msg.en.endswith("."), problem
        assert "Field required" not in problem.msg.en


def test_empty_form_names_the_fields_inside_required_groups() -> None:
    assert {"project.lon", "applicant.applicant_name", "design.overview_text"} <= set(locs({}))


def test_rules_across_fields_are_told_beside_wrong_fields() -> None:
    data = example()
    data["project"]["lon"] = "100"
    data["entrustment"]["benefit_split"][0]["pct"] = "50"
    found = locs(data)
    assert "project.lon" in found
    assert any(loc.startswith("entrustment.benefit_split") for loc in found)


def test_blank_last_row_and_blank_optional_group_count_as_nothing() -> None:
    form, problems = validate(
        Small,
        {
            "title": "x",
            "code": "",
            "way": "a",
            "yes": False,
            "rows": [{"name": "甲", "pct": "1"}, {"name": "", "pct": " "}],
        },
    )
    assert problems == []
    assert isinstance(form, Small)
    assert len(form.rows) == 1


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_something_that_is_no_form_is_one_defect(data: Any) -> None:
    form, problems = validate(Small, data)
    assert form is None
    assert [p.loc for p in problems] == [""]


def test_title_of_a_cell_names_table_row_and_column() -> None:
    assert title_of(Small, "rows.1.pct").zh == "明细 第 2 行：比例"


# ---- schema --------------------------------------------------------------------------------------


def test_examples_of_the_schema_are_valid_and_new_at_every_call() -> None:
    first, second = form_schema(FORM), form_schema(FORM)
    for schema in (first, second):
        assert validate(FORM, schema["examples"][0])[1] == []
        assert validate(FORM, {k: p["examples"][0] for k, p in schema["properties"].items()})[1] == []
    one, two = first["examples"][0], second["examples"][0]
    assert one["project"]["project_name"] != two["project"]["project_name"]
    assert one["design"]["meters"][0]["meter_no"] != two["design"]["meters"][0]["meter_no"]


def test_fresh_meter_is_the_same_in_meters_and_readings() -> None:
    data = form_schema(FORM)["examples"][0]["design"]
    assert {r["meter_no"] for r in data["readings"]} <= {m["meter_no"] for m in data["meters"]}


def test_every_field_of_every_task_form_has_title_description_and_example() -> None:
    for task in procedure("project_application").tasks:
        schema = form_schema(task.form)
        for node in [schema, *schema.get("$defs", {}).values()]:
            for name, prop in node.get("properties", {}).items():
                assert {"title", "description", "examples"} <= set(prop), (task.key, name)


# ---- browser -------------------------------------------------------------------------------------


def test_posted_names_become_nested_typed_data() -> None:
    posted = [
        ("title", "题"),
        ("way", "a"),
        ("yes", "false"),
        ("rows", ""),
        ("rows.2.name", "乙"),
        ("rows.2.pct", "40"),
        ("rows.0.name", "甲"),
        ("rows.0.pct", "60"),
        ("csrf", "x"),
    ]
    assert parse(Small, posted) == {
        "title": "题",
        "way": "a",
        "yes": False,
        "rows": [{"name": "甲", "pct": "60"}, {"name": "乙", "pct": "40"}],
    }


def test_emptied_table_is_kept_as_empty_and_unposted_one_is_left_alone() -> None:
    assert parse(Small, [("rows", "")]) == {"rows": []}
    assert merge({"rows": [{"name": "甲"}], "title": "x"}, parse(Small, [("title", "y")])) == {
        "rows": [{"name": "甲"}],
        "title": "y",
    }


def test_row_commands_add_and_remove_rows() -> None:
    data: dict[str, Any] = {"rows": [{"name": "甲"}, {"name": "乙"}]}
    assert row_command(data, "remove:rows.0") == "rows"
    assert data == {"rows": [{"name": "乙"}]}
    row_command(data, "add:rows")
    assert data == {"rows": [{"name": "乙"}, {}]}
    assert row_command(data, "remove:rows.9") == ""
    assert row_command(data, "nonsense") == ""


def test_wrong_value_is_shown_as_typed_with_its_error() -> None:
    data = {"code": "911"}
    view = form_view(Small, data, validate(Small, data)[1])
    shown = view.find("code")
    assert shown is not None
    assert shown.text == "911"
    assert len(shown.errors) == 1


def test_example_data_survives_page_and_back() -> None:
    data = example()
    posted: list[tuple[str, str]] = []

    def walk(view: Any) -> None:
        if view.spec.kind in ("group", "table"):
            for inner in [*view.children, *(c for row in view.rows for c in row)]:
                walk(inner)
        elif view.spec.kind == "multi":
            posted.extend((view.name, v) for v in view.value or [])
        else:
            posted.append((view.name, view.text))

    for section in form_view(FORM, data).sections:
        for item in section.fields:
            walk(item)
    assert validate(FORM, parse(FORM, posted))[1] == []


# ---- differences ---------------------------------------------------------------------------------


def test_words_of_a_text_are_compared() -> None:
    found = [(p.state, p.text) for p in pieces("装机容量 700 kW", "装机容量 799.92 kW")]
    assert found == [("same", "装机容量 "), ("removed", "700"), ("added", "799.92"), ("same", " kW")]


@pytest.mark.parametrize(("old", "new"), [
    ("长" * 50_000, "长" * 49_999 + "短"), ("一二" * 3000, "二一" * 3000), ("a b " * 5000, "b a " * 5001), ("", "长" * 50_000),
    ("".join(chr(0x4E00 + n % 7) for n in range(9000)), "".join(chr(0x4E00 + n % 11) for n in range(9000))),
])  # fmt: skip
def test_texts_made_to_be_slow_are_compared_soon_and_nothing_of_them_is_lost(old: str, new: str) -> None:
    """What one person typed must not keep the page of another from being shown."""
    began = time.process_time()
    found = pieces(old, new)
    assert time.process_time() - began < 3
    assert "".join(p.text for p in found if p.state != "added") == old
    assert "".join(p.text for p in found if p.state != "removed") == new


def test_comparison_names_only_the_words_that_changed_wherever_they_stand() -> None:
    found = [(p.state, p.text) for p in pieces("容量 700 kW，共 3 台", "容量 799.92 kW，分 3 台")]
    assert found == [
        ("same", "容量 "), ("removed", "700"), ("added", "799.92"), ("same", " kW，"), ("removed", "共"), ("added", "分"),
        ("same", " 3 台"),
    ]  # fmt: skip
    assert [(p.state, p.text) for p in pieces("一", "一")] == [("same", "一")]
    assert pieces("", "") == []


def test_cells_of_a_table_are_compared_and_numbers_by_value() -> None:
    old = {"rows": [{"name": "甲", "pct": "50"}, {"name": "乙", "pct": "50.00"}]}
    new = {"rows": [{"name": "甲", "pct": 60}, {"name": "乙", "pct": "50"}, {"name": "丙", "pct": "1"}]}
    change = diff(Small, old, new)[0]
    assert [(r.number, r.state) for r in change.rows] == [(1, "changed"), (2, "same"), (3, "added")]
    assert [c.spec.name for c in change.rows[0].cells if c.changed] == ["pct"]


def test_same_form_has_no_difference() -> None:
    assert diff(FORM, example(), example()) == []


def test_two_writers_keep_what_each_changed() -> None:
    base = {"title": "旧", "way": "a", "rows": []}
    theirs, mine = copy.deepcopy(base) | {"way": "b"}, copy.deepcopy(base) | {"title": "新"}
    clashes = three_way(Small, base, theirs, mine)
    assert [(c.path, c.both, c.pick) for c in clashes] == [("title", False, "mine"), ("way", False, "theirs")]
    assert merged(theirs, clashes, {}) == {"title": "新", "way": "b", "rows": []}


@pytest.mark.rule("M10")
def test_personal_fields_are_masked_and_others_are_not() -> None:
    data = example()
    hidden = masked(FORM, data)
    assert hidden["applicant"]["legal_rep_id_no"] != data["applicant"]["legal_rep_id_no"]
    assert "*" in hidden["applicant"]["contact_mobile"]
    assert hidden["project"] == data["project"]


@pytest.mark.parametrize("key", sorted(k for k, spec in PROCEDURES.items() if spec.form is not None))
def test_no_two_sections_of_a_form_are_called_the_same(key: str) -> None:
    names = [(s.part.zh, s.title.zh) for s in form_view(PROCEDURES[key].form, {}).sections]
    assert len(set(names)) == len(names)


def test_numbers_and_days_of_a_page_are_taken_as_people_write_them() -> None:
    typed = [
        ("project.scale_kw", "１，２５０ kW"),
        ("project.est_annual_t", "9,805.5吨"),
        ("project.est_total_t", "1,5"),
        ("project.commenced_on", "2025.3.1"),
    ]
    assert parse(FORM, typed)["project"] == {
        "scale_kw": "1250",
        "est_annual_t": "9805.5",
        "est_total_t": "1,5",
        "commenced_on": "2025-03-01",
    }
