"""The numbers of an issuance 减排量签发, gathered once for pages, letters and the ledger (G19, M06, I04).

Nothing here reads rows: services/issuance_facts.py does, and hands over what this file defines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from services.monitoring.activity import Activity
from services.monitoring.checks import Apart, Gap, Meter, Reading
from services.monitoring.counted import Quantity
from services.quantification import Calculation

GRAMS = 1_000_000
#: An amount this far off the estimate of the design document needs its reason (Appendix D).
VARIANCE_PCT = Decimal(20)


@dataclass(frozen=True)
class Vintage:
    """What one calendar year contributes, in grams; None where nothing has been said yet."""

    year: int
    claimed_g: int
    recomputed_g: int | None
    approved_g: int | None


@dataclass(frozen=True)
class Holder:
    """A receiving account with its part; `grams` is None before the amount is approved."""

    account: str
    name: str
    pct: Decimal
    grams: int | None


@dataclass(frozen=True)
class Approver:
    """Who reviewed or approved."""

    role: str  # officer | issuer | supervisor
    name: str
    at: datetime


@dataclass(frozen=True)
class Earlier:
    """An issuance of the same project before this one."""

    lot: str
    first: date
    last: date
    approved_g: int


@dataclass(frozen=True)
class IssuanceFacts:
    """Everything an issuance says in numbers.

    Args:
        first_time: asked for with the application (首次), else 再次.
        project_number, project_name, published_on, applicant, owner: as in the register.
        methodology, version, methodology_name, method_class: pinned with the project.
        first, last: monitoring period, both days included.
        sequence: the how-manieth issuance of the project this is, from 1.
        earlier: issuances before it, oldest first.
        data_source: "reported" (the platform's dataset) or "typed" (readings of the form).
        data_sha256: hash of the data the calculation rests on.
        claimed_g, recomputed_g, approved_g: None where nothing has been said yet.
        estimated_g: estimate of the design document for these days; variance_pct: how far the claim is off, in percent.
        calculation: with printable steps (services.quantification.lines); None where nothing can be worked out.
        readings: readings that count in full; apart: of days without valid calibration.
        conservative: of `apart`, those that count with the permissible error taken off; left_out: those that do not.
        quantities: what counts, as the methodology calls it.
        activity: of a scenario, the records of its platform; None otherwise.
        gaps, meters, completeness_pct, good_pct: as the dataset has them.
        lot, serials, certificate_no, certificate_code, issued_at: of the posting; empty before.
        reason: why less is approved than claimed, or why it is refused.
        opinion: the officer's opinion on the amount.
        report: (institution, conclusion) of the technical service institution, if one was asked.
        exception_reason: the applicant's reason for a second issuance within a year; exception_decision: the answer.
        owed_g: what a correction left owed for the project; it is taken out of this issuance first (G27).
    """

    first_time: bool
    project_number: str
    project_name: str
    published_on: date | None
    applicant: str
    owner: str
    methodology: str
    version: str
    methodology_name: str
    method_class: str
    first: date
    last: date
    sequence: int
    earlier: tuple[Earlier, ...]
    data_source: str
    data_sha256: str
    claimed_g: int
    recomputed_g: int | None
    approved_g: int | None
    estimated_g: int
    variance_pct: Decimal | None
    vintages: tuple[Vintage, ...]
    calculation: Calculation | None
    readings: tuple[Reading, ...]
    apart: tuple[Apart, ...]
    conservative: tuple[Apart, ...]
    left_out: tuple[Apart, ...]
    gaps: tuple[Gap, ...]
    meters: tuple[Meter, ...]
    completeness_pct: Decimal
    good_pct: Decimal
    holders: tuple[Holder, ...]
    approvers: tuple[Approver, ...] = ()
    lot: str = ""
    serials: tuple[str, ...] = ()
    certificate_no: str = ""
    certificate_code: str = ""
    issued_at: datetime | None = None
    reason: str = ""
    opinion: str = ""
    report: tuple[str, str] = ("", "")
    exception_reason: str = ""
    exception_decision: str = ""
    quantities: tuple[Quantity, ...] = ()
    activity: Activity | None = None
    owed_g: int = 0

    @property
    def amounts(self) -> str:
        """How much of what is measured counts, before any conservative reduction, in Chinese."""
        return "；".join(f"{q.label.zh} {q.value:,f} {q.unit}" for q in self.quantities)


def shared_out(grams: int, shares: Sequence[tuple[str, Decimal]]) -> list[int]:
    """Grams of each holder: parts rounded down, what is left over goes to the largest part (ties: the first).

    Args:
        shares: (account, percent); the percents add up to 100.
    """
    parts = [int(Decimal(grams) * pct / 100) for _, pct in shares]
    largest = max(range(len(shares)), key=lambda n: (shares[n][1], -n))
    parts[largest] += grams - sum(parts)
    return parts


def estimated(annual_g: int, first: date, last: date) -> int:
    """The yearly estimate for a part of a year, by days, in grams rounded down; a whole year is the whole estimate."""
    days = (last - first).days + 1
    year = (_year_on(first) - first).days
    return annual_g * days // year


def _year_on(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def variance(claimed_g: int, estimated_g: int) -> Decimal | None:
    """How far a claim is off its estimate, in percent to one place; None without an estimate."""
    if estimated_g <= 0:
        return None
    return (Decimal(claimed_g - estimated_g) * 100 / estimated_g).quantize(Decimal("0.1"))


def calendar_years(first: date, last: date) -> list[tuple[date, date]]:
    """A monitoring period cut at the ends of calendar years: one lot, and one vintage, comes of each piece."""
    return [
        (max(first, date(year, 1, 1)), min(last, date(year, 12, 31)))
        for year in range(first.year, last.year + 1)
    ]


def by_year(calculation: Calculation, period: tuple[date, date] | None = None) -> dict[int, int]:
    """The recomputed grams by calendar year; together exactly the amount (I04).

    A reading belongs to the year in which it begins. Each year is rounded down to the step of the methodology;
    what rounding leaves of the whole goes to the latest year, and a whole that is below the sum of its years (a
    reduction that is worked out for the period as one) is taken off the latest year first.

    Args:
        period: years outside of it count to its nearest year; None = as the rows have it.
    """
    years: dict[int, int] = {}
    for row in calculation.rows:
        year = row.on.year if period is None else min(max(row.on.year, period[0].year), period[1].year)
        years[year] = years.get(year, 0) + row.grams
    step = calculation.method.grams_of_step
    parts = {year: grams // step * step for year, grams in sorted(years.items())}
    if parts:
        parts[max(parts)] += max(0, calculation.amount_g - sum(parts.values()))
    return cut_down(parts, calculation.amount_g)


def shared_by_year(years: dict[int, int], shares: Sequence[tuple[str, Decimal]]) -> dict[int, list[int]]:
    """Grams of each holder by year: every lot is shared out by itself, to the gram.

    Args:
        years: approved grams by year. shares: (account, percent); the percents add up to 100.
    """
    return {year: shared_out(grams, shares) for year, grams in sorted(years.items()) if grams}


def cut_down(parts: dict[int, int], to: int) -> dict[int, int]:
    """Yearly amounts cut down to a smaller total, from the latest year back; what is left agrees with the total."""
    over = max(0, sum(parts.values()) - to)
    out = dict(parts)
    for year in _latest_first(out):
        taken = min(over, out[year])
        out[year] -= taken
        over -= taken
    return out


def _latest_first(parts: dict[int, int]) -> Iterator[int]:
    return iter(sorted(parts, reverse=True))


def grams_of(tonnes: object) -> int:
    """Tonnes as stored in a form ("356.049"), in whole grams rounded down."""
    return int(Decimal(str(tonnes)) * GRAMS)
