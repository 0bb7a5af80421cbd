"""What checked readings give by a methodology, and readings as people type them into a form (G02, G17, I04)."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.monitoring.checks import Apart, Calibration, Checked, Meter, Reading
from services.quantification import Calculation, Methodology, Row, calculated
from services.quantification.definition import exact

GENERATION = "发电"  # in the kind of a meter; the others measure exchange with the grid
OVERDUE = "calibration_overdue"


@dataclass(frozen=True)
class Counted:
    """Readings worked out.

    Args:
        generation_kwh: quantity of the readings that count, before any conservative reduction.
        conservative: readings counted with the permissible error taken off (calibration overdue).
        left_out: readings of meters not verified at the time; they do not count (G17).
    """

    calculation: Calculation
    generation_kwh: Decimal
    conservative: tuple[Apart, ...]
    left_out: tuple[Apart, ...]
    last: Reading
    readings: tuple[Reading, ...]


def needs_electricity_only(method: Methodology) -> bool:
    """Can the methodology be worked out from meter readings alone?"""
    wanted = {p.symbol for p in method.definition.parameters if not p.is_factor}
    return wanted in ({"EG"}, {"EG", OVERDUE})


def counted(method: Methodology, checked: Checked) -> Counted | None:
    """The reduction of checked readings; None where none of them counts."""
    conservative = tuple(
        a for a in checked.apart if a.calibration is Calibration.OVERDUE and forgives(method)
    )
    rows = sorted([*checked.good, *(a.reading for a in conservative)], key=lambda r: r.row)
    if not rows:
        return None
    late = {a.reading.row for a in conservative}
    return Counted(
        calculation=calculated(method, [_row(method, r, r.row in late) for r in rows], rows[-1].last),
        generation_kwh=sum((r.quantity for r in rows), Decimal(0)),
        conservative=conservative,
        left_out=tuple(a for a in checked.apart if a not in conservative),
        last=rows[-1],
        readings=tuple(rows),
    )


def forgives(method: Methodology) -> bool:
    """Does the methodology count a reading of an overdue meter, with its error taken off?"""
    return method.parameter(OVERDUE) is not None


def _row(method: Methodology, reading: Reading, overdue: bool) -> Row:
    flags = {OVERDUE: overdue} if forgives(method) else {}
    return Row({"EG": reading.quantity, **flags}, reading.first)


def counting_meters(rows: Sequence[Any], capacity_kw: Decimal | None) -> list[Meter]:
    """The meters of generation among the rows of a form, each once with all its verifications.

    Where none is named so, all meters count. Rows that cannot be read are passed over.
    """
    found: dict[str, Meter] = {}
    for row in _counting(rows):
        number, multiplier = str(row.get("meter_no") or ""), number_of(row.get("multiplier"))
        first, last = day_of(row.get("verified_on")), day_of(row.get("valid_to"))
        if not number or multiplier is None:
            continue
        verified = ((first, last),) if first and last and first <= last else ()
        before = found[number].verified if number in found else ()
        found[number] = Meter(number, multiplier, (*before, *verified), capacity_kw)
    return list(found.values())


def _counting(rows: Sequence[Any]) -> list[dict[str, Any]]:
    known = [row for row in rows if isinstance(row, dict)]
    return [row for row in known if GENERATION in str(row.get("kind", ""))] or known


def typed_readings(
    rows: Sequence[Any], meters: Sequence[Meter], period: tuple[date, date] | None
) -> Iterator[Reading]:
    """Readings of these meters as typed, a month each; only those that touch the period, if one is given."""
    numbers = {meter.number for meter in meters}
    for number, row in enumerate(rows, 1):
        reading = (
            _reading(number, row) if isinstance(row, dict) and str(row.get("meter_no")) in numbers else None
        )
        if reading and (period is None or (reading.last >= period[0] and reading.first <= period[1])):
            yield reading


def _reading(number: int, row: dict[str, Any]) -> Reading | None:
    month = day_of(f"{row.get('month')}-01")
    start, end = number_of(row.get("reading_start")), number_of(row.get("reading_end"))
    multiplier, quantity = number_of(row.get("multiplier")), number_of(row.get("quantity_kwh"))
    if month is None or start is None or end is None or multiplier is None or quantity is None:
        return None
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    return Reading(number, str(row["meter_no"]), month, last, start, end, multiplier, quantity)


def number_of(value: object) -> Decimal | None:
    """The number as its sender wrote it; JSON numbers count by their text."""
    try:
        return exact(repr(value) if isinstance(value, float) else value)
    except ValueError:
        return None


def day_of(value: object) -> date | None:
    """A day as ISO text, or None."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
