"""Nothing typed is lost, nothing is chosen for anybody: forms that come back, on pages of the office and of the register."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from models.tables import Methodology, User
from runtime.seeds import static
from services import clock, experts, mall
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


def test_a_conflict_of_interest_without_its_body_is_asked_for_and_not_dropped(browser: Any) -> None:
    with transaction() as session:
        body = factories.party(session).key
        user = factories.user(session, "expert")
        row = experts.add(
            session, factories.actor(session, "bureau"), user.id or 0,
            {"specialty": "光伏", "employer": "示例大学", "title": "", "topics": [], "available": True}, "遴选结果",
        )  # fmt: skip
        url = f"/experts/{row.id}"
    bureau = browser("bureau")
    entry = {"specialty": "光伏", "employer": "示例大学", "title": "", "active": "true", "reason": "本人申报"}
    rows = {
        "conflict_was": ["", ""],
        "conflict_party": [body, ""],
        "conflict_relation": ["近亲属任职", "持股"],
        "conflict_until": ["", "2027-01-01"],
    }
    refused = bureau.post(url, {**entry, **rows})
    form = fields(refused.text, url)
    assert (refused.status_code, "请选择回避的单位" in form, chosen(form, "available")) == (422, True, [])
    assert all(f'value="{v}"' in form for v in ("近亲属任职", "持股", "2027-01-01", "本人申报"))
    assert chosen(form, "conflict_party") == [body]
    assert bureau.post(url, {**entry, **rows, "conflict_party": [body, body]}).status_code == 303
    cleared = {**rows, "conflict_was": [body, body], "conflict_party": ["", body]}
    assert bureau.post(url, {**entry, **cleared}).status_code == 303
    form = fields(bureau.get(url).text, url)
    assert ("近亲属任职" in form, 'value="持股"' in form) == (False, True)


@pytest.mark.rule("M04")
def test_words_of_a_proposal_that_came_second_stay_on_the_page(browser: Any) -> None:
    with transaction() as session:
        row = session.exec(select(Methodology).where(Methodology.code == "DEMO-PV-2024")).first()
        if row is None:
            static._methodologies(session)
        row = session.exec(select(Methodology).where(Methodology.code == "DEMO-PV-2024")).first()
        assert row is not None
        url = f"/admin/methodologies/{row.id}/end"
    last = (clock.today().date() + timedelta(days=20)).isoformat()
    typed = {"act": "end", "ends_on": last, "body": "市局", "document": "沪环〔2026〕1号"}
    typed |= {"published_on": "2026-01-01", "reason": "修订"}
    assert browser("admin").post(url, typed).status_code == 303
    late = browser("admin").post(url, typed | {"reason": "另一人提出的原因"})
    assert (late.status_code, "待他人确认" in late.text, "另一人提出的原因" in late.text) == (409, True, True)


def test_what_a_list_of_tasks_still_needs_is_told_beside_its_field(browser: Any) -> None:
    chief = browser("supervisor")
    asked = {"act": "reassign", "ids": str(uuid4()), "confirmed": "1", "to": "", "reason": "集中改派"}
    page = chief.post("/tasks/bulk", asked)
    assert page.status_code == 422
    assert re.search(r'for="f-to">[^|]*?field-problem">请选择接办人员', page.text)
    assert "集中改派" in page.text


@pytest.mark.rule("J02")
def test_a_good_with_defects_says_them_at_their_fields(browser: Any) -> None:
    keeper = browser("merchant")
    page = keeper.post("/ledger/goods/add", {"title": "杯", "points": "0", "stock": "5", "detail": "双层"})
    form = fields(page.text, "/ledger/goods/add")
    assert (page.status_code, form.count("field-problem")) == (422, 2)
    assert all(f'value="{v}"' in form for v in ("杯", "0", "5", "双层"))
