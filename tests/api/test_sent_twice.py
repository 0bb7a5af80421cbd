"""A form without scripts, sent twice: a double click, a retry after the answer was lost. One act, and the same answer."""

import re
import threading
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.tables import AuditEvent, Good, Notification, Purpose
from models.vocabulary.errors import Conflict
from models.vocabulary.events import Event
from services import purposes, rewards
from services import session as sessions
from services.session import transaction
from tests import factories
from tests.api import case_world
from tests.conftest import Browser

GOOD = {"title": "环保水杯", "points": "300", "stock": "5", "detail": "双层不锈钢"}
CAUSE = {"title": "二〇二六年城市马拉松", "use": "event", "closes": "2099-01-01", "target": "5000"}


def form_of(who: Browser, page: str, act: str) -> dict[str, str]:
    """The hidden fields of a form as the page has it now."""
    (form,) = re.findall(rf'<form[^>]* action="{act}"[^>]*>(.*?)</form>', who.get(page).text, re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: value for name, value in hidden if name != "csrf"}


def goods_of(session: Session, who: Browser) -> list[Good]:
    return list(
        session.exec(select(Good).where(Good.merchant_id == who.user.party_id).order_by(col(Good.id)))
    )


def acts_of(session: Session, who: Browser) -> list[str]:
    """What the trail has of goods and purposes, of this person."""
    query = select(AuditEvent.data).where(
        AuditEvent.event == Event.LEDGER_GOODS.value, AuditEvent.user_id == who.user.id
    )
    return [data["what"] for data in session.exec(query.order_by(col(AuditEvent.id)))]


@pytest.mark.rule("J02")
def test_a_good_that_is_added_twice_is_one_good(browser: Any) -> None:
    keeper = browser("merchant")
    form = form_of(keeper, "/ledger/goods", "/ledger/goods/add") | GOOD
    answers = [keeper.post("/ledger/goods/add", form) for _ in range(2)]
    assert {(a.status_code, a.headers["location"]) for a in answers} == {(303, "/ledger/goods?done=add")}
    other = keeper.post("/ledger/goods/add", form | {"title": "环保餐具"})
    assert (other.status_code, "此前已提交并办结" in other.text) == (409, True)
    assert 'value="环保餐具"' in other.text  # nothing typed is lost, and the form can be sent anew
    (fresh,) = {re.search(r'name="nonce" value="(\w+)"', other.text)[1]} - {form["nonce"]}  # type: ignore[index]
    assert keeper.post("/ledger/goods/add", form | {"title": "环保餐具", "nonce": fresh}).status_code == 303
    with transaction() as session:
        assert [(g.title, g.stock) for g in goods_of(session, keeper)] == [("环保水杯", 5), ("环保餐具", 5)]
        assert acts_of(session, keeper) == ["added", "added"]


@pytest.mark.rule("J02")
def test_stock_that_is_added_twice_is_added_once(browser: Any) -> None:
    keeper = browser("merchant")
    keeper.post("/ledger/goods/add", form_of(keeper, "/ledger/goods", "/ledger/goods/add") | GOOD)
    form = form_of(keeper, "/ledger/goods", "/ledger/goods/restock") | {"stock": "7"}
    for _ in range(2):
        assert keeper.post("/ledger/goods/restock", form).status_code == 303
    off = keeper.post("/ledger/goods/restock", form | {"active": "0"})
    assert (off.status_code, 'value="7"' in off.text) == (409, True)
    with transaction() as session:
        assert [(g.stock, g.active) for g in goods_of(session, keeper)] == [(12, True)]
        assert acts_of(session, keeper) == ["added", "restocked"]
    form = form_of(keeper, "/ledger/goods", "/ledger/goods/restock") | {"stock": "7"}
    assert keeper.post("/ledger/goods/restock", form).status_code == 303
    with transaction() as session:
        assert [g.stock for g in goods_of(session, keeper)] == [19]


@pytest.mark.rule("J04")
def test_a_purpose_that_is_named_twice_is_one_purpose(browser: Any) -> None:
    firm = browser("applicant")
    form = form_of(firm, "/ledger/purposes", "/ledger/purposes") | CAUSE
    for _ in range(2):
        assert firm.post("/ledger/purposes", form).status_code == 303
    other = firm.post("/ledger/purposes", form | {"title": "二〇二七年城市马拉松"})
    assert (other.status_code, "此前已提交并办结" in other.text) == (409, True)
    assert 'value="二〇二七年城市马拉松"' in other.text
    with transaction() as session:
        mine = session.exec(select(Purpose.title).where(Purpose.organiser_id == firm.user.party_id)).all()
        assert (list(mine), acts_of(session, firm)) == ([CAUSE["title"]], ["opened"])


@pytest.mark.parametrize("way", ["task", "list", "console"])
def test_a_reminder_that_is_sent_twice_is_one_reminder(browser: Any, way: str) -> None:
    with transaction() as session:
        filer = case_world.filer(session)
    task = case_world.asked(case_world.filed(browser(user=filer)), "formal_review", "formal_review")
    chief, holder = browser("supervisor"), browser("intake")
    holder.post(f"/tasks/{task}/claim")
    if way == "list":
        act = "/tasks/bulk"
        asked = chief.post(act, {"act": "remind", "ids": task}).text
        form = {"act": "remind", "ids": task, "confirmed": "1"}
        form["nonce"] = re.search(r'name="nonce" value="(\w+)"', asked)[1]  # type: ignore[index]
    else:
        act = f"/tasks/{task}/remind" if way == "task" else "/admin/stalled/order/remind"
        form = form_of(chief, act + ("" if way == "task" else f"?task={task}"), act)
    form |= {"reason": "请尽快办理", "task": task}
    answers = [chief.post(act, form) for _ in range(2)]
    assert len({(a.status_code, a.headers.get("location"), "未催办" in a.text) for a in answers}) == 1
    assert told_of(holder) == ["请尽快办理"]
    other = chief.post(act, form | {"reason": "今天内办结"})
    assert ("此前已提交并办结" in other.text, "今天内办结" in other.text or way == "list") == (True, True)
    assert told_of(holder) == ["请尽快办理"]


def told_of(holder: Browser) -> list[str]:
    """What reminders say to whoever has the task."""
    query = select(Notification.text_zh).where(
        Notification.user_id == holder.user.id, Notification.kind == "reminder"
    )
    with transaction() as session:
        return [text.rpartition("。")[2] for text in session.exec(query.order_by(col(Notification.id)))]


@pytest.mark.rule("J02", "J04")
def test_forms_sent_in_the_same_instant_are_carried_out_once(database: str) -> None:
    with transaction() as session:
        keeper = factories.actor(session, "merchant")
        good = rewards.add_good(session, keeper, "环保餐盒", 300, 5, key="one")
        closes = good.at.replace(year=2099)
    got: list[set[str]] = [set(), set(), set()]
    gate = threading.Barrier(4)

    def send() -> None:
        gate.wait()
        with sessions.transaction() as mine:
            got[0].add(rewards.add_good(mine, keeper, "环保袋", 10, 1, key="add").number)
        with sessions.transaction() as mine:
            got[1].add(rewards.restock(mine, keeper, good.number, 2, key="more").number)
        with sessions.transaction() as mine:
            got[2].add(purposes.found(mine, keeper, "示例园区碳中和", "event", closes, key="cause").number)

    crew = [threading.Thread(target=send) for _ in range(4)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert [len(numbers) for numbers in got] == [1, 1, 1]
    with sessions.reading() as session:
        assert rewards.good(session, good.number).stock == 7
    with pytest.raises(Conflict), transaction() as session:
        rewards.restock(session, keeper, good.number, 3, key="more")
