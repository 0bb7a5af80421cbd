"""axe-core on every main page, also where it is empty, refuses or disagrees; and no page wider than a telephone."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from runtime.client import Player
from tests.e2e import stage
from tests.e2e.conftest import SignIn

AXE = Path(__file__).parents[2] / "api" / "static" / "vendor" / "axe.min.js"
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.flatMap(v => v.nodes.slice(0, 4).map(n => `${v.id}: ${n.target.join(' ')} ${n.html.slice(0, 120)}`));
}"""
#: Elements that stick out to the right of the window, for the message.
WIDER = """() => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 6).map(e => e.outerHTML.slice(0, 120))"""

PUBLIC = ("/", "/login", "/notices", "/notices?q=nothing-is-called-so", "/notices/1", "/projects",
          "/projects?q=nothing-is-called-so", "/projects/{project}", "/verify", "/nothing-here")  # fmt: skip
APPLICANT = ("/home", "/cases", "/cases?q=nothing-is-called-so", "/cases/new", "/cases/{bare}/edit",
             "/cases/{bare}/edit?section=s5", "/cases/{draft}/edit?section=s6", "/cases/{draft}/edit?section=s8",
             "/cases/{draft}/materials", "/cases/{bare}/check", "/cases/{draft}/check", "/cases/{draft}/declare",
             "/cases/{correction}", "/cases/{filed}/form", "/cases/{filed}/submitted", "/cases/{panel}",
             "/cases/{filed}/withdraw", "/notifications", "/account", "/tasks/{triage}")  # fmt: skip
OFFICER = ("/home", "/tasks", "/tasks?queue=queue", "/tasks?queue=waiting", "/tasks?queue=archive", "/tasks?queue=all",
           "/tasks?queue=recent", "/tasks?q=nothing-is-called-so", "/staff/cases", "/staff/cases/{panel}",
           "/panels/{panel}", "/experts", "/tasks/{formal}", "/tasks/{triage}")  # fmt: skip
INTAKE = ("/tasks?queue=queue", "/tasks/{formal}")
EXPERT = ("/tasks", "/tasks/{opinion}", "/tasks?queue=archive")
ADMIN = ("/admin", "/admin/stalled", "/admin/audit", "/admin/limits", "/admin/calendar", "/admin/statistics",
         "/admin/users", "/admin/ets")  # fmt: skip

WALKS = {
    "": PUBLIC,
    "applicant": APPLICANT,
    "officer": OFFICER,
    "intake": INTAKE,
    "expert": EXPERT,
    "admin": ADMIN,
}


@pytest.fixture(scope="module")
def known(player: Player) -> dict[str, Any]:
    """Numbers for the addresses."""
    played = stage.play(player)
    done = player.get("/tasks", "officer", queue="archive", limit=1)["items"]
    formal = player.task_of(played.filed, "formal_review")["id"]
    project = player.get("/public/projects", limit=1)["items"][0]["number"]
    return {**vars(played), "formal": formal, "triage": done[0]["id"], "project": project}


def violations(page: Page) -> list[str]:
    """What axe has to say about the page as it is."""
    page.add_script_tag(path=str(AXE))
    found: list[str] = page.evaluate(RUN)
    return found


@pytest.mark.parametrize("who", WALKS, ids=lambda who: who or "public")
def test_pages_have_no_violations(who: str, sign_in: SignIn, known: dict[str, Any]) -> None:
    page = sign_in(known["expert"] if who == "expert" else who, bypass_csp=True)
    found: list[str] = []
    for path in WALKS[who]:
        page.goto(path.format(**known))
        found += [f"{path} {wrong}" for wrong in violations(page)]
    assert not found, "\n".join(found)


def test_a_form_with_defects_has_no_violations(sign_in: SignIn, known: dict[str, Any]) -> None:
    page = sign_in("intake", bypass_csp=True)
    page.goto(f"/tasks/{known['formal']}")
    page.get_by_role("button", name="添加补正事项").click()
    page.locator('[name="_outcome"][value="request_correction"]').check()
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_selector("#problems")
    assert violations(page) == []


def test_a_conflict_page_has_no_violations(sign_in: SignIn, player: Player) -> None:
    case_no = player.file("project_application")
    task = player.task_of(case_no, "formal_review")
    page = sign_in("intake", bypass_csp=True)
    page.goto(f"/tasks/{task['id']}")
    player.complete(task["id"], "intake", "accept")
    page.locator('[name="_outcome"][value="accept"]').check()
    page.get_by_role("button", name="提交", exact=True).click()
    page.get_by_role("heading", name="您填写的内容").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("who", ["", "applicant", "expert"], ids=lambda who: who or "public")
def test_no_page_is_wider_than_a_telephone(who: str, sign_in: SignIn, known: dict[str, Any]) -> None:
    page = sign_in(
        known["expert"] if who == "expert" else who, viewport={"width": 390, "height": 844}, is_mobile=True
    )
    wide = {}
    for path in WALKS[who]:
        page.goto(path.format(**known))
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wide[path] = page.evaluate(WIDER)
    assert wide == {}
