"""A new draft begins with what is known of its filer: as registered, then as it described itself last."""

from typing import Any

import pytest
from sqlmodel import select

from models.tables import Case, Party
from services.session import reading, transaction
from tests.api import case_world


@pytest.fixture
def filer(browser: Any) -> Any:
    with transaction() as session:
        row = case_world.filer(session)
        session.get_one(Party, row.party_id).address = "上海市黄浦区示例路1号"
    return browser(user=row)


def _applicant(filer: Any, procedure: str) -> tuple[str, dict[str, Any]]:
    answer = filer.post("/cases/new", {"procedure": procedure})
    where = answer.headers["location"]
    with reading() as session:
        case = session.exec(select(Case).where(Case.case_no == where.split("/")[2])).one()
        return where, case.form.get("applicant", {})


@pytest.mark.parametrize("procedure", ["project_application", "scenario_application"])
def test_the_first_draft_has_what_is_registered(filer: Any, procedure: str) -> None:
    where, applicant = _applicant(filer, procedure)
    with reading() as session:
        party = session.get_one(Party, filer.user.party_id)
        name, code = party.name, party.uscc
    assert applicant["applicant_name"] == name
    assert applicant["registered_address"] == "上海市黄浦区示例路1号"
    assert applicant.get("applicant_uscc") == code
    page = filer.get(where).text
    assert "请核对后继续填写" in page
    assert name in page or procedure == "scenario_application"  # there the applicant is not the first part


def test_the_next_draft_has_what_was_filed_last(filer: Any) -> None:
    case_no = case_world.filed(filer)
    _, applicant = _applicant(filer, "project_application")
    with reading() as session:
        last = session.exec(select(Case).where(Case.case_no == case_no)).one()
        assert applicant == last.form["applicant"]
    assert applicant["contact_name"]
    _, other = _applicant(filer, "scenario_application")
    assert set(other) <= {"applicant_name", "applicant_uscc", "registered_address"}


def test_a_program_that_sends_an_empty_form_has_an_empty_draft(filer: Any) -> None:
    made = filer.post("/api/v1/cases", json={"procedure": "project_application", "form": {}})
    with reading() as session:
        case = session.exec(select(Case).where(Case.case_no == made.json()["case_no"])).one()
        assert case.form == {}
