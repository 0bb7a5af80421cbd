"""One system and one browser for all tests here; both end with the folder, so that no event loop stays behind."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
CHROMIUM = "/usr/bin/chromium"
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
WORKING_DAY = "6"
DESKTOP = {"width": 1280, "height": 860}

SignIn = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs the whole system and a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(240))


def _chromium() -> str:
    """The installed browser. Skips the test without one, or fails where everything is required."""
    found = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        word = "no browser installed (Debian package chromium)"
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
    yield found
    found.close()


@pytest.fixture
def contexts(chromium: Browser, system: System) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser windows that know nothing of each other; closed after the test."""
    opened: list[BrowserContext] = []

    def open_one(**more: object) -> BrowserContext:
        options: dict[str, object] = {"viewport": DESKTOP, "locale": "zh-CN", "base_url": system.address}
        context = chromium.new_context(**(options | more))  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def sign_in(contexts: Callable[..., BrowserContext], system: System) -> SignIn:
    """`sign_in("officer")` is a page of somebody who has typed name and password; `sign_in("")` of the public."""

    def enter(who: str, **more: object) -> Page:
        page = contexts(**more).new_page()
        page.goto("/")
        if who:
            page.get_by_role("link", name="登录", exact=True).click()
            page.get_by_label("用户名").fill(who)
            page.get_by_label("密码").fill(system.password)
            page.get_by_role("button", name="登录").click()
            page.wait_for_selector(".user-menu")
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
