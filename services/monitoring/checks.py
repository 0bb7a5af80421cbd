"""Checks of readings 抄表数据校核, without rows or files: the same for a form, an upload and an interface.

A reading with a fault is kept out and named with row, column and reason. A reading of days on which its
meter was not calibrated is no fault of the row: it is set apart (G17), and the methodology says how it
counts, if at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from models.vocabulary.text import Text

STEP = Decimal("0.01")  # kWh; a quantity is stated to two places
HOURS_A_DAY = 24


class Column(StrEnum):
    """Columns of a reading, by which a fault is named."""

    METER = "meter_no"
    PERIOD = "period"
    START = "reading_start"
    END = "reading_end"
    MULTIPLIER = "multiplier"
    QUANTITY = "quantity"


class Calibration(StrEnum):
    """The state of a meter on a day. `overdue`: verified once, validity over. `none`: not verified yet."""

    VALID = "valid"
    OVERDUE = "overdue"
    NONE = "none"


@dataclass(frozen=True)
class Meter:
    """A meter with its verifications 检定.

    Args:
        verified: (first day, last day) of each verification.
        capacity_kw: the most the plant behind it can deliver; None = not checked.
    """

    number: str
    multiplier: Decimal
    verified: tuple[tuple[date, date], ...] = ()
    capacity_kw: Decimal | None = None

    def on(self, day: date) -> Calibration:
        """The calibration on a day."""
        if any(first <= day <= last for first, last in self.verified):
            return Calibration.VALID
        return Calibration.OVERDUE if any(first <= day for first, _ in self.verified) else Calibration.NONE

    def during(self, first: date, last: date) -> Calibration:
        """The worst state of the days from `first` to `last`; one day is enough."""
        edges = {first} | {end + timedelta(days=1) for _, end in self.verified}
        states = {self.on(day) for day in edges if first <= day <= last}
        return next(s for s in (Calibration.NONE, Calibration.OVERDUE, Calibration.VALID) if s in states)


@dataclass(frozen=True)
class Reading:
    """One reading: both ends of a period of whole days. `row` is counted as the sender counts."""

    row: int
    meter: str
    first: date
    last: date
    start: Decimal
    end: Decimal
    multiplier: Decimal
    quantity: Decimal

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Fault:
    """Why a row was not taken."""

    row: int
    column: Column
    reason: Text


@dataclass(frozen=True)
class Gap:
    """Days of a meter for which nothing was reported."""

    meter: str
    first: date
    last: date


@dataclass(frozen=True)
class Apart:
    """A reading of days without a valid calibration, with the state of the meter then."""

    reading: Reading
    calibration: Calibration


@dataclass(frozen=True)
class Checked:
    """What a set of readings is worth.

    Args:
        good: readings that count in full.
        apart: readings set apart because of calibration.
        faults: rows not taken, in order; a row may have several.
        gaps: missing days between the readings of a meter, or of the period asked for.
    """

    good: tuple[Reading, ...] = ()
    apart: tuple[Apart, ...] = ()
    faults: tuple[Fault, ...] = ()
    gaps: tuple[Gap, ...] = field(default=())


def check(
    readings: Sequence[Reading], meters: Iterable[Meter], period: tuple[date, date] | None = None
) -> Checked:
    """Check readings against each other and their meters (G16, G17).

    Args:
        readings: in the order sent.
        meters: every meter the sender has registered.
        period: first and last day that has to be complete; None = from the first to the last reading.
    """
    known = {meter.number: meter for meter in meters}
    faults = [f for reading in readings for f in _alone(reading, known.get(reading.meter), period)]
    bad = {f.row for f in faults}
    sound, followed = _followed([r for r in readings if r.row not in bad])
    apart = [
        Apart(r, c) for r in sound if (c := known[r.meter].during(r.first, r.last)) is not Calibration.VALID
    ]
    aside = {a.reading.row for a in apart}
    return Checked(
        good=tuple(r for r in sound if r.row not in aside),
        apart=tuple(apart),
        faults=tuple(sorted([*faults, *followed], key=lambda f: f.row)),
        gaps=tuple(_gaps(sound, period)),
    )


def _alone(reading: Reading, meter: Meter | None, period: tuple[date, date] | None) -> Iterator[Fault]:
    """What a row shows by itself."""
    if meter is None:
        yield Fault(
            reading.row,
            Column.METER,
            Text("This meter is not registered.", f"计量表 {reading.meter} 未登记，请先登记并上传检定证书。"),
        )
    if reading.last < reading.first:
        yield Fault(reading.row, Column.PERIOD, Text("The period ends before it begins.", "止日早于起日。"))
    elif period and (reading.first < period[0] or reading.last > period[1]):
        yield Fault(reading.row, Column.PERIOD, Text("Outside the period.", "不在本次监测期内。"))
    if reading.end < reading.start:
        words = Text("The end reading is below the start.", "期末读数小于期初读数；换表的请分行填写。")
        yield Fault(reading.row, Column.END, words)
        return
    if meter is not None and reading.multiplier != meter.multiplier:
        words = Text(
            f"The multiplier of this meter is {meter.multiplier}.",
            f"倍率与登记的 {meter.multiplier} 不一致。",
        )
        yield Fault(reading.row, Column.MULTIPLIER, words)
    yield from _quantity(reading, meter)


def _quantity(reading: Reading, meter: Meter | None) -> Iterator[Fault]:
    """(end − start) × multiplier = quantity, and no more than capacity × hours."""
    expected = (reading.end - reading.start) * reading.multiplier
    if abs(expected - reading.quantity) > STEP:
        yield Fault(
            reading.row,
            Column.QUANTITY,
            Text(
                f"(end − start) × multiplier is {expected:f}.",
                f"应为（期末－期初）×倍率＝{expected:f}，请核对。",
            ),
        )
    if meter is None or meter.capacity_kw is None or reading.days < 1:
        return
    most = meter.capacity_kw * HOURS_A_DAY * reading.days
    if reading.quantity > most:
        yield Fault(
            reading.row,
            Column.QUANTITY,
            Text(
                f"More than the plant can deliver in {reading.days} days ({most:f}).",
                f"超过装机容量在 {reading.days} 天内的最大可能电量（{most:f}），请核对。",
            ),
        )


def _followed(readings: Sequence[Reading]) -> tuple[list[Reading], list[Fault]]:
    """Readings in the order of time, without those that repeat days or run backwards."""
    sound: list[Reading] = []
    faults: list[Fault] = []
    latest: dict[str, Reading] = {}
    for reading in sorted(readings, key=lambda r: (r.meter, r.first, r.row)):
        before = latest.get(reading.meter)
        fault = _after(before, reading) if before else None
        if fault:
            faults.append(fault)
            continue
        sound.append(reading)
        latest[reading.meter] = reading
    return sorted(sound, key=lambda r: r.row), faults


def _after(before: Reading, reading: Reading) -> Fault | None:
    """Does a reading follow the one before it of the same meter?"""
    if (before.first, before.last) == (reading.first, reading.last):
        words = Text(f"This period is already in row {before.row}.", f"与第 {before.row} 行重复。")
        return Fault(reading.row, Column.PERIOD, words)
    if reading.first <= before.last:
        words = Text(f"Overlaps with row {before.row}.", f"与第 {before.row} 行的期间重叠。")
        return Fault(reading.row, Column.PERIOD, words)
    if reading.start < before.end:
        words = Text(
            f"Below the end reading of row {before.row} ({before.end:f}).",
            f"期初读数小于第 {before.row} 行的期末读数 {before.end:f}。",
        )
        return Fault(reading.row, Column.START, words)
    return None


def _gaps(readings: Sequence[Reading], period: tuple[date, date] | None) -> Iterator[Gap]:
    """Days between the readings of a meter that no reading covers."""
    by_meter: dict[str, list[Reading]] = {}
    for reading in sorted(readings, key=lambda r: r.first):
        by_meter.setdefault(reading.meter, []).append(reading)
    for meter, rows in by_meter.items():
        due = period[0] if period else rows[0].first
        for reading in rows:
            if reading.first > due:
                yield Gap(meter, due, reading.first - timedelta(days=1))
            due = reading.last + timedelta(days=1)
        if period and due <= period[1]:
            yield Gap(meter, due, period[1])


def completeness(checked: Checked, meter: str, period: tuple[date, date]) -> Decimal:
    """Share of the days of a period covered by good readings of a meter, in percent, rounded down to 0.1."""
    days = (period[1] - period[0]).days + 1
    covered = sum(r.days for r in checked.good if r.meter == meter)
    return (Decimal(covered) * 1000 // days) / 10
