"""The register of projects in numbers: what is over is listed, and not part of what is expected."""

from typing import Any

import pytest

from models.tables import Project
from services import notices, projects
from services.session import transaction
from tests import public_rows as rows


@pytest.mark.rule("G15")
def test_total_of_the_register_leaves_out_what_is_over(client: Any):
    with transaction() as session:
        made = rows.a_notice(session)
        case = rows.case_of(session, made)
        notices.close_publicity(session, case, 1, rows.at(rows.OVER))
        live = projects.publish(session, case)
        live.est_annual_g = 356_049_000
    page = client.get("/projects").text
    assert "碳普惠减排项目和减排场景 1 个，预计年减排量合计 356.049 tCO₂e。" in page
    for n, state in enumerate(("suspended", "closed", "deregistered"), 1):
        with transaction() as session:
            like = projects.one(session, live.number).model_dump(exclude={"id", "number", "case_id", "state"})
            other = {
                **like,
                "number": f"{live.number}-{n}",
                "case_id": rows.a_case(session).id,
                "state": state,
            }
            session.add(Project(**{**other, "est_annual_g": 1_000_000}))
    page = client.get("/projects").text
    assert (
        "碳普惠减排项目和减排场景 2 个，预计年减排量合计 357.049 tCO₂e；另有 2 个计入期已结束或已注销，不计入合计。"
        in page
    )
    assert "共 4 个" in page  # the list still has them
    client.cookies.set("lang", "en")
    page = client.get("/projects").text
    client.cookies.clear()
    assert "2 approved projects and scenarios, together expected to save 357.049 tCO₂e a year; 2 more" in page
