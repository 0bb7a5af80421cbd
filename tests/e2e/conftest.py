"""One system and one browser for all tests here; both end with the folder, so that no event loop stays behind."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from models.tables import User
from runtime.client import Player
from services import people
from services.access import Actor
from services.session import transaction
from tests.e2e.walk import AXE, WIDE
from tests.services import desk_rows
from tests.serving import served
from tests.system import PASSWORD, System, running

HERE = Path(__file__).parent
#: Without a window of its own the browser draws half as much: that one is wanted, any other does.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
]
#: Long enough for people who click, short enough for a publicity period within a test.
WORKING_DAY = "10"
#: Milliseconds for what a page should show, on a machine that is busy with something else.
PATIENCE = 90_000
expect.set_options(timeout=PATIENCE)
DESKTOP = {"width": 1280, "height": 860}

SignIn = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs the whole system and a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(900))


def _chromium() -> str:
    """The installed browser. Skips the test without one, or fails where everything is required."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        word = f"no browser installed (Debian package {BROWSERS[0]})"
        if os.environ.get("PUHUI_REQUIRE_ALL") == "1":
            pytest.fail(word, pytrace=False)
        pytest.skip(word)
    return found


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; started before the system, so that a machine without one is told at once."""
    path = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def system(chromium: Browser) -> Iterator[System]:
    """A running system on the demonstration clock (`TRY_ADDRESS` names one that runs already)."""
    if address := os.environ.get("TRY_ADDRESS"):
        yield System(address, os.environ.get("TRY_PASSWORD", PASSWORD))
        return
    with (
        tempfile.TemporaryDirectory(prefix="puhui-pages-", ignore_cleanup_errors=True) as folder,
        running(Path(folder), WORKING_DAY) as found,
    ):
        yield found


@pytest.fixture(scope="package")
def player(system: System) -> Iterator[Player]:
    """Plays through the interface what a test does not play in the browser."""
    found = Player(system.address, system.password)
    found.patience = 300  # a publicity period, on a busy machine
    yield found
    found.close()


@pytest.fixture
def contexts(chromium: Browser, system: System) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser windows that know nothing of each other; closed after the test."""
    opened: list[BrowserContext] = []

    def open_one(**more: object) -> BrowserContext:
        options: dict[str, object] = {"viewport": DESKTOP, "locale": "zh-CN", "base_url": system.address}
        context = chromium.new_context(**(options | more))  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture(scope="package")
def signed_in() -> dict[str, Any]:
    """What the browser keeps of each who has signed in."""
    return {}


@pytest.fixture
def sign_in(contexts: Callable[..., BrowserContext], system: System, signed_in: dict[str, Any]) -> SignIn:
    """`sign_in("officer")` is a page of somebody who has typed name and password; `sign_in("")` of the public.

    Who has done so in an earlier test comes back with that session, as people do; without scripts it is typed again.
    """

    def enter(who: str, **more: object) -> Page:
        scripts = more.get("java_script_enabled", True)
        if scripts and who in signed_in:
            page = contexts(storage_state=signed_in[who], **more).new_page()
            page.goto("/home")
            page.wait_for_selector(".user-menu")
            return page
        page = contexts(**more).new_page()
        page.goto("/")
        if who:
            page.get_by_role("link", name="登录", exact=True).click()
            page.get_by_label("用户名").fill(who)
            page.get_by_label("密码").fill(system.password)
            page.get_by_role("button", name="登录").click()
            page.wait_for_selector(".user-menu")
            signed_in[who] = page.context.storage_state()
        return page

    return enter


@pytest.fixture(scope="module")
def small_office(database: str) -> Iterator[str]:
    """The application over this module's database."""
    with transaction() as session:
        desk_rows.city(session)
    with served() as where:
        yield where


@pytest.fixture(scope="module")
def windows(chromium: Browser, small_office: str) -> Iterator[Callable[[Actor], Page]]:
    """One browser window for each person, signed in."""
    opened: dict[int, Page] = {}

    def of(who: Actor) -> Page:
        if who.user_id not in opened:
            with transaction() as session:
                user = session.get_one(User, who.user_id)
                due = user.one_time_until is not None
                token = people.open_session(session, user, ip="127.0.0.1", password_due=due).token
            context = chromium.new_context(
                viewport={"width": WIDE[0], "height": WIDE[1]}, locale="zh-CN", base_url=small_office
            )
            context.add_cookies([{"name": "puhui_session", "value": token, "url": small_office}])
            context.add_init_script(path=AXE)
            opened[who.user_id] = context.new_page()
        return opened[who.user_id]

    yield of
    for page in opened.values():
        page.context.close()
