"""The reduction of an application worked out anew from its own readings 按申报数据复算."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from models.vocabulary.errors import DomainError
from models.vocabulary.text import Text
from services import paths
from services.monitoring.checks import Apart, Calibration, Checked, Meter, Reading, check
from services.quantification import (
    Calculation,
    FactorUsed,
    Met,
    Methodology,
    Row,
    calculated,
    conditions,
    methodology,
)
from services.quantification.definition import exact

FIRST_AMOUNT = Text("First amount applied for", "首次申请减排量")
YEARLY = Text("Estimated yearly reduction", "预计年均减排量")
GENERATION = "发电"  # in the kind of a meter; the others measure exchange with the grid
OVERDUE = "calibration_overdue"
TONNE_PLACES = Decimal("0.001")


@dataclass(frozen=True)
class Estimate:
    """What the readings of a form give, beside what the form claims.

    Args:
        calculation: by the methodology version the form names.
        checked: the readings as checked; `apart` holds those without valid calibration.
        generation_kwh: quantity of the readings that count, before any conservative reduction.
        conservative: readings counted with the permissible error taken off (calibration overdue).
        left_out: readings of meters not verified at the time; they do not count (G17).
        claim, claimed_t: what the form asks for, in tonnes; None where it asks for nothing comparable.
        unmet: conditions of use that the form's own data does not meet (G02).
    """

    calculation: Calculation
    checked: Checked
    generation_kwh: Decimal
    conservative: tuple[Apart, ...]
    left_out: tuple[Apart, ...]
    claim: Text | None
    claimed_t: Decimal | None
    unmet: tuple[Met, ...]

    @property
    def factors(self) -> tuple[FactorUsed, ...]:
        """The factors that counted; the error of a meter only where one was overdue."""
        return tuple(f for f in self.calculation.factors if f.symbol != "MPE" or self.conservative)

    @property
    def recomputed_t(self) -> Decimal:
        return Decimal(self.calculation.amount_g).scaleb(-6).quantize(TONNE_PLACES)

    @property
    def difference_t(self) -> Decimal | None:
        """Claimed minus recomputed; above zero the claim is too high."""
        return None if self.claimed_t is None else self.claimed_t - self.recomputed_t


def estimate(form: dict[str, Any]) -> Estimate | None:
    """Recompute a project application from its form (G02; domain invariant I04).

    Returns None where there is nothing to recompute: no readings that count, or a methodology that needs
    other data than metered electricity. A draft may be incomplete; rows that cannot be read are passed over.
    """
    code, version = (
        paths.first(form, "project.methodology_id"),
        paths.first(form, "project.methodology_version"),
    )
    try:
        method = methodology(str(code), str(version))
        return _estimate(method, form) if _needs_electricity_only(method) else None
    except DomainError:
        return None


def _needs_electricity_only(method: Methodology) -> bool:
    wanted = {p.symbol for p in method.definition.parameters if not p.is_factor}
    return wanted in ({"EG"}, {"EG", OVERDUE})


def _estimate(method: Methodology, form: dict[str, Any]) -> Estimate | None:
    period = _period(form)
    checked = check(list(_readings(form, period)), list(_meters(form)), period)
    conservative = tuple(
        a for a in checked.apart if a.calibration is Calibration.OVERDUE and _forgives(method)
    )
    counted = sorted([*checked.good, *(a.reading for a in conservative)], key=lambda r: r.row)
    if not counted:
        return None
    late = {a.reading.row for a in conservative}
    calculation = calculated(method, [_row(method, r, r.row in late) for r in counted], counted[-1].last)
    claim, claimed = _claim(form, counted)
    return Estimate(
        calculation=calculation,
        checked=checked,
        generation_kwh=sum((r.quantity for r in counted), Decimal(0)),
        conservative=conservative,
        left_out=tuple(a for a in checked.apart if a not in conservative),
        claim=claim,
        claimed_t=claimed,
        unmet=tuple(c for c in conditions(method, _facts(form)) if c.met is False),
    )


def _forgives(method: Methodology) -> bool:
    """Does the methodology count a reading of an overdue meter, with its error taken off?"""
    return method.parameter(OVERDUE) is not None


def _row(method: Methodology, reading: Reading, overdue: bool) -> Row:
    flags = {OVERDUE: overdue} if _forgives(method) else {}
    return Row({"EG": reading.quantity, **flags}, reading.first)


def _claim(form: dict[str, Any], counted: list[Reading]) -> tuple[Text | None, Decimal | None]:
    """What the readings are to bear out: the first amount, or the yearly estimate once a year is there."""
    if paths.first(form, "project.apply_first_issuance") is True:
        return FIRST_AMOUNT, _number(paths.first(form, "project.first_amount_t"))
    months = {(r.first.year, r.first.month) for r in counted}
    return (YEARLY, _number(paths.first(form, "project.est_annual_t"))) if len(months) == 12 else (None, None)


def _facts(form: dict[str, Any]) -> dict[str, object]:
    """What the form says about the conditions of use; quota lists are looked up by eligibility, not here."""
    return {
        "capacity_kw": _number(paths.first(form, "project.scale_kw")),
        "lifetime_years": _number(paths.first(form, "design.lifetime_years")),
        "province": "上海市" if paths.first(form, "project.district") else None,
    }


def _period(form: dict[str, Any]) -> tuple[date, date] | None:
    if paths.first(form, "project.apply_first_issuance") is not True:
        return None
    first = _day(paths.first(form, "project.first_period_from"))
    last = _day(paths.first(form, "project.first_period_to"))
    return (first, last) if first and last and first <= last else None


def _meters(form: dict[str, Any]) -> Iterator[Meter]:
    for row in _counting(form):
        number, multiplier = row.get("meter_no"), _number(row.get("multiplier"))
        first, last = _day(row.get("verified_on")), _day(row.get("valid_to"))
        if number and multiplier is not None:
            verified = ((first, last),) if first and last and first <= last else ()
            yield Meter(str(number), multiplier, verified, _number(paths.first(form, "project.scale_kw")))


def _counting(form: dict[str, Any]) -> list[dict[str, Any]]:
    """Meters of generation; all meters where none is named so."""
    rows = [row for row in paths.get(form, "design.meters.*") if isinstance(row, dict)]
    return [row for row in rows if GENERATION in str(row.get("kind", ""))] or rows


def _readings(form: dict[str, Any], period: tuple[date, date] | None) -> Iterator[Reading]:
    meters = {str(row.get("meter_no")) for row in _counting(form)}
    for number, row in enumerate(paths.get(form, "design.readings.*"), 1):
        reading = (
            _reading(number, row) if isinstance(row, dict) and str(row.get("meter_no")) in meters else None
        )
        if reading and (period is None or (reading.last >= period[0] and reading.first <= period[1])):
            yield reading


def _reading(number: int, row: dict[str, Any]) -> Reading | None:
    month = _day(f"{row.get('month')}-01")
    start, end = _number(row.get("reading_start")), _number(row.get("reading_end"))
    multiplier, quantity = _number(row.get("multiplier")), _number(row.get("quantity_kwh"))
    if month is None or start is None or end is None or multiplier is None or quantity is None:
        return None
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    return Reading(number, str(row["meter_no"]), month, last, start, end, multiplier, quantity)


def _number(value: object) -> Decimal | None:
    """The number as its sender wrote it; JSON numbers count by their text."""
    try:
        return exact(repr(value) if isinstance(value, float) else value)
    except ValueError:
        return None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
