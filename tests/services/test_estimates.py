"""The reduction of an application recomputed from its own readings, beside what it claims."""

import copy
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from models.procedures import PROCEDURES
from models.vocabulary.forms import example_data
from services.estimates import FIRST_AMOUNT, YEARLY, Estimate, estimate


@pytest.fixture
def form() -> dict[str, Any]:
    """A year of readings; the generation meter's verification lapses with November."""
    return copy.deepcopy(example_data(PROCEDURES["project_application"].form))


def found(session: Session, form: dict[str, Any]) -> Estimate:
    answer = estimate(session, form)
    assert answer is not None
    return answer


def test_year_with_valid_calibration_bears_out_the_claim(session: Session, form: dict[str, Any]) -> None:
    form["design"]["meters"][0]["valid_to"] = "2026-11-30"
    e = found(session, form)
    assert (e.generation_kwh, e.recomputed_t, e.claimed_t, e.difference_t) == (
        Decimal("847736.00"),
        Decimal("356.049"),
        Decimal("356.049"),
        Decimal("0.000"),
    )
    assert [(f.symbol, f.status) for f in e.factors] == [("EF", "verified")]
    assert (e.claim, e.conservative, e.left_out, e.unmet) == (FIRST_AMOUNT, (), (), ())


@pytest.mark.rule("G17")
def test_lapsed_calibration_is_counted_conservatively(session: Session, form: dict[str, Any]) -> None:
    e = found(session, form)
    assert (e.recomputed_t, e.difference_t) == (Decimal("355.947"), Decimal("0.102"))
    assert [a.reading.row for a in e.conservative] == [12]
    assert [(f.symbol, f.status) for f in e.factors] == [("EF", "verified"), ("MPE", "assumption")]


@pytest.mark.rule("G17")
def test_months_before_the_first_verification_do_not_count(session: Session, form: dict[str, Any]) -> None:
    form["design"]["meters"][0] |= {"verified_on": "2025-02-01", "valid_to": "2026-01-31"}
    e = found(session, form)
    assert ([a.reading.row for a in e.left_out], e.generation_kwh) == ([1], Decimal("801067.20"))


def test_faulty_row_is_left_out_and_named(session: Session, form: dict[str, Any]) -> None:
    form["design"]["readings"][2]["quantity_kwh"] = "99999.00"
    e = found(session, form)
    assert [(f.row, f.column) for f in e.checked.faults] == [(3, "quantity")]
    assert e.generation_kwh == Decimal("847736.00") - Decimal("68200.80")


def test_meter_of_exchange_with_the_grid_is_not_generation(session: Session, form: dict[str, Any]) -> None:
    rows = form["design"]["readings"]
    form["design"]["readings"] = [*rows, rows[0] | {"meter_no": "SHPV0001-E"}]
    assert found(session, form).generation_kwh == Decimal("847736.00")


def test_only_readings_of_the_first_period_count(session: Session, form: dict[str, Any]) -> None:
    form["project"]["first_period_to"] = "2025-06-30"
    assert [r.row for r in found(session, form).checked.good] == [1, 2, 3, 4, 5, 6]


def test_without_first_issuance_a_year_is_held_against_the_yearly_estimate(
    session: Session, form: dict[str, Any]
) -> None:
    form["project"]["apply_first_issuance"] = False
    e = found(session, form)
    assert (e.claim, e.claimed_t) == (YEARLY, Decimal("356.049"))
    form["design"]["readings"].pop()
    assert (found(session, form).claim, found(session, form).difference_t) == (None, None)


@pytest.mark.rule("G02")
def test_condition_of_use_that_the_form_does_not_meet_is_named(
    session: Session, form: dict[str, Any]
) -> None:
    form["project"]["scale_kw"], form["design"]["lifetime_years"] = "1000.01", 26
    assert [c.id for c in found(session, form).unmet] == ["cap", "life"]


def test_number_sent_as_json_number_counts_by_its_text(session: Session, form: dict[str, Any]) -> None:
    form["design"]["meters"][0]["valid_to"] = "2026-11-30"
    for row in form["design"]["readings"]:
        row["quantity_kwh"] = float(row["quantity_kwh"])
    assert found(session, form).recomputed_t == Decimal("356.049")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"project": None, "design": None},
        {"project": {"methodology_id": "DEMO-PV-2024", "methodology_version": "1.0"}},
        {"project": {"methodology_id": "NONE", "methodology_version": "1.0"}},
        {"project": {"methodology_id": ["x"], "methodology_version": {}}, "design": {"readings": "none"}},
        {"project": {"methodology_id": "DEMO-EVFLEET-2026", "methodology_version": "0.1"}},
        {
            "project": {"methodology_id": "DEMO-PV-2024", "methodology_version": "1.0"},
            "design": {
                "meters": [{"meter_no": "A", "multiplier": "x"}, 3],
                "readings": [
                    {"month": "2025-13", "meter_no": "A"},
                    {"meter_no": "A", "month": "2025-01"},
                    None,
                ],
            },
        },
    ],
)
def test_unfinished_draft_gives_no_estimate(session: Session, broken: dict[str, Any]) -> None:
    assert estimate(session, broken) is None
