"""The stages ahead of a case: what is optional is there only where it was asked for."""

from typing import Any

import pytest
from sqlmodel import Session

from services.reading.forecast import forecast
from tests import factories


def ahead(
    session: Session, form: dict[str, Any], stage: str = "publication", procedure: str = ""
) -> list[str]:
    user = factories.user(session, "applicant")
    case = factories.case(
        session,
        user,
        status="in_progress",
        stage=stage,
        form=form,
        procedure=procedure or "project_application",
    )
    return [s.stage for s in forecast(session, case)]


@pytest.mark.rule("G18")
def test_first_issuance_is_ahead_where_the_application_asks_for_it(session: Session) -> None:
    asked = {"project": {"apply_first_issuance": True}}
    assert ahead(session, asked) == ["publication", "first_issuance"]
    assert ahead(session, asked, "formal_review")[-2:] == ["publication", "first_issuance"]
    assert ahead(session, {"project": {"apply_first_issuance": False}}) == ["publication"]
    assert ahead(session, {}, "first_issuance") == ["first_issuance"]


def test_optional_stage_is_ahead_only_while_the_case_is_in_it(session: Session) -> None:
    assert "revision" not in ahead(session, {}, "quantity_review", "issuance")
    assert ahead(session, {}, "revision", "issuance")[0] == "revision"
