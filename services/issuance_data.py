"""The data an issuance rests on: what the platform was reported, else what the form brings (G19, G20, I04)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlmodel import Session, select

from models.tables import Device, Project
from models.vocabulary.errors import DomainError
from services import calculators, corrections, paths
from services.monitoring.activity import Activity, from_records, of_days
from services.monitoring.checks import Apart, Checked, Fault, Gap, Meter, Reading, check
from services.monitoring.counted import (
    Counted,
    Quantity,
    capacity_counts,
    counted,
    counting_meters,
    kinds_of,
    measured_by,
    metered,
    number_of,
    typed_readings,
)
from services.monitoring.dataset import dataset
from services.quantification import Calculation, Methodology

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Basis:
    """Readings of a period, checked and worked out.

    Args:
        source: "reported" (the platform's dataset), "typed" (the form) or "records" (of a scenario's platform).
        sha256: of the data; the same hash stands for the same readings, meters and gaps.
        faults: rows of the form that do not count, with their reasons.
        result: None where nothing can be worked out from readings.
        activity: of a scenario, its records; None otherwise.
    """

    source: str
    sha256: str
    readings: tuple[Reading, ...]
    apart: tuple[Apart, ...]
    meters: tuple[Meter, ...]
    gaps: tuple[Gap, ...]
    completeness_pct: Decimal
    good_pct: Decimal
    faults: tuple[Fault, ...] = ()
    result: Counted | None = None
    activity: Activity | None = None

    @property
    def calculation(self) -> Calculation | None:
        found = self.result or self.activity
        return found.calculation if found else None

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What counts, as the methodology calls it."""
        found = self.result or self.activity
        return found.quantities if found else ()

    @property
    def recomputed_g(self) -> int | None:
        """What may be approved at most."""
        return self.calculation.amount_g if self.calculation else None


def calculator(session: Session, project: Project) -> Methodology | None:
    """The methodology version the project was accepted under, where what is reported can be worked out by it.

    A project is worked out from the readings of its meters, a scenario from the records of its platform.
    """
    try:
        method = calculators.of(session, project.methodology, project.methodology_version)
    except DomainError:
        return None
    fits = from_records(method) if project.kind == "scenario" else bool(metered(method))
    return method if fits else None


def basis(
    session: Session,
    project: Project,
    period: tuple[date, date],
    meters: Sequence[Any],
    readings: Sequence[Any],
) -> Basis:
    """What the platform was reported for the period; where it was reported nothing, the rows of the form.

    For a scenario nothing can be typed: without records there is nothing to work out.

    Args:
        meters, readings: rows of the form, as plain data.
    """
    return reported(session, project, period) or typed(
        calculator(session, project), project, period, meters, readings
    )


def reported(session: Session, project: Project, period: tuple[date, date]) -> Basis | None:
    """The platform's data of the period, or None where nothing was reported."""
    if project.kind == "scenario":
        return _records(session, project, period)
    data = dataset(session, project, *period)
    if not data.readings and not data.apart:
        return None
    return Basis(
        source="reported",
        sha256=data.sha256,
        readings=data.readings,
        apart=data.apart,
        meters=data.meters,
        gaps=data.gaps,
        completeness_pct=data.completeness_pct,
        good_pct=data.good_pct,
        result=_worked_out(
            calculator(session, project),
            Checked(good=data.readings, apart=data.apart, gaps=data.gaps),
            _kinds(session, project, [m.number for m in data.meters]),
        ),
    )


def _whole(checked: Checked, meters: Sequence[Meter], period: tuple[date, date]) -> Checked:
    """A meter without any reading is missing for the whole period."""
    read = {r.meter for r in (*checked.good, *(a.reading for a in checked.apart))}
    silent = tuple(Gap(m.number, *period) for m in meters if m.number not in read)
    return replace(checked, gaps=(*checked.gaps, *silent))


def _kinds(session: Session, project: Project, numbers: Sequence[str]) -> dict[str, str]:
    """What the counting meters are called."""
    rows = session.exec(select(Device).where(Device.project_id == project.id)).all()
    return {d.meter_no: d.kind for d in rows if d.meter_no in numbers}


def _records(session: Session, scenario: Project, period: tuple[date, date]) -> Basis | None:
    """The records of a scenario's platform; the share that counts is told in percent."""
    method = calculator(session, scenario)
    found = of_days(session, scenario, method, *period) if method else None
    if found is None or not found.rows:
        return None
    share = Decimal(100 * len(found.counted)) / len(found.rows)
    return Basis(
        source="records",
        sha256=found.sha256,
        readings=(),
        apart=(),
        meters=(),
        gaps=(),
        completeness_pct=Decimal(100),
        good_pct=share.quantize(TENTH, ROUND_DOWN),
        activity=found,
    )


def typed(
    method: Methodology | None,
    project: Project,
    period: tuple[date, date],
    meter_rows: Sequence[Any],
    reading_rows: Sequence[Any],
) -> Basis:
    """The rows of a form, checked like any other readings and worked out by the project's calculator."""
    kinds = kinds_of(meter_rows)
    measured = measured_by(method, kinds) if method else {}
    limited = method is not None and capacity_counts(method)
    capacity = number_of(project.data.get("scale_kw")) if limited else None
    meters = counting_meters(meter_rows, measured, capacity)
    checked = _whole(
        check(list(typed_readings(reading_rows, meters, period)), meters, period), meters, period
    )
    apart = [a.reading for a in checked.apart]
    return Basis(
        source="typed",
        sha256=_digest(checked, meters),
        readings=checked.good,
        apart=checked.apart,
        meters=tuple(meters),
        gaps=checked.gaps,
        completeness_pct=_share([*checked.good, *apart], meters, period),
        good_pct=_share(checked.good, meters, period),
        faults=checked.faults,
        result=_worked_out(method, checked, kinds),
    )


def of_form(session: Session, project: Project, form: dict[str, Any], period: tuple[date, date]) -> Basis:
    """The data of an application for issuance."""
    return basis(
        session,
        project,
        period,
        paths.get(form, "calculation.meters.*"),
        paths.get(form, "calculation.readings.*"),
    )


def of_project_form(
    session: Session, project: Project, form: dict[str, Any], period: tuple[date, date]
) -> Basis:
    """The data of a first issuance: the readings the project was applied for with (G18)."""
    meters, readings = paths.get(form, "design.meters.*"), paths.get(form, "design.readings.*")
    return typed(calculator(session, project), project, period, meters, readings)


def _worked_out(method: Methodology | None, checked: Checked, kinds: Mapping[str, str]) -> Counted | None:
    try:
        return counted(method, checked, measured_by(method, kinds)) if method else None
    except DomainError:
        return None


def _share(readings: Sequence[Reading], meters: Sequence[Meter], period: tuple[date, date]) -> Decimal:
    days = ((period[1] - period[0]).days + 1) * len(meters)
    return (Decimal(100 * sum(r.days for r in readings)) / (days or 1)).quantize(TENTH, ROUND_DOWN)


def _digest(checked: Checked, meters: Sequence[Meter]) -> str:
    body = [
        [asdict(r) for r in checked.good],
        [asdict(a) for a in checked.apart],
        [asdict(m) for m in meters],
    ]
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def blocked(session: Session, project: Project, first: date, last: date) -> bool:
    """Is data of these days being corrected? Nothing is issued for them meanwhile (I09)."""
    return corrections.blocked(session, project, first, last)
