"""The data an issuance rests on: what the platform was reported, else what the form brings (G19, G20, I04)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlmodel import Session, col, select

from models.tables import CorrectionBlock, Project
from models.vocabulary.errors import DomainError
from services import paths
from services.monitoring.checks import Apart, Checked, Fault, Gap, Meter, Reading, check
from services.monitoring.counted import (
    Counted,
    counted,
    counting_meters,
    needs_electricity_only,
    number_of,
    typed_readings,
)
from services.monitoring.dataset import dataset
from services.quantification import Calculation, Methodology, methodology

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Basis:
    """Readings of a period, checked and worked out.

    Args:
        source: "reported" (the platform's dataset) or "typed" (the form).
        sha256: of the data; the same hash stands for the same readings, meters and gaps.
        faults: rows of the form that do not count, with their reasons.
        result: None where nothing can be worked out.
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

    @property
    def calculation(self) -> Calculation | None:
        return self.result.calculation if self.result else None

    @property
    def recomputed_g(self) -> int | None:
        """What may be approved at most."""
        return self.calculation.amount_g if self.calculation else None


def calculator(project: Project) -> Methodology | None:
    """The methodology version the project was accepted under, where readings alone can be worked out by it."""
    try:
        method = methodology(project.methodology, project.methodology_version)
    except DomainError:
        return None
    return method if needs_electricity_only(method) else None


def basis(
    session: Session,
    project: Project,
    period: tuple[date, date],
    meters: Sequence[Any],
    readings: Sequence[Any],
) -> Basis:
    """What the platform was reported for the period; where it was reported nothing, the rows of the form.

    Args:
        meters, readings: rows of the form, as plain data.
    """
    return reported(session, project, period) or typed(project, period, meters, readings)


def reported(session: Session, project: Project, period: tuple[date, date]) -> Basis | None:
    """The platform's data of the period, or None where nothing was reported."""
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
        result=_worked_out(project, Checked(good=data.readings, apart=data.apart, gaps=data.gaps)),
    )


def typed(
    project: Project, period: tuple[date, date], meter_rows: Sequence[Any], reading_rows: Sequence[Any]
) -> Basis:
    """The rows of a form, checked like any other readings."""
    meters = counting_meters(meter_rows, number_of(project.data.get("scale_kw")))
    checked = check(list(typed_readings(reading_rows, meters, period)), meters, period)
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
        result=_worked_out(project, checked),
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


def of_project_form(project: Project, form: dict[str, Any], period: tuple[date, date]) -> Basis:
    """The data of a first issuance: the readings the project was applied for with (G18)."""
    return typed(project, period, paths.get(form, "design.meters.*"), paths.get(form, "design.readings.*"))


def _worked_out(project: Project, checked: Checked) -> Counted | None:
    method = calculator(project)
    try:
        return counted(method, checked) if method else None
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
    found = session.exec(
        select(CorrectionBlock.id).where(
            CorrectionBlock.project_id == project.id,
            col(CorrectionBlock.lifted_at).is_(None),
            CorrectionBlock.first_day <= last,
            CorrectionBlock.last_day >= first,
        )
    ).first()
    return found is not None
