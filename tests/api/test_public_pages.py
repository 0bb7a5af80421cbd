"""The public pages through the real application: readable by anybody, silent about persons."""

import hashlib
import re
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy.event import listen

from models.tables import Notice
from services import notices, objections, projects, redaction
from services import session as sessions
from services.session import transaction
from tests import public_rows as rows
from tests.conftest import environment

DIRT = f"如有疑问请联系赵铁柱 {rows.MOBILE}，身份证 {rows.ID_NO}"


@pytest.fixture
def notice(client):
    """A notice that runs now, whose form and release are full of personal data."""
    with transaction() as session:
        case = rows.a_case(session, rows.leaking_form())
        rows.release(session, case, summary=DIRT, note=DIRT, title=f"关于示范项目的公示{rows.MOBILE}")
        return notices.open_publicity(session, case, 1)


@pytest.fixture
def ended(client):
    """A notice that has ended, with one answered objection and a late one."""
    with transaction() as session:
        made = rows.a_notice(session)
        rows.object_to(session, made)
        case = rows.case_of(session, made)
        notices.close_publicity(session, case, 1, rows.at(rows.OVER))
        objections.record_answer(
            session, case, "1", "not_upheld", {"answer": f"经核实无误，感谢。{rows.MOBILE}"}
        )
        return made


def leaks(text: str) -> list[str]:
    return [leak for leak in (*rows.LEAKS, "王小明", "wang@") if leak in text]


@pytest.mark.rule("M10")
def test_i35_no_public_page_or_feed_shows_personal_data(client, notice, ended):
    with transaction() as session:
        project = projects.publish(session, rows.case_of(session, ended))
        late = objections.file(session, ended.id or 0, rows.OBJECTION, "")
        rows.object_to(session, ended, "2026-12-01T09:00:00")
    paths = [
        "/notices",
        f"/notices/{notice.id}",
        f"/notices/{ended.id}",
        f"/notices/{notice.id}/text.json",
        "/notices.rss",
        "/projects",
        f"/projects/{project.number}",
        "/projects.rss",
        "/api/v1/public/notices",
        f"/api/v1/public/notices/{notice.id}",
        f"/api/v1/public/notices/{ended.id}",
        "/api/v1/public/projects",
        f"/api/v1/public/projects/{project.number}",
    ]
    assert late.late
    for path in paths:
        answer = client.get(path)
        assert (path, answer.status_code, leaks(answer.text)) == (path, 200, [])


@pytest.mark.rule("G14")
def test_notice_page_shows_text_days_and_the_objection_form(client, notice):
    page = client.get(f"/notices/{notice.id}").text
    assert "公示中" in page
    assert "5 个工作日，发布当日不计" in page
    assert "项目基本情况" in page
    assert f'action="/notices/{notice.id}/objections#problems"' in page


def test_i19_downloaded_text_has_the_hash_on_the_page(client, notice):
    text = client.get(f"/notices/{notice.id}/text.json")
    assert hashlib.sha256(text.content).hexdigest() == notice.sha256
    assert notice.sha256 in client.get(f"/notices/{notice.id}").text


@pytest.mark.rule("M05")
def test_objection_without_javascript_leads_to_a_receipt_with_number_and_date(client, notice):
    sent = client.post(f"/notices/{notice.id}/objections", data=rows.OBJECTION)
    assert sent.status_code == 303
    receipt = client.get(sent.headers["location"])
    assert receipt.status_code == 200
    assert re.search(r"YY-\d{4}-\d{4}", receipt.text)
    assert "承诺答复日期" in receipt.text
    assert "王小明" not in receipt.text


def test_objection_with_defects_comes_back_as_typed_with_all_of_them(client, notice):
    sent = client.post(
        f"/notices/{notice.id}/objections", data={"content": "太短了", "topics": "data", "name": "李四"}
    )
    assert sent.status_code == 422
    assert "不少于 10 个字" in sent.text
    assert "请留下邮箱或电话" in sent.text
    assert ">太短了</textarea>" in sent.text
    assert 'value="李四"' in sent.text
    assert re.search(r'value="data" checked', sent.text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("ｗａｎｇ＠example.com", "wang@example.com"), ("１３９１２３４５６７８", "13912345678")],
)
def test_contact_in_full_width_is_taken_for_what_it_is(client, notice, typed, kept):
    sent = client.post(f"/notices/{notice.id}/objections", data={**rows.OBJECTION, "contact": typed})
    assert sent.status_code == 303
    with transaction() as session:
        made = objections.by_lookup(session, sent.headers["location"].split("/")[2].split("?")[0])[0]
        assert made.contact == kept


def test_objection_from_another_site_is_refused(client, notice):
    sent = client.post(
        f"/notices/{notice.id}/objections", data=rows.OBJECTION, headers={"Origin": "https://evil.example"}
    )
    assert sent.status_code == 403


@pytest.mark.rule("M05")
def test_late_objection_is_taken_and_says_so(client, ended):
    page = client.get(f"/notices/{ended.id}").text
    assert "截止。您仍可通过" in page
    sent = client.post(f"/notices/{ended.id}/objections", data=rows.OBJECTION)
    receipt = client.get(sent.headers["location"]).text
    assert "登记为逾期意见" in receipt
    assert "承诺答复日期" not in receipt


@pytest.mark.rule("M05")
def test_ended_notice_stays_with_outcome_and_answer(client, ended):
    page = client.get(f"/notices/{ended.id}").text
    assert "已结束" in page
    assert "异议不成立" in page
    assert "经核实无误" in page
    assert rows.OBJECTION["content"] not in page


def test_ended_notice_without_objections_says_so_with_its_period(client):
    with transaction() as session:
        made = rows.a_notice(session)
        notices.close_publicity(session, rows.case_of(session, made), 1, rows.at(rows.OVER))
    page = client.get(f"/notices/{made.id}").text
    assert "公示期内未收到异议（9月29日至10月10日）。" in page


def test_objector_follows_the_answer_by_the_link(client, ended):
    with transaction() as session:
        lookup = notices.objections_of(session, ended)[0].lookup
    page = client.get(f"/objections/{lookup}")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "异议不成立" in page.text
    assert client.get("/objections/guess").status_code == 404


@pytest.mark.parametrize(("before_the_end", "why"), [(True, "申请主体已撤回申请"), (False, "申请不予通过")])
def test_objector_whose_case_has_ended_is_not_kept_waiting(client, before_the_end, why):
    """Withdrawn while the notice ran, or ended while the objection was looked into: no promise stays."""
    with transaction() as session:
        made = rows.a_notice(session)
        objection, case = rows.object_to(session, made), rows.case_of(session, made)
        if before_the_end:
            notices.withdraw_publicity(session, case, "withdrawn")
        else:
            notices.close_publicity(session, case, 1, rows.at(rows.OVER))
    if not before_the_end:
        assert "异议处理中" in client.get(f"/notices/{made.id}").text
        with transaction() as session:
            ended_case = rows.case_of(session, made)
            ended_case.status, ended_case.ended_at = "rejected", rows.at("2026-10-20T10:00:00")
    page = client.get(f"/objections/{objection.lookup}").text
    assert f"本次公示的办理已终止：{why}。" in page
    assert "办理已终止，不再答复" in page
    for promise in ("处理中", "承诺答复日期", "接下来"):
        assert promise not in page
    notice_page = client.get(f"/notices/{made.id}").text
    assert "异议处理中" not in notice_page
    assert f"不再逐件答复：{why}。" in notice_page
    assert "前答复" not in notice_page


def test_list_and_feed_leave_the_days_to_each_notice(client, notice):
    """How many they are is a setting that two persons may change."""
    assert "公示期为 5 个工作日" not in client.get("/notices").text
    assert "5" not in str(ET.fromstring(client.get("/notices.rss").text).findtext("channel/description"))


def test_list_of_notices_is_filtered_by_state_and_words(client, notice, ended):
    opened = client.get("/notices?state=open").text
    assert f'/notices/{notice.id}"' in opened
    assert f'/notices/{ended.id}"' not in opened
    assert f'/notices/{ended.id}"' in client.get("/notices?state=objections").text
    assert "没有符合条件的公示" in client.get("/notices?q=不存在的项目").text


def test_list_counts_the_objections_that_the_page_of_the_notice_shows(client):
    with transaction() as session:
        made = rows.a_notice(session)
        notices.close_publicity(session, rows.case_of(session, made), 1, rows.at(rows.OVER))
        rows.object_to(session, made, "2026-12-01T09:00:00")  # late
        row = session.get_one(Notice, made.id)
        row.title = title = f"仅有逾期意见的公示{made.id}"
    assert "公示期内未收到异议" in client.get(f"/notices/{made.id}").text
    assert "异议 0 件" in client.get("/notices", params={"q": title}).text
    assert "没有符合条件的公示" in client.get("/notices", params={"q": title, "state": "objections"}).text
    told = client.get("/api/v1/public/notices", params={"q": title}).json()["items"]
    assert [n["objections"] for n in told] == [0]


def test_changed_text_is_admitted_on_the_page(client, notice):
    with transaction() as session:
        row = notices.one(session, notice.id or 0)
        row.text = {**row.text, "summary": "改动"}
    assert "校验值不符" in client.get(f"/notices/{notice.id}").text


def test_a_search_of_the_register_keeps_every_filter(client, ended):
    with transaction() as session:
        project = projects.publish(session, rows.case_of(session, ended))
    page = client.get("/projects?state=implementing").text
    assert '<option value="implementing" selected>' in page
    assert project.number in page
    assert project.number not in client.get("/projects?state=deregistered").text


def test_behind_the_last_page_is_the_last_page(client, notice, ended):
    with transaction() as session:
        project = projects.publish(session, rows.case_of(session, ended))
    for path, address in (
        ("/notices", f"/notices/{notice.id}"),
        ("/projects", f"/projects/{project.number}"),
    ):
        page = client.get(f"{path}?p=999")
        assert (path, page.status_code, "目前没有" in page.text) == (path, 200, False)
        assert f'href="{address}"' in page.text or path == "/notices"
    assert "没有符合条件" in client.get("/projects?q=没有这样的项目&p=7").text


@pytest.mark.rule("G15")
def test_published_project_is_read_without_signing_in_under_its_number(client, ended):
    with transaction() as session:
        project = projects.publish(session, rows.case_of(session, ended))
    assert project.number in client.get("/projects").text
    page = client.get(f"/projects/{project.number}")
    assert page.status_code == 200
    assert project.name in page.text
    assert client.get("/projects/SHPH-XM-1999-0001").status_code == 404


@pytest.mark.rule("G15")
def test_published_scenario_is_not_called_a_project(client, ended):
    with transaction() as session:
        entry = projects.publish(session, rows.case_of(session, ended))
        entry.kind, entry.district, entry.address = "scenario", "", ""
        number = entry.number
    page = client.get(f"/projects/{number}").text
    assert ("场景信息" in page, "场景编号" in page, "项目信息" in page, ">所在区</div>" in page) == (
        True,
        True,
        False,
        False,
    )
    page = client.get(f"/notices/{ended.id}").text
    assert ("本减排场景已向社会公布" in page, "本项目已向社会公布" in page) == (True, False)


def test_feeds_are_well_formed_and_complete(client, notice, ended):
    with transaction() as session:
        row = notices.one(session, ended.id or 0)
        row.title = "<b>&\x0b\ufffe标题</b>"
        projects.publish(session, rows.case_of(session, ended))
    for path, count in (("/notices.rss", 2), ("/projects.rss", 1)):
        answer = client.get(path)
        feed = ET.fromstring(answer.text)
        assert answer.headers["content-type"].startswith("application/rss+xml")
        assert len(feed.findall("channel/item")) >= count
        assert all(item.findtext("pubDate") for item in feed.findall("channel/item"))


def test_canonical_text_is_the_same_after_the_database(client, notice):
    with transaction() as session:
        assert redaction.canonical(notices.one(session, notice.id or 0).text) == redaction.canonical(
            notice.text
        )


def test_notice_runs_on_the_demonstration_clock(client, database):
    with environment(DATABASE_URL=database, WORKING_DAY_SECONDS="2"):
        with transaction() as session:
            case = rows.a_case(session)
            rows.release(session, case)
            made = notices.open_publicity(session, case, 1)
            assert made.closes_at == made.opened_at + timedelta(seconds=10)
        page = client.get(f"/notices/{made.id}")
        listed = client.get("/notices?state=open")
        sent = client.post(f"/api/v1/public/notices/{made.id}/objections", json=rows.OBJECTION).json()
        receipt = client.get(f"/objections/{sent['lookup']}")
        assert [page.status_code, listed.status_code, receipt.status_code] == [200, 200, 200]
        assert datetime.fromisoformat(sent["reply_due"]) >= made.closes_at + timedelta(seconds=19)
        with transaction() as session:
            case = rows.case_of(session, made)
            over, _, slots = notices.close_publicity(session, case, 1, made.closes_at)
            assert (over, slots) == (True, ["1"])
        assert client.get(f"/notices/{made.id}").status_code == 200


def test_pages_read_in_english(client, notice, ended):
    client.cookies.set("lang", "en")
    for path in ("/notices", f"/notices/{notice.id}", f"/notices/{ended.id}", "/projects", "/verify"):
        answer = client.get(path)
        assert (path, answer.status_code) == (path, 200)
    page = client.get(f"/notices/{notice.id}").text
    client.cookies.clear()
    assert "Open for objections" in page
    assert "How the period is counted" in page


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_notices_asks_the_database_equally_often(client, database, count):
    with transaction() as session:
        for _ in range(count):
            rows.object_to(session, rows.a_notice(session, "2026-11-20T10:00:00"), "2026-11-20T11:00:00")
    seen: list[str] = []
    listen(sessions.engine(), "before_cursor_execute", lambda *a: seen.append(a[2]))
    client.get("/notices")
    seen.clear()
    assert client.get("/notices").status_code == 200
    assert len([s for s in seen if s.lstrip().lower().startswith("select") and s != "SELECT 1"]) == 4


HUGE = "9" * 30


@pytest.mark.parametrize(
    "path",
    [
        f"/notices/{HUGE}",
        f"/notices/{HUGE}/text.json",
        "/notices/0",
        "/notices/-1",
        f"/public/documents/{HUGE}",
        "/projects/%00",
        "/objections/%00",
        f"/api/v1/public/notices/{HUGE}",
        "/api/v1/public/certificates/%00",
    ],
)
def test_senseless_address_is_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/notices?q=%00", "/projects?q=%00&district=%00&year=x", "/notices?state=x&sort=y"]
)
def test_senseless_search_finds_nothing_or_all_but_never_fails(client, path):
    assert client.get(path).status_code == 200


def test_objection_with_control_characters_is_taken_without_them(client, notice):
    typed = {**rows.OBJECTION, "content": rows.OBJECTION["content"] + "\x00\x08", "name": "王\x00"}
    assert client.post(f"/api/v1/public/notices/{notice.id}/objections", json=typed).status_code == 201
