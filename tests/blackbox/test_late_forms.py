"""Pages in a browser without JavaScript: what was typed survives an ended session, a clash and a defect."""

from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser

import httpx
import pytest

from tests.blackbox.play import case_of, draft, example_form
from tests.system import System, hidden_fields


class Forms(HTMLParser):
    """The forms of a page: action, method, and the fields as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []
        self.area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), given.get("method", "get").lower(), {}))
        if not self.found or not given.get("name"):
            return
        fields = self.found[-1][2]
        if tag == "input" and given.get("type") not in {"radio", "checkbox", "file", "submit"}:
            fields[given["name"]] = given.get("value", "")
        elif tag == "input" and "checked" in given:
            fields[given["name"]] = given.get("value", "on")
        elif tag == "textarea":
            self.area = given["name"]
            fields[self.area] = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.found[-1][2][self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area:
            fields = self.found[-1][2]
            fields[self.area] = fields[self.area].removeprefix("\n")  # as browsers do
            self.area = None


def form_with(html: str, field: str) -> tuple[str, dict[str, str]]:
    """Action and fields of the form that has this field."""
    return next((action, fields) for action, _, fields in Forms(html).found if field in fields)


@pytest.fixture
def browser(system: System) -> Iterator[httpx.Client]:
    with closing(system.browser("applicant")) as client:
        yield client


NAME = "applicant.applicant_name"


def _edit(browser: httpx.Client, case_no: str) -> tuple[str, dict[str, str]]:
    """Action and fields of the first section of a draft."""
    page = browser.get(f"/cases/{case_no}/edit")
    assert page.status_code == 200
    return form_with(page.text, NAME)


def test_session_that_ended_in_the_middle_of_a_form_loses_nothing(
    system: System, browser: httpx.Client
) -> None:
    case_no = draft(system, example_form(system), papers=False)
    action, fields = _edit(browser, case_no)
    fields[NAME] = "写到一半的单位名称 <b>&"
    browser.cookies.clear()  # the session has ended
    refused = browser.post(
        action, data=fields, headers={"Referer": f"{browser.base_url}/cases/{case_no}/edit"}
    )
    assert refused.status_code == 401
    login, kept = form_with(refused.text, "password")
    assert any(len(v) > 50 for v in kept.values()), "the page carries what was typed"
    answer = browser.post(
        login or "/login", data=kept | {"username": "applicant", "password": system.password}
    )
    page = answer if answer.status_code == 200 else browser.get(answer.headers["location"])
    assert "写到一半的单位名称 &lt;b&gt;&amp;" in page.text
    action, again = form_with(page.text, NAME)
    assert browser.post(action, data=again).status_code in {200, 303}
    assert case_of(system, case_no)["form"]["applicant"]["applicant_name"] == "写到一半的单位名称 <b>&"


def test_form_of_another_site_is_refused(system: System, browser: httpx.Client) -> None:
    case_no = draft(system, {}, papers=False)
    answer = browser.post(
        f"/cases/{case_no}/edit",
        data={"project.project_name": "x"},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert case_of(system, case_no)["form"] == {}


def test_draft_changed_elsewhere_shows_both(system: System, browser: httpx.Client) -> None:
    case_no = draft(system, example_form(system), papers=False)
    action, fields = _edit(browser, case_no)
    other = example_form(system)
    other["applicant"]["applicant_name"] = "别处保存的名称"
    version = str(case_of(system, case_no)["version"])
    put = system.as_("applicant").put(f"/cases/{case_no}/form", json=other, headers={"If-Match": version})
    assert put.status_code == 200
    answer = browser.post(action, data=fields | {NAME: "这里填写的名称"}, follow_redirects=True)
    assert "这里填写的名称" in answer.text
    assert "别处保存的名称" in answer.text


def test_pages_of_others_do_not_exist(system: System) -> None:
    case_no = draft(system, {}, papers=False)
    with closing(system.browser("operator")) as other:
        for page in ("", "/edit", "/check", "/declare"):
            assert other.get(f"/cases/{case_no}{page}").status_code == 404, page


def test_sign_out_ends_the_session(browser: httpx.Client) -> None:
    home = browser.get("/home", follow_redirects=True)
    assert home.status_code == 200
    token = browser.cookies["puhui_session"]
    csrf = hidden_fields(home.text)["csrf"]
    assert browser.post("/logout", data={"csrf": csrf}).status_code == 303
    with httpx.Client(
        base_url=browser.base_url, trust_env=False, timeout=90, cookies={"puhui_session": token}
    ) as thief:
        assert thief.get("/home").status_code in {303, 401}


def test_no_page_sends_people_to_another_site(browser: httpx.Client, system: System) -> None:
    browser.cookies.clear()
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        page = browser.get("/login", params={"next": target})
        _, fields = form_with(page.text, "password")
        answer = browser.post("/login", data=fields | {"username": "applicant", "password": system.password})
        assert "evil" not in answer.headers.get("location", "")
        browser.cookies.clear()


@pytest.mark.parametrize("text", ["a\0b", "\0", "甲" * 100_000])
def test_odd_text_in_a_page_is_told_or_kept(system: System, browser: httpx.Client, text: str) -> None:
    case_no = draft(system, example_form(system), papers=False)
    action, fields = _edit(browser, case_no)
    answer = browser.post(action, data=fields | {NAME: text}, follow_redirects=True)
    assert answer.status_code < 500
