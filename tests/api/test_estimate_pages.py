"""The recomputed reduction on the applicant's check page and beside the officer's task."""

from typing import Any

import pytest

from services.session import transaction
from tests.api import case_world

CLAIMED_TOO_MUCH = ("申报高于复算 0.102 t", "355.947 tCO₂e", "356.049 tCO₂e", "847,736.00 kWh")


@pytest.fixture
def filer(browser: Any) -> Any:
    with transaction() as session:
        row = case_world.filer(session)
    return browser(user=row)


def draft(filer: Any, **meter: Any) -> str:
    form = case_world.form()
    form["design"]["meters"][0] |= meter
    answer = filer.post("/api/v1/cases", json={"procedure": "project_application", "form": form})
    return case_world.number_of(answer)


def missing(html: str, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word not in html]


def test_check_page_holds_the_claim_against_the_readings(filer: Any) -> None:
    html = filer.get(f"/cases/{draft(filer)}/check").text
    assert (
        missing(html, (*CLAIMED_TOO_MUCH, "减排量复算", "已核实", "假设", "第 12 行的计量表超过检定有效期"))
        == []
    )


def test_check_page_says_when_claim_and_readings_agree(filer: Any) -> None:
    html = filer.get(f"/cases/{draft(filer, valid_to='2026-11-30')}/check").text
    assert missing(html, ("复算减排量", "356.049 tCO₂e", "一致")) == []
    assert "申报高于复算" not in html


def test_check_page_of_an_empty_draft_has_no_recomputation(filer: Any) -> None:
    answer = filer.post("/api/v1/cases", json={"procedure": "project_application", "form": {}})
    page = filer.get(f"/cases/{case_world.number_of(answer)}/check")
    assert (page.status_code, "减排量复算" in page.text) == (200, False)


def test_desk_shows_the_officer_the_difference(browser: Any, filer: Any) -> None:
    task = case_world.asked(case_world.filed(filer), "formal_review", "formal_review")
    html = browser("intake").get(f"/tasks/{task}").text
    assert missing(html, (*CLAIMED_TOO_MUCH, "申报偏高", "仅供核对")) == []
    recomputed = html[html.index('id="estimate"') :].partition("</details>")[0]
    assert "kgCO₂/kWh" in recomputed
    assert "CO2" not in recomputed  # units as the letters have them


def test_english_desk_has_english_words(browser: Any, filer: Any) -> None:
    task = case_world.asked(case_world.filed(filer), "formal_review", "formal_review")
    me = browser("intake")
    html = me.get(f"/tasks/{task}", headers={"Cookie": f"puhui_session={me.token}; lang=en"}).text
    assert missing(html, ("claimed 0.102 t too much", "Grid emission factor", "verified", "Recomputed")) == []
