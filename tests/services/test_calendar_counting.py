"""Counting days: against a naive oracle, the official arrangement and the demonstration clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import calendar
from services.calendar import Arrangement, DemonstrationClock, Pause, StillPausedError, WorkingCalendar
from services.clock import SHANGHAI
from tests.services.deadline_rows import at

DAY = timedelta(days=1)

#: (opened, working days, last day, why): the official arrangement of 2026.
VECTORS = [
    ("2026-09-28", 5, "2026-10-10", "National Day with a make-up Saturday"),
    ("2026-02-10", 5, "2026-02-24", "Spring Festival with a make-up Saturday"),
    ("2026-04-30", 5, "2026-05-11", "Labour Day with a make-up Saturday"),
    ("2026-11-19", 5, "2026-11-26", "plain week"),
    ("2026-11-20", 20, "2026-12-18", "twenty days from a Friday"),
    ("2026-09-18", 5, "2026-09-24", "make-up Sunday"),
    ("2026-12-10", 10, "2026-12-24", "inside 2026"),
]

#: Make-up working days and weekdays off by the State Council's notices, written down independently.
MADE_UP = [
    "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
]  # fmt: skip
OFF = [
    ("2024-01-01", "2024-01-01"), ("2024-02-10", "2024-02-17"), ("2024-04-04", "2024-04-06"), ("2024-05-01", "2024-05-05"),
    ("2024-06-10", "2024-06-10"), ("2024-09-15", "2024-09-17"), ("2024-10-01", "2024-10-07"),
    ("2025-01-01", "2025-01-01"), ("2025-01-28", "2025-02-04"), ("2025-04-04", "2025-04-06"), ("2025-05-01", "2025-05-05"),
    ("2025-05-31", "2025-06-02"), ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"), ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"), ("2026-10-01", "2026-10-07"),
]  # fmt: skip


def official() -> WorkingCalendar:
    return calendar.built_in()


def days_from(first: str, last: str) -> list[date]:
    start, stop = date.fromisoformat(first), date.fromisoformat(last)
    return [start + DAY * n for n in range((stop - start).days + 1)]


# ---- the official arrangement --------------------------------------------------------------------------------------


@pytest.mark.rule("M05")
@pytest.mark.parametrize(("opened", "budget", "last", "why"), VECTORS, ids=[v[3] for v in VECTORS])
@pytest.mark.parametrize("hour", ["00:00:00", "09:30:00", "23:59:59.999999"])
def test_due_follows_the_official_arrangement(opened, budget, last, why, hour):
    due = official().due(at(f"{opened}T{hour}"), budget)
    assert due == at(last) + DAY
    assert calendar.last_day_of(due) == date.fromisoformat(last)
    assert official().is_confirmed(due)


@pytest.mark.rule("M05")
def test_due_of_publicity_over_national_day_is_midnight_after_the_make_up_saturday():
    due = official().due(at("2026-09-28T10:00:00"), 5)
    assert due.isoformat() == "2026-10-11T00:00:00+08:00"


@pytest.mark.rule("M05")
def test_explain_of_publicity_over_national_day_names_every_day():
    lines = official().explain(at("2026-09-28T10:00:00"), 5)
    assert [(f"{line.day:%m-%d}", line.counted, line.note.zh) for line in lines] == [
        ("09-28", None, "起算当日，不计"),
        ("09-29", 1, "第 1 日"),
        ("09-30", 2, "第 2 日"),
        ("10-01", None, "国庆节，不计"),
        ("10-02", None, "国庆节，不计"),
        ("10-03", None, "国庆节，不计"),
        ("10-04", None, "周末，不计"),
        ("10-05", None, "国庆节，不计"),
        ("10-06", None, "国庆节，不计"),
        ("10-07", None, "国庆节，不计"),
        ("10-08", 3, "第 3 日"),
        ("10-09", 4, "第 4 日"),
        ("10-10", 5, "第 5 日（调休上班），24:00 届满"),
    ]


def test_arrangement_of_2024_to_2026_equals_the_state_councils_notices():
    made_up = {date.fromisoformat(day) for day in MADE_UP}
    off = {day for span in OFF for day in days_from(*span)}
    expected = {
        day: day in made_up or (day.weekday() < 5 and day not in off)
        for day in days_from("2024-01-01", "2026-12-31")
    }
    assert {day: official().is_working(day) for day in expected} == expected


def test_arrangement_names_the_feast_a_swapped_day_belongs_to():
    days = official().days
    assert days[date(2026, 9, 20)] == Arrangement(True, "国庆节调休上班")
    assert days[date(2026, 10, 7)] == Arrangement(False, "国庆节")
    assert days[date(2026, 2, 16)] == Arrangement(False, "春节")


def test_due_beyond_the_official_years_is_not_confirmed():
    due = official().due(at("2026-12-28T09:00:00"), 5)
    assert calendar.last_day_of(due) == date(2027, 1, 5)  # New Year's Day is law already
    assert not official().is_confirmed(due)
    assert official().is_confirmed(at("2027-01-01"))  # 24:00 of the last official day
    assert official().explain(at("2026-12-28T09:00:00"), 5)[4].note.zh == "元旦（预计），不计"


def test_due_far_beyond_every_known_year_counts_monday_to_friday():
    assert calendar.last_day_of(official().due(at("2040-01-05T12:00:00"), 3)) == date(2040, 1, 10)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 1)), st.integers(1, 40))  # noqa: DTZ001
def test_due_is_the_same_instant_from_any_zone_and_shanghai_has_no_summer_time(naive, budget):
    local = naive.replace(tzinfo=SHANGHAI)
    due = official().due(local, budget)
    assert due == official().due(local.astimezone(UTC), budget)
    assert (due.utcoffset(), due.hour, due.minute) == (timedelta(hours=8), 0, 0)


def test_due_on_an_instant_late_in_utc_uses_the_shanghai_day():
    evening = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # 01:00 of the 20th in Shanghai
    assert calendar.last_day_of(official().due(evening, 1)) == date(2026, 11, 23)


# ---- pauses --------------------------------------------------------------------------------------------------------


def pause(start: str, end: str | None) -> Pause:
    return Pause(at(start), at(end) if end else None, "争议处理")


def test_due_with_a_pause_leaves_out_the_days_whose_end_it_covers():
    stood = [pause("2026-11-17T15:00:00", "2026-11-19T09:00:00")]
    lines = official().explain(at("2026-11-16T09:00:00"), 3, stood)
    assert [(line.day.day, line.counted) for line in lines] == [
        (16, None), (17, None), (18, None), (19, 1), (20, 2), (21, None), (22, None), (23, 3),
    ]  # fmt: skip
    assert lines[1].note.zh == "暂停（争议处理），不计"
    assert official().due(at("2026-11-16T09:00:00"), 3, stood) == at("2026-11-24")


def test_due_with_a_pause_inside_one_day_counts_that_day():
    stood = [pause("2026-11-17T09:00:00", "2026-11-17T23:59:59")]
    assert official().due(at("2026-11-16T09:00:00"), 1, stood) == at("2026-11-18")


@pytest.mark.parametrize(
    ("start", "end", "last"),
    [
        (
            "2026-11-18T00:00:00",
            "2026-11-18T09:00:00",
            17,
        ),  # begins at 24:00 of the 17th: the 17th ran to its end
        ("2026-11-17T23:59:59", "2026-11-18T00:00:00", 18),  # holds at the end of the 17th
        ("2026-11-17T23:59:58", "2026-11-17T23:59:59", 17),
    ],
)
def test_due_at_the_edge_of_midnight(start, end, last):
    due = official().due(at("2026-11-16T09:00:00"), 1, [pause(start, end)])
    assert calendar.last_day_of(due) == date(2026, 11, last)


def test_due_while_paused_is_refused_and_explained_up_to_the_pause():
    still = [pause("2026-11-18T10:00:00", None)]
    with pytest.raises(StillPausedError):
        official().due(at("2026-11-16T09:00:00"), 5, still)
    lines = official().explain(at("2026-11-16T09:00:00"), 5, still)
    assert [(line.day.day, line.counted) for line in lines] == [(16, None), (17, 1), (18, None)]
    assert lines[-1].note.zh == "暂停（争议处理），不计"


def test_due_with_no_days_is_refused():
    for clock in (official(), DemonstrationClock(1)):
        with pytest.raises(ValueError, match="at least one day"):
            clock.due(at("2026-11-16T09:00:00"), 0)


# ---- the oracle ----------------------------------------------------------------------------------------------------

MONDAY = datetime(2026, 11, 16, tzinfo=SHANGHAI)
MINUTES = st.integers(0, 60 * 24 * 60)  # sixty days


@st.composite
def calendars(draw) -> WorkingCalendar:
    changed = draw(st.dictionaries(st.integers(0, 90), st.booleans(), max_size=40))
    return WorkingCalendar({MONDAY.date() + DAY * n: Arrangement(working) for n, working in changed.items()})


@st.composite
def pauses(draw) -> list[Pause]:
    """Any closed intervals: before the anchor, overlapping, touching, empty, across midnights."""
    instants = st.one_of(MINUTES, MINUTES.map(lambda m: m // 1440 * 1440))  # also exactly midnight
    found = draw(st.lists(st.tuples(instants, instants), max_size=4))
    return [Pause(MONDAY + timedelta(minutes=min(p)), MONDAY + timedelta(minutes=max(p))) for p in found]


def naive_last_day(working: WorkingCalendar, anchor: datetime, budget: int, stood: list[Pause]) -> date:
    """The rule, one day at a time: is it a working day, and did the clock run in its last microsecond?"""
    midnight = datetime(anchor.year, anchor.month, anchor.day, tzinfo=SHANGHAI)
    while budget:
        midnight += DAY
        last_moment = midnight + DAY - timedelta(microseconds=1)
        off = working.days.get(midnight.date())
        works = off.working if off is not None else midnight.isoweekday() <= 5
        stands = [p for p in stood if p.end is not None and p.start <= last_moment < p.end]
        if works and not stands:
            budget -= 1
    return midnight.date()


@settings(max_examples=400, deadline=None)
@given(calendars(), MINUTES, st.integers(1, 30), pauses())
def test_due_equals_the_naive_oracle(working, minute, budget, stood):
    anchor = MONDAY + timedelta(minutes=minute)
    due = working.due(anchor, budget, stood)
    assert due == calendar.end_of(naive_last_day(working, anchor, budget, stood))


@settings(max_examples=200, deadline=None)
@given(calendars(), MINUTES, st.integers(1, 30), pauses())
def test_explain_counts_every_day_once_and_ends_where_due_ends(working, minute, budget, stood):
    anchor = MONDAY + timedelta(minutes=minute)
    lines = working.explain(anchor, budget, stood)
    assert [line.counted for line in lines if line.counted is not None] == list(range(1, budget + 1))
    assert [line.day for line in lines] == [lines[0].day + DAY * n for n in range(len(lines))]
    assert calendar.end_of(lines[-1].day) == working.due(anchor, budget, stood)
    assert all(working.is_working(line.day) for line in lines if line.counted is not None)


@settings(max_examples=200, deadline=None)
@given(calendars(), MINUTES, st.integers(1, 20), pauses(), st.integers(1, 400), st.booleans())
def test_due_is_unchanged_by_a_holiday_outside_the_window(working, minute, budget, stood, distance, before):
    anchor = MONDAY + timedelta(minutes=minute)
    due = working.due(anchor, budget, stood)
    day = (
        calendar.day_of(anchor) - DAY * (distance - 1)
        if before
        else calendar.last_day_of(due) + DAY * distance
    )
    changed = WorkingCalendar({**working.days, day: Arrangement(not working.is_working(day))})
    assert changed.due(anchor, budget, stood) == due


@settings(max_examples=200, deadline=None)
@given(calendars(), MINUTES, st.integers(1, 20), pauses())
def test_due_moves_later_by_one_working_day_for_each_day_added(working, minute, budget, stood):
    anchor = MONDAY + timedelta(minutes=minute)
    first, second = (working.due(anchor, b, stood) for b in (budget, budget + 1))
    between = [
        d for d in _after(calendar.last_day_of(first), calendar.last_day_of(second)) if working.is_working(d)
    ]
    stood_still = [d for d in between[:-1] if any(p.holds_before(calendar.end_of(d)) for p in stood)]
    assert second > first
    assert between[:-1] == stood_still


def _after(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range(1, (last - first).days + 1)]


@settings(max_examples=200, deadline=None)
@given(calendars(), st.integers(0, 60), st.integers(0, 60))
def test_working_days_between_equals_counting(working, first, second):
    a, b = (MONDAY.date() + DAY * n for n in (first, second))
    counted = sum(working.is_working(d) for d in _after(min(a, b), max(a, b)))
    assert working.working_days_between(a, b) == (counted if b >= a else -counted)


# ---- calendar days -------------------------------------------------------------------------------------------------


def test_due_in_calendar_days_counts_weekends():
    assert official().due(at("2026-11-18T09:00:00"), 30, unit="d") == at("2026-12-19")  # Friday the 18th


def test_due_in_calendar_days_moves_on_from_a_holiday_to_the_next_working_day():
    lines = official().explain(at("2026-09-28T09:00:00"), 4, unit="d")
    assert calendar.last_day_of(official().due(at("2026-09-28T09:00:00"), 4, unit="d")) == date(2026, 10, 8)
    assert [line.counted for line in lines][:5] == [None, 1, 2, 3, 4]
    assert lines[5].note.zh == "国庆节，期限末日顺延"


# ---- what is left, office hours, the part used up --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-09-28T10:00:00", 5),
        ("2026-09-30T10:00:00", 3),
        ("2026-10-05T10:00:00", 3),
        ("2026-10-09T23:59:59", 1),
        ("2026-10-10T08:00:00", 0),
        ("2026-10-10T23:59:59", 0),
        ("2026-10-11T00:00:00", -1),
        ("2026-10-12T09:00:00", -1),
        ("2026-10-13T09:00:00", -2),
    ],
)
def test_left_counts_working_days_after_today(now, left):
    assert official().left(at("2026-10-11T00:00:00"), at(now)) == left


@pytest.mark.parametrize(
    ("now", "open_"),
    [
        ("2026-11-20T08:29:59", False),
        ("2026-11-20T08:30:00", True),
        ("2026-11-20T17:29:59", True),
        ("2026-11-20T17:30:00", False),
        ("2026-11-21T10:00:00", False),
        ("2026-10-01T10:00:00", False),
        ("2026-10-10T10:00:00", True),
    ],
)
def test_office_time_is_the_day_of_a_working_day(now, open_):
    assert official().is_office_time(at(now)) is open_


@pytest.mark.parametrize(
    ("now", "used"),
    [
        ("2026-11-16T17:00:00", 0.0),
        ("2026-11-17T08:00:00", 0.0),
        ("2026-11-17T13:00:00", 0.1),
        ("2026-11-17T20:00:00", 0.2),
        ("2026-11-19T13:00:00", 0.5),
        ("2026-11-22T12:00:00", 0.8),
        ("2026-11-23T17:30:00", 1.0),
        ("2027-01-04T10:00:00", 1.0),
    ],
)
def test_share_grows_in_office_hours_of_working_days(now, used):
    assert official().share(at("2026-11-16T09:00:00"), 5, [], at(now)) == pytest.approx(used)


def test_share_stands_still_while_paused():
    stood = [pause("2026-11-18T00:00:00", None)]
    share = [
        official().share(at("2026-11-16T09:00:00"), 5, stood, at(f"2026-11-{d}T13:00:00"))
        for d in (17, 18, 25)
    ]
    assert share == pytest.approx([0.1, 0.2, 0.2])
