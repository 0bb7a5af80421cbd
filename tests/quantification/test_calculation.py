"""Calculations: exact, kept whole, refused with their place where data or a factor is missing."""

import ast
import copy
import json
import time
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.vocabulary.errors import Invalid
from services.quantification import (
    Calculation,
    Methodology,
    Refused,
    Row,
    calculate,
    calculated,
    conditions,
    formula_text,
    lines,
    load,
    methodology,
)
from services.quantification.evaluate import Scope
from services.quantification.loader import FOLDER

ON = date(2026, 6, 1)
PV = methodology("DEMO-PV-2024", "1.0")
EV = methodology("DEMO-EVFLEET-2026", "0.1")
BIKE = methodology("DEMO-BIKE-2024", "1.0")

KWH = st.decimals(min_value=0, max_value=10**9, places=2)
METRES = st.integers(min_value=0, max_value=20_000)


def pv(*rows: tuple[object, bool], on: date = ON) -> Calculation:
    return calculated(PV, [Row({"EG": kwh, "calibration_overdue": late}) for kwh, late in rows], on)


def bike(*metres: object) -> Calculation:
    return calculated(BIKE, [Row({"D": m}) for m in metres], ON)


def told(problem: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {p.loc: p.msg.zh for p in problem.value.problems}


# ---- properties ----------------------------------------------------------------------------------


@given(st.lists(KWH, min_size=1, max_size=12), st.integers(min_value=1, max_value=1000))
def test_reduction_is_linear_in_the_readings(readings: list[Decimal], times: int) -> None:
    once = pv(*((kwh, False) for kwh in readings))
    often = pv(*((kwh * times, False) for kwh in readings))
    assert often.exact_g == once.exact_g * times


@given(st.lists(st.tuples(KWH, st.booleans()), min_size=1, max_size=12), KWH)
def test_more_generation_never_gives_less(rows: list[tuple[Decimal, bool]], more: Decimal) -> None:
    (kwh, late), *rest = rows
    assert pv((kwh + more, late), *rest).grams >= pv(*rows).grams


@settings(max_examples=1)
@given(KWH)
def test_property_is_not_refuted_by_a_busy_machine(kwh: Decimal) -> None:
    """What a process that was kept waiting takes is no property of the calculation."""
    time.sleep(0.25)
    assert pv((kwh, False)).grams >= 0


@given(st.lists(st.tuples(KWH, st.booleans()), min_size=1, max_size=12))
def test_overdue_calibration_never_gives_more(rows: list[tuple[Decimal, bool]]) -> None:
    assert (
        pv(*((kwh, True) for kwh, _ in rows)).grams
        <= pv(*rows).grams
        <= pv(*((k, False) for k, _ in rows)).grams
    )


@pytest.mark.rule("J01")
@given(st.lists(st.tuples(KWH, st.booleans()), min_size=1, max_size=12))
def test_rounding_only_goes_down_and_by_less_than_its_step(rows: list[tuple[Decimal, bool]]) -> None:
    done = pv(*rows)
    assert done.amount_g <= done.grams <= done.exact_g < done.grams + 1
    assert done.grams - done.amount_g < 1000
    assert done.amount * 10**6 == done.amount_g


@given(st.lists(st.tuples(KWH, st.booleans()), min_size=1, max_size=12))
def test_result_equals_exact_fractions(rows: list[tuple[Decimal, bool]]) -> None:
    share = {True: Fraction(995, 1000), False: Fraction(1)}
    wanted = sum((Fraction(kwh) * share[late] for kwh, late in rows), Fraction(0)) * 420
    assert (Fraction(pv(*rows).exact_g), pv(*rows).grams) == (wanted, wanted // 1)


@given(METRES)
def test_grams_of_a_trip_equal_whole_number_division(metres: int) -> None:
    assert bike(metres).grams == metres * 97 // 1000


@given(st.lists(METRES, min_size=1, max_size=20))
def test_trips_add_up_gram_by_gram(trips: list[int]) -> None:
    done = bike(*trips)
    assert [r.grams for r in done.rows] == [m * 97 // 1000 for m in trips]
    assert done.grams == sum(r.grams for r in done.rows)


@given(KWH, KWH)
def test_fleet_never_gives_less_than_nothing(km: Decimal, kwh: Decimal) -> None:
    done = calculated(EV, [Row({"KM": km, "EC": kwh})], ON)
    assert done.grams == max(0, (Fraction(km) * Fraction("160.5") - Fraction(kwh) * 420) // 1)


@given(st.lists(st.tuples(KWH, st.booleans()), min_size=1, max_size=6))
def test_no_value_between_is_a_float(rows: list[tuple[Decimal, bool]]) -> None:
    done = pv(*rows)
    values = [done.exact_g, done.amount, done.tonnes, *done.period.values(), *(f.value for f in done.factors)]
    values += [v for r in done.rows for v in r.values.values() if not isinstance(v, bool)]
    values += [v for s in (*done.scopes, done.period_scope) for v in scope(s) if not isinstance(v, bool)]
    assert {type(v) for v in values} == {Decimal}
    assert {type(v) for v in (done.grams, done.amount_g, *(r.grams for r in done.rows))} == {int}


def scope(found: Scope) -> list[object]:
    return list(found.values.values())


def test_no_module_writes_a_fraction_or_asks_for_a_float() -> None:
    for file in (FOLDER.parent / "services" / "quantification").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), file
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            assert not (called and node.func.id in ("float", "eval", "exec", "round")), file


# ---- what is refused -----------------------------------------------------------------------------


def test_all_defects_of_all_rows_are_told_at_once() -> None:
    rows = [
        Row({"EG": "1"}),
        Row({"EG": 1.5, "calibration_overdue": False}),
        Row({"EG": "-1", "calibration_overdue": "no", "XX": 1}),
        Row({"EG": "NaN", "calibration_overdue": False}),
        Row({"EG": True, "calibration_overdue": False}),
    ]
    with pytest.raises(Invalid) as refused:
        calculated(PV, rows, ON)
    assert told(refused) == {
        "rows.0.calibration_overdue": "第 1 行：缺少计量表是否超过检定有效期（calibration_overdue）。",
        "rows.1.EG": "第 2 行：发电量（EG）应为以文本书写的十进制数 (a decimal number written as text)。",
        "rows.2.XX": "第 3 行：XX 不是该方法学的监测数据。",
        "rows.2.EG": "第 3 行：发电量（EG）不能小于 0 (below the minimum)。",
        "rows.2.calibration_overdue": "第 3 行：计量表是否超过检定有效期（calibration_overdue）应为是或否 (yes or no)。",
        "rows.3.EG": "第 4 行：发电量（EG）数值超出范围 (out of range)。",
        "rows.4.EG": "第 5 行：发电量（EG）应为以文本书写的十进制数 (a decimal number written as text)。",
    }


def test_no_rows_give_no_result() -> None:
    with pytest.raises(Invalid) as refused:
        calculated(PV, [], ON)
    assert told(refused) == {"rows": "没有可计算的数据行。"}


def test_derived_value_is_asked_for_only_where_it_counts() -> None:
    assert calculate("DEMO-HOMEPOWER-2024", "0.1", [Row({"E": "6.5"})], ON).grams == 630
    with pytest.raises(Invalid) as refused:
        calculate("DEMO-HOMEPOWER-2024", "0.1", [Row({"E": "6"}), Row({"E": "9.2"})], ON)
    assert told(refused) == {"rows.1.MA7": "第 2 行：计算 ER_g 需要填写前七日均值（MA7）。"}


def test_factor_outside_its_validity_on_the_activity_date_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        pv(("1", False), on=date(2022, 2, 10))
    text = (FOLDER / "demo-pv-2024-1.0.json").read_text(encoding="utf-8").splitlines()
    assert refused.value.file == "methodologies/demo-pv-2024-1.0.json"
    assert '"symbol": "EF"' in text[refused.value.line]
    assert refused.value.what.zh == "参数 EF（电力排放因子）在 2022-02-10 不在有效期内。"


def with_table(folder: Path, **changes: Any) -> Methodology:
    """The photovoltaic methodology with a grid factor that changed at the turn of 2026."""
    data = copy.deepcopy(json.loads((FOLDER / "demo-pv-2024-1.0.json").read_text(encoding="utf-8")))
    data["parameters"][2] = {
        "symbol": "EF", "label": "电力排放因子", "unit": "kgCO2/kWh", "role": "default",
        "rows": [
            {"value": "0.42", "valid_from": "2022-02-11", "valid_to": "2025-12-31", "status": "verified"},
            {"value": "0.40", "valid_from": "2026-01-01", "status": "unverified"},
        ],
    }  # fmt: skip
    for number, expr in changes.items():
        data["formulas"][int(number.removeprefix("f"))]["expr"] = expr
    file = folder / "table.json"
    file.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    return load(file)


def turn_of_the_year() -> list[Row]:
    return [
        Row({"EG": "1000", "calibration_overdue": False}, day)
        for day in (date(2025, 12, 31), date(2026, 1, 1))
    ]


def test_factor_that_changes_within_a_period_asks_for_parts(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="changes within the period"):
        calculated(with_table(tmp_path), turn_of_the_year(), ON)


def test_factor_is_chosen_by_the_activity_date_of_each_row(tmp_path: Path) -> None:
    done = calculated(with_table(tmp_path, f1="sum(EGadj * EF) / 1000"), turn_of_the_year(), ON)
    assert ([r.grams for r in done.rows], done.grams) == ([420_000, 400_000], 820_000)
    assert [(f.value, f.status) for f in done.factors if f.symbol == "EF"] == [
        (Decimal("0.42"), "verified"),
        (Decimal("0.40"), "unverified"),
    ]


def test_rest_of_a_division_does_not_cost_a_gram(tmp_path: Path) -> None:
    data = json.loads((FOLDER / "demo-bike-2024-1.0.json").read_text(encoding="utf-8"))
    for parameter in data["parameters"][1:]:
        parameter["unit"] = "gCO2"
    data["parameters"][1]["value"], data["parameters"][2]["value"] = "1", "3"
    data["formulas"][0]["expr"] = "floor(EFb * (EFb / EFs) * (EFs / EFb))"
    file = tmp_path / "thirds.json"
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    assert calculated(load(file), [Row({"D": 1})], ON).grams == 1


# ---- conditions and printing ---------------------------------------------------------------------


@pytest.mark.rule("G02")
def test_conditions_of_use_are_told_one_by_one() -> None:
    facts = {"capacity_kw": "1000.01", "province": "上海市", "ets_covered": True}
    assert {c.id: (c.met, c.message.zh) for c in conditions(PV, facts)} == {
        "cap": (False, "单个项目装机规模须在1MW及以下"),
        "region": (True, "须在本市行政区域内"),
        "ets": (False, "纳入全国/上海碳市场配额管理的单位场址除外"),
        "life": (None, "寿命期最长不超过25年"),
    }


@pytest.mark.parametrize("facts", [{"capacity_kw": 1.5}, {"province": True}, {"ets_covered": "no"}])
def test_fact_of_another_kind_is_refused(facts: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        conditions(PV, facts)


def test_steps_are_printed_with_formula_numbers_and_result() -> None:
    done = pv(("847736.00", False), ("1000", True))
    assert [(li.target, li.row, li.formula, li.substitution, li.result, li.unit) for li in lines(done)] == [
        ("EGadj", 1, "EG × (1 − MPE)（当计量表超过检定有效期时），否则 EG", "847736", "847736", "kWh"),
        (
            "EGadj",
            2,
            "EG × (1 − MPE)（当计量表超过检定有效期时），否则 EG",
            "1000 × (1 − 0.005)",
            "995",
            "kWh",
        ),
        ("BE", None, "Σ(EGadj) × EF ÷ 1000", "848731 × 0.42 ÷ 1000", "356.46702", "tCO2e"),
        ("PE", None, "0", "0", "0", "tCO2e"),
        ("LE", None, "0", "0", "0", "tCO2e"),
        ("ER", None, "BE − PE − LE", "356.46702 − 0 − 0", "356.46702", "tCO2e"),
    ]
    assert [li.label for li in lines(done, "en")][-1] == "Emission reduction"
    assert next(lines(done, "en")).formula == "EG × (1 − MPE) (if Meter past its verification), else EG"


def test_brackets_are_printed_where_they_change_the_result() -> None:
    text = "sum(EG) - (sum(EG) - sum(EGadj)) + sum(EGadj) * (1 - MPE)"
    shown = formula_text(ast.parse(text, mode="eval").body)
    assert shown == "Σ(EG) − (Σ(EG) − Σ(EGadj)) + Σ(EGadj) × (1 − MPE)"


def test_version_in_force_on_a_day() -> None:
    assert [EV.is_in_force(d) for d in (date(2025, 12, 31), date(2026, 1, 1))] == [False, True]
