"""A change that waits for a second person is read by people: its days are written as people write them."""

from datetime import date
from typing import Any

import pytest

from api.pages.settings import _value
from models.vocabulary.text import Text
from services import calendar, setting_changes, setting_proposals
from services.administration import DayChange
from services.session import transaction
from tests import factories


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("2026-01-01", Text("1 Jan 2026", "2026年1月1日")),
        ([["2026-05-04", "work", "调休"]], Text("4 May 2026 working 调休", "2026年5月4日 上班 调休")),
        ("2026-13-01", Text("2026-13-01", "2026-13-01")),
        ("沪环气候〔2026〕1号", Text("沪环气候〔2026〕1号", "沪环气候〔2026〕1号")),
        (date.max.year, Text("9,999", "9,999")),
    ],
)
def test_days_of_a_change_are_written_as_people_write_them(kept: object, said: Text) -> None:
    assert _value(kept) == said


def test_calendar_says_its_last_known_day_as_people_write_it(browser: Any) -> None:
    with transaction() as session:
        calendar.seed(session)
        day = calendar.current(session).covered_until
    page = browser("admin").get("/admin/calendar").text
    assert f"官方安排已知至 {day.year}年{day.month}月{day.day}日。" in page


def test_change_of_the_calendar_that_waits_is_told_on_its_page_and_writes_its_days(browser: Any) -> None:
    with transaction() as session:
        calendar.seed(session)
        admin = factories.actor(session, "admin")
        days = [DayChange(date(2026, 11, 25), "rest", "临时放假")]
        row = setting_proposals.calendar_days(session, admin, days, None, "市政府通知")
        number = row.id or 0
    try:
        page = browser("admin").get("/admin/calendar").text
        assert "有一项变更等待他人确认" in page
        assert f'href="/admin/changes/{number}"' in page
        said = browser("supervisor").get(f"/admin/changes/{number}").text
        assert "原：2026年11月25日" in said
        assert "2026-11-25" not in said
    finally:
        with transaction() as session:
            setting_changes.withdraw(session, admin, number)
    assert "有一项变更等待他人确认" not in browser("admin").get("/admin/calendar").text
