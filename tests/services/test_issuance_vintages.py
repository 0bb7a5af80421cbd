"""A monitoring period over New Year becomes one lot for each vintage, together exactly what was approved (M03, M06)."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session, select

from models.tables import Device, DeviceCalibration, Lot, Project
from services import (
    clock,
    issuance_data,
    issuances,
    ledger_certificates,
    ledger_issuance,
    ledger_papers,
    ledger_reading,
)
from services import issuing as issuing_acts
from services.documents.builders import issuance_parts
from services.monitoring import batches
from services.monitoring.access import Sender
from tests import entries, factories, issuing


@pytest.fixture(autouse=True)
def _in_april() -> Any:
    with clock.at(issuing.AFTER):
        yield


def over_new_year(session: Session, *kwh: str) -> Project:
    """A roof read every month from July 2024 on."""
    holder = factories.user(session, "applicant")
    project = entries.published(
        session, next(factories.NUMBERS), holder, crediting_from="2024-07-01", data={"scale_kw": "799.92"}
    )
    device = Device(
        project_id=project.id or 0, meter_no="G-1", kind="发电侧计量表", multiplier=Decimal(1),
        in_use_from=date(2024, 7, 1),
    )  # fmt: skip
    session.add(device)
    session.flush()
    session.add(
        DeviceCalibration(
            device_id=device.id or 0, valid_from=date(2024, 1, 1), valid_to=date(2030, 1, 1), certificate="JD",
            state="confirmed",
        )
    )  # fmt: skip
    session.flush()
    rows, at = [], Decimal(0)
    for n, quantity in enumerate(kwh):
        month = f"{2024 + (6 + n) // 12}-{(6 + n) % 12 + 1:02}"
        rows.append(
            {"meter_no": "G-1", "month": month, "reading_start": str(at), "multiplier": "1",
             "reading_end": str(at + Decimal(quantity)), "quantity": quantity}
        )  # fmt: skip
        at += Decimal(quantity)
    batches.take_batch(session, Sender(), project, rows, "k")
    return project


def year_form(session: Session, project: Project) -> dict[str, Any]:
    """July 2024 to June 2025 in one application, by year."""
    form = issuing.form_of(session, project)
    first = form["application"]
    first |= {"period_from": "2024-07-01", "period_to": "2025-06-30", "variance_reason": "首年。",
              "contact_name": "林晓", "contact_mobile": "13800138000"}  # fmt: skip
    data = issuance_data.reported(session, project, (date(2024, 7, 1), date(2025, 6, 30)))
    assert data is not None
    assert data.calculation is not None
    years = issuances.by_year(data.calculation)
    first["claim"] = [{"vintage_year": y, "tco2e": f"{Decimal(g).scaleb(-6):.3f}"} for y, g in years.items()]
    form["calculation"]["er_total_t"] = f"{Decimal(data.recomputed_g or 0).scaleb(-6):.3f}"
    return form


@pytest.mark.rule("M06", "M03")
def test_period_over_new_year_becomes_a_lot_for_each_vintage(session: Session) -> None:
    # 100.00 kWh a month: 252 000 g a half year; the odd 0.13 kWh leaves grams that no year has alone
    project = over_new_year(session, *["100.13"] * 6, *["200.19"] * 6)
    case = issuing.issued(session, project, year_form(session, project))
    row = issuing.row_of(session, case)
    lots = session.exec(select(Lot).where(Lot.origin_id == project.id).order_by(Lot.number)).all()  # type: ignore[arg-type]
    assert [(x.vintage, x.period.lower, x.approved_g) for x in lots] == [
        (2024, date(2024, 7, 1), 252_000),
        (2025, date(2025, 1, 1), 504_000),
    ]
    # together 600.78 + 1201.14 kWh × 0.42 kg = 756 806.4 g, in steps of a kilogram 756 000 g
    assert sum(x.approved_g for x in lots) == row.approved_g == 756_000
    assert row.lot == "、".join(x.number for x in lots)
    told = issuing.facts(session, case)
    assert [h.grams for h in told.holders] == [756_000]
    assert [s.split("-")[-4] for s in told.serials] == ["2024", "2025"]
    paper = {a.en: b for a, b in paper_lines(session, told.certificate_code)}
    assert "2024、2025 年" in paper["Class and vintage"].zh
    assert paper["Class and vintage"].en.endswith("· 2024, 2025")
    assert paper["Amount"].en == "0.756 tCO₂e (756,000 g)"
    assert not any("\u4e00" <= c <= "\u9fff" for key in ("Amount", "Period") for c in paper[key].en)
    assert issuance_parts.kind(told) == "首次"  # nothing was issued before
    assert issuance_parts.kind(replace(told, sequence=2)) == "再次"
    assert ledger_reading.audit(session) == []


def paper_lines(session: Session, code: str) -> list[Any]:
    return ledger_papers.lines(ledger_certificates.verify(session, code))


@pytest.mark.rule("M06")
def test_rounding_of_the_whole_goes_to_the_latest_vintage(session: Session) -> None:
    # 252 546 g and 504 479 g: each year down to the kilogram is 756 000 g, the whole gives 757 000 g
    project = over_new_year(session, *["100.2166"] * 6, *["200.19"] * 6)
    case = issuing.issued(session, project, year_form(session, project))
    told = issuing.facts(session, case)
    assert [(v.year, v.approved_g) for v in told.vintages] == [(2024, 252_000), (2025, 505_000)]
    assert told.approved_g == 757_000


@pytest.mark.rule("M06")
def test_less_is_taken_off_the_latest_vintage_and_its_days_stay_claimed(session: Session) -> None:
    project = over_new_year(session, *["100.13"] * 6, *["200.19"] * 6)
    case = issuing.asked(session, project, year_form(session, project))
    assert issuing.reviewed(session, case, "0.252") == []
    assert issuing_acts.post(session, case) == "posted"
    lots = session.exec(select(Lot).where(Lot.origin_id == project.id)).all()
    assert [(x.vintage, x.approved_g) for x in lots] == [(2024, 252_000)]
    held = ledger_issuance.claims_of(session, project, case.id)
    assert [c.period.lower for c in held] == [date(2024, 7, 1), date(2025, 1, 1)]


@pytest.mark.rule("M06", "G10")
def test_corrected_period_over_new_year_keeps_the_days_it_claimed(session: Session) -> None:
    """Half a year was asked for; the correction adds the next, and takes it back again."""
    project = over_new_year(session, *["100"] * 12)
    whole = year_form(session, project)
    half = deepcopy(whole)
    half["application"] |= {"period_to": "2024-12-31", "claim": whole["application"]["claim"][:1]}
    case = issuing.asked(session, project, whole)
    for form, years in ((half, [2024]), (whole, [2024, 2025]), (half, [2024])):
        case.form = form
        issuing_acts.form_taken(session, case)
        claims = ledger_issuance.claims_of(session, project, case.id)
        assert [c.period.lower.year for c in claims] == years
