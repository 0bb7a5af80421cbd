"""Nothing typed is lost, nothing is chosen for anybody: forms that come back, on pages of the office and of the register."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.tables import Methodology, User
from runtime.seeds import static
from services import clock, mall
from services.access import actor_of
from services.session import transaction
from tests import factories
from tests.services.test_mall import BEFORE, case_of


def fields(html: str, action: str) -> str:
    """The form with this address."""
    return re.findall(rf'<form[^>]* action="{action}"[^>]*>(.*?)</form>', html, re.DOTALL)[0]


def chosen(html: str, name: str) -> list[str]:
    """What is marked or selected under a name."""
    boxes = re.findall(rf'name="{name}" value="([^"]*)"[^>]* checked', html)
    lists = re.findall(rf'<select[^>]* name="{name}".*?</select>', html, re.DOTALL)
    return boxes + [v for one in lists for v in re.findall(r'value="([^"]*)" selected', one)]


@pytest.mark.rule("I26")
def test_a_good_taken_off_the_shelf_stays_unmarked_when_its_price_is_refused(browser: Any) -> None:
    with transaction() as session:
        keeper: User = factories.user(session, "merchant")
        case = case_of(session, actor_of(keeper))
        mall.admit(session, case, BEFORE)
        member = mall.open_up(session, case, BEFORE)
        good = mall.goods(session, member)[0].number
    shop = browser(user=keeper)
    refused = shop.post(f"/mall-goods/{good}", {"stock": "3", "points": "-5"})
    form = fields(refused.text, f"/mall-goods/{good}")
    assert (refused.status_code, chosen(form, "active"), 'value="-5"' in form) == (422, [], True)
    assert "field-problem" in form
    back = shop.post(f"/mall-goods/{good}", {"stock": "3", "points": "-5", "active": "1"})
    assert chosen(fields(back.text, f"/mall-goods/{good}"), "active") == ["1"]


def test_personal_data_stays_asked_for_when_the_reason_is_missing(browser: Any) -> None:
    with transaction() as session:
        no = factories.case(session, factories.user(session, "applicant"), status="in_progress").case_no
    url, officer = f"/staff/cases/{no}/capsule", browser("officer")
    assert chosen(officer.get(url).text, "personal") == []
    for asked in ({}, {"personal": "1"}):
        refused = officer.post(url, {"reason": "", **asked})
        assert (refused.status_code, chosen(refused.text, "personal")) == (422, list(asked.values()))


@pytest.mark.rule("M04")
def test_nobody_chooses_between_the_end_and_the_abolition_of_a_methodology(browser: Any) -> None:
    with transaction() as session:
        row = session.exec(select(Methodology).where(Methodology.code == "DEMO-METRO-2024")).first()
        if row is None:
            static._methodologies(session)
        row = session.exec(select(Methodology).where(Methodology.code == "DEMO-METRO-2024")).one()
        url = f"/admin/methodologies/{row.id}/end"
    admin = browser("admin")
    assert chosen(admin.get(url).text, "act") == []
    unsaid = admin.post(url, {"reason": "修订"})
    assert (unsaid.status_code, chosen(unsaid.text, "act")) == (422, [])
    assert "请选择停止施行或者废止" in unsaid.text
    assert chosen(admin.post(url, {"act": "end", "reason": ""}).text, "act") == ["end"]


def test_a_day_of_the_calendar_is_off_or_on_because_somebody_said_so(browser: Any) -> None:
    admin, day = browser("admin"), (clock.today().date() + timedelta(days=9)).isoformat()
    form = fields(admin.get(f"/admin/calendar?day={day}").text, "/admin/calendar")
    assert (f'value="{day}"' in form, chosen(form, "kind")) == (True, [])
    rows = {"day": [day, "9月31日", ""], "kind": ["", "work", ""], "name": ["临时放假", "调休", ""]}
    refused = admin.post("/admin/calendar", {**rows, "note": "市政府通知", "_do": "confirm"})
    form = fields(refused.text, "/admin/calendar")
    assert (refused.status_code, form.count("field-problem")) == (422, 2)
    assert "请选择该日的安排" in form
    assert "“9月31日”不是有效日期" in form
    for typed in (day, "9月31日", "临时放假", "调休", "市政府通知"):
        assert f'value="{typed}"' in form, typed
    assert re.search('type="text" name="day" value="9月31日"', form)  # a field of days would show nothing
    assert chosen(form, "kind") == ["work"]
