"""The pictures of the README, taken anew only when asked: `PUHUI_PICTURES=1`.

They show the demonstration data on the real calendar, as somebody sees it who has just started the system.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from runtime.client import Player
from tests.e2e.conftest import DESKTOP
from tests.system import PASSWORD, System, running

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
LARGEST = 250 * 1024

pytestmark = pytest.mark.skipif(
    os.environ.get("PUHUI_PICTURES") != "1", reason="pictures are taken with PUHUI_PICTURES=1"
)
Take = Callable[..., None]


@pytest.fixture(scope="module")
def seeded() -> Iterator[System]:
    """A fresh system with the real calendar (`PICTURES_ADDRESS` names one that runs already)."""
    if address := os.environ.get("PICTURES_ADDRESS"):
        yield System(address, PASSWORD)
        return
    with tempfile.TemporaryDirectory(prefix="puhui-pictures-") as folder, running(Path(folder), "") as found:
        yield found


@pytest.fixture
def take(chromium: Browser, seeded: System) -> Iterator[Take]:
    """Takes a page as somebody sees it: `take("task", "intake", "/tasks/…")`."""
    pages: dict[str, Page] = {}

    def one(name: str, who: str, path: str, ready: str = "h1") -> None:
        page = pages.get(who) or _page(chromium, seeded, who)
        pages[who] = page
        page.goto(path)
        page.locator(ready).first.wait_for()
        page.wait_for_timeout(500)  # fonts and what htmx brings
        file = FOLDER / f"{name}.png"
        page.screenshot(path=file)
        assert file.stat().st_size < LARGEST

    yield one
    for page in pages.values():
        page.context.close()


def _page(chromium: Browser, seeded: System, who: str) -> Page:
    context = chromium.new_context(viewport=DESKTOP, locale="zh-CN", base_url=seeded.address)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/login")
    if who:
        page.get_by_label("用户名").fill(who)
        page.get_by_label("密码").fill(seeded.password)
        page.get_by_role("button", name="登录").click()
        page.wait_for_selector(".user-menu")
    return page


def test_pictures_are_taken(take: Take, seeded: System) -> None:
    player = Player(seeded.address, seeded.password)
    cases: list[dict[str, Any]] = player.get("/cases", "supervisor", limit=100)["items"]
    at = {(c["stage"], c["status"]): str(c["case_no"]) for c in cases}
    review = player.task_of(at["formal_review", "submitted"], "formal_review")
    mine = {c["status"]: str(c["case_no"]) for c in player.get("/cases", "applicant", limit=50)["items"]}
    asked = mine["waiting_applicant"]
    form = next(d for d in player.case(asked, "applicant")["documents"] if d["title"] == "受理通知书")
    notice = player.get("/public/notices", state="open", limit=1)["items"][0]["id"]
    take("landing", "", "/")
    take("login", "", "/login")
    take("notice", "", f"/notices/{notice}")
    take("form", "applicant", f"/cases/{mine['draft']}/edit?section=s2")
    take("applicant", "applicant", f"/cases/{asked}")
    take("document", "applicant", f"/cases/{asked}/documents/{form['id']}", "section.docx")
    take("workbench", "supervisor", "/tasks?queue=all")
    take("task", "intake", f"/tasks/{review['id']}")
    take("panel", "supervisor", f"/panels/{at['expert_review', 'in_progress']}")
    player.close()
