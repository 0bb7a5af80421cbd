"""What waits for a second person, and what is wrong: states the demonstration has none of, looked at as the walks do."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from services.access import Actor
from services.session import transaction
from tests.e2e import waiting
from tests.e2e.walk import WIDE, judged
from tests.services import desk_rows


@pytest.mark.parametrize("state", waiting.STATES)
def test_what_waits_has_no_violations_and_fits_a_narrow_window(
    state: str, windows: Callable[[Actor], Page]
) -> None:
    with transaction() as session:
        looks = waiting.STATES[state](session)
    wrong = []
    for who, path in looks:
        page = windows(who)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        wrong += [f"{who.username} {path} {found}" for found in judged(page)]
    assert wrong == []


def test_a_capsule_opens_offline_without_violations(
    windows: Callable[[Actor], Page], chromium: Browser, tmp_path: Path
) -> None:
    with transaction() as session:
        chief, case_no = desk_rows.who(session, "supervisor"), waiting.case(session).case_no
    page = windows(chief)
    page.goto(f"/staff/cases/{case_no}/capsule")
    page.locator("#f-reason").fill("案卷归档")
    with page.expect_download() as kept:
        page.get_by_role("button", name="生成并下载").click()
    with zipfile.ZipFile(kept.value.path()) as archive:
        archive.extractall(tmp_path)
    context = chromium.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, offline=True)
    alone = context.new_page()
    alone.goto((tmp_path / case_no / "index.html").as_uri())
    assert judged(alone) == []
    context.close()
