"""The demonstration clock: the same counting in seconds of running time."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.calendar import DemonstrationClock, Pause, StillPausedError
from services.clock import SHANGHAI
from tests.services.deadline_rows import at

MONDAY = datetime(2026, 11, 16, tzinfo=SHANGHAI)


@pytest.mark.parametrize("unit", ["wd", "d"])
@pytest.mark.parametrize("seconds", [0.5, 1, 60])
def test_demonstration_due_is_so_many_seconds_of_running_time(seconds, unit):
    anchor = at("2026-10-01T23:59:59")
    stood = [Pause(anchor + timedelta(seconds=seconds), anchor + timedelta(seconds=seconds * 3))]
    assert DemonstrationClock(seconds).due(anchor, 5, [], unit) - anchor == timedelta(seconds=5 * seconds)
    assert DemonstrationClock(seconds).due(anchor, 5, stood, unit) - anchor == timedelta(seconds=7 * seconds)


def naive_running_end(anchor: int, amount: int, stood: list[tuple[int, int]]) -> int:
    """The same by ticking once a second."""
    at_ = anchor
    while amount:
        if not any(a <= at_ < b for a, b in stood):
            amount -= 1
        at_ += 1
    return at_


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 50), st.integers(1, 10), st.integers(1, 5),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)).map(lambda p: (min(p), max(p))), max_size=4),
)  # fmt: skip
def test_demonstration_due_equals_ticking(anchor, budget, seconds, stood):
    begin = MONDAY + timedelta(seconds=anchor)
    due = DemonstrationClock(seconds).due(
        begin, budget, [Pause(MONDAY + timedelta(seconds=a), MONDAY + timedelta(seconds=b)) for a, b in stood]
    )
    assert due == MONDAY + timedelta(seconds=naive_running_end(anchor, budget * seconds, stood))


def test_demonstration_explain_gives_the_instants_of_the_days_and_pauses():
    anchor = at("2026-11-21T12:00:00")
    lines = DemonstrationClock(0.5).explain(
        anchor, 3, [Pause(anchor + timedelta(seconds=0.7), anchor + timedelta(seconds=2), "中止")]
    )
    assert [(line.counted, line.note.zh) for line in lines] == [
        (None, "演示时钟起算"),
        (1, "第 1 日，至 12:00:00.5"),
        (None, "暂停（中止），不计"),
        (2, "第 2 日，至 12:00:02.3"),
        (3, "第 3 日，至 12:00:02.8 届满"),
    ]


def test_demonstration_explain_of_an_open_pause_stops_there():
    anchor = at("2026-11-21T12:00:00")
    lines = DemonstrationClock(1).explain(anchor, 3, [Pause(anchor + timedelta(seconds=1.5))])
    assert [line.counted for line in lines] == [None, 1, None]
    with pytest.raises(StillPausedError):
        DemonstrationClock(1).due(anchor, 3, [Pause(anchor + timedelta(seconds=1.5))])


def test_demonstration_left_and_share_follow_running_time():
    clock, anchor = DemonstrationClock(2), at("2026-11-21T12:00:00")
    due = clock.due(anchor, 5)
    moments = [anchor + timedelta(seconds=s) for s in (0, 1, 9, 10, 12)]
    assert [clock.left(due, m) for m in moments] == [5, 4, 0, -1, -2]
    assert [clock.share(anchor, 5, [], m) for m in moments] == pytest.approx([0, 0.1, 0.9, 1, 1])
    assert clock.share(anchor, 5, [Pause(anchor + timedelta(seconds=1))], moments[-1]) == pytest.approx(0.1)
    assert clock.is_confirmed(due)
    assert clock.is_office_time(at("2026-10-01T03:00:00"))
