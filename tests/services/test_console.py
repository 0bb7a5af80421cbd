"""The console: every cause with its count and its sentence, lawful waits apart, a fixed number of statements."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from models.tables import EngineHealth, Notice, Outbox, TaskRow
from services import clock, troubles
from services.access import Actor
from services.reading.console import board
from services.reading.console.board import Board, Wanted
from services.troubles import Trouble
from tests import factories
from tests.services.deadline_rows import MONDAY, a_case, at, open_notice, open_task, user

LATER = "2026-11-24T10:00:00"  # one working day past a formal review opened on Monday


@pytest.fixture
def watcher(session: Session) -> Actor:
    return factories.actor(session, "supervisor")


def look(session: Session, watcher: Actor, moment: str = LATER, **wanted: Any) -> Board:
    session.flush()
    with clock.at(at(moment)):
        return board.board(session, watcher, Wanted(**wanted))


def sentences(found: Board, key: str) -> list[str]:
    return [r.why.zh for r in found.group(key).rows]


def test_overdue_task_says_whom_it_waits_for_and_how_late(session, case, watcher):
    task, holder = open_task(session, case), user(session, "李四", "intake")
    task.assignee_id, task.state = holder.id, "claimed"
    found = look(session, watcher)
    assert (found.group("overdue").count, found.stalled >= 1) == (1, True)
    assert sentences(found, "overdue") == ["等待受理人员李四开展形式审查，已超过期限 1 个工作日。"]


def test_task_due_within_a_day_and_unclaimed_one_are_told_apart(session, case, watcher):
    open_task(session, case)
    soon = look(session, watcher, "2026-11-20T10:00:00")
    assert [soon.group(k).count for k in ("due_soon", "unclaimed", "overdue")] == [1, 0, 0]
    waiting = look(session, watcher, "2026-11-19T10:00:00")
    assert [waiting.group(k).count for k in ("due_soon", "unclaimed", "overdue")] == [0, 1, 0]
    assert sentences(waiting, "unclaimed") == ["“开展形式审查”已等候 3 个工作日，受理人员组内无人领取。"]
    assert look(session, watcher, "2026-11-18T10:00:00").stalled == waiting.stalled - 1


def test_applicant_within_the_limit_is_a_lawful_wait_and_does_not_count(session, case, watcher):
    task = open_task(session, case, "correction")
    task.party_id = case.filer_id
    found = look(session, watcher)
    assert (found.group("lawful").count, found.group("applicant").count, found.stalled) == (
        1,
        0,
        len(found.engine.wrong),
    )
    assert not found.group("lawful").cause.counts
    task.extension_asked = {"days": 5, "reason": "现场整改"}
    asked = look(session, watcher)
    assert "已申请延长 5 个工作日，尚未批复。" in sentences(asked, "applicant")[0]


def test_publicity_and_suspended_cases_are_lawful_waits(session, case, watcher):
    notice = Notice(
        case_id=case.id,
        procedure=case.procedure,
        title="公示",
        opened_at=at(MONDAY),
        closes_at=at("2026-11-30T00:00:00"),
    )
    session.add(notice)
    assert sentences(look(session, watcher), "lawful") == [
        "公示中，期限 11 月 29 日止，期满后流程自动继续，无需处理。"
    ]
    open_task(session, case)
    case.suspended_at = at(MONDAY)
    found = look(session, watcher)
    assert sentences(found, "lawful") == ["已由审核负责人中止办理，全部期限停止计算。"]
    assert found.group("overdue").count == 0


def test_the_same_silent_expert_is_one_row_that_opens_to_the_cases(session, case, watcher):
    expert = user(session, "王教授", "expert")
    others = [next(a_case(session)) for _ in range(2)]
    for one in (case, *others):
        task = open_task(session, one, "expert_opinion")
        task.reserved_for = task.assignee_id = expert.id
        task.state = "claimed"
    found = look(session, watcher)
    rows = found.group("experts").rows
    assert [(r.person, r.cases) for r in rows] == [(expert.username, 3)]
    assert found.group("experts").count == 1
    assert rows[0].why.zh == "专家王教授在 3 件中尚未答复；最早期限 11 月 26 日。"
    opened = look(session, watcher, cause="experts", person=expert.username)
    assert {r.case.case_no for r in opened.group("experts").rows if r.case} == {
        c.case_no for c in (case, *others)
    }
    assert "本件等待 1 名专家中的 1 名（已回 0 名）。" in sentences(opened, "experts")[0]


def test_technical_causes_stand_in_the_same_list(session, case, watcher):
    case.needs_operator = "方法学缺失"
    troubles.note(session, Trouble(case.id, "activity", "issue_documents", "RuntimeError: 模板缺少字段 X", 6))
    troubles.note(session, Trouble(case.id, "disagree", "limit_not_of_ledger", "事项期限与期限台账不一致", 0))
    troubles.note(session, Trouble(case.id, "workflow_task", "project_application", "NonDeterminism", 3))
    session.add(
        Outbox(case_id=case.id, signal="task_closed", created_at=at(MONDAY), attempts=4, last_error="refused")
    )
    session.add(Outbox(case_id=case.id, signal="task_closed", created_at=at(MONDAY), dead=True))
    found = look(session, watcher)
    assert {g.key: g.count for g in found.groups if g.cause.technical and g.key != "engine"} == {
        "operator": 1, "activity": 1, "workflow_task": 1, "disagree": 1, "proof": 0, "delivery": 1, "dead": 1,
    }  # fmt: skip
    assert sentences(found, "activity") == ["“制作文书”第 6 次执行失败：RuntimeError: 模板缺少字段 X"]
    assert sentences(found, "disagree")[0].startswith("事项期限与期限台账不一致。")


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([], "没有工作进程上报过状态"),
        ([("reachable", True, 600)], "没有工作进程在运行"),
        ([("reachable", False, 2)], "流程引擎（Temporal）无法连接"),
        ([("reachable", True, 2), ("pollers", False, 2)], "没有工作进程领取任务"),
        ([("reachable", True, 2), ("pollers", True, 2)], ""),
    ],
)
def test_engine_is_named_in_words_with_the_age_of_what_is_known(session, watcher, rows, word):
    for key, ok, seconds in rows:
        session.merge(EngineHealth(key=key, ok=ok, at=at(LATER) - timedelta(seconds=seconds)))
    found = look(session, watcher)
    assert [word in w.zh for w in found.engine.wrong] == ([True] if word else [])
    assert found.engine.age.zh == (
        "工作进程尚未上报过" if not rows else f"{'10 分钟' if rows[0][2] == 600 else '2 秒'}前的数据"
    )


def test_filters_narrow_counts_and_rows_alike(session, case, watcher):
    open_task(session, case)
    other = next(a_case(session))
    open_task(session, other)
    assert look(session, watcher).group("overdue").count == 2
    found = look(session, watcher, q=case.case_no, cause="overdue")
    assert (found.group("overdue").count, [r.case.case_no for r in found.group("overdue").rows]) == (
        1,
        [case.case_no],
    )
    assert look(session, watcher, stage="publicity").group("overdue").count == 0


def test_pages_of_a_group_do_not_overlap(session, case, watcher):
    tasks = [open_task(session, case, slot=str(n)) for n in range(1, 8)]
    seen: list[TaskRow] = []
    for number in (1, 2, 3, 4):
        session.flush()
        with clock.at(at(LATER)):
            page = board.board(session, watcher, Wanted(cause="overdue", page=number), 2)
        seen += [r.task for r in page.group("overdue").rows if r.task]
    assert {t.id for t in seen} == {t.id for t in tasks}
    assert len(seen) == 7


def test_pages_of_lawful_waits_hold_each_case_and_each_publicity_once(session, case, watcher):
    for _ in range(3):
        waits = next(a_case(session))
        open_task(session, waits, "correction").party_id = waits.filer_id
        shown = next(a_case(session))
        open_notice(session, shown, MONDAY)
    seen: list[str] = []
    for number in (1, 2, 3, 4):
        session.flush()
        with clock.at(at("2026-11-17T10:00:00")):
            page = board.board(session, watcher, Wanted(cause="lawful", page=number), 2)
        seen += [r.case.case_no for r in page.group("lawful").rows if r.case]
        assert (number, page.group("lawful").count) == (number, 6)
    assert len(seen) == len(set(seen)) == 6


def test_pages_of_experts_who_are_alike_hold_each_once(session, case, watcher):
    people = [user(session, f"专家{n}", "expert") for n in range(5)]
    for n, one in enumerate(people, 1):
        task = open_task(session, case, "expert_opinion", slot=str(n))
        task.reserved_for = task.assignee_id = one.id
        task.state = "claimed"
    seen: list[str] = []
    for number in (1, 2, 3, 4, 5):
        session.flush()
        with clock.at(at(LATER)):
            seen += [
                r.person
                for r in board.board(session, watcher, Wanted(cause="experts", page=number), 1)
                .group("experts")
                .rows
            ]
    assert seen == [p.username for p in people]


def test_a_page_past_the_end_of_a_group_still_tells_how_many_there_are(session, case, watcher):
    for _ in range(3):
        open_task(session, next(a_case(session)))
    with clock.at(at(LATER)):
        page = board.board(session, watcher, Wanted(cause="overdue", page=9), 2)
    assert (page.group("overdue").count, page.group("overdue").late, page.group("overdue").rows) == (3, 3, [])


def test_the_board_asks_a_fixed_number_of_statements(session, case, watcher):
    def count() -> int:
        told: list[str] = []
        note = lambda *a: told.append(str(a[2]))  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", note)
        try:
            look(session, watcher)
        finally:
            event.remove(session.get_bind(), "before_cursor_execute", note)
        return len([t for t in told if t.lstrip().lower().startswith(("select", "with"))])

    expert = user(session, "王教授", "expert")

    def add() -> None:
        one = next(a_case(session))
        open_task(session, one)
        task = open_task(session, one, "expert_opinion")
        task.reserved_for = task.assignee_id = expert.id
        troubles.note(session, Trouble(one.id, "activity", "issue_documents", "x", 1))

    add()
    look(session, watcher)
    first = count()
    for _ in range(4):
        add()
    assert (count(), first <= 16) == (first, True)
