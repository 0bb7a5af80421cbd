"""The table into which readings are typed 填写读数: months and meters, and what is known of each already."""

import calendar
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from models.tables import Device, Project, ReadingRow
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.text import Text
from services import clock
from services.monitoring import devices as registered
from services.monitoring.checks import Reading
from services.monitoring.dataset import InUse, as_reading, gaps_of, meter_of

#: Months shown unless others are chosen, and the most that can be chosen.
SHOWN, MOST = 12, 24
#: Cells of a table: a project of many meters is shown fewer months at once.
CELLS = 1200
DAY = timedelta(days=1)
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Cell:
    """A meter in a month.

    Args:
        state: open (one reading is asked for), kept, pieces (days missing here and there), unused.
        first, last: the days the reading is of.
        before: the latest reading kept from before these days.
        joined: `before` ends on the day before `first`, so that it is where this one starts.
        follows: the cell above ends on the day before; its reading is where this one starts.
        kept: the last reading kept of the month.
    """

    device: Device
    month: date
    state: str
    first: date
    last: date
    before: Reading | None = None
    joined: bool = False
    follows: bool = False
    kept: Reading | None = None

    @property
    def end_name(self) -> str:
        return f"end-{self.device.id}-{self.month:%Y-%m}"

    @property
    def start_name(self) -> str:
        return f"start-{self.device.id}-{self.month:%Y-%m}"

    @property
    def asks_start(self) -> bool:
        """Nothing tells where the reading starts."""
        return self.state == "open" and not self.joined and not self.follows

    @property
    def whole(self) -> bool:
        return (self.first, self.last) == (self.month, end_of(self.month))


@dataclass(frozen=True)
class Sheet:
    """The table: `lines` of months, each with a cell for every one of `devices`; `more` months wait beside."""

    devices: tuple[Device, ...]
    lines: tuple[tuple[date, tuple[Cell, ...]], ...]
    more: int = 0

    @property
    def months(self) -> tuple[date, ...]:
        return tuple(month for month, _ in self.lines)


def end_of(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def newest() -> date:
    """The last month that is over."""
    return (clock.today().date().replace(day=1) - DAY).replace(day=1)


def months_between(first: date, last: date) -> list[date]:
    """First days of the months from one to the other."""
    found = [first.replace(day=1)]
    while (following := end_of(found[-1]) + DAY) <= last:
        found.append(following)
    return found


def chosen(first: str, last: str) -> list[date]:
    """The months of a range as chosen, 2026-01 to 2026-06.

    Raises:
        Invalid: no months, not over yet, in the wrong order, or more than 24.
    """
    problems = []
    for name, value in (("from", first), ("to", last)):
        if not _MONTH.fullmatch(value):
            words = Text("Write the month as 2026-01.", "请按 2026-01 的格式填写月份。")
            problems.append(Problem(name, words))
        elif month_of(value) > newest():
            words = Text("This month is not over yet.", f"{value} 尚未结束，只能填写已结束的月份。")
            problems.append(Problem(name, words))
    if not problems and first > last:
        problems.append(Problem("to", Text("Ends before it begins.", "止月早于起月，请调整。")))
    if not problems and len(found := months_between(month_of(first), month_of(last))) > MOST:
        words = Text(
            f"At most {MOST} months at once; these are {len(found)}.",
            f"一次最多填写 {MOST} 个月，所选为 {len(found)} 个月，请缩短。",
        )
        problems.append(Problem("to", words))
    if problems:
        raise Invalid(tuple(problems))
    return found


def month_of(value: str) -> date:
    """2026-03 as its first day."""
    return date.fromisoformat(f"{value}-01")


def named(value: str) -> list[date]:
    """The months a page sent back that it had shown; what is none of ours is passed over."""
    found = {month_of(m) for m in value.split(",") if _MONTH.fullmatch(m)}
    return sorted(m for m in found if m <= newest())[:MOST]


def sheet(session: Session, project: Project, months: Sequence[date] = ()) -> Sheet:
    """The table to fill in; without months, of the earliest that something is missing of."""
    devices = sorted(registered.of_project(session, project), key=lambda d: not d.counting)
    kept = _kept(session, devices)
    more = 0
    if not months:
        missing = _missing(project, devices, kept)
        months, more = missing[:SHOWN], max(0, len(missing) - SHOWN)
    room = max(1, CELLS // max(1, len(devices)))
    months, more = months[:room], more + max(0, len(months) - room)
    columns = {d.id: _column(d, kept.get(d.id or 0, []), months) for d in devices}
    shown = [d for d in devices if any(c.state != "unused" for c in columns[d.id])]
    lines = [(m, tuple(columns[d.id][n] for d in shown)) for n, m in enumerate(months)]
    return Sheet(tuple(shown), tuple(lines), more)


def _kept(session: Session, devices: Iterable[Device]) -> dict[int, list[Reading]]:
    names = {d.id or 0: d.meter_no for d in devices}
    rows = session.exec(
        select(ReadingRow)
        .where(col(ReadingRow.device_id).in_(list(names)), ReadingRow.state != "superseded")
        .order_by(col(ReadingRow.first_day))
    )
    found: dict[int, list[Reading]] = {}
    for row in rows:
        found.setdefault(row.device_id, []).append(as_reading(row, names[row.device_id], 0))
    return found


def _missing(project: Project, devices: Sequence[Device], kept: Mapping[int, list[Reading]]) -> list[date]:
    """Months that are over and that a meter that counts has days missing of."""
    counting = [d for d in devices if d.counting] or list(devices)
    begins = _credited(project)
    found: set[date] = set()
    for device in counting:
        first = max(device.in_use_from, begins or device.in_use_from)
        last = min(end_of(newest()), device.in_use_to or date.max)
        if first <= last:
            used = InUse(device, meter_of(device, ()), first, last)
            for gap in gaps_of(used, _among(kept.get(device.id or 0, []), first, last)):
                found.update(months_between(gap.first, gap.last))
    return sorted(found)


def _credited(project: Project) -> date | None:
    try:
        return date.fromisoformat(project.crediting_from)
    except ValueError:
        return None


def _among(readings: Iterable[Reading], first: date, last: date) -> list[Reading]:
    return [r for r in readings if r.first <= last and first <= r.last]


def _column(device: Device, kept: Sequence[Reading], months: Sequence[date]) -> list[Cell]:
    found: list[Cell] = []
    above: Cell | None = None
    for month in months:
        cell = _cell(device, kept, month, above)
        above = cell if cell.state == "open" else None
        found.append(cell)
    return found


def _cell(device: Device, kept: Sequence[Reading], month: date, above: Cell | None) -> Cell:
    first, last = max(month, device.in_use_from), min(end_of(month), device.in_use_to or date.max)
    if last < first:
        return Cell(device, month, "unused", month, end_of(month))
    there = _among(kept, first, last)
    gaps = list(gaps_of(InUse(device, meter_of(device, ()), first, last), there))
    if not gaps:
        return Cell(device, month, "kept", there[-1].first, there[-1].last, kept=there[-1])
    if len(gaps) > 1:
        return Cell(device, month, "pieces", first, last)
    gap = gaps[0]
    before = next((r for r in reversed(kept) if r.last < gap.first), None)
    return Cell(
        device, month, "open", gap.first, gap.last, before=before,
        joined=before is not None and before.last + DAY == gap.first,
        follows=above is not None and above.last + DAY == gap.first,
    )  # fmt: skip
