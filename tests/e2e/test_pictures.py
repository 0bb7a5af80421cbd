"""The pictures of the README, taken anew only when asked: `PUHUI_PICTURES=1`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from runtime.client import Player
from tests.e2e import stage
from tests.e2e.conftest import SignIn

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
LARGEST = 250 * 1024

pytestmark = pytest.mark.skipif(
    os.environ.get("PUHUI_PICTURES") != "1", reason="pictures are taken with PUHUI_PICTURES=1"
)


@pytest.fixture(scope="module")
def played(player: Player) -> Iterator[stage.Stage]:
    yield stage.play(player)


def _take(page: Page, name: str, path: str, ready: str = "h1") -> None:
    page.goto(path)
    page.locator(ready).first.wait_for()
    page.wait_for_load_state("networkidle") if "live" not in page.content() else page.wait_for_timeout(300)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    assert file.stat().st_size < LARGEST


def test_pictures_of_the_public_pages(sign_in: SignIn, player: Player, played: stage.Stage) -> None:
    page = sign_in("")
    _take(page, "landing", "/")
    _take(page, "login", "/login")
    notice = player.get("/public/notices", limit=1)["items"][0]["id"]
    _take(page, "notice", f"/notices/{notice}")


def test_pictures_of_the_applicant(sign_in: SignIn, player: Player, played: stage.Stage) -> None:
    page = sign_in("applicant")
    _take(page, "form", f"/cases/{played.draft}/edit")
    _take(page, "applicant", f"/cases/{played.correction}")
    document = next(d for d in player.case(played.filed, "applicant")["documents"] if "附录A" in d["title"])
    _take(page, "document", f"/cases/{played.filed}/documents/{document['id']}", "section.docx")


def test_pictures_of_the_office(sign_in: SignIn, player: Player, played: stage.Stage) -> None:
    task = player.task_of(played.filed, "formal_review")
    page = sign_in("intake")
    _take(page, "workbench", "/tasks?queue=all")
    _take(page, "task", f"/tasks/{task['id']}")
    _take(sign_in("supervisor"), "panel", f"/panels/{played.panel}")
