"""The console by its pages: several at once, each with its own result and, where refused, its own reason."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.tables import Deadline, EngineHealth, OperatorAct, Outbox, TaskRow
from models.vocabulary.facts import TaskRequest
from services import clock, course, proof_patrol, troubles
from services.session import transaction
from services.troubles import Trouble
from tests import factories


def open_cases(count: int) -> list[tuple[str, str]]:
    """(case number, task) of cases whose formal review waits to be taken."""
    found = []
    with transaction() as session:
        for _ in range(count):
            case = factories.case(session, factories.user(session, "applicant"), status="submitted")
            course.project(session, str(case.id), "formal_review", [TaskRequest(key="formal_review")])
            task = session.exec(select(TaskRow).where(TaskRow.case_id == case.id)).one()
            found.append((case.case_no, str(task.id)))
    return found


def reserved(task_id: str) -> None:
    """The task is one person's alone from now on."""
    with transaction() as session:
        row = session.get_one(TaskRow, task_id)
        row.reserved_for = factories.user(session, "expert").id


@pytest.fixture
def chief(browser: Any) -> Any:
    return browser("supervisor")


@pytest.fixture
def intake(database: str) -> str:
    with transaction() as session:
        return factories.user(session, "intake").username


def test_each_refused_row_tells_its_own_reason_beside_those_that_were_done(chief, intake):
    (_, good), (no, bad) = open_cases(2)
    reserved(bad)
    form = {"task": [good, bad], "to": intake, "reason": "原承办人外出"}
    answer = chief.post("/admin/stalled/order/reassign", form)
    assert answer.status_code == 303
    page = chief.get(answer.headers["location"]).text
    assert ("已核实生效" in page, "未生效" in page) == (True, True)
    assert "未办理：" in page
    with transaction() as session:
        kept = session.exec(select(OperatorAct).where(OperatorAct.state == "failed")).all()
        assert [str(a.task_id) for a in kept] == [bad]
        assert "指定" in kept[0].outcome_zh
    assert no in page


@pytest.mark.parametrize("kind", ["end", "return"])
def test_second_person_reads_a_proposal_and_confirms_it(chief, browser, kind):
    [(no, _)] = open_cases(1)
    form = {"case_no": no, "reason": "申请主体已注销", "stage": "formal_review"}
    proposal = chief.post(f"/admin/stalled/order/{kind}", form).headers["location"]
    other = browser("admin")
    for person in (chief, other):
        page = person.get(proposal)
        assert (page.status_code, "待第二人确认" in page.text) == (200, True)
        assert ("不予确认" in page.text) == (person is other)
    answer = other.post(proposal, {"agree": "yes", "reason": ""})
    assert (answer.status_code, "执行中" in other.get(proposal).text) == (303, True)


def test_when_nothing_could_be_done_every_row_says_why(chief, intake):
    (one, first), (two, second) = open_cases(2)
    reserved(first)
    with transaction() as session:
        row = session.get_one(TaskRow, second)
        row.state, row.closed_at = "cancelled", clock.now()
    form = {"task": [first, second], "to": intake, "reason": "原承办人外出"}
    page = chief.post("/admin/stalled/order/reassign", form)
    assert page.status_code >= 400
    assert (f"{one} 开展形式审查：" in page.text, f"{two} 开展形式审查：" in page.text) == (True, True)
    assert "原承办人外出" in page.text


def test_many_at_once_are_confirmed_by_their_number(chief, intake, monkeypatch):
    from api.pages import stalled

    monkeypatch.setattr(stalled, "COUNTED_FROM", 2)
    ids = [task for _, task in open_cases(2)]
    assert 'name="count"' in chief.get(f"/admin/stalled/order/remind?task={ids[0]}&task={ids[1]}").text
    form = {"task": ids, "reason": "请尽快办理"}
    refused = chief.post("/admin/stalled/order/remind", form)
    assert (refused.status_code, "请输入 2 以确认" in refused.text) == (422, True)
    assert chief.post("/admin/stalled/order/remind", form | {"count": "2"}).status_code == 303


def test_every_act_is_reached_by_people_and_programs(chief, intake, monkeypatch):
    from api.pages import stalled

    monkeypatch.setattr(stalled, "ACTS_SHOWN", 1)
    ids = [task for _, task in open_cases(3)]
    sent = chief.post("/admin/stalled/order/remind", {"task": ids, "reason": "逐页查看"})
    named = chief.get(sent.headers["location"]).text
    seen, path = 0, "/admin/stalled/acts"
    while path:
        page = chief.get(path).text
        seen += page.count("逐页查看")
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = found[1] if found else ""
    assert (seen, "逐页查看" in named) == (3, True)
    told, cursor = [], ""
    while cursor is not None:
        part = chief.get(f"/api/v1/admin/acts?limit=1{cursor and '&cursor=' + cursor}").json()
        told, cursor = told + [a["id"] for a in part["items"]], part["next_cursor"]
    assert len(told) == len(set(told)) >= 3


def test_failing_steps_of_several_cases_are_retried_together(browser, database):
    admin = browser("admin")
    numbers = []
    with transaction() as session:
        for _ in range(2):
            case = factories.case(session, factories.user(session, "applicant"), status="submitted")
            troubles.note(session, Trouble(case.id, "activity", "issue_documents", "模板缺少字段", 3))
            numbers.append(case.case_no)
    console = admin.get("/admin/stalled?cause=activity").text
    assert all(f'name="case" value="{n}"' in console for n in numbers)
    assert "/admin/stalled/order/retry" in console
    page = admin.get(f"/admin/stalled/order/retry?case={numbers[0]}&case={numbers[1]}").text
    assert all(n in page for n in numbers)
    answer = admin.post("/admin/stalled/order/retry", {"case": numbers, "reason": "模板已更换"})
    assert answer.status_code == 303
    with transaction() as session:
        kinds = session.exec(select(OperatorAct.kind).where(OperatorAct.reason == "模板已更换")).all()
    assert list(kinds) == ["retry", "retry"]


def test_a_late_row_says_when_who_is_told_next(chief: Any) -> None:
    ((no, task_id),) = open_cases(1)
    with transaction() as session:
        row = session.get_one(TaskRow, task_id)
        deadline = session.exec(select(Deadline).where(Deadline.task_id == row.id)).one()
        row.due_at = deadline.due_at = clock.now() - timedelta(hours=1)
        row.reminded = 100
    page = chief.get(f"/admin/stalled?cause=overdue&q={no}").text
    assert "已报上级" in page
    assert "下一级 " in page
    assert "系统管理员" in page


def test_state_of_the_machine_is_told_in_words(browser: Any, database: str) -> None:
    with transaction() as session:
        proof_patrol.trail(session)
        session.add(EngineHealth(key="pollers", ok=True, at=clock.now(), data={"workers": 2}))
    page = browser("admin").get("/admin").text
    assert ("审计记录巡查" in page, "2 个连接在领取任务" in page) == (True, True)
    assert "newest" not in page


def test_somebody_compares_without_waiting_for_the_worker(chief: Any) -> None:
    [(_, task)] = open_cases(1)
    named = "承办人与领取、改派记录不一致"
    assert named not in chief.get(chief.post("/admin/stalled/compare", {}).headers["location"]).text
    with transaction() as session:
        session.get_one(TaskRow, task).assignee_id = factories.user(session, "intake").id
    page = chief.get(chief.post("/admin/stalled/compare", {}).headers["location"]).text
    assert ("已核对：发现" in page, named in page) == (True, True)


def test_a_refusal_needs_a_reason_and_what_is_typed_stays(chief, browser):
    [(no, _)] = open_cases(1)
    form = {"case_no": no, "reason": "申请主体已注销"}
    proposal = chief.post("/admin/stalled/order/end", form).headers["location"]
    other = browser("admin")
    silent = other.post(proposal, {"agree": "no", "reason": " "})
    assert (silent.status_code, "请填写不予确认的理由。" in silent.text) == (422, True)
    own = chief.post(proposal, {"agree": "yes", "reason": "同意终止"})
    assert (own.status_code, "须由另一人确认" in own.text) == (403, True)
    assert other.post(proposal, {"agree": "no", "reason": "主体仍存续"}).status_code == 303
    assert "未予确认，理由：主体仍存续" in other.get(proposal).text


def test_tasks_of_one_title_are_told_apart_by_who_has_them(chief, browser):
    [(no, task)] = open_cases(1)
    holder = browser("intake")
    holder.post(f"/tasks/{task}/claim")
    assert f"（{holder.user.name}）" in chief.get(f"/admin/stalled/case/{no}").text
    assert f"承办人 {holder.user.name}" in chief.get(f"/admin/stalled/order/remind?task={task}").text


def test_dead_letters_are_set_aside_from_the_page_that_lists_them(browser: Any, database: str) -> None:
    with transaction() as session:
        case = factories.case(session, factories.user(session, "applicant"), status="published")
        no = case.case_no
        for _ in range(2):
            session.add(Outbox(case_id=case.id, signal="task_closed", dead=True, last_error="ended"))
    admin = browser("admin")
    where = f"/admin/stalled/order/set_aside?case_no={no}"
    assert where in admin.get("/admin").text
    console = admin.get("/admin/stalled?cause=dead").text
    assert "/admin/stalled/order/set_aside" in console
    assert admin.get(f"/admin/stalled/order/set_aside?case={no}&case={no}").text.count(f"<strong>{no}") == 1
    form = {"case": [no, no], "reason": "已办结，结果无误"}
    answer = admin.post("/admin/stalled/order/set_aside", form)
    assert answer.status_code == 303
    assert "已核销 2 条死信" in admin.get(answer.headers["location"]).text
    assert where not in admin.get("/admin").text
