"""Deadline ledgers, calendar versions and limits, on rows."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from models.tables import (
    CalendarDay,
    Deadline,
    LimitSetting,
    Outbox,
    TaskRow,
)
from models.vocabulary.errors import Conflict, Invalid, NotFound
from models.vocabulary.limits import DEFAULT_LIMITS
from services import calendar, clock, deadline_moves, deadlines, limits
from services.access import spec_of
from services.calendar import Arrangement
from services.settings import settings
from tests.services.deadline_rows import MONDAY, at, open_notice, open_task

# ---- opening -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("M05")
def test_open_for_notice_pins_the_end_after_five_full_working_days(session, case):
    notice = open_notice(session, case, "2026-09-28T10:00:00")
    row = deadlines.of_notice(session, notice.id)
    assert (row.budget, row.anchor, row.confirmed) == (5, "published", True)
    assert notice.closes_at == row.due_at == at("2026-10-11T00:00:00")
    assert deadlines.counted_days(session, row) == [
        "2026-09-29",
        "2026-09-30",
        "2026-10-08",
        "2026-10-09",
        "2026-10-10",
    ]


@pytest.mark.rule("M05")
def test_explain_of_a_notice_draws_the_holiday_together(session, case):
    notice = open_notice(session, case, "2026-09-28T10:00:00")
    told = deadlines.explain(session, deadlines.of_notice(session, notice.id))
    assert told.sentence.zh == (
        "9月28日 公示发布，当日不计 · 9月29日 第 1 日 · 9月30日 第 2 日 · 10月1日—10月3日 国庆节，不计 · 10月4日 周末，不计 · "
        "10月5日—10月7日 国庆节，不计 · 10月8日 第 3 日 · 10月9日 第 4 日 · 10月10日 第 5 日（调休上班），24:00 届满"
    )
    assert (told.due_at, told.calendar_version, told.paused) == (notice.closes_at, 1, False)


def test_open_for_task_twice_is_opening_once(session, case):
    task = open_task(session, case)
    again = deadlines.open_for_task(session, task, spec_of(task), at("2026-11-20T09:00:00"))
    assert again.anchor_at == at(MONDAY)
    assert task.due_at == at("2026-11-24T00:00:00")
    assert len(session.exec(select(Deadline).where(Deadline.case_id == case.id)).all()) == 1


def test_open_for_task_over_the_end_of_the_official_calendar_is_not_confirmed(session, case):
    task = open_task(session, case, opened="2026-12-29T09:00:00")
    assert not deadlines.of_task(session, task).confirmed


def test_open_for_task_in_a_suspended_case_starts_with_the_clock_standing_still(session, case):
    case.suspended_at = at("2026-11-13T09:00:00")
    task = open_task(session, case)
    assert task.due_at is None
    case.suspended_at = None
    with clock.at(at("2026-11-18T09:00:00")):
        deadlines.resume_case(session, case)
    assert task.due_at == at("2026-11-25T00:00:00")


# ---- pauses and extensions -----------------------------------------------------------------------------------------


def test_pause_and_resume_twice_move_every_open_end(session, case):
    task, notice = open_task(session, case), open_notice(session, case, MONDAY)
    closed = open_task(session, case, slot="2")
    closed.state, closed.closed_at = "done", at("2026-11-16T12:00:00")
    before = closed.due_at
    for start, end in (
        ("2026-11-17T10:00:00", "2026-11-18T10:00:00"),
        ("2026-11-19T10:00:00", "2026-11-23T10:00:00"),
    ):
        with clock.at(at(start)):
            assert len(deadlines.pause_case(session, case, "争议处理")) == 2
            assert deadlines.pause_case(session, case, "again") == []
        assert (task.due_at, notice.closes_at) == (None, None)
        with clock.at(at(end)):
            assert len(deadlines.resume_case(session, case)) == 2
    # counted: 18, 23, 24, 25, 26; stood still at the end of 17, 19, 20
    assert task.due_at == notice.closes_at == at("2026-11-27T00:00:00")
    assert closed.due_at == before
    told = deadlines.explain(session, deadlines.of_task(session, task))
    assert "11月19日—11月20日 暂停（争议处理），不计" in told.sentence.zh


def test_explain_while_paused_stops_at_the_pause(session, case):
    task = open_task(session, case)
    with clock.at(at("2026-11-18T10:00:00")):
        deadlines.pause_case(session, case, "争议处理")
    told = deadlines.explain(session, deadlines.of_task(session, task))
    assert (told.paused, told.due_at) == (True, None)
    assert [line.counted for line in told.lines] == [None, 1, None]


def test_resume_after_the_end_had_passed_leaves_it_where_it_was(session, case):
    task = open_task(session, case)
    due = task.due_at
    with clock.at(at("2026-11-30T10:00:00")):
        deadlines.pause_case(session, case, "争议处理")
    assert task.due_at is None
    with clock.at(at("2026-12-02T10:00:00")):
        deadlines.resume_case(session, case)
    assert task.due_at == due


def test_extend_adds_days_once_and_within_the_setting(session, case):
    task = open_task(session, case, "correction")
    most = DEFAULT_LIMITS["correction_extension_wd"]
    for days, reason in ((0, "补充检测报告"), (most + 1, "补充检测报告"), (3, " ")):
        with pytest.raises(Invalid) as refused:
            deadlines.may_extend(session, task, days, reason)
        assert len(refused.value.problems) == 1
    before = task.due_at
    deadlines.may_extend(session, task, 3, "补充检测报告")
    row = deadlines.extend(session, deadlines.of_task(session, task), 3, "补充检测报告", case.created_by)
    assert (row.budget, len(row.extensions), row.extensions[0]["days"]) == (18, 1, 3)
    assert calendar.current(session).working_days_between(before, task.due_at) == 3
    with pytest.raises(Conflict):
        deadlines.may_extend(session, task, 3, "再次延期")


def test_of_task_without_a_limit_is_not_found(session, case):
    with pytest.raises(NotFound):
        deadlines.of_task(session, TaskRow(case_id=case.id, procedure=case.procedure, key="x", role="intake"))


# ---- calendar versions ---------------------------------------------------------------------------------------------


def test_seed_twice_keeps_one_version_equal_to_the_library(session, case):
    calendar.seed(session)
    real = calendar.in_force(session)
    assert (real.version, real.covered_until) == (1, date(2026, 12, 31))
    assert real.days == calendar.built_in().days


def test_recompute_reports_moves_before_and_tells_the_workflow_after(session, case):
    moving = open_task(session, case, opened="2026-12-28T09:00:00")
    staying = open_task(session, case, opened=MONDAY, slot="2")
    notice = open_notice(session, case, "2026-12-28T09:00:00")
    new = calendar.proposed(session, {date(2027, 1, 4): Arrangement(False, "元旦")}, date(2027, 12, 31))
    ends = at("2027-01-06T00:00:00"), at("2027-01-07T00:00:00")
    report = [m for m in deadline_moves.moves(session, new) if m.deadline.case_id == case.id]
    assert [(m.old, m.new) for m in report] == [ends, ends]
    assert moving.due_at == ends[0]

    calendar.publish(session, new, "国务院办公厅 2027 年部分节假日安排", None)
    moved = [m for m in deadline_moves.recompute_all(session, new.version) if m.deadline.case_id == case.id]
    assert [(m.old, m.new) for m in moved] == [ends, ends]
    assert (moving.due_at, notice.closes_at) == (ends[1], ends[1])
    assert staying.due_at == at("2026-11-24T00:00:00")
    row = deadlines.of_task(session, moving)
    assert (row.calendar_version, row.confirmed) == (new.version, True)
    told = session.exec(select(Outbox).where(Outbox.case_id == case.id).order_by(col(Outbox.id))).all()
    assert [(m.signal, m.payload["task_id"]) for m in told] == [
        ("deadline_moved", str(moving.id)),
        ("deadline_moved", "publicity/1"),
    ]
    assert deadline_moves.moves(session, new) == []


def test_publish_can_put_a_day_back_to_monday_to_friday(session, case):
    new = calendar.proposed(session, {date(2026, 10, 10): None}, date(2026, 12, 31))
    calendar.publish(session, new, "更正", None)
    assert not calendar.in_force(session).is_working(date(2026, 10, 10))
    assert calendar.load(session, 1).is_working(date(2026, 10, 10))
    assert session.get(CalendarDay, (new.version, date(2026, 10, 10))) is None


def test_explain_uses_the_version_the_end_was_pinned_with(session, case):
    task = open_task(session, case)
    new = calendar.proposed(session, {date(2026, 11, 18): Arrangement(False, "临时放假")}, date(2026, 12, 31))
    calendar.publish(session, new, "临时放假", None)
    assert len(deadlines.explain(session, deadlines.of_task(session, task)).lines) == 8
    deadline_moves.recompute_all(session, new.version)
    assert (
        "11月18日 临时放假，不计" in deadlines.explain(session, deadlines.of_task(session, task)).sentence.zh
    )


# ---- limits --------------------------------------------------------------------------------------------------------


def test_limit_value_is_the_latest_that_holds_on_the_day(session, case):
    for day, days in ((date(2026, 3, 1), 8), (date(2026, 6, 1), 7)):
        session.add(LimitSetting(key="formal_review_wd", value=days, effective_from=day))
    session.flush()
    asked = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1), date(2020, 1, 1)]
    assert [limits.value(session, "formal_review_wd", day) for day in asked] == [5, 8, 8, 7, 5]
    with pytest.raises(KeyError):
        limits.value(session, "no_such_limit")


@pytest.mark.rule("M05")
def test_limit_seed_writes_every_default_once(session, case):
    limits.seed(session)
    rows = session.exec(select(LimitSetting)).all()
    assert {row.key: row.value for row in rows} == DEFAULT_LIMITS
    assert len(rows) == len(DEFAULT_LIMITS)
    assert limits.value(session, "publicity_wd") == 5


@pytest.mark.rule("M05")
def test_limit_change_refuses_less_than_the_rules_fix(session, case):
    with clock.at(at(MONDAY)), pytest.raises(Invalid) as refused:
        limits.change(session, "publicity_wd", 4, date(2026, 11, 15), "", None)
    assert [p.loc for p in refused.value.problems] == ["value", "effective_from"]
    session.add(LimitSetting(key="publicity_wd", value=3, effective_from=date(2026, 1, 1)))
    session.flush()
    assert limits.value(session, "publicity_wd", date(2026, 11, 16)) == 5


def test_limit_change_holds_for_what_starts_from_that_day(session, case):
    before = open_task(session, case)
    with clock.at(at(MONDAY)):
        limits.change(session, "formal_review_wd", 3, date(2026, 11, 17), "提速", None)
    after = open_task(session, case, opened="2026-11-17T09:00:00", slot="2")
    assert [deadlines.of_task(session, t).budget for t in (before, after)] == [5, 3]


# ---- what people read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "zh", "en"),
    [
        (MONDAY, "还剩 5 个工作日", "5 working days left"),
        ("2026-11-20T12:00:00", "还剩 1 个工作日", "1 working day left"),
        ("2026-11-23T23:00:00", "今日到期", "Due today"),
        ("2026-11-25T09:00:00", "逾期 2 个工作日", "2 working days overdue"),
    ],
)
def test_label_counts_in_working_days(session, case, now, zh, en):
    task = open_task(session, case)
    told = deadlines.label(task.due_at, at(now))
    assert (told.zh, told.en) == (zh, en)


def test_label_of_a_clock_standing_still(session, case):
    assert deadlines.label(None).zh == "已暂停"


def test_left_is_negative_after_the_end(session, case):
    task = open_task(session, case)
    assert [deadlines.left(session, task.due_at, at(f"2026-11-{d}T12:00:00")) for d in (16, 23, 24)] == [
        5,
        0,
        -1,
    ]


# ---- the demonstration clock ---------------------------------------------------------------------------------------


def test_demonstration_clock_counts_in_seconds(session, case, monkeypatch):
    monkeypatch.setattr(settings(), "working_day_seconds", 0.5)
    task = open_task(session, case)
    assert task.due_at == at(MONDAY) + timedelta(seconds=2.5)
    with clock.at(at(MONDAY) + timedelta(seconds=1)):
        deadlines.pause_case(session, case, "中止")
    with clock.at(at(MONDAY) + timedelta(seconds=11)):
        deadlines.resume_case(session, case)
    assert task.due_at == at(MONDAY) + timedelta(seconds=12.5)
    told = deadlines.explain(session, deadlines.of_task(session, task))
    assert (told.demonstration, told.confirmed, told.lines[-1].note.zh) == (
        True,
        True,
        "第 5 日，至 09:00:12.5 届满",
    )


def test_the_one_extension_is_not_spent_on_an_end_that_is_past_as_well(session, case):
    task = open_task(session, case, "correction")
    by, due = calendar.current(session), task.due_at

    def told(days: int) -> str:
        try:
            deadlines.may_extend(session, task, days, "补充检测报告")
        except Invalid as refused:
            return "、".join(f"{p.loc}：{p.msg.zh}" for p in refused.problems)
        return ""

    with clock.at(by.due(due, 4)):
        assert told(2) == "days：延长 2 日后仍已逾期，而期限只能延长一次：至少需要延长 6 日。"
        assert (told(5) != "", told(6)) == (True, "")
    with clock.at(by.due(due, 40)):
        assert told(5) == "days：逾期已超过可延长的 10 日，延长不起作用：请催办、改派或者代为决定。"
