"""The example of a form at hand while one tries the system out."""

import pytest

from services.session import transaction
from services.settings import settings
from tests.api import case_world


@pytest.fixture
def applicant(browser, database):
    with transaction() as session:
        person = case_world.filer(session)
    return browser(user=person)


def _draft(applicant, form) -> str:
    body = {"procedure": "project_application", "form": form}
    return case_world.number_of(applicant.post("/api/v1/cases", json=body))


def _form_of(applicant, no: str) -> dict:
    return dict(applicant.get(f"/api/v1/cases/{no}").json()["form"])


def test_example_fills_what_is_empty_and_keeps_what_is_typed(applicant) -> None:
    no = _draft(applicant, {"applicant": {"contact_name": "王小明", "registered_address": ""}})
    answer = applicant.post(f"/cases/{no}/example", {"_section": "s2"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{no}/edit?section=s2&saved=1")
    form = _form_of(applicant, no)
    assert form["applicant"]["contact_name"] == "王小明"
    assert form["applicant"]["registered_address"] == case_world.form()["applicant"]["registered_address"]
    assert "填入示例" in applicant.get(f"/cases/{no}/edit").text


def test_example_is_not_there_without_demonstration_accounts(applicant, monkeypatch) -> None:
    no = _draft(applicant, {})
    monkeypatch.setattr(settings(), "demo_password", "")
    assert applicant.post(f"/cases/{no}/example").status_code == 404
    assert "填入示例" not in applicant.get(f"/cases/{no}/edit").text
