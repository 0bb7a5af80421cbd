"""Another clock than before: limits that run are counted anew, others stay as they were."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from models.tables import Case, Deadline, Outbox
from services import calendar, clock, deadline_moves, deadlines
from services.settings import settings
from tests.services.deadline_rows import at, open_notice, open_task

FILED, LATER = "2026-11-16T09:00:00", "2026-11-18T15:00:00"


def test_limits_that_run_have_their_whole_time_again(session, case, monkeypatch):
    task, notice = open_task(session, case, opened=FILED), open_notice(session, case, FILED)
    monkeypatch.setattr(settings(), "working_day_seconds", 10)
    with clock.at(at(LATER)):
        moved = [m.deadline for m in deadline_moves.begin_anew(session)]
    ours = [m for m in moved if m.case_id == case.id]
    assert [m.day_seconds for m in ours] == [10, 10]
    assert task.due_at == notice.closes_at == at(LATER) + timedelta(seconds=50)
    told = session.exec(select(Outbox).where(Outbox.case_id == case.id).order_by(col(Outbox.id))).all()
    assert [m.payload["task_id"] for m in told] == [str(task.id), "publicity/1"]
    assert deadline_moves.begin_anew(session) == []
    notes = [line.note.zh for line in deadlines.explain(session, deadlines.of_task(session, task)).lines]
    assert any("时钟更换" in note for note in notes), notes


def test_back_with_the_calendar_a_limit_is_counted_in_days(session, case, monkeypatch):
    with monkeypatch.context() as fast:
        fast.setattr(settings(), "working_day_seconds", 10)
        task = open_task(session, case, opened=FILED)
    with clock.at(at(LATER)):
        deadline_moves.begin_anew(session)
    row = deadlines.of_task(session, task)
    assert row.day_seconds is None
    days = calendar.in_force(session).working_days_between(at(LATER), task.due_at)
    assert days in (4, 5, 6)
    assert task.due_at.astimezone(clock.SHANGHAI).time().isoformat() == "00:00:00"


def test_a_paused_limit_stays_paused_and_a_closed_one_as_it_ended(session, case, monkeypatch):
    closed = open_task(session, case, opened=FILED)
    paused = open_task(session, case, opened=FILED, slot="2")
    closed.state, closed.closed_at, end = "done", at(FILED), closed.due_at
    session.flush()
    with clock.at(at("2026-11-17T09:00:00")):
        deadlines.pause_case(session, session.get(Case, case.id), "争议处理")
    monkeypatch.setattr(settings(), "working_day_seconds", 10)
    with clock.at(at(LATER)):
        deadline_moves.begin_anew(session)
    assert (closed.due_at, deadlines.of_task(session, closed).day_seconds) == (end, None)
    assert paused.due_at is None
    with clock.at(at("2026-11-18T16:00:00")):
        deadlines.resume_case(session, session.get(Case, case.id))
    assert paused.due_at == at("2026-11-18T16:00:00") + timedelta(seconds=50)


def test_an_end_set_by_the_calendar_is_told_in_days_under_the_demonstration_clock(session, case, monkeypatch):
    monkeypatch.setattr(settings(), "working_day_seconds", 3)
    words = deadlines.label(at("2026-12-05T00:00:00"), at("2026-11-21T00:00:00"))
    assert (words.zh, words.en) == ("还有 14 天", "in 14 days")


@pytest.mark.parametrize("seconds", [None, 10.0])
def test_a_limit_knows_the_clock_it_is_counted_with(session, case, monkeypatch, seconds):
    monkeypatch.setattr(settings(), "working_day_seconds", seconds)
    task = open_task(session, case, opened=FILED)
    found = session.exec(select(Deadline).where(Deadline.task_id == task.id)).one()
    assert found.day_seconds == seconds


def test_a_demonstration_clock_stands_still_while_it_is_switched_off(session, case, monkeypatch):
    monkeypatch.setattr(settings(), "working_day_seconds", 10)
    lapsed = open_task(session, case, opened="2026-11-16T09:00:00")
    running = open_task(session, case, opened="2026-11-18T14:59:40", slot="2")
    over, off, on = lapsed.due_at, at("2026-11-18T15:00:00"), at("2026-11-19T08:00:00")
    with clock.at(on):
        moved = [m.deadline.task_id for m in deadline_moves.rest(session, off)]
    assert moved == [running.id]
    assert running.due_at == on + timedelta(seconds=30)
    assert lapsed.due_at == over
    lines = deadlines.explain(session, deadlines.of_task(session, running)).lines
    assert any("演示系统停止运行" in line.note.zh for line in lines)


def test_limits_of_the_calendar_run_on_while_the_system_is_off(session, case):
    task = open_task(session, case, opened=FILED)
    end = task.due_at
    with clock.at(at("2026-11-19T08:00:00")):
        deadline_moves.rest(session, at(LATER))
    assert task.due_at == end
