"""A reason typed when somebody else was first is on the page that says so."""

import re
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from models.tables import SettingChange, TaskRow
from services import cases, clock, setting_changes
from services.access import actor_of
from services.session import transaction
from tests import factories
from tests.api import case_world as world

TYPED = "设备尚在调试，请予考虑"


def kept(html: str) -> list[str]:
    """What is written out as typed, apart from any form."""
    return re.findall(r'<pre class="kept[^>]*>([^<]*)</pre>', html)


@pytest.fixture
def applicant(browser: Any) -> Any:
    with transaction() as session:
        person = world.filer(session)
    return browser(user=person)


@pytest.mark.rule("M10")
def test_the_reason_of_a_withdrawal_that_came_second_is_shown(applicant: Any) -> None:
    no = world.filed(applicant)
    with transaction() as session:
        cases.withdraw(session, actor_of(applicant.user), no, "另行申报")
    late = applicant.post(f"/cases/{no}/withdraw", {"reason": TYPED})
    assert (late.status_code, kept(late.text), "不能撤回" in late.text) == (409, [TYPED], True)


@pytest.mark.parametrize("first", ["asked", "closed"])
def test_the_reason_for_more_time_that_came_second_is_shown(applicant: Any, browser: Any, first: str) -> None:
    no = world.filed(applicant)
    defects = [{"target": "project.address", "requirement": "写明门牌号", "basis": "指南"}]
    task = world.correction(no, defects, browser("intake").user)
    url = f"/cases/{no}/answer/{task}/extension"
    if first == "asked":
        assert applicant.post(url, {"days": "2", "reason": "补充检定证书"}).status_code == 303
    else:
        with transaction() as session:
            row = session.get_one(TaskRow, UUID(task))
            row.state, row.closed_at = "overdue", clock.now()
    late = applicant.post(url, {"days": "3", "reason": TYPED})
    assert (late.status_code, kept(late.text)) == (409, ["3", TYPED])
    assert ("未提出延期申请" in late.text, "每项期限只能延长一次" in late.text) == (True, False)


def test_the_reason_of_an_act_on_an_account_that_came_second_is_shown(browser: Any) -> None:
    admin = browser("admin")
    with transaction() as session:
        someone = factories.user(session, "officer")
    url = f"/admin/users/{someone.id}"
    assert admin.post(f"{url}/disable", {"reason": "调离岗位"}).status_code == 303
    late = browser("admin").post(f"{url}/disable", {"reason": TYPED})
    assert (late.status_code, kept(late.text), "该账户已经停用" in late.text) == (409, [TYPED], True)
    short = admin.post(f"{url}/enable", {"reason": ""})
    assert (short.status_code, kept(short.text)) == (422, [])


def test_a_note_on_a_change_that_is_decided_already_is_shown(browser: Any) -> None:
    admin, first, second = browser("admin"), browser("supervisor"), browser("supervisor")
    with transaction() as session:
        someone = factories.user(session, "officer")
    admin.post(f"/admin/users/{someone.id}/roles", {"roles": ["intake"], "reason": "岗位调整"})
    with transaction() as session:
        change = session.exec(select(SettingChange).where(SettingChange.subject == someone.username)).one()
        setting_changes.reject(session, actor_of(first.user), change.id or 0, "岗位不符")
    late = second.post(f"/admin/changes/{change.id}/confirm", {"note": TYPED})
    assert (late.status_code, kept(late.text)) == (409, [TYPED])


@pytest.mark.rule("M10")
def test_too_short_a_reason_for_personal_data_is_asked_for_again(browser: Any) -> None:
    with transaction() as session:
        filer = factories.user(session, "applicant")
        case = factories.case(session, filer, status="submitted", form={"a": {"id": "11010519491231002X"}})
    officer = browser("officer")
    sent = {"case_no": case.case_no, "path": "a.id", "reason": "核对申请人身份"}
    short = officer.post("/personal-data", sent | {"reason": "核对", "back": "/staff/cases"})
    assert (short.status_code, "请写明查看原因" in short.text, "2002X" in short.text) == (422, True, False)
    form = dict(re.findall(r'name="(case_no|path|reason|back)"[^>]* value="([^"]*)"', short.text))
    assert form == {"case_no": case.case_no, "path": "a.id", "reason": "核对", "back": "/staff/cases"}
    shown = officer.post("/personal-data", form | {"reason": sent["reason"]}).text
    assert ("11010519491231002X" in shown, 'href="/staff/cases"' in shown) == (True, True)
