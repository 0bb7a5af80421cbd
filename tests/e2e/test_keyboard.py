"""An officer who has no mouse."""

from playwright.sync_api import Page, expect

from runtime.client import Player
from tests.e2e.conftest import SignIn


def _tab_to(page: Page, script: str, most: int = 120) -> None:
    """Press Tab until the focus is where the condition on `e` holds."""
    for _ in range(most):
        if page.evaluate(f"(() => {{ const e = document.activeElement; return {script}; }})()"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached with Tab: {script}")


def test_an_intake_officer_claims_and_accepts_with_the_keyboard(sign_in: SignIn, player: Player) -> None:
    case_no = player.file("project_application")
    task = player.task_of(case_no, "formal_review")
    page = sign_in("intake")
    page.goto(f"/tasks?queue=queue&q={case_no}")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("tr.is-here")).to_have_attribute("data-id", task["id"])
    with page.expect_navigation():
        page.keyboard.press("c")
    assert player.get(f"/tasks/{task['id']}", "intake")["assignee"] == "intake"
    page.goto(f"/tasks?q={case_no}")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("form#answer")
    _tab_to(page, "e.name === 'eligibility_confirmed' && e.type !== 'hidden'")
    page.keyboard.press("Space")
    _tab_to(page, "e.hasAttribute('data-tick-all')")
    page.keyboard.press("Enter")
    _tab_to(page, "e.name === '_outcome'")
    page.keyboard.press("Space")
    _tab_to(page, "e.name === '_do' && e.value === 'submit'")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".result-line")).to_contain_text("受理")


def test_slash_finds_the_search_and_the_question_mark_the_help(sign_in: SignIn) -> None:
    page = sign_in("officer")
    page.goto("/tasks")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_tab_reaches_the_content_first(sign_in: SignIn) -> None:
    page = sign_in("")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
