"""What is typed while nothing can be saved: the page says so, keeps it, and saves it when it can."""

from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from models.tables import Case, TaskDraft
from services.access import Actor
from services.session import reading, transaction
from tests.conftest import environment
from tests.services import desk_rows

AWAY = "postgresql+psycopg://puhui@127.0.0.1:1/none"
SOON = 30_000  # milliseconds; the page tries again every five seconds
WORDS = "现场照片与图纸不一致，请补充说明。"
NUMBERS = count(1)
Windows = Callable[[Actor], Page]


@pytest.fixture
def desk(windows: Windows) -> Page:
    """A formal review before the person of the intake."""
    with transaction() as session:
        task = desk_rows.asked(
            session, desk_rows.filed(session, next(NUMBERS)), "formal_review", stage="formal_review"
        )
        me = desk_rows.who(session, "intake")
    page = windows(me)
    page.goto(f"/tasks/{task.id}")
    return page


def _kept(words: str) -> bool:
    with reading() as session:
        return any(words in str(d.form) for d in session.exec(select(TaskDraft)))


def test_a_desk_without_a_network_says_so_and_saves_when_it_is_back(desk: Page) -> None:
    saved = desk.locator("[data-saved]")
    desk.context.set_offline(True)
    desk.locator("textarea[name=reason]").first.fill(WORDS)
    expect(saved).to_contain_text("尚未保存：网络中断", timeout=SOON)
    assert not _kept(WORDS)
    desk.context.set_offline(False)
    expect(saved).to_contain_text("已保存", timeout=SOON)
    assert _kept(WORDS)


def test_a_desk_without_a_database_says_so_and_saves_when_it_is_back(desk: Page) -> None:
    saved, words = desk.locator("[data-saved]"), WORDS + "数据"
    with environment(DATABASE_URL=AWAY):
        desk.locator("textarea[name=reason]").first.fill(words)
        expect(saved).to_contain_text("系统暂时无法访问数据", timeout=SOON)
    expect(desk.locator("html html, [data-saved] h1")).to_have_count(0)
    expect(saved).to_contain_text("已保存", timeout=SOON)
    assert _kept(words)


@pytest.mark.parametrize("trouble", ["network", "database"])
def test_a_draft_that_cannot_be_saved_stays_and_is_saved_later(windows: Windows, trouble: str) -> None:
    with transaction() as session:
        case_no, me = desk_rows.draft(session, next(NUMBERS)).case_no, desk_rows.who(session, "applicant")
    page, words = windows(me), f"示例名称{trouble}"
    page.goto(f"/cases/{case_no}/edit")
    saved, field = page.locator("#saved"), page.locator('[name="applicant.applicant_name"]')
    if trouble == "network":
        page.context.set_offline(True)
        field.fill(words)
        expect(saved).to_contain_text("尚未保存：网络中断", timeout=SOON)
        page.context.set_offline(False)
    else:
        with environment(DATABASE_URL=AWAY):
            field.fill(words)
            expect(saved).to_contain_text("系统暂时无法访问数据", timeout=SOON)
        expect(saved.locator("h1")).to_have_count(0)
    expect(saved).to_contain_text("已保存", timeout=SOON)
    expect(field).to_have_value(words)
    with reading() as session:
        assert words in str(session.exec(select(Case).where(Case.case_no == case_no)).one().form)
