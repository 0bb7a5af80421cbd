"""What the pages of monitoring data show: months, strips of days, figures (read only)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, literal, tuple_
from sqlmodel import Session, col, select

from models.procedures import PROCEDURES
from models.tables import Case, Device, Project, ReadingRow
from models.vocabulary.roles import FILERS, OVERSIGHT, STAFF
from services import clock
from services.access import Actor
from services.monitoring import dataset as data
from services.monitoring.access import is_side
from services.monitoring.checks import Calibration, Meter
from services.monitoring.dataset import Dataset
from services.reading.measured import Measured, by_meter

MONTHS = 12
CHART = 720  # units of a chart from left to right


@dataclass(frozen=True)
class Month:
    """Quantity of the readings that end in a month, in the unit of what is measured."""

    first: date
    good: Decimal
    apart: Decimal

    @property
    def total(self) -> Decimal:
        return self.good + self.apart


@dataclass(frozen=True)
class Span:
    """Days of a device in one state: good, apart, missing or unused; `left` and `width` in units of the chart."""

    state: str
    first: date
    last: date
    left: Decimal
    width: Decimal


@dataclass(frozen=True)
class Strip:
    """The days of a period of one device."""

    meter_no: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Sum:
    """A year of one quantity; kilometres and kilowatt hours are never added up."""

    what: Measured
    months: tuple[Month, ...]

    @property
    def good(self) -> Decimal:
        return sum((m.good for m in self.months), Decimal(0))

    @property
    def apart(self) -> Decimal:
        return sum((m.apart for m in self.months), Decimal(0))

    @property
    def highest(self) -> Decimal:
        return max((m.total for m in self.months), default=Decimal(0))


@dataclass(frozen=True)
class Overview:
    """A year of a project's data."""

    first: date
    last: date
    data: Dataset
    sums: tuple[Sum, ...]
    strips: tuple[Strip, ...]


def readings_after(
    session: Session,
    project: Project,
    *,
    meter_no: str = "",
    state: str = "",
    after: int = 0,
    limit: int = 200,
) -> list[tuple[ReadingRow, str]]:
    """Readings with their meter numbers in the order received, from an id on."""
    query = (
        select(ReadingRow, Device.meter_no)
        .join(Device, col(Device.id) == col(ReadingRow.device_id))
        .where(ReadingRow.project_id == project.id, col(ReadingRow.id) > after)
    )
    if meter_no:
        query = query.where(Device.meter_no == meter_no)
    if state:
        query = query.where(ReadingRow.state == state)
    return [(row, name) for row, name in session.exec(query.order_by(col(ReadingRow.id)).limit(limit))]


def of_year(
    session: Session, project: Project, year: int, limit: int = 400, after: tuple[int, int] | None = None
) -> list[tuple[ReadingRow, str]]:
    """Readings of a year with their meter numbers, newest first, superseded ones too.

    Args:
        after: `place_of` the last one before.
    """
    query = (
        select(ReadingRow, Device.meter_no)
        .join(Device, col(Device.id) == col(ReadingRow.device_id))
        .where(
            ReadingRow.project_id == project.id,
            col(ReadingRow.last_day) >= date(year, 1, 1),
            col(ReadingRow.first_day) <= date(year, 12, 31),
        )
    )
    place = col(ReadingRow.first_day), col(ReadingRow.id)
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(literal(date.fromordinal(after[0])), literal(after[1])))
    ordered = query.order_by(*(part.desc() for part in place)).limit(limit)
    return [(row, name) for row, name in session.exec(ordered)]


def place_of(row: ReadingRow) -> tuple[int, int]:
    """Where a reading stands among those of its year."""
    return row.first_day.toordinal(), row.id or 0


def years(session: Session, project: Project) -> list[int]:
    """Years with readings and the present one, newest first."""
    query = select(func.date_part("year", col(ReadingRow.first_day))).where(
        ReadingRow.project_id == project.id
    )
    return sorted({int(y) for y in session.exec(query.distinct())} | {clock.today().year}, reverse=True)


def overview(session: Session, project: Project, year: int) -> Overview:
    """The figures and charts of a year; of the present one up to yesterday."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    until = min(last, max(first, clock.today().date() - timedelta(days=1)))
    found = data.dataset(session, project, first, until)
    kinds = by_meter(session, project)
    return Overview(
        first=first,
        last=until,
        data=found,
        sums=tuple(_sum(found, kinds, what, year) for what in dict.fromkeys(kinds.values())),
        strips=tuple(_strip(found, meter, first, until) for meter in found.meters),
    )


def _sum(found: Dataset, kinds: dict[str, Measured], what: Measured, year: int) -> Sum:
    good = [r for r in found.readings if kinds.get(r.meter) == what]
    apart = [a.reading for a in found.apart if kinds.get(a.reading.meter) == what]
    return Sum(
        what,
        tuple(
            Month(
                date(year, m, 1),
                sum((r.quantity for r in good if r.last.month == m), Decimal(0)),
                sum((r.quantity for r in apart if r.last.month == m), Decimal(0)),
            )
            for m in range(1, MONTHS + 1)
        ),
    )


def _strip(found: Dataset, meter: Meter, first: date, last: date) -> Strip:
    """Runs of days in one state; days on which the device was not in use stay empty."""
    days: list[tuple[date, date, str]] = [
        (r.first, r.last, "good") for r in found.readings if r.meter == meter.number
    ]
    days += [
        (a.reading.first, a.reading.last, "apart") for a in found.apart if a.reading.meter == meter.number
    ]
    days += [(g.first, g.last, "missing") for g in found.gaps if g.meter == meter.number]
    whole = Decimal((last - first).days + 1)
    return Strip(meter.number, tuple(_span(run, first, whole) for run in _runs(sorted(days))))


def _runs(days: Sequence[tuple[date, date, str]]) -> list[tuple[date, date, str]]:
    """Neighbours in the same state drawn together."""
    runs: list[tuple[date, date, str]] = []
    for first, last, state in days:
        if runs and runs[-1][2] == state and runs[-1][1] + timedelta(days=1) == first:
            runs[-1] = (runs[-1][0], last, state)
        else:
            runs.append((first, last, state))
    return runs


def _span(run: tuple[date, date, str], first: date, whole: Decimal) -> Span:
    start, end, state = run
    left = CHART * Decimal((start - first).days) / whole
    width = CHART * Decimal((end - start).days + 1) / whole
    return Span(state, start, end, left.quantize(Decimal("0.01")), width.quantize(Decimal("0.01")))


def calibration_today(found: Dataset) -> dict[str, Calibration]:
    """The state of each counting meter today."""
    today = clock.today().date()
    return {m.number: m.on(today) for m in found.meters}


def mine(session: Session, actor: Actor) -> list[Project]:
    """Published projects of the actor's party, as applicant or as the owner that entrusted it."""
    if actor.party_id is None or not actor.is_any(*FILERS):
        return []
    query = (
        select(Project)
        .join(Case, col(Case.id) == col(Project.case_id))
        .where((col(Case.filer_id) == actor.party_id) | (col(Case.principal_id) == actor.party_id))
    )
    return list(session.exec(query.order_by(col(Project.id).desc())))


def page_for(session: Session, actor: Actor | None, project: Project) -> str:
    """Where the reader finds the data of a project: the owner's page, the staff's, or nowhere."""
    if actor is None:
        return ""
    case = session.get_one(Case, project.case_id)
    if is_side(actor, case):
        return f"/my/projects/{project.number}/data"
    reads = actor.is_any(*STAFF, *OVERSIGHT) and actor.roles & (
        PROCEDURES[case.procedure].read_by | OVERSIGHT
    )
    return f"/staff/projects/{project.number}/data" if reads else ""
