"""Characters that look like digits and are none a program counts with: refused or passed over, never an error of ours."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from models.procedures import PROCEDURES
from models.procedures.project_application_forms import ProjectApplicationForm
from models.vocabulary.errors import Invalid
from models.vocabulary.forms import example_data
from models.vocabulary.types import check_cn_id, check_mobile
from models.vocabulary.whole import is_whole, whole
from services import redaction
from services.monitoring import typed_table
from services.session import transaction
from tests.api import case_world as world
from tests.api.test_cases_pages import started

ODD = ["²", "①", "٣", "9" * 5000]


@pytest.fixture
def applicant(browser: Any) -> Any:
    with transaction() as session:
        person = world.filer(session)
    return browser(user=person)


@pytest.mark.parametrize("odd", ODD)
def test_a_number_is_of_plain_digits_and_not_endless(odd: str) -> None:
    assert (is_whole(odd), whole(odd, 7), whole("012")) == (False, 7, 12)


@pytest.mark.parametrize("odd", ["²²²²", "٢٠٢٦"])
def test_the_register_passes_over_a_year_that_is_none(client: Any, odd: str) -> None:
    assert client.get(f"/projects?year={odd}").status_code == 200


@pytest.mark.parametrize("odd", ODD)
def test_a_row_of_a_form_that_is_none_is_passed_over(applicant: Any, odd: str) -> None:
    at = f"/cases/{started(applicant)}/edit"
    sent = {"_version": "1", "_section": "s4", f"design.equipment.{odd}.name": "组件"}
    assert applicant.post(at, sent | {"_rows": f"remove:design.equipment.{odd}"}).status_code == 303
    assert applicant.post(at, sent | {"_version": odd}).status_code in (303, 409, 412)


def test_personal_data_of_a_row_that_is_none_is_not_there(applicant: Any, browser: Any) -> None:
    no = started(applicant)
    sent = {"_version": "1", "_section": "s4", "design.equipment.0.name": "组件"}
    assert applicant.post(f"/cases/{no}/edit", sent).status_code == 303
    for odd in ODD:
        asked = {"case_no": no, "path": f"design.equipment.{odd}.name", "reason": "核对设备"}
        assert applicant.post("/personal-data", asked).status_code == 404


@pytest.mark.parametrize("odd", [*ODD, "--5"])
def test_numbers_typed_by_staff_are_refused_at_their_field(browser: Any, odd: str) -> None:
    admin, bureau = browser("admin"), browser("bureau")
    typed = {"value": odd, "effective_from": "2099-01-01", "reason": "试"}
    assert admin.post("/admin/limits/formal_review_wd", typed).status_code == 422
    assert bureau.post("/experts", {"user": odd, "reason": "聘任"}).status_code in (404, 422)
    assert admin.post("/admin/calendar", {"year": odd}).status_code in (200, 422)


def test_a_limit_is_proposed_with_number_and_day_as_people_write_them(browser: Any) -> None:
    admin = browser("admin")
    typed = {"value": "６", "effective_from": "2099.1.1", "reason": "试行"}
    assert admin.post("/admin/limits/formal_review_wd", typed | {"_do": "preview"}).status_code == 200
    told = admin.post("/admin/limits/formal_review_wd", typed | {"effective_from": "明天"})
    assert (told.status_code, "请填写生效日期（如 2026-12-01）" in told.text) == (422, True)


@pytest.mark.parametrize("odd", ["²", "9" * 5000])
def test_days_for_a_task_are_refused_when_they_are_none(applicant: Any, browser: Any, odd: str) -> None:
    task = world.asked(world.filed(applicant), "formal_review")
    told = browser("supervisor").post(f"/tasks/{task}/extend", {"days": odd, "reason": "材料较多"})
    assert (told.status_code, "请填写延长的工作日数" in told.text) == (422, True)


@pytest.mark.parametrize("odd", ["2026-02-30", "٢٠٢٦-٠١-٠١"])
def test_a_day_that_is_none_is_published_as_it_was_written(odd: str) -> None:
    form = world.form()
    form["project"]["project_name"] = odd
    text = redaction.public_text("project_application", form, case_no="XM-1", release={"title": "公示"})
    assert odd in str(text["sections"])


@pytest.mark.parametrize("odd", ["20٢٦-01", "20²6-01"])
def test_a_month_that_is_none_is_told(odd: str) -> None:
    assert typed_table.named(odd) == []
    with pytest.raises(Invalid):
        typed_table.chosen(odd, odd)


def patterns(schema: Any) -> Iterator[str]:
    """Every pattern a schema holds values against."""
    for key, value in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if key == "pattern" and isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            yield from patterns(value)


def test_no_pattern_of_a_form_or_of_the_interface_takes_other_scripts_digits() -> None:
    from api.app import app

    forms = {s.form for s in PROCEDURES.values()} | {
        t.form for s in PROCEDURES.values() for t in s.tasks if t.form
    }
    schemas = [app.openapi(), *(form.model_json_schema() for form in forms)]
    found = {pattern for schema in schemas for pattern in patterns(schema)}
    assert r"^[0-9]{6}$" in found
    assert [p for p in sorted(found) if r"\d" in p or r"\w" in p] == []


@pytest.mark.parametrize("month", ["２０２５-０１", "20٢٥-01", "20２５-01", "2025-0１"])
def test_month_of_a_reading_is_of_plain_digits(month: str) -> None:
    form = copy.deepcopy(example_data(ProjectApplicationForm))
    form["design"]["readings"][0]["month"] = month
    with pytest.raises(ValidationError) as caught:
        ProjectApplicationForm.model_validate(form)
    assert ("design", "readings", 0, "month") in {e["loc"] for e in caught.value.errors()}


@pytest.mark.parametrize(
    ("check", "typed"),
    [(check_mobile, "1٣800138000"), (check_mobile, "138００138000"), (check_cn_id, "31019919780312017٢")],
)
def test_numbers_of_persons_are_of_plain_digits(check: Any, typed: str) -> None:
    with pytest.raises(ValueError, match="不正确"):
        check(typed)
