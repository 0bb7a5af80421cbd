"""The data of a project for a period, frozen 监测数据集: what an issuance rests on (G16, G17, M10).

A dataset is worked out from the rows at the moment it is asked for and names itself by the sha256 of its
canonical JSON: two people who see the same hash see the same readings, devices and gaps.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlmodel import Session, col, select

from models.tables import Device, DeviceCalibration, Project, ReadingRow
from services.monitoring.checks import Apart, Calibration, Gap, Meter, Reading

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class InUse:
    """A device and the days of a period on which it was in use."""

    device: Device
    meter: Meter
    first: date
    last: date


@dataclass(frozen=True)
class Dataset:
    """Readings of a project's counting devices for a period.

    Args:
        project_number: permanent number. first, last: the period asked for, both days included.
        readings: readings that count in full. `row` counts from 1 through `readings` and `apart` together,
            by device and day, so that every figure can be named.
        apart: readings of days without a confirmed calibration (G17); the methodology says how they count.
        meters: the counting devices with confirmed verifications.
        gaps: days of a device in use for which nothing was reported.
        completeness_pct: share of the device days with a reading, set apart or not, in percent, down to 0.1.
        good_pct: the same, of readings that count in full.
        sha256: of :func:`canonical`.
    """

    project_number: str
    first: date
    last: date
    readings: tuple[Reading, ...]
    apart: tuple[Apart, ...]
    meters: tuple[Meter, ...]
    gaps: tuple[Gap, ...]
    completeness_pct: Decimal
    good_pct: Decimal
    sha256: str


def dataset(session: Session, project: Project, first: date, last: date) -> Dataset:
    """The data of a period (G16, G17).

    A reading belongs to the period when all of its days do; one that reaches beyond an end is left out and
    its days are a gap, so that no day counts in two periods.

    Args:
        first, last: both days included.

    Raises:
        ValueError: the period ends before it begins.
    """
    if last < first:
        raise ValueError("the period ends before it begins")
    used = in_use(session, project, first, last)
    readings = _readings(session, used, first, last)
    meters = {u.meter.number: u.meter for u in used}
    states = {r.row: meters[r.meter].during(r.first, r.last) for r in readings}
    good = tuple(r for r in readings if states[r.row] is Calibration.VALID)
    apart = tuple(Apart(r, states[r.row]) for r in readings if states[r.row] is not Calibration.VALID)
    return _named(
        project_number=project.number,
        first=first,
        last=last,
        readings=good,
        apart=apart,
        meters=tuple(meters.values()),
        gaps=tuple(g for u in used for g in gaps_of(u, readings)),
        completeness_pct=share(used, readings),
        good_pct=share(used, good),
    )


def in_use(session: Session, project: Project, first: date, last: date) -> list[InUse]:
    """The counting devices in use on some day of the period, with their confirmed verifications."""
    rows = session.exec(
        select(Device)
        .where(
            Device.project_id == project.id, col(Device.counting).is_(True), col(Device.in_use_from) <= last
        )
        .order_by(col(Device.meter_no))
    ).all()
    kept = [d for d in rows if d.in_use_to is None or d.in_use_to >= first]
    verified = verifications(session, kept)
    return [
        InUse(
            d,
            meter_of(d, verified.get(d.id or 0, ())),
            max(first, d.in_use_from),
            min(last, d.in_use_to or last),
        )
        for d in kept
    ]


def verifications(session: Session, devices: Iterable[Device]) -> dict[int, tuple[tuple[date, date], ...]]:
    """Confirmed verifications by device; evidence nobody has confirmed does not count (G17)."""
    rows = session.exec(
        select(DeviceCalibration)
        .where(
            col(DeviceCalibration.device_id).in_([d.id for d in devices]),
            DeviceCalibration.state == "confirmed",
        )
        .order_by(col(DeviceCalibration.valid_from), col(DeviceCalibration.id))
    ).all()
    found: dict[int, tuple[tuple[date, date], ...]] = {}
    for row in rows:
        found[row.device_id] = (*found.get(row.device_id, ()), (row.valid_from, row.valid_to))
    return found


def meter_of(device: Device, verified: tuple[tuple[date, date], ...]) -> Meter:
    """The device as the checks know it."""
    return Meter(device.meter_no, plain(device.multiplier), verified, device.capacity_kw)


def plain(value: Decimal) -> Decimal:
    """The number without the zeros its column adds: 80, 46668.80 as 46668.8."""
    return Decimal(f"{value.normalize():f}")


def _readings(session: Session, used: Sequence[InUse], first: date, last: date) -> list[Reading]:
    names = {u.device.id: u.meter.number for u in used}
    rows = session.exec(
        select(ReadingRow).where(
            col(ReadingRow.device_id).in_(list(names)),
            ReadingRow.state != "superseded",
            col(ReadingRow.first_day) >= first,
            col(ReadingRow.last_day) <= last,
        )
    ).all()
    ordered = sorted(rows, key=lambda r: (names[r.device_id], r.first_day))
    return [as_reading(r, names[r.device_id], n) for n, r in enumerate(ordered, 1)]


def as_reading(row: ReadingRow, meter: str, number: int) -> Reading:
    """A row of the table as the checks know it."""
    return Reading(
        number, meter, row.first_day, row.last_day, plain(row.reading_start), plain(row.reading_end),
        plain(row.multiplier), plain(row.quantity),
    )  # fmt: skip


def gaps_of(used: InUse, readings: Iterable[Reading]) -> Iterator[Gap]:
    """Days of a device in use that no reading covers."""
    due = used.first
    for reading in sorted((r for r in readings if r.meter == used.meter.number), key=lambda r: r.first):
        if reading.first > due:
            yield Gap(used.meter.number, due, reading.first - timedelta(days=1))
        due = reading.last + timedelta(days=1)
    if due <= used.last:
        yield Gap(used.meter.number, due, used.last)


def share(used: Sequence[InUse], readings: Iterable[Reading]) -> Decimal:
    """Share of the days of devices in use that readings cover, in percent, rounded down to 0.1; 0 without devices."""
    days = sum((u.last - u.first).days + 1 for u in used)
    return (Decimal(100 * sum(r.days for r in readings)) / (days or 1)).quantize(TENTH, ROUND_DOWN)


def _named(**parts: Any) -> Dataset:
    """The dataset under its hash."""
    unnamed = Dataset(**parts, sha256="")
    return Dataset(**parts, sha256=hashlib.sha256(canonical(unnamed).encode()).hexdigest())


def canonical(data: Dataset) -> str:
    """The dataset as JSON with sorted keys, numbers and days as text; what the hash is taken of."""
    body = asdict(data)
    del body["sha256"]
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_text)


def _text(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
