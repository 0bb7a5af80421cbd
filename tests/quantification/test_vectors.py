"""Every methodology file gives its own worked examples, in exact numbers."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.quantification import Calculation, Methodology, Row, calculate, calculated, catalogue
from services.quantification.definition import Vector

ON = date(2026, 6, 1)
CATALOGUE = catalogue()
VECTORS = [(m, v) for m in CATALOGUE.values() for v in m.definition.test_vectors]


def rows_of(vector: Vector) -> list[Row]:
    return [
        Row(
            {k: v for k, v in row.items() if k != "on"},
            date.fromisoformat(row["on"]) if "on" in row else None,
        )
        for row in vector.rows
    ]


def found(calculation: Calculation) -> dict[str, Any]:
    first = calculation.rows[0].values if len(calculation.rows) == 1 else {}
    return {**first, **calculation.period, "amount": calculation.amount, "grams": calculation.grams}


@pytest.mark.rule("G02")
@pytest.mark.parametrize(
    ("method", "vector"), VECTORS, ids=[f"{m.definition.code} {v.name}" for m, v in VECTORS]
)
def test_methodology_gives_its_own_vectors(method: Methodology, vector: Vector) -> None:
    values = found(calculated(method, rows_of(vector), vector.on or ON))
    assert {k: values[k] for k in vector.expected} == vector.expected


@pytest.mark.rule("M03")
def test_every_methodology_is_of_one_class_and_one_family() -> None:
    assert {k: (m.definition.kind, m.definition.method_class) for k, m in CATALOGUE.items()} == {
        ("DEMO-BIKE-2024", "1.0"): ("scenario", "II"),
        ("DEMO-EVFLEET-2026", "0.1"): ("project", "II"),
        ("DEMO-HOMEPOWER-2024", "0.1"): ("scenario", "II"),
        ("DEMO-METRO-2024", "1.0"): ("scenario", "II"),
        ("DEMO-PV-2024", "1.0"): ("project", "I"),
    }


@pytest.mark.rule("M03")
def test_calculation_keeps_class_and_family() -> None:
    done = calculate("DEMO-METRO-2024", "1.0", [Row({"D": "12340"})], ON)
    assert (done.code, done.version, done.kind, done.method_class) == (
        "DEMO-METRO-2024",
        "1.0",
        "scenario",
        "II",
    )
    assert done.as_json()["method_class"] == "II"


PV = [
    ("46668.80", 1), ("49059.20", 2), ("68200.80", 3), ("81807.20", 4), ("90514.40", 5), ("77742.40", 6),
    ("97448.00", 7), ("93792.80", 8), ("74116.80", 9), ("67132.80", 10), ("52642.40", 11), ("48610.40", 12),
]  # fmt: skip


def pv(*late: int) -> Calculation:
    rows = [Row({"EG": kwh, "calibration_overdue": m in late}, date(2025, m, 1)) for kwh, m in PV]
    return calculate("DEMO-PV-2024", "1.0", rows, date(2026, 1, 15))


@pytest.mark.rule("J01")
def test_photovoltaic_year_in_grams_and_tonnes() -> None:
    year = pv()
    assert (year.grams, year.tonnes, year.amount, year.unit) == (
        356_049_120,
        Decimal("356.049120"),
        Decimal("356.049"),
        "tCO2e",
    )
    assert year.amount_g == 356_049_000


def test_photovoltaic_year_with_december_uncalibrated_is_conservative() -> None:
    assert (pv(12).amount, pv(12).grams) == (Decimal("355.947"), 355_947_038)


def test_months_show_where_the_year_comes_from() -> None:
    assert [r.grams for r in pv().rows] == [int(Decimal(kwh) * 420) for kwh, _ in PV]


def test_factors_used_are_kept_with_validity_status_and_source() -> None:
    factors = {f.symbol: f for f in pv().factors}
    assert (factors["EF"].value, factors["EF"].status, factors["EF"].valid_from) == (
        Decimal("0.42"),
        "verified",
        date(2022, 2, 11),
    )
    assert (factors["MPE"].value, factors["MPE"].status) == (Decimal("0.005"), "assumption")


def test_kept_calculation_is_plain_json_without_floats() -> None:
    kept = pv(12).as_json()
    assert json.loads(json.dumps(kept)) == kept
    assert "float" not in {type(v).__name__ for v in flat(kept)}
    assert (kept["grams"], kept["exact_g"], kept["rows"][11]["values"]["EGadj"]) == (
        355947038,
        "355947038.16000000",
        "48367.34800",
    )


def flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [x for v in value.values() for x in flat(v)]
    if isinstance(value, list):
        return [x for v in value for x in flat(v)]
    return [value]
