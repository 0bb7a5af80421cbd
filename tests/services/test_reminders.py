"""Reminders: the ladder of 50, 80 and 100 percent, on rows."""

from datetime import timedelta

from sqlmodel import Session, col, select

from models.tables import AuditEvent, Deadline, Notification, TaskRow
from services import calendar, clock, deadlines, escalation, reminders
from services.calendar import Calendar
from services.counting import DemonstrationClock
from tests.services.deadline_rows import MONDAY, at, open_task, user


def told(session: Session, task: TaskRow) -> list[tuple[int, str]]:
    query = select(Notification).where(Notification.task_id == task.id).order_by(col(Notification.id))
    return [(n.user_id, n.kind) for n in session.exec(query)]


def sweep_at(session: Session, moment: str) -> None:
    with clock.at(at(moment)):
        reminders.sweep(session)


def test_sweep_climbs_the_ladder_once_and_only_in_office_hours(session, case):
    task, holder, chief = (
        open_task(session, case),
        user(session, "intake", "intake"),
        user(session, "chief", "supervisor"),
    )
    task.assignee_id, task.state = holder.id, "claimed"
    climbed = []
    for moment in (
        "2026-11-17T10:00:00", "2026-11-19T12:59:00", "2026-11-19T13:01:00", "2026-11-19T15:00:00", "2026-11-21T10:00:00",
        "2026-11-23T08:00:00", "2026-11-23T08:31:00", "2026-11-24T00:01:00", "2026-11-24T08:31:00", "2026-11-25T09:00:00",
    ):  # fmt: skip
        sweep_at(session, moment)
        climbed.append(task.reminded)
    assert climbed == [0, 0, 50, 50, 50, 50, 80, 80, 100, 100]
    mine = [t for t in told(session, task) if t[0] in {holder.id, chief.id}]
    assert mine == [(holder.id, "reminder")] * 3 + [(chief.id, "escalation")]
    events = session.exec(
        select(AuditEvent.event).where(AuditEvent.task_id == task.id).order_by(col(AuditEvent.id))
    ).all()
    assert list(events) == ["task.reminded", "task.reminded", "task.escalated"]


def test_sweep_tells_the_group_while_nobody_has_the_task(session, case):
    task, one, two = open_task(session, case), user(session, "one", "intake"), user(session, "two", "intake")
    sweep_at(session, "2026-11-19T14:00:00")
    assert {(one.id, "reminder"), (two.id, "reminder")} <= set(told(session, task))


def test_sweep_leaves_paused_and_closed_tasks_alone(session, case):
    task, closed = open_task(session, case), open_task(session, case, slot="2")
    closed.state, closed.closed_at = "done", at(MONDAY)
    with clock.at(at("2026-11-17T10:00:00")):
        deadlines.pause_case(session, case, "争议处理")
    sweep_at(session, "2026-12-01T10:00:00")
    assert (task.reminded, closed.reminded) == (0, 0)


def test_sweep_of_a_task_put_aside_tells_only_of_its_end(session, case):
    task = open_task(session, case)
    task.hold_reason, task.held_until = "等待复函", at("2026-12-31T00:00:00")
    sweep_at(session, "2026-11-23T10:00:00")
    assert task.reminded == 0
    sweep_at(session, "2026-11-24T10:00:00")
    assert task.reminded == 100


def test_sweep_never_escalates_a_task_whose_silence_has_an_outcome(session, case):
    task = open_task(session, case, "correction")
    task.party_id = case.filer_id
    sweep_at(session, "2026-12-04T16:00:00")
    assert (task.reminded, told(session, task)) == (80, [(case.created_by, "reminder")])
    sweep_at(session, "2026-12-10T10:00:00")
    assert task.reminded == 80


def test_sweep_tells_of_the_new_end_after_an_extension(session, case):
    task, holder = open_task(session, case), user(session, "intake", "intake")
    task.assignee_id, task.state = holder.id, "claimed"
    sweep_at(session, "2026-11-24T10:00:00")
    deadlines.extend(session, deadlines.of_task(session, task), 5, "现场核查", None)
    sweep_at(session, "2026-11-24T11:00:00")
    assert task.reminded == 50
    sweep_at(session, "2026-12-01T10:00:00")
    assert task.reminded == 100
    assert len([t for t in told(session, task) if t[0] == holder.id]) == 2


def test_sweep_tells_the_administrators_five_working_days_after_the_limit(session, case):
    task, chief = open_task(session, case), user(session, "chief", "supervisor")
    head = user(session, "head", "admin")
    sweep_at(session, "2026-11-24T10:00:00")
    assert [t for t in told(session, task) if t[0] in {chief.id, head.id}] == [(chief.id, "escalation")]
    sweep_at(session, "2026-11-30T17:00:00")
    assert task.reminded == 100
    sweep_at(session, "2026-12-01T08:31:00")
    assert task.reminded == 150
    assert [t for t in told(session, task) if t[0] == head.id] == [(head.id, "escalation")]
    sweep_at(session, "2026-12-02T10:00:00")
    assert len([t for t in told(session, task) if t[0] == head.id]) == 1


def test_ladder_shows_the_time_of_each_rung_within_office_hours(session, case):
    task = open_task(session, case)
    with clock.at(at(MONDAY)):
        found = escalation.of_case(session, case)[0]
    assert [(r.percent, r.at, r.state) for r in found.rungs] == [
        (50, at("2026-11-19T13:00:00"), "next"),
        (80, at("2026-11-23T08:30:00"), "later"),
        (100, at("2026-11-24T08:30:00"), "later"),
        (150, at("2026-12-01T08:30:00"), "later"),
    ]
    sweep_at(session, "2026-11-19T13:00:01")
    with clock.at(at("2026-11-19T13:00:01")):
        again = escalation.of_case(session, case)[0]
    assert (task.reminded, again.next and again.next.percent) == (50, 80)
    with clock.at(at("2026-11-19T14:00:00")):
        deadlines.pause_case(session, case, "争议处理")
    assert escalation.of_case(session, case)[0].next is None


def test_ladder_never_names_a_past_time_for_what_is_to_come(session, case):
    task = open_task(session, case)
    saturday = at("2026-11-28T23:30:00")
    with clock.at(saturday):
        [found] = escalation.of_case(session, case)
    assert [r.state for r in found.rungs] == ["never", "never", "next", "later"]
    assert found.next is not None
    assert found.next.at == at("2026-11-30T08:30:00") > saturday
    assert task.reminded == 0


def test_every_rung_is_told_at_the_time_the_ladder_names(session, case):
    task = open_task(session, case)
    with clock.at(at(MONDAY)):
        rungs = escalation.of_case(session, case)[0].rungs
    for rung in rungs:
        before = task.reminded
        for seconds, climbed in ((-60, before), (1, rung.percent)):
            with clock.at(rung.at + timedelta(seconds=seconds)):
                reminders.sweep(session)
            assert task.reminded == climbed


def _due_to_climb(session: Session, by: Calendar) -> tuple[set[object], set[object]]:
    """(tasks with a rung to climb, found by looking at all; tasks the sweep looks at)."""
    now = clock.now()
    pairs = session.exec(
        select(TaskRow, Deadline)
        .join(Deadline, col(Deadline.task_id) == col(TaskRow.id))
        .where(col(TaskRow.closed_at).is_(None), col(TaskRow.due_at).is_not(None))
    ).all()
    return (
        {task.id for task, row in pairs if reminders.rung(task, row, by, now) > task.reminded},
        {task.id for task, _ in reminders._candidates(session, by, now)},
    )


def test_sweep_looks_at_every_task_with_a_rung_to_climb_and_not_at_fresh_ones(session, case):
    opened = (
        "2026-09-21T09:00:00",
        "2026-09-30T16:00:00",
        "2026-10-09T09:00:00",
        "2026-11-06T17:00:00",
        MONDAY,
    )
    tasks = [open_task(session, case, opened=o, slot=str(n)) for n, o in enumerate(opened * 2)]
    for told_, task in zip((0, 50, 80, 100) * 3, tasks, strict=False):
        task.reminded = told_
        row = session.exec(select(Deadline).where(Deadline.task_id == task.id)).one()
        row.budget, row.unit = 5 + 3 * told_ // 10, "d" if told_ == 50 else "wd"
    session.flush()
    spared = 0
    for day in range(1, 61):
        with clock.at(at("2026-09-21T12:00:00") + timedelta(days=day)):
            due, looked_at = _due_to_climb(session, calendar.current(session))
            assert due <= looked_at
            spared += len(tasks) - len(looked_at)
    assert spared > 100


def test_sweep_of_a_demonstration_looks_at_what_its_clock_has_reached(session, case):
    by = DemonstrationClock(10.0)
    task = open_task(session, case)
    row = session.exec(select(Deadline).where(Deadline.task_id == task.id)).one()
    for seconds, known in ((0.5 * 10 * row.budget - 1, False), (0.5 * 10 * row.budget, True)):
        with clock.at(row.anchor_at + timedelta(seconds=seconds)):
            assert (task.id in _due_to_climb(session, by)[1]) is known


def test_ladder_of_the_demonstration_clock_runs_through_the_night(session, case):
    clocked = DemonstrationClock(10.0)
    anchor = at("2026-11-21T23:00:00")
    assert clocked.reached(anchor, 5, 0.5, ()) == anchor + timedelta(seconds=25)
    assert clocked.next_office_time(anchor) == anchor
    assert escalation.last_rung(anchor, clocked) == anchor + timedelta(seconds=50)
