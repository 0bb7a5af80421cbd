"""The stages ahead of a case: what is optional is there only where it was asked for."""

from typing import Any

import pytest
from sqlmodel import Session

from services.access import actor_of
from services.reading.forecast import forecast
from services.reading.status import overview
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


@pytest.mark.rule("G18", "J06")
@pytest.mark.parametrize(
    ("mode", "stages"),
    [
        ("third_party_mall", ["formal_review", "assessment", "bureau_report", "agreement", "connection"]),
        ("other", ["formal_review", "assessment", "agreement", "connection"]),
        ("event", ["formal_review", "assessment", "event_schedule", "event", "activity_report"]),
    ],
)
def test_way_of_joining_the_mall_says_which_stages_are_ahead(
    session: Session, mode: str, stages: list[str]
) -> None:
    assert ahead(session, {"mode": mode}, "formal_review", "mall_onboarding") == stages
    assert ahead(session, {"mode": "other"}, "", "mall_onboarding")[0] == "mode_confirmation"


@pytest.mark.rule("G18", "J06")
def test_applicant_sees_the_steps_that_the_application_itself_asks_for(session: Session) -> None:
    user = factories.user(session, "merchant")
    case = factories.case(
        session, user, status="in_progress", stage="formal_review", form={"mode": "other"},
        procedure="mall_onboarding",
    )  # fmt: skip
    shown = [s.key for s in overview(session, actor_of(user), case).steps]
    assert shown[-3:] == ["assessment", "agreement", "connection"]
