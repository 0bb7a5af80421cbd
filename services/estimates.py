"""The reduction of an application worked out anew from its own readings 按申报数据复算."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models.vocabulary.errors import DomainError
from models.vocabulary.text import Text
from services import calculators, paths
from services.monitoring.checks import Apart, Checked, Reading, check
from services.monitoring.counted import (
    Quantity,
    capacity_counts,
    counted,
    counting_meters,
    day_of,
    kinds_of,
    measured_by,
    metered,
    number_of,
    typed_readings,
)
from services.quantification import Calculation, FactorUsed, Met, Methodology, conditions

FIRST_AMOUNT = Text("First amount applied for", "首次申请减排量")
YEARLY = Text("Estimated yearly reduction", "预计年均减排量")
TONNE_PLACES = Decimal("0.001")


@dataclass(frozen=True)
class Estimate:
    """What the readings of a form give, beside what the form claims.

    Args:
        calculation: by the methodology version the form names.
        checked: the readings as checked; `apart` holds those without valid calibration.
        generation_kwh: quantity of the readings that count, before any conservative reduction.
        quantities: the same as the methodology calls it, one for each thing that is measured.
        conservative: readings counted with the permissible error taken off (calibration overdue).
        left_out: readings of meters not verified at the time; they do not count (G17).
        claim, claimed_t: what the form asks for, in tonnes; None where it asks for nothing comparable.
        unmet: conditions of use that the form's own data does not meet (G02).
    """

    calculation: Calculation
    checked: Checked
    generation_kwh: Decimal
    quantities: tuple[Quantity, ...]
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


def estimate(session: Session, form: dict[str, Any]) -> Estimate | None:
    """Recompute a project application from its form (G02; domain invariant I04).

    Returns None where there is nothing to recompute: no readings that count, or a methodology that needs
    other data than readings of meters. A draft may be incomplete; rows that cannot be read are passed over.
    """
    code, version = (
        paths.first(form, "project.methodology_id"),
        paths.first(form, "project.methodology_version"),
    )
    try:
        method = calculators.of(session, str(code), str(version))
        return _estimate(method, form) if metered(method) else None
    except DomainError:
        return None


def _estimate(method: Methodology, form: dict[str, Any]) -> Estimate | None:
    period = _period(form)
    rows = paths.get(form, "design.meters.*")
    measured = measured_by(method, kinds_of(rows))
    capacity = number_of(paths.first(form, "project.scale_kw")) if capacity_counts(method) else None
    meters = counting_meters(rows, measured, capacity)
    checked = check(
        list(typed_readings(paths.get(form, "design.readings.*"), meters, period)), meters, period
    )
    found = counted(method, checked, measured)
    if found is None:
        return None
    claim, claimed = _claim(form, list(found.readings))
    return Estimate(
        calculation=found.calculation,
        checked=checked,
        generation_kwh=found.generation_kwh,
        quantities=found.quantities,
        conservative=found.conservative,
        left_out=found.left_out,
        claim=claim,
        claimed_t=claimed,
        unmet=tuple(c for c in conditions(method, _facts(form)) if c.met is False),
    )


def _claim(form: dict[str, Any], counted: list[Reading]) -> tuple[Text | None, Decimal | None]:
    """What the readings are to bear out: the first amount, or the yearly estimate once a year is there."""
    if paths.first(form, "project.apply_first_issuance") is True:
        return FIRST_AMOUNT, number_of(paths.first(form, "project.first_amount_t"))
    months = {(r.first.year, r.first.month) for r in counted}
    return (
        (YEARLY, number_of(paths.first(form, "project.est_annual_t"))) if len(months) == 12 else (None, None)
    )


def _facts(form: dict[str, Any]) -> dict[str, object]:
    """What the form says about the conditions of use; quota lists are looked up by eligibility, not here."""
    return {
        "capacity_kw": number_of(paths.first(form, "project.scale_kw")),
        "lifetime_years": number_of(paths.first(form, "design.lifetime_years")),
        "province": "上海市" if paths.first(form, "project.district") else None,
    }


def _period(form: dict[str, Any]) -> tuple[date, date] | None:
    if paths.first(form, "project.apply_first_issuance") is not True:
        return None
    first = day_of(paths.first(form, "project.first_period_from"))
    last = day_of(paths.first(form, "project.first_period_to"))
    return (first, last) if first and last and first <= last else None
