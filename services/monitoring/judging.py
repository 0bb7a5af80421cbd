"""What a delivery of readings is worth beside what is already there 数据校核 (G16, G17)."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.tables import Device, Project, ReadingRow
from models.vocabulary.text import Text
from services.monitoring.checks import Apart, Reading, check
from services.monitoring.dataset import as_reading, meter_of, verifications
from services.monitoring.rows import Rejected, Row, of_fault, parsed


@dataclass(frozen=True)
class Judged:
    """A delivery judged, nothing kept yet.

    Args:
        good, apart: readings to be kept, in the order sent.
        rejected: rows not taken, with column and reason, in order.
        devices: ids by meter number.
    """

    good: tuple[Reading, ...]
    apart: tuple[Apart, ...]
    rejected: tuple[Rejected, ...]
    devices: dict[str, int]


def judge(session: Session, project: Project, rows: Sequence[Row]) -> Judged:
    """Judge rows by themselves, against each other, against their devices and against the readings kept."""
    readings, rejected = parsed(rows)
    devices = list(session.exec(select(Device).where(Device.project_id == project.id)))
    verified = verifications(session, devices)
    checked = check(readings, [meter_of(d, verified.get(d.id or 0, ())) for d in devices])
    rejected += [of_fault(f) for f in checked.faults]
    apart = {a.reading.row: a for a in checked.apart}
    sound = sorted([*checked.good, *(a.reading for a in checked.apart)], key=lambda r: r.row)
    by_number = {d.meter_no: d for d in devices}
    idle = [f for r in sound if (f := _not_in_use(r, by_number[r.meter]))]
    bad = {f.row for f in idle}
    fitting, clashes = _fitted(session, [r for r in sound if r.row not in bad], by_number)
    return Judged(
        good=tuple(r for r in fitting if r.row not in apart),
        apart=tuple(apart[r.row] for r in fitting if r.row in apart),
        rejected=tuple(sorted([*rejected, *idle, *clashes], key=lambda f: f.row)),
        devices={d.meter_no: d.id or 0 for d in devices},
    )


def _not_in_use(reading: Reading, device: Device) -> Rejected | None:
    """A day before the device came into use or after it was replaced."""
    last = device.in_use_to or date.max
    if reading.first >= device.in_use_from and reading.last <= last:
        return None
    until = device.in_use_to or "—"
    words = Text(
        f"Meter {device.meter_no} was in use from {device.in_use_from} to {until}.",
        f"计量表 {device.meter_no} 的使用期间为 {device.in_use_from} 至 {device.in_use_to or '今'}，该期间不在其内。",
    )
    return Rejected(reading.row, "first_day", words)


def _fitted(
    session: Session, readings: Sequence[Reading], devices: dict[str, Device]
) -> tuple[list[Reading], list[Rejected]]:
    """Readings that fit between those already kept, and why the others do not."""
    kept = _kept(session, [devices[m] for m in sorted({r.meter for r in readings})])
    fitting: list[Reading] = []
    clashes: list[Rejected] = []
    for reading in sorted(readings, key=lambda r: (r.meter, r.first)):
        line = kept.setdefault(reading.meter, [])
        clash = _clash(reading, line)
        if clash:
            clashes.append(clash)
            continue
        insort(line, reading, key=lambda r: r.first)
        fitting.append(reading)
    return sorted(fitting, key=lambda r: r.row), clashes


def _kept(session: Session, devices: Iterable[Device]) -> dict[str, list[Reading]]:
    """Live readings of devices by meter number, in the order of time; row 0 marks what is already kept."""
    names = {d.id: d.meter_no for d in devices}
    rows = session.exec(
        select(ReadingRow)
        .where(col(ReadingRow.device_id).in_(list(names)), ReadingRow.state != "superseded")
        .order_by(col(ReadingRow.first_day))
    )
    found: dict[str, list[Reading]] = {}
    for row in rows:
        found.setdefault(names[row.device_id], []).append(as_reading(row, names[row.device_id], 0))
    return found


def _clash(reading: Reading, line: Sequence[Reading]) -> Rejected | None:
    at = bisect_right(line, reading.first, key=lambda r: r.first)
    before = line[at - 1] if at else None
    after = line[at] if at < len(line) else None
    for other in (before, after):
        if other and other.first <= reading.last and reading.first <= other.last:
            return _repeated(reading, other)
    if before and reading.start < before.end:
        words = Text(
            f"Below the end reading {before.end:f} of {before.last}.",
            f"期初读数小于此前（截至 {before.last}）的期末读数 {before.end:f}。",
        )
        return Rejected(reading.row, "reading_start", words)
    if after and reading.end > after.start:
        words = Text(
            f"Above the start reading {after.start:f} of {after.first}.",
            f"期末读数大于此后（自 {after.first} 起）的期初读数 {after.start:f}。",
        )
        return Rejected(reading.row, "reading_end", words)
    return None


def _repeated(reading: Reading, other: Reading) -> Rejected:
    span = f"{other.first} – {other.last}"
    zh = f"{other.first} 至 {other.last}"
    same = (reading.first, reading.last, reading.start, reading.end) == (
        other.first, other.last, other.start, other.end,
    )  # fmt: skip
    words = (
        Text(f"Already received for {span}.", f"{zh} 的读数已收到，无需重复报送。")
        if same
        else Text(
            f"Days already reported ({span}); to correct them ask the centre to set that reading aside.",
            f"与已收数据（{zh}）的期间重叠；如需更正，请联系经办人员作废原读数后重新报送。",
        )
    )
    return Rejected(reading.row, "first_day", words)
