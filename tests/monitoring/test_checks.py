"""Readings are checked by themselves, against their meter, and one after another."""

import calendar
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.monitoring.checks import (
    Calibration,
    Checked,
    Column,
    Gap,
    Meter,
    Reading,
    check,
    completeness,
)

G = "SHPV0001-G"
METER = Meter(G, Decimal(80), ((date(2024, 12, 1), date(2025, 11, 30)),), Decimal("799.92"))
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def reading(month: int, start: str, end: str, row: int = 0, **other: object) -> Reading:
    first, last = date(2025, month, 1), date(2025, month, calendar.monthrange(2025, month)[1])
    quantity = (Decimal(end) - Decimal(start)) * 80
    values = {
        "meter": G,
        "first": first,
        "last": last,
        "multiplier": Decimal(80),
        "quantity": quantity,
    } | other
    return Reading(row=row or month, start=Decimal(start), end=Decimal(end), **values)  # type: ignore[arg-type]


def faults(checked: Checked) -> list[tuple[int, Column, str]]:
    return [(f.row, f.column, f.reason.zh) for f in checked.faults]


def rows(checked: Checked) -> list[int]:
    return [r.row for r in checked.good]


def test_sound_readings_are_all_taken() -> None:
    checked = check([reading(1, "10", "20"), reading(2, "20", "30")], [METER])
    assert (rows(checked), checked.faults, checked.apart, checked.gaps) == ([1, 2], (), (), ())


@pytest.mark.rule("G16")
@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (reading(2, "20", "19"), Column.END, "期末读数小于期初读数；换表的请分行填写。"),
        (reading(2, "20", "30", quantity=Decimal(801)), Column.QUANTITY, "应为（期末－期初）×倍率＝800，请核对。"),
        (reading(2, "20", "30", multiplier=Decimal(1), quantity=Decimal(10)), Column.MULTIPLIER, "倍率与登记的 80 不一致。"),
        (reading(2, "20", "7000"), Column.QUANTITY, "超过装机容量在 28 天内的最大可能电量（537546.24），请核对。"),
        (reading(2, "20", "30", meter="X"), Column.METER, "计量表 X 未登记，请先登记并上传检定证书。"),
        (reading(2, "20", "30", last=date(2025, 1, 31)), Column.PERIOD, "止日早于起日。"),
        (reading(2, "15", "30"), Column.START, "期初读数小于第 1 行的期末读数 20。"),
        (reading(1, "10", "20", row=2), Column.PERIOD, "与第 1 行重复。"),
        (reading(2, "20", "30", first=date(2025, 1, 31)), Column.PERIOD, "与第 1 行的期间重叠。"),
    ],
)  # fmt: skip
def test_bad_row_is_named_and_the_good_one_kept(row: Reading, column: Column, reason: str) -> None:
    checked = check([reading(1, "10", "20"), row], [METER])
    assert faults(checked) == [(2, column, reason)]
    assert rows(checked) == [1]


def test_row_tells_all_its_faults_at_once() -> None:
    row = reading(2, "20", "30", multiplier=Decimal(1), quantity=Decimal(11), meter=G)
    assert [f.column for f in check([row], [METER]).faults] == [Column.MULTIPLIER, Column.QUANTITY]


def test_days_outside_the_period_are_refused() -> None:
    row = reading(1, "10", "20", first=date(2024, 12, 15))
    assert faults(check([row], [METER], YEAR)) == [(1, Column.PERIOD, "不在本次监测期内。")]


@pytest.mark.rule("G17")
def test_reading_of_a_lapsed_calibration_is_set_apart() -> None:
    checked = check([reading(11, "10", "20"), reading(12, "20", "30")], [METER])
    assert rows(checked) == [11]
    assert [(a.reading.row, a.calibration) for a in checked.apart] == [(12, Calibration.OVERDUE)]
    assert checked.faults == ()


@pytest.mark.rule("G17")
def test_reading_of_a_replaced_meter_before_its_verification_is_set_apart() -> None:
    new = Meter("NEW", Decimal(80), ((date(2025, 2, 2), date(2026, 2, 1)),))
    checked = check([reading(2, "0", "1", meter="NEW"), reading(3, "1", "2", meter="NEW")], [new])
    assert (rows(checked), [(a.reading.row, a.calibration) for a in checked.apart]) == (
        [3],
        [(2, Calibration.NONE)],
    )


@pytest.mark.rule("G17")
@given(st.integers(0, 400), st.integers(0, 60))
def test_calibration_of_days_is_that_of_the_worst_day(offset: int, length: int) -> None:
    meter = Meter(
        "M", Decimal(1), ((date(2025, 3, 1), date(2025, 4, 30)), (date(2025, 6, 1), date(2025, 8, 31)))
    )
    first = date(2025, 1, 1) + timedelta(days=offset)
    last = first + timedelta(days=length)
    states = {meter.on(first + timedelta(days=n)) for n in range(length + 1)}
    worst = next(s for s in (Calibration.NONE, Calibration.OVERDUE, Calibration.VALID) if s in states)
    assert meter.during(first, last) is worst


def test_missing_days_are_told_between_readings_and_at_both_ends() -> None:
    checked = check(
        [reading(2, "10", "20"), reading(4, "20", "30")], [METER], (date(2025, 1, 15), date(2025, 5, 2))
    )
    assert checked.gaps == (
        Gap(G, date(2025, 1, 15), date(2025, 1, 31)),
        Gap(G, date(2025, 3, 1), date(2025, 3, 31)),
        Gap(G, date(2025, 5, 1), date(2025, 5, 2)),
    )


def test_completeness_counts_days_of_good_readings() -> None:
    checked = check([reading(m, str(m), str(m + 1)) for m in range(1, 13)], [METER], YEAR)
    assert completeness(checked, G, YEAR) == Decimal("91.5")


@given(st.permutations([reading(m, str(m), str(m + 1)) for m in range(1, 12)]))
def test_order_of_sending_does_not_matter(sent: list[Reading]) -> None:
    assert rows(check(sent, [METER])) == list(range(1, 12))
