"""Accounts and parties on the administrator's pages; the first sign-in with a one-time password."""

import re
from typing import Any

import pytest
from sqlmodel import select

from api.pages import accounts as account_pages
from api.pages import admin as admin_pages
from models.tables import Party, SettingChange, User
from services import experts
from services.session import transaction
from tests import factories

ID = "310199198803060418"
CODE = "91310199MARFNGNQ8F"
ENTRY = {
    "username": "wang.wu",
    "name": "王五",
    "id_number": ID,
    "roles": ["officer"],
    "email": "wang@example.com",
    "reason": "新入职",
}


@pytest.fixture
def admin(browser: Any) -> Any:
    return browser("admin")


def row(username: str) -> User:
    with transaction() as session:  # nothing is changed: its rows can be read afterwards
        return session.exec(select(User).where(User.username == username)).one()


def once(html: str) -> str:
    return re.search(r'class="secret[^>]*>([^<]+)<', html).group(1)  # type: ignore[union-attr]


def csrf(html: str) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', html).group(1)  # type: ignore[union-attr]


def test_an_officer_is_registered_confirmed_and_sets_a_password(
    admin: Any, browser: Any, client: Any
) -> None:
    made = admin.post("/admin/users", ENTRY)
    assert made.status_code == 200, made.text
    assert made.headers["cache-control"] == "no-store"
    password = once(made.text)
    user = row("wang.wu")
    assert password not in admin.get(f"/admin/users/{user.id}").text
    with transaction() as session:
        change = session.exec(select(SettingChange).where(SettingChange.subject == "wang.wu")).one()
    assert admin.post(f"/admin/changes/{change.id}/confirm").status_code == 403
    assert browser("supervisor").post(f"/admin/changes/{change.id}/confirm").status_code == 303
    assert row("wang.wu").roles == ["officer"]
    _first_sign_in(client, password)


def _first_sign_in(client: Any, password: str) -> None:
    """Nothing opens before another password is set; what was asked for comes next."""
    assert (
        client.post("/api/v1/auth/token", data={"username": "wang.wu", "password": password}).status_code
        == 401
    )
    came = client.post("/login", data={"username": "wang.wu", "password": password, "next": "/tasks"})
    assert came.status_code == 303
    asked = client.get("/tasks")
    assert (asked.status_code, asked.headers["location"]) == (303, "/account/new-password?next=/tasks")
    assert client.get("/api/v1/me").status_code in (401, 403)
    form = client.get("/account/new-password?next=/tasks")
    token = csrf(form.text)
    short = client.post("/account/password", data={"csrf": token, "new": "short", "again": "short"})
    assert (short.status_code, "至少 10 个字符" in short.text) == (422, True)
    words = {"csrf": token, "new": "my very own words", "again": "my very own words", "next": "/tasks"}
    done = client.post("/account/password", data=words)
    assert (done.status_code, done.headers["location"]) == (303, "/tasks")
    assert client.get("/tasks").status_code == 200
    client.cookies.clear()


def test_a_form_with_defects_keeps_what_was_typed(admin: Any) -> None:
    wrong = admin.post(
        "/admin/users", ENTRY | {"username": "x", "id_number": "123", "roles": ["admin", "bureau"]}
    )
    assert wrong.status_code == 422
    for kept in (
        'value="王五"',
        'value="123"',
        'value="新入职"',
        'value="admin" checked',
        'value="bureau" checked',
    ):
        assert kept in wrong.text
    for told in ("用户名为 2 至 64 位", "身份证号不正确", "不得兼任"):
        assert told in wrong.text
    english = admin.get("/admin/users/new", headers={"Cookie": f"puhui_session={admin.token}; lang=en"})
    assert "New account" in english.text


def test_an_account_is_disabled_reset_and_enabled_with_reasons(admin: Any, browser: Any) -> None:
    person = browser("intake")
    at = f"/admin/users/{person.user.id}"
    refused = admin.post(f"{at}/disable", {"reason": " "})
    assert (refused.status_code, "请填写原因" in refused.text) == (422, True)
    password = once(admin.post(f"{at}/password", {"reason": "忘记密码"}).text)
    assert len(password) == 19
    assert person.get("/tasks").status_code == 303
    assert admin.post(f"{at}/disable", {"reason": "离职"}).headers["location"] == f"{at}?did=disable"
    page = admin.get(f"{at}?did=disable").text
    assert "已停用" in page
    assert "停用账户：" in page
    again = admin.post(f"{at}/disable", {"reason": "离职"})
    assert (again.status_code, "已经停用" in again.text) == (409, True)
    with transaction() as session:  # the roles that wait since the password was reset
        change = session.exec(
            select(SettingChange).where(SettingChange.subject == person.user.username)
        ).one()
    assert browser("supervisor").post(f"/admin/changes/{change.id}/confirm").status_code == 303
    assert "角色由另一人确认后恢复" in admin.get(at).text
    assert admin.post(f"{at}/enable", {"reason": "返岗"}).headers["location"] == f"{at}?did=waits"
    page = admin.get(f"{at}?did=waits").text
    assert ("角色待另一人确认" in page, "有变更待他人确认" in page) == (True, True)
    assert (row(person.user.username).active, row(person.user.username).roles) == (True, [])


def test_an_applicant_is_enabled_at_once(admin: Any, browser: Any) -> None:
    at = f"/admin/users/{browser('applicant').user.id}"
    assert admin.post(f"{at}/disable", {"reason": "误停"}).status_code == 303
    assert "恢复登录，角色和密码不变" in admin.get(at).text
    assert admin.post(f"{at}/enable", {"reason": "误停"}).headers["location"] == f"{at}?did=enable"


@pytest.mark.rule("M01")
def test_an_administrator_is_not_offered_acts_on_the_own_account(admin: Any) -> None:
    page = admin.get(f"/admin/users/{admin.user.id}").text
    assert "本人的账户由其他管理员办理" in page
    assert '<p class="text-secondary mb-0">没有待办事项</p>' in page
    assert "/disable" not in page
    assert admin.post(f"/admin/users/{admin.user.id}/disable", {"reason": "试试"}).status_code == 403


def test_a_party_is_registered_and_its_applicant_after_it(admin: Any) -> None:
    entry = {
        "name": "上海某某光伏有限公司",
        "uscc": CODE.lower(),
        "district": "浦东新区",
        "address": "示例路 1 号",
    }
    wrong = admin.post("/admin/parties", entry | {"uscc": "91310199MARFNGNQ8G"})
    assert (wrong.status_code, "统一社会信用代码不正确" in wrong.text) == (422, True)
    assert 'value="上海某某光伏有限公司"' in wrong.text
    made = admin.post("/admin/parties", entry)
    assert made.status_code == 303
    taken = admin.post("/admin/parties", entry)
    assert (taken.status_code, "该代码已登记于" in taken.text) == (422, True)
    assert "上海某某光伏有限公司" in admin.get(f"/admin/parties?q={CODE}").text
    person = ENTRY | {"username": "applicant.x", "roles": ["applicant"], "party": CODE}
    assert once(admin.post("/admin/users", person).text)
    assert row("applicant.x").roles == ["applicant"]


def test_a_party_is_corrected_with_a_reason(admin: Any) -> None:
    with transaction() as session:
        party = factories.party(session, uscc="91310199MA6YU08J91")
    entry = {
        "name": "上海新名称有限公司",
        "uscc": party.uscc,
        "district": party.district,
        "is_agency": "true",
    }
    assert admin.post(f"/admin/parties/{party.id}", entry).status_code == 422
    assert admin.post(f"/admin/parties/{party.id}", entry | {"reason": "更名"}).status_code == 303
    with transaction() as session:
        after = session.get_one(Party, party.id)
    assert (after.name, after.is_agency) == ("上海新名称有限公司", True)
    same = admin.post(f"/admin/parties/{party.id}", entry | {"reason": "更名"})
    assert (same.status_code, "没有任何变更" in same.text) == (422, True)
    assert admin.get("/admin/parties/999999").status_code == 404


def test_somebody_without_roles_yet_is_told_so(browser: Any) -> None:
    person = browser()
    assert person.get("/home").headers["location"] == "/account"
    assert "尚无角色" in person.get("/account").text


def test_an_expert_is_entered_on_a_page(browser: Any) -> None:
    person, bureau = browser("expert").user, browser("bureau")
    assert "没有待入库的专家账户" not in bureau.get("/experts/new").text
    entry = {
        "user": str(person.id),
        "specialty": "光伏",
        "topics": ["data"],
        "available": "true",
        "reason": "聘任",
    }
    wrong = bureau.post("/experts", entry)
    assert (wrong.status_code, "请填写工作单位" in wrong.text, 'value="光伏"' in wrong.text) == (
        422,
        True,
        True,
    )
    made = bureau.post("/experts", entry | {"employer": "示例大学"})
    assert made.status_code == 303
    assert "示例大学" in bureau.get(made.headers["location"]).text
    assert browser("officer").get("/experts/new").status_code == 403


@pytest.mark.rule("M02")
def test_supervisor_keeps_an_entry_and_does_not_take_it_out_of_the_library(browser: Any) -> None:
    with transaction() as session:
        who, keeper = factories.user(session, "expert"), factories.actor(session, "bureau")
        kept = {"specialty": "光伏", "employer": "示例大学", "title": "", "topics": [], "available": True}
        url = f"/experts/{experts.add(session, keeper, who.id or 0, kept, '聘任').id}"
    chief = browser("supervisor")
    assert chief.get("/experts/new").status_code == 403
    assert 'name="active"' not in chief.get(url).text
    said = {"specialty": "光伏", "employer": "示例研究院", "reason": "工作调动"}
    assert chief.post(url, said).status_code == 303
    page = browser("bureau").get(url).text
    assert "示例研究院" in page
    assert re.search(r'name="active" value="true" checked', page)


def test_a_name_or_an_address_is_corrected_and_the_trail_tells_which(admin: Any, browser: Any) -> None:
    person = browser("officer").user
    at = f"/admin/users/{person.id}/edit"
    assert f'value="{person.name}"' in admin.get(at).text
    entry = {"name": "赵六", "email": "zhao@", "reason": "更名"}
    wrong = admin.post(at, entry)
    assert (wrong.status_code, "邮箱格式不正确" in wrong.text, 'value="赵六"' in wrong.text) == (
        422,
        True,
        True,
    )
    done = admin.post(at, entry | {"email": "zhao@example.com"})
    assert done.headers["location"] == f"/admin/users/{person.id}?did=correct"
    page = admin.get(done.headers["location"]).text
    assert "，姓名、邮箱（更名）" in page
    same = admin.post(at, entry | {"email": "zhao@example.com"})
    assert (same.status_code, "没有任何变更" in same.text) == (422, True)
    assert admin.post(f"/admin/users/{admin.user.id}/edit", entry | {"email": ""}).status_code == 403


def test_every_account_and_every_party_is_reached(admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_pages, "USERS", 2)
    monkeypatch.setattr(account_pages, "PARTIES", 2)
    with transaction() as session:
        wanted = {factories.user(session, "applicant", name="逐页查看的人").username for _ in range(5)}
        parties = {factories.party(session, name="逐页查看的单位").id for _ in range(5)}
    seen = [
        *linked(admin, "/admin/users?q=逐页查看", "/admin/users/"),
        *linked(admin, "/admin/parties?q=逐页查看", "/admin/parties/"),
    ]
    assert len(seen) == len(set(seen)) == len(wanted) + len(parties)
    assert {f"/admin/parties/{n}" for n in parties} <= set(seen)


def linked(who: Any, first: str, to: str) -> list[str]:
    """Where the rows of a list lead, gone through to its end."""
    seen, path = [], first
    while path:
        page = who.get(path).text
        seen += re.findall(rf'<td><a href="({to}[0-9]+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    return seen
