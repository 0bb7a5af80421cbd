"""A draft saved in two windows: both versions side by side, and a choice nobody makes for the applicant."""

import re
from typing import Any

import pytest

from services.session import transaction
from tests.api import case_world as world
from tests.api.test_cases_pages import hidden, started


@pytest.fixture
def applicant(browser: Any) -> Any:
    with transaction() as session:
        person = world.filer(session)
    return browser(user=person)


def test_two_windows_are_shown_side_by_side_and_merged(applicant: Any) -> None:
    no = started(applicant)
    page = applicant.get(f"/cases/{no}/edit").text
    base = hidden(page, "_base")
    applicant.post(
        f"/cases/{no}/edit",
        {
            "_version": "1",
            "_section": "s1",
            "applicant.applicant_name": "对方",
            "applicant.postcode": "200000",
        },
    )
    clash = applicant.post(
        f"/cases/{no}/edit",
        {"_version": "1", "_section": "s1", "_base": base, "applicant.applicant_name": "本人"},
    )
    assert clash.status_code == 412
    assert all(word in clash.text for word in ("原值", "对方改为", "您改为", "对方", "本人", "双方都改了"))
    sent = {"_version": hidden(clash.text, "_version"), "_section": "s1", "_base": base}
    sent |= {"_mine": hidden(clash.text, "_mine"), "pick.applicant.postcode": "theirs"}
    unsaid = applicant.post(f"/cases/{no}/merge", sent)  # what both changed nobody else chooses
    assert (unsaid.status_code, "请选择保留哪一个" in unsaid.text) == (422, True)
    assert picked(unsaid.text).get("applicant.postcode") == "theirs"
    assert "applicant.applicant_name" not in picked(unsaid.text)
    stale = applicant.post(
        f"/cases/{no}/merge", sent | {"_version": "1", "pick.applicant.applicant_name": "theirs"}
    )
    assert stale.status_code == 412
    assert picked(stale.text) == picked(unsaid.text) | {"applicant.applicant_name": "theirs"}
    merged = applicant.post(
        f"/cases/{no}/merge",
        {
            "_version": hidden(clash.text, "_version"),
            "_section": "s1",
            "_base": base,
            "_mine": hidden(clash.text, "_mine"),
            "pick.applicant.applicant_name": "mine",
            "pick.applicant.postcode": "theirs",
        },
    )
    assert merged.status_code == 303
    form = applicant.get(f"/api/v1/cases/{no}").json()["form"]["applicant"]
    assert (form["applicant_name"], form["postcode"]) == ("本人", "200000")


def picked(html: str) -> dict[str, str]:
    """The choices a page of two versions has marked."""
    return dict(re.findall(r'name="pick\.([\w.]+)" value="(\w+)" checked', html))
