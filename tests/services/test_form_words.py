"""Words around the fields of a form: headings and units in English, defects that can be told apart."""

import re
from typing import Any

import pytest

from api.forms import display, form_view
from models.procedures import PROCEDURES, procedure
from models.vocabulary.forms import Form
from models.vocabulary.headings import HEADINGS, UNITS, heading, unit_of
from services.form_diff import diff
from services.form_fields import FieldSpec, field_of, fields_of
from services.forms import validate

HAN = re.compile(r"[\u4e00-\u9fff]")
FORM, SCENARIO = procedure("project_application").form, procedure("scenario_application").form


def _all(form: type[Form]) -> list[FieldSpec]:
    found = list(fields_of(form))
    return found + [inner for spec in found if spec.group is not None for inner in _all(spec.group)]


def _forms() -> list[type[Form]]:
    specs = PROCEDURES.values()
    answers = {t.form for p in specs for t in p.tasks if t.form is not None}
    return [p.form for p in specs if p.form is not None] + sorted(answers, key=lambda f: f.__name__)


@pytest.mark.parametrize("form", _forms(), ids=lambda f: f.__name__)
def test_heading_and_unit_of_every_field_has_its_english(form: type[Form]) -> None:
    for spec in _all(form):
        assert not HAN.search(heading(spec.section).en), spec.section
        assert not HAN.search(unit_of(spec.unit).en), spec.unit


@pytest.mark.parametrize("key", sorted(k for k, spec in PROCEDURES.items() if spec.form is not None))
def test_sections_are_called_in_english_with_the_same_number(key: str) -> None:
    form = PROCEDURES[key].form
    assert form is not None
    for section in form_view(form, {}).sections:
        assert not HAN.search(section.title.en + section.part.en), section.title


def test_amount_is_read_with_its_unit_in_the_language_of_the_page() -> None:
    spec = field_of(FORM, "applicant.registered_capital_wan")
    assert spec is not None
    assert (display(spec, "2000", "zh"), display(spec, "2000", "en")) == ("2000 万元", "2000 CNY 10,000")


def test_change_names_its_section_in_english() -> None:
    (change,) = diff(FORM, {"project": {"project_name": "甲"}}, {"project": {"project_name": "乙"}})
    assert change.section.en == "2 The project"


def test_no_heading_and_no_unit_is_kept_that_no_form_uses() -> None:
    used = {re.sub(r"^[\d.]+ ", "", s.section) for f in _forms() for s in _all(f)}
    assert set(HEADINGS) <= used
    assert set(UNITS) <= {s.unit for f in _forms() for s in _all(f)} | {"日"}


def _told(form: type[Form], data: dict[str, Any]) -> dict[str, Any]:
    return {p.loc: p.msg for p in validate(form, data)[1]}


def test_date_to_come_names_its_field() -> None:
    told = _told(FORM, {"applicant": {"established_on": "2999-12-31"}})["applicant.established_on"]
    assert told.zh == "“成立日期”：日期不能晚于今天。"
    assert told.en.endswith(": the date must not be later than today.")


def test_same_question_in_several_groups_names_the_group() -> None:
    told = _told(SCENARIO, {})
    asked = [m.zh for loc, m in told.items() if loc.startswith("readiness.") and "是否具备" in m.zh]
    assert len(asked) > 1
    assert len(set(asked)) == len(asked)


def test_defect_in_a_table_names_its_row() -> None:
    rows = [{"name": "组件"}, {"name": ""}, {"name": "逆变器", "count": "-1"}]
    told = _told(FORM, {"design": {"equipment": rows}})
    assert "第 2 项：请填写“设备名称”" in told["design.equipment.1.name"].zh
    assert all(m.en for m in told.values())
