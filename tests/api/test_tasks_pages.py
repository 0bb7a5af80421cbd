"""The workbench and the desk in a browser without scripts."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import select

from api.pages import tasks
from models.tables import Case, TaskDraft, TaskRow
from services import clock, eligibility
from services import session as sessions
from services.access import actor_of
from services.reading import duties, inbox
from services.reading.filters import Filters, Queue
from services.session import reading, transaction
from tests import factories
from tests.api import case_world


@pytest.fixture
def filer(browser: Any) -> Any:
    with transaction() as session:
        row = case_world.filer(session)
    return browser(user=row)


@pytest.fixture
def case_no(filer: Any) -> str:
    return case_world.filed(filer)


@pytest.fixture
def review(case_no: str) -> str:
    return case_world.asked(case_no, "formal_review", "formal_review")


def hidden(html: str) -> dict[str, str]:
    """The hidden fields the desk sends back."""
    return dict(re.findall(r'<input type="hidden" name="(_version|_base|_opened)" value="([^"]*)"', html))


def typed(page: str, **more: Any) -> dict[str, Any]:
    return {**hidden(page), "items.0.kind": "appendix_a", "reason": "我写的理由", **more}


def test_list_of_cases_calls_a_stage_what_its_own_procedure_calls_it(browser: Any, case_no: str) -> None:
    case_world.asked(case_no, "formal_review", "formal_review")
    page = browser("officer").get(f"/staff/cases?q={case_no}").text
    row = page.split("<tbody>")[1]
    assert ("形式审查" in row, "技术审查" in row) == (True, False)
    assert ("形式审查／技术审查" in page, "待申请人办理" in page, "待您办理" in page) == (True, True, False)


def test_formal_review_lists_what_was_checked_of_this_procedure(browser: Any, review: str) -> None:
    html = browser("intake").get(f"/tasks/{review}").text
    for words in eligibility.words_of("project_application"):
        assert words.zh in html


def test_the_list_leads_to_the_desk(browser: Any, review: str) -> None:
    me = browser("intake")
    page = me.get("/tasks?queue=queue&limit=200").text
    assert f"/tasks/{review}" in page
    desk = me.get(f"/tasks/{review}")
    assert desk.status_code == 200
    assert "逐项核对材料" in desk.text


def test_the_export_has_every_row_in_words_and_in_the_time_of_the_office(
    browser: Any, review: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "PART", 1)
    me = browser("supervisor", "intake")
    case_world.asked(case_world.filed(browser(user=me_filer())), "formal_review", "formal_review")
    with transaction() as session:
        row = session.get_one(TaskRow, UUID(review))
        row.due_at, no = datetime(2026, 10, 10, 16, tzinfo=UTC), session.get_one(Case, row.case_id).case_no
    answer = me.get("/tasks/export.csv?queue=queue&limit=5")
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(found) == len({r["办件编号"] for r in found}) > 1
    mine = next(r for r in found if r["办件编号"] == no)
    assert (mine["期限"], mine["状态"]) == ("2026-10-10", "待领取")
    english = me.get(
        "/tasks/export.csv?queue=queue", headers={"Cookie": f"puhui_session={me.token}; lang=en"}
    )
    assert "Unclaimed" in english.text
    assert english.text.startswith("\ufeffCase,Title")


def me_filer() -> Any:
    with transaction() as session:
        return case_world.filer(session)


def test_a_saved_draft_comes_back(browser: Any, review: str) -> None:
    me = browser("intake")
    me.post(f"/tasks/{review}", typed(me.get(f"/tasks/{review}").text, _do="draft", _outcome="refuse"))
    page = me.get(f"/tasks/{review}").text
    assert "我写的理由" in page
    assert re.search(r'value="refuse" checked', page)


def test_defects_are_shown_with_what_was_typed(browser: Any, review: str) -> None:
    me = browser("intake")
    page = me.post(
        f"/tasks/{review}", typed(me.get(f"/tasks/{review}").text, _do="submit", _outcome="refuse")
    )
    assert page.status_code == 422
    assert "请选择不予受理的情形。" in page.text
    assert "我写的理由" in page.text


def test_a_decision_is_submitted_and_receipted(browser: Any, review: str, filer: Any) -> None:
    me = browser("intake")
    form = {k: v for k, v in typed(me.get(f"/tasks/{review}").text).items() if not k.startswith("items")}
    sent = me.post(
        f"/tasks/{review}",
        {
            **form,
            "_do": "submit",
            "_outcome": "request_correction",
            "eligibility_confirmed": "true",
            "items.0.kind": "appendix_a",
            "items.0.complete": "true",
            "items.0.conforming": "true",
            "items.0.sealed": "false",
            "defects.0.target": "materials.licence",
            "defects.0.requirement": "请加盖公章。",
            "defects.0.basis": "申请指南",
        },
    )
    assert (sent.status_code, sent.headers["location"]) == (303, f"/tasks/{review}/done")
    assert "出具补正通知书" in me.get(f"/tasks/{review}/done").text


@pytest.mark.parametrize("do", ["submit", "next"])
def test_text_survives_when_somebody_else_was_faster(browser: Any, review: str, do: str) -> None:
    slow, fast = browser("intake"), browser("intake")
    page = slow.get(f"/tasks/{review}").text
    fast.post(f"/tasks/{review}/claim")
    late = slow.post(f"/tasks/{review}", typed(page, _do=do, _outcome="refuse"))
    assert late.status_code == 409
    assert "已由他人领取" in late.text
    assert fast.user.name in late.text
    assert "我写的理由" in late.text
    with reading() as session:
        draft = session.get(TaskDraft, (UUID(review), slow.user.id))
        assert draft is not None
        assert draft.form["reason"] == "我写的理由"


def test_text_survives_when_the_case_has_ended(browser: Any, filer: Any, case_no: str, review: str) -> None:
    me = browser("intake")
    page = me.get(f"/tasks/{review}").text
    filer.post(f"/api/v1/cases/{case_no}/withdraw", json={"reason": "另行申请"})
    late = me.post(f"/tasks/{review}", typed(page, _do="submit", _outcome="refuse"))
    assert late.status_code == 409
    assert "办件已办结" in late.text
    assert "我写的理由" in late.text


def test_text_survives_a_suspension(browser: Any, case_no: str, review: str) -> None:
    me, boss = browser("intake"), browser("supervisor")
    page = me.get(f"/tasks/{review}").text
    assert boss.post(f"/staff/cases/{case_no}/suspend", {"reason": "争议处理"}).status_code == 303
    late = me.post(f"/tasks/{review}", typed(page, _do="submit", _outcome="refuse"))
    assert (late.status_code, "办件已中止" in late.text, "我写的理由" in late.text) == (409, True, True)


def test_a_change_meanwhile_is_shown_field_by_field(browser: Any, review: str) -> None:
    me = browser("intake")
    me.post(f"/tasks/{review}", typed(me.get(f"/tasks/{review}").text, _do="draft", _outcome="refuse"))
    first, second = me.get(f"/tasks/{review}").text, me.get(f"/tasks/{review}").text
    me.post(f"/tasks/{review}", {**typed(first, _do="draft", _outcome="refuse"), "reason": "另一窗口的理由"})
    late = me.post(f"/tasks/{review}", typed(second, _do="submit", _outcome="refuse", _origin="{}"))
    assert late.status_code == 412
    assert "另一窗口的理由" in late.text
    assert "我写的理由" in late.text
    kept = me.post(f"/tasks/{review}/draft", typed(second, _force="1", _outcome="refuse"))
    assert kept.status_code == 303
    assert "我写的理由" in me.get(f"/tasks/{review}").text


def test_autosave_does_not_overwrite_another_window(browser: Any, review: str) -> None:
    me = browser("intake")
    me.post(f"/tasks/{review}", typed(me.get(f"/tasks/{review}").text, _do="draft"))
    stale = me.get(f"/tasks/{review}").text
    me.post(f"/tasks/{review}", {**typed(stale, _do="draft"), "reason": "较新的内容"})
    assert me.post(f"/tasks/{review}/draft", typed(stale)).status_code == 409
    assert "较新的内容" in me.get(f"/tasks/{review}").text


def test_bulk_actions_give_a_result_for_each_row(browser: Any, filer: Any) -> None:
    ids = [case_world.asked(case_world.filed(filer), "formal_review", "formal_review") for _ in range(2)]
    browser("intake").post(f"/tasks/{ids[0]}/claim")
    me = browser("intake")
    page = me.post("/tasks/bulk", {"ids": ids, "act": "claim", "back": "queue=queue"}).text
    assert "1 件已领取，1 件未领取，原因见上。" in page
    assert all(f'href="/tasks/{i}"' in page for i in ids)
    with reading() as session:
        assert session.get_one(TaskRow, UUID(ids[1])).assignee_id == me.user.id


def test_bulk_with_nothing_selected_says_so(browser: Any) -> None:
    page = browser("intake").post("/tasks/bulk", {"act": "claim"})
    assert (page.status_code, "请先勾选要办理的事项" in page.text) == (422, True)


def test_bulk_reassignment_asks_for_target_and_reason(browser: Any, review: str) -> None:
    boss, to = browser("supervisor"), browser("intake")
    asked = boss.post("/tasks/bulk", {"ids": review, "act": "reassign"}).text
    assert to.user.name in asked
    without = boss.post(
        "/tasks/bulk", {"ids": review, "act": "reassign", "confirmed": "1", "to": to.user.username}
    )
    assert (without.status_code, "请填写改派原因。" in without.text) == (422, True)
    done = boss.post(
        "/tasks/bulk",
        {"ids": review, "act": "reassign", "confirmed": "1", "to": to.user.username, "reason": "休假"},
    )
    assert "1 件已改派。" in done.text


def test_bulk_reassignment_says_who_can_take_how_many_and_who_has_it_already(
    browser: Any, filer: Any
) -> None:
    keys = ("formal_review", "formal_review", "triage")
    ids = [case_world.asked(case_world.filed(filer), key) for key in keys]
    boss, to = browser("supervisor"), browser("intake")
    to.post(f"/tasks/{ids[0]}/claim")
    asked = boss.post("/tasks/bulk", {"ids": ids, "act": "reassign"}).text
    assert f"{to.user.name}（所选 3 件中可接办 1 件；在办 1 件）" in asked
    body = {"ids": ids, "act": "reassign", "confirmed": "1", "to": to.user.username, "reason": "调整分工"}
    done = boss.post("/tasks/bulk", body).text
    assert "未改派：本事项已由该人员承办，无需改派。" in done
    assert "1 件已改派，2 件未改派，原因见上。" in done


def test_views_are_kept_and_shared_with_the_role(browser: Any) -> None:
    me, colleague, other = browser("officer"), browser("officer"), browser("intake")
    made = me.post(
        "/tasks/views",
        {"name": "今天要处理", "query": "queue=inbox&due=today&cursor=xyz", "shared_with": "officer"},
    )
    assert made.headers["location"] == "/tasks?queue=inbox&due=today"
    assert "今天要处理" in colleague.get("/tasks").text
    assert "今天要处理" not in other.get("/tasks").text


def test_a_hold_sends_the_task_to_the_end_and_an_answer_wakes_it(
    browser: Any, filer: Any, review: str
) -> None:
    me = browser("intake")
    me.post(f"/tasks/{review}/claim")
    assert me.post(f"/tasks/{review}/hold", {"wakes": "true", "reason": "等现场照片"}).status_code == 303
    with reading() as session:
        assert [i.held for i in inbox.page(session, actor_of(me.user), Filters()).items] == [True]
    with transaction() as session:
        row = session.get_one(TaskRow, UUID(review))
        no = session.get_one(Case, row.case_id).case_no
    correction = case_world.asked(no, "correction")
    said = {
        "outcome": "resubmit",
        "form": {"replies": [{"finding": 1, "reply": "已补充照片。"}], "changes": []},
    }
    assert filer.post(f"/api/v1/tasks/{correction}/complete", json=said).status_code == 202
    with reading() as session:
        assert [i.held for i in inbox.page(session, actor_of(me.user), Filters()).items] == [False]


@pytest.mark.parametrize("act", ["hold", "delegate", "ask-extension"])
def test_acts_without_a_reason_ask_for_it(browser: Any, review: str, act: str) -> None:
    me = browser("intake")
    me.post(f"/tasks/{review}/claim")
    page = me.post(f"/tasks/{review}/{act}", {"until": "2030-01-01", "days": "3", "to": ""})
    assert (page.status_code, "请填写理由。" in page.text) == (422, True)


def test_overdue_comes_first_then_least_time_left_and_paused_last(browser: Any, filer: Any) -> None:
    ids = [case_world.asked(case_world.filed(filer), "formal_review", "formal_review") for _ in range(4)]
    me = browser("intake")
    for task_id in ids:
        me.post(f"/tasks/{task_id}/claim")
    dues = [
        None,
        clock.now() + timedelta(days=3),
        clock.now() + timedelta(days=1),
        clock.now() - timedelta(days=1),
    ]
    with transaction() as session:
        for task_id, due in zip(ids, dues, strict=True):
            session.get_one(TaskRow, UUID(task_id)).due_at = due
    with reading() as session:
        listed = [str(i.task.id) for i in inbox.page(session, actor_of(me.user), Filters()).items]
    assert listed == ids[::-1]


def test_every_counter_equals_the_list_it_leads_to(browser: Any, filer: Any) -> None:
    for _ in range(2):
        case_world.asked(case_world.filed(filer), "formal_review", "formal_review")
    boss = browser("supervisor")
    actor = actor_of(boss.user)
    with reading() as session:
        for counter in inbox.counters(session, actor, Filters(queue=Queue.ALL)):
            assert inbox.page(session, actor, counter.filters).total == counter.count
        tabs = inbox.tabs(session, actor, [Queue.INBOX, Queue.QUEUE, Queue.WAITING, Queue.ALL])
        assert tabs == {q: inbox.page(session, actor, Filters(queue=q)).total for q in tabs}


def test_a_list_costs_the_same_statements_with_one_row_and_with_three(browser: Any, filer: Any) -> None:
    me = browser("intake")
    counts = []
    for more in (1, 2):
        for _ in range(more):
            task_id = case_world.asked(case_world.filed(filer), "formal_review", "formal_review")
            me.post(f"/tasks/{task_id}/claim")
        counts.append(_statements(lambda: me.get("/tasks?queue=inbox")))
    assert counts[0] == counts[1]


def _statements(run: Any) -> int:
    seen: list[str] = []

    def listener(*what: Any) -> None:
        seen.append(what[2])

    event.listen(sessions.engine(), "before_cursor_execute", listener)
    try:
        assert run().status_code == 200
    finally:
        event.remove(sessions.engine(), "before_cursor_execute", listener)
    return len(seen)


@pytest.mark.rule("M01")
def test_the_list_knows_of_four_eyes_what_the_decision_knows(browser: Any, filer: Any, review: str) -> None:
    from services import access

    with transaction() as session:
        people = [
            factories.user(session, *roles, person_key=key)
            for roles, key in (
                (("intake",), "free"),
                (("intake",), filer.user.person_key),
                (("officer",), "wrong-role"),
            )
        ]
    with reading() as session:
        task = session.get_one(TaskRow, UUID(review))
        known = duties.of_cases(session, [session.get_one(Case, task.case_id)], [task])
        for person in people:
            assert known.refusal(duties.person_of(person), task) == access.may_claim(
                session, actor_of(person), task
            )


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("officer", "/tasks"),
        ("officer", "/tasks?queue=recent"),
        ("officer", "/tasks?queue=waiting"),
        ("officer", "/tasks?queue=archive"),
        ("supervisor", "/tasks?queue=all"),
        ("expert", "/tasks"),
        ("agency", "/tasks"),
        ("auditor", "/tasks"),
        ("officer", "/staff/cases"),
        ("bureau", "/experts"),
        ("supervisor", "/admin/stalled"),
        ("auditor", "/admin/audit/verify"),
        ("admin", "/admin"),
        ("admin", "/admin/users"),
        ("admin", "/admin/limits"),
        ("admin", "/admin/calendar"),
        ("admin", "/admin/ets"),
        ("admin", "/admin/statistics"),
    ],
)
def test_each_page_opens_for_its_people(browser: Any, role: str, path: str) -> None:
    assert browser(role).get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/staff/cases", "/experts", "/admin", "/admin/stalled", "/admin/users", "/admin/limits"]
)
def test_staff_pages_are_closed_to_applicants(browser: Any, path: str) -> None:
    assert browser("applicant").get(path).status_code == 403


def test_the_staff_page_of_a_case_says_why_a_task_is_not_mine(
    browser: Any, case_no: str, review: str
) -> None:
    page = browser("officer").get(f"/staff/cases/{case_no}").text
    assert "不在您的待办中：" in page
    assert "本事项由其他角色或单位办理。" in page


def _decision(proposed: Any) -> str:
    """Where a second person confirms what was proposed."""
    return str(proposed.headers["location"]).partition("?")[0] + "/confirm"


@pytest.mark.rule("M05")
def test_the_law_cannot_be_lowered(browser: Any) -> None:
    day = clock.today().date().isoformat()
    page = browser("admin").post(
        "/admin/limits/publicity_wd", {"value": "3", "effective_from": day, "reason": "加快"}
    )
    assert (page.status_code, "规定不得少于 5，不能调低。" in page.text) == (422, True)


def test_a_limit_changes_from_its_day_with_a_reason(browser: Any) -> None:
    from services import limits

    day = clock.today().date()
    changed = browser("admin").post(
        "/admin/limits/triage_wd", {"value": "4", "effective_from": day.isoformat(), "reason": "人手不足"}
    )
    assert changed.status_code == 303
    assert "4 个工作日" in browser("auditor").get(changed.headers["location"]).text
    with reading() as session:
        assert limits.value(session, "triage_wd", day) == 2  # one person alone changes nothing
    assert browser("supervisor").post(_decision(changed)).status_code == 303
    with reading() as session:
        assert (
            limits.value(session, "triage_wd", day),
            limits.value(session, "triage_wd", day - timedelta(days=1)),
        ) == (4, 2)


def test_a_calendar_change_is_previewed_then_moves_open_limits(browser: Any, review: str) -> None:
    with reading() as session:
        before = session.get_one(TaskRow, UUID(review)).due_at
    assert before is not None
    last = (before - timedelta(seconds=1)).astimezone(clock.SHANGHAI).date()
    form = {
        "day": last.isoformat(),
        "kind": "rest",
        "name": "临时放假",
        "note": "市政府通知",
        "year": str(last.year),
    }
    admin = browser("admin")
    assert "将有" in admin.post("/admin/calendar", {**form, "_do": "preview"}).text
    proposed = admin.post("/admin/calendar", {**form, "_do": "confirm"})
    assert admin.post(_decision(proposed)).status_code == 403
    assert browser("supervisor").post(_decision(proposed)).status_code == 303
    with reading() as session:
        after = session.get_one(TaskRow, UUID(review)).due_at
    assert after is not None
    assert after > before


def test_a_quota_list_with_defects_changes_nothing_and_names_each_line(browser: Any) -> None:
    from models.tables import EtsUnit

    admin = browser("admin")
    good = "单位名称,统一社会信用代码,范围,年度\n上海甲厂,,上海,2026\n上海乙厂,91310199MA6YU08J91,全国,2026\n"
    bad = "单位名称,统一社会信用代码,范围,年度\n,123,火星,26\n"
    assert _upload(admin, good).status_code == 303
    refused = _upload(admin, bad)
    assert (refused.status_code, refused.text.count("第 2 行：") >= 4) == (422, True)
    with reading() as session:
        assert session.exec(select(EtsUnit.name)).all() == []  # a second person puts the good one in force


def _upload(admin: Any, text: str) -> Any:
    return admin.send(
        "POST",
        "/admin/ets",
        data={"csrf": admin.csrf, "reason": "年度名单"},
        files={"file": ("名单.csv", text.encode(), "text/csv")},
    )


def test_a_locked_account_is_unlocked(browser: Any) -> None:
    with transaction() as session:
        row = factories.user(session, "officer", locked_until=clock.now() + timedelta(hours=1))
    admin = browser("admin")
    assert admin.post(f"/admin/users/{row.id}/unlock").status_code == 303
    with reading() as session:
        from models.tables import User

        assert session.get_one(User, row.id).locked_until is None


@pytest.mark.rule("G12")
def test_an_opinion_stays_hidden_everywhere_until_all_are_in(browser: Any, case_no: str) -> None:
    first, second = browser("expert"), browser("expert")
    ids = [_opinion(case_no, slot, who.user.id) for slot, who in (("1.1", first), ("2.1", second))]
    task = first.get(f"/api/v1/tasks/{ids[0]}").json()
    example = next(o["example"] for o in task["outcome_details"] if o["key"] == "fail")
    done = first.post(f"/api/v1/tasks/{ids[0]}/complete", json={"outcome": "fail", "form": example})
    assert done.status_code == 202, done.text
    officer, boss = browser("officer"), browser("supervisor")
    assert officer.get(f"/api/v1/tasks/{ids[0]}").json()["outcome"] is None
    for page in (f"/tasks/{ids[0]}", f"/tasks/{ids[1]}", f"/staff/cases/{case_no}"):
        assert "填写专家评审意见：不通过" not in officer.get(page).text
        assert example["summary"] not in boss.get(page).text
    assert second.get(f"/tasks/{ids[0]}").status_code == 404
    second.post(f"/api/v1/tasks/{ids[1]}/complete", json={"outcome": "fail", "form": example})
    assert officer.get(f"/api/v1/tasks/{ids[0]}").json()["outcome"] == "fail"
    assert example["summary"] in officer.get(f"/tasks/{ids[0]}").text


def _opinion(case_no: str, slot: str, user_id: int) -> str:
    """An opinion asked of one person of the panel, as the course would."""
    from models.tables import Expert, PanelMember
    from models.vocabulary.facts import TaskRequest
    from services import course, panels

    with transaction() as session:
        case = session.exec(select(Case).where(Case.case_no == case_no)).one()
        panel = panels.of_round(session, case, 1) or panels.prepare(session, case, 1, {})
        expert = Expert(
            user_id=user_id,
            key=f"EXP-{user_id}",
            name=f"专家{user_id}",
            specialty="光伏",
            employer="示例大学",
        )
        session.add(expert)
        session.flush()
        session.add(
            PanelMember(
                panel_id=panel.id,
                case_id=case.id,
                slot=slot,
                seat=int(slot[0]),
                expert_id=expert.id,
                state="accepted",
            )
        )
        request = TaskRequest(key="expert_opinion", slot=slot)
        return course.project(session, str(case.id), "expert_review", [request]).tasks[0].task_id
