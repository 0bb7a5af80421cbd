"""What checked readings give by a methodology, and readings as people type them into a form (G02, G17, I04)."""

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from models.vocabulary.text import Text
from services.monitoring.checks import Apart, Calibration, Checked, Gap, Meter, Reading
from services.quantification import Calculation, Methodology, Row, calculated
from services.quantification.definition import exact

OVERDUE = "calibration_overdue"


@dataclass(frozen=True)
class Quantity:
    """How much of something counts, as the methodology calls it."""

    symbol: str
    label: Text
    value: Decimal
    unit: str


@dataclass(frozen=True)
class Counted:
    """Readings worked out.

    Args:
        generation_kwh: quantity of the readings that count, before any conservative reduction; of a methodology
            that measures several things, all of them together.
        conservative: readings counted with the permissible error taken off (calibration overdue).
        left_out: readings that do not count: of meters not verified at the time (G17), and where several
            quantities are measured, of days that are not complete for all of them.
        quantities: what counts, in the order of the methodology.
    """

    calculation: Calculation
    generation_kwh: Decimal
    conservative: tuple[Apart, ...]
    left_out: tuple[Apart, ...]
    last: Reading
    readings: tuple[Reading, ...]
    quantities: tuple[Quantity, ...]


def metered(method: Methodology) -> dict[str, str]:
    """The quantities that meters deliver, each with the word its meters are known by; empty where it needs other data."""
    wanted = [p for p in method.definition.parameters if not p.is_factor and p.symbol != OVERDUE]
    return {p.symbol: p.meter for p in wanted} if all(p.is_monitored and p.meter for p in wanted) else {}


def measured_by(method: Methodology, kinds: Mapping[str, str]) -> dict[str, str]:
    """What each meter measures: symbol by meter number; a meter that delivers nothing wanted is left out.

    Where a single quantity is wanted and no meter is named after it, all meters deliver it.

    Args:
        kinds: what the meters are called, by number.
    """
    words = metered(method)
    found = {
        number: symbol for number, kind in kinds.items() for symbol, word in words.items() if word in kind
    }
    if not found and len(words) == 1:
        return dict.fromkeys(kinds, next(iter(words)))
    return found


def capacity_counts(method: Methodology) -> bool:
    """Does the capacity of the plant limit what its meters can say? Only where generation is all that is measured."""
    words = metered(method)
    return len(words) == 1 and all(p.unit == "kWh" for p in method.definition.parameters if p.symbol in words)


def counted(method: Methodology, checked: Checked, measured: Mapping[str, str]) -> Counted | None:
    """The reduction of checked readings; None where none of them counts.

    Args:
        measured: symbol by meter number (:func:`measured_by`).
    """
    conservative = tuple(
        a for a in checked.apart if a.calibration is Calibration.OVERDUE and forgives(method)
    )
    given = sorted([*checked.good, *(a.reading for a in conservative)], key=lambda r: r.row)
    without = tuple(a for a in checked.apart if a not in conservative)
    symbols = set(metered(method))
    many = len(symbols) > 1
    rows = _complete(given, checked.gaps, without, measured, symbols) if many else given
    if not rows or not symbols:
        return None
    late = {a.reading.row for a in conservative}
    known = {r.row for r in rows}
    data = (
        _together(method, rows, late, measured)
        if many
        else [_row(method, r, r.row in late, next(iter(symbols))) for r in rows]
    )
    return Counted(
        calculation=calculated(method, data, rows[-1].last),
        generation_kwh=sum((r.quantity for r in rows), Decimal(0)),
        conservative=tuple(a for a in conservative if a.reading.row in known),
        left_out=(*without, *(Apart(r, Calibration.VALID) for r in given if r.row not in known)),
        last=rows[-1],
        readings=tuple(rows),
        quantities=_told(method, _quantities(rows, measured, symbols)),
    )


def _told(method: Methodology, values: Mapping[str, Decimal]) -> tuple[Quantity, ...]:
    return tuple(
        Quantity(p.symbol, Text(p.label_en or p.label, p.label), values[p.symbol], p.unit)
        for p in method.definition.parameters
        if p.symbol in values
    )


def _quantities(
    rows: Sequence[Reading], measured: Mapping[str, str], symbols: set[str]
) -> dict[str, Decimal]:
    only = next(iter(symbols)) if len(symbols) == 1 else ""
    return {
        s: sum((r.quantity for r in rows if only or measured[r.meter] == s), Decimal(0))
        for s in sorted(symbols)
    }


def _complete(
    readings: Sequence[Reading],
    gaps: Sequence[Gap],
    without: Sequence[Apart],
    measured: Mapping[str, str],
    symbols: set[str],
) -> list[Reading]:
    """Readings of days on which every quantity is known from every meter; the others would bend the balance (I04)."""
    kept: list[Reading] = []
    for block in _blocks(readings):
        first, last = block[0].first, max(r.last for r in block)
        holes = [(g.first, g.last) for g in gaps] + [(a.reading.first, a.reading.last) for a in without]
        if {measured.get(r.meter) for r in block} == symbols and not any(
            a <= last and first <= b for a, b in holes
        ):
            kept += block
    return sorted(kept, key=lambda r: r.row)


def _blocks(readings: Iterable[Reading]) -> list[list[Reading]]:
    """Readings of all meters that share days, together, in the order of time: with monthly readings, the months."""
    blocks: list[list[Reading]] = []
    until = date.min
    for reading in sorted(readings, key=lambda r: (r.first, r.meter)):
        if not blocks or reading.first > until:
            blocks.append([])
        blocks[-1].append(reading)
        until = max(until, reading.last)
    return blocks


def _together(
    method: Methodology, rows: Sequence[Reading], late: set[int], measured: Mapping[str, str]
) -> list[Row]:
    """One row of data for each block of days, with the sum of every quantity."""
    found = []
    for block in _blocks(rows):
        values: dict[str, object] = dict(_quantities(block, measured, set(measured.values())))
        if forgives(method):
            values[OVERDUE] = any(r.row in late for r in block)
        found.append(Row(values, block[0].first))
    return found


def forgives(method: Methodology) -> bool:
    """Does the methodology count a reading of an overdue meter, with its error taken off?"""
    return method.parameter(OVERDUE) is not None


def _row(method: Methodology, reading: Reading, overdue: bool, symbol: str) -> Row:
    flags = {OVERDUE: overdue} if forgives(method) else {}
    return Row({symbol: reading.quantity, **flags}, reading.first)


def kinds_of(rows: Sequence[Any]) -> dict[str, str]:
    """What the meters of a form are called, by number."""
    return {
        str(row["meter_no"]): str(row.get("kind", ""))
        for row in rows
        if isinstance(row, dict) and row.get("meter_no")
    }


def counting_meters(
    rows: Sequence[Any], measured: Mapping[str, str], capacity_kw: Decimal | None
) -> list[Meter]:
    """The meters that deliver something among the rows of a form, each once with all its verifications.

    Rows that cannot be read are passed over.
    """
    found: dict[str, Meter] = {}
    for row in rows:
        if not isinstance(row, dict) or str(row.get("meter_no")) not in measured:
            continue
        number, multiplier = str(row.get("meter_no") or ""), number_of(row.get("multiplier"))
        first, last = day_of(row.get("verified_on")), day_of(row.get("valid_to"))
        if not number or multiplier is None:
            continue
        verified = ((first, last),) if first and last and first <= last else ()
        before = found[number].verified if number in found else ()
        found[number] = Meter(number, multiplier, (*before, *verified), capacity_kw)
    return list(found.values())


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
