"""Days in addresses: what is none, or ends before it begins, is told at its field; the last of all days breaks nothing."""

from typing import Any

import pytest
from sqlmodel import col, func, select

from models.tables import AuditEvent
from models.vocabulary.events import Event
from services.session import reading

WRONG = [("since=2026-13-01", "不是有效日期"), ("since=2026-03-02&until=2026-03-01", "截止日期早于起始日期")]
FAR = "since=0001-01-01&until=9999-12-31"


@pytest.fixture
def holder(browser: Any) -> Any:
    who = browser("applicant")
    who.at = who.post("/ledger/open").headers["location"]
    return who


@pytest.mark.parametrize(("asked", "said"), WRONG)
def test_statement_of_no_time_is_told_and_keeps_what_was_typed(holder: Any, asked: str, said: str) -> None:
    page = holder.get(f"{holder.at}/statement?{asked}")
    assert (page.status_code, said in page.text, 'value="2026-' in page.text) == (422, True, True)
    file = holder.get(f"{holder.at}/statement.xlsx?{asked}")
    assert (file.status_code, said in file.text) == (422, True)


@pytest.mark.parametrize(("asked", "said"), WRONG)
def test_figures_of_no_time_are_told_and_not_taken_away(browser: Any, asked: str, said: str) -> None:
    admin = browser("admin")
    page = admin.get(f"/admin/statistics?{asked}")
    assert (page.status_code, said in page.text) == (422, True)
    for path in ("statistics.xlsx", "statistics/list", "statistics/list.xlsx", "statistics/chart/status.svg"):
        answer = admin.get(f"/admin/{path}?{asked}")
        assert (path, answer.status_code, said in answer.text) == (path, 422, True)
    assert admin.get("/admin/statistics.xlsx?procedure=none").status_code == 422


@pytest.mark.rule("M10")
@pytest.mark.parametrize(("asked", "said"), WRONG)
def test_trail_of_no_time_is_told_and_nothing_of_it_is_read(browser: Any, asked: str, said: str) -> None:
    auditor = browser("auditor")
    page = auditor.get(f"/admin/audit?{asked}&person=nobody")
    assert (page.status_code, said in page.text, 'value="nobody"' in page.text) == (422, True, True)
    file = auditor.get(f"/admin/audit/search.xlsx?{asked}")
    assert (file.status_code, said in file.text) == (422, True)
    with reading() as session:
        taken = col(AuditEvent.event).in_([Event.AUDIT_READ.value, Event.EXPORTED.value])
        query = select(func.count()).where(AuditEvent.user_id == auditor.user.id, taken)
        assert session.exec(query).one() == 0


def test_first_and_last_of_all_days_are_days(holder: Any, browser: Any) -> None:
    admin = browser("admin")
    for who, path in (
        (holder, f"{holder.at}/statement"),
        (holder, f"{holder.at}/statement.xlsx"),
        (holder, f"/api/v1{holder.at}/statement"),
        (admin, "/admin/statistics"),
        (admin, "/admin/statistics.xlsx"),
        (admin, "/admin/statistics/list"),
        (admin, "/api/v1/admin/statistics"),
        (admin, "/api/v1/admin/statistics/rows"),
        (browser("auditor"), "/admin/audit"),
    ):
        assert (path, who.get(f"{path}?{FAR}").status_code) == (path, 200)
    other = browser("applicant").post("/ledger/open").headers["location"].rpartition("/")[2]
    answer = holder.post("/api/v1/ledger/mandates", json={"agent": other, "until": "9999-12-31"})
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, "until")
