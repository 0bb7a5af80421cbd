"""What a methodology says in words fits its calculator, in both languages; examples and differences are worked out."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from services.quantification import Methodology, catalogue
from services.quantification.comparing import changes
from services.quantification.describing import Description, described, descriptions
from services.quantification.examples import examples
from services.quantification.loader import FOLDER, compiled
from services.quantification.source import parse
from services.reading.methodology_sheet import sheet, worked

CATALOGUE = catalogue()
WORDS = descriptions()
PV = json.loads((FOLDER / "demo-pv-2024-1.0.json").read_text(encoding="utf-8"))


def compiled_of(data: dict[str, Any]) -> Methodology:
    return compiled(parse(json.dumps(data, ensure_ascii=False), "test.json"))


def pv(**changes: Any) -> Methodology:
    """The photovoltaic methodology with values put under dotted paths."""
    data = copy.deepcopy(PV)
    for path, value in changes.items():
        *way, last = path.split("__")
        part: Any = data
        for step in way:
            part = part[int(step)] if isinstance(part, list) else part[step]
        part[last] = value
    return compiled_of(data)


def test_every_methodology_is_described_and_nothing_else() -> None:
    assert WORDS.keys() == CATALOGUE.keys()


@pytest.mark.parametrize("key", CATALOGUE, ids=" ".join)
def test_description_names_the_source_of_all_data_the_calculator_asks_for(key: tuple[str, str]) -> None:
    asked = [p.symbol for p in CATALOGUE[key].definition.parameters if not p.is_factor]
    assert [s.symbol for s in WORDS[key].supplied] == asked


def chinese(method: Methodology) -> Iterator[str]:
    """Words of the calculator's file that pages show and that have no English there."""
    for p in method.definition.parameters:
        for row in p.rows:
            yield from (w for w in (row.source, row.note) if w)
    yield from (v.name for v in method.definition.test_vectors)


@pytest.mark.parametrize("key", CATALOGUE, ids=" ".join)
def test_words_of_a_page_are_there_in_english(key: tuple[str, str]) -> None:
    method, words = CATALOGUE[key], WORDS[key]
    assert [w for w in chinese(method) if w not in words.english] == []
    d = method.definition
    named = [*d.facts, *d.parameters, *d.formulas]
    assert [x for x in named if not x.label_en] == []
    assert [c.id for c in (*d.applicability, *d.plausibility) if not c.message_en] == []


def test_description_that_leaves_something_out_is_refused() -> None:
    data = WORDS["DEMO-PV-2024", "1.0"].model_dump()
    for part in ("baseline", "boundary", "publisher"):
        with pytest.raises(ValidationError):
            Description.model_validate({k: v for k, v in data.items() if k != part})
    with pytest.raises(ValidationError):
        Description.model_validate({**data, "field": "magic"})


def test_version_nobody_has_described_has_no_words() -> None:
    assert described("DEMO-PV-2024", "9.9") is None


@pytest.mark.rule("G02")
@pytest.mark.parametrize("key", CATALOGUE, ids=" ".join)
def test_examples_on_the_page_are_worked_out_and_agree(key: tuple[str, str]) -> None:
    done = worked(CATALOGUE[key], WORDS[key])
    assert len(done) == len(CATALOGUE[key].definition.test_vectors)
    assert [w.example.agrees for w in done] == [True] * len(done)


def test_example_that_does_not_come_out_as_stated_is_told() -> None:
    wrong = pv(test_vectors__0__expected={"grams": 1})
    assert [e.agrees for e in examples(wrong)] == [False, True]


def test_steps_show_a_row_of_each_case_that_occurs() -> None:
    year, late = worked(CATALOGUE["DEMO-PV-2024", "1.0"], WORDS["DEMO-PV-2024", "1.0"])
    assert [line.row for line in year.steps if line.row] == [1]
    assert [(line.row, line.substitution) for line in late.steps if line.row] == [
        (1, "46668.8"),
        (12, "48610.4 × (1 − 0.005)"),
    ]
    assert (late.amount.zh, late.rows[11][1]) == ("355.947 tCO₂e", ("48610.4", "是"))


def test_formulas_are_told_with_the_symbols_they_use() -> None:
    told = {f.target.symbol: f for f in sheet(CATALOGUE["DEMO-PV-2024", "1.0"], None).formulas}
    assert told["BE"].text.zh == "Σ(EGadj) × EF ÷ 1000"
    assert [(s.symbol, s.label.zh, s.unit.zh) for s in told["BE"].signs] == [
        ("EF", "电力排放因子", "kgCO₂/kWh"),
        ("EGadj", "核定发电量", "kWh"),
    ]
    assert told["EGadj"].text.zh == "EG × (1 − MPE)（当计量表超过检定有效期时），否则 EG"
    assert [name for name, _ in told["BE"].functions] == ["Σ"]
    assert [f.target.symbol for f in told.values() if f.is_result] == ["ER"]


@pytest.mark.parametrize(
    ("key", "kind", "columns"),
    [
        (("DEMO-PV-2024", "1.0"), "meters", ["meter_no", "first_day", "last_day"]),
        (("DEMO-EVFLEET-2026", "0.1"), "meters", ["meter_no", "first_day", "last_day"]),
        (("DEMO-BIKE-2024", "1.0"), "records", ["record_no", "user", "start_at"]),
        (("DEMO-HOMEPOWER-2024", "0.1"), "records", ["record_no", "user", "start_at"]),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_supply_is_what_issuance_works_with(key: tuple[str, str], kind: str, columns: list[str]) -> None:
    found = sheet(CATALOGUE[key], WORDS[key]).supply
    assert (found.kind, [c.key for c in found.columns][:3]) == (kind, columns)


def test_records_of_households_state_the_facts_of_the_conditions() -> None:
    found = sheet(CATALOGUE["DEMO-HOMEPOWER-2024", "0.1"], None).supply
    assert [c.key for c in found.columns][4:] == ["kwh", "tier_three", "has_pv"]


def test_methodology_that_cannot_be_delivered_for_says_so() -> None:
    assert sheet(pv(parameters__0__meter=""), None).supply.kind == "none"


# ---- what changed ------------------------------------------------------------------------------------------------


def told(before: Methodology, after: Methodology) -> list[tuple[str, str, str]]:
    return [(c.part, c.symbol, c.kind) for c in changes(before, after)]


def test_same_definition_has_no_changes_whatever_its_version() -> None:
    assert changes(pv(), pv(version="1.1")) == ()


def test_changed_factor_is_told_with_both_values() -> None:
    (one,) = changes(pv(), pv(parameters__2__value="0.40"))
    assert (one.part, one.symbol, one.kind) == ("factor", "EF", "changed")
    assert (one.before.zh, one.after.zh) == (
        "0.42 kgCO₂/kWh（2022年2月11日起），方法学默认值",
        "0.4 kgCO₂/kWh（2022年2月11日起），方法学默认值",
    )
    assert one.after.en == "0.4 kgCO₂/kWh (from 11 Feb 2022), default of the methodology"


@pytest.mark.parametrize(
    ("put", "part"),
    [
        ({"method_class": "II"}, ("class", "", "changed")),
        ({"name": "另一名称"}, ("name", "", "changed")),
        ({"parameters__2__source": "另一来源"}, ("origin", "EF", "changed")),
        ({"parameters__2__status": "assumption"}, ("origin", "EF", "changed")),
        ({"parameters__0__meter": "上网"}, ("data", "EG", "changed")),
        ({"parameters__0__period": "day"}, ("data", "EG", "changed")),
        ({"formulas__1__expr": "sum(EG) * EF / 1000"}, ("formula", "BE", "changed")),
        ({"rounding__unit": "0.01 tCO2e"}, ("rounding", "", "changed")),
        ({"applicability__0__message": "另一条件"}, ("condition", "cap", "changed")),
        ({"applicability__0__expr": "capacity_kw <= 500"}, ("condition", "cap", "changed")),
    ],
    ids=lambda v: str(next(iter(v))) if isinstance(v, dict) else "",
)
def test_every_part_of_a_definition_is_compared(put: dict[str, Any], part: tuple[str, str, str]) -> None:
    assert told(pv(), pv(**put)) == [part]


def test_condition_and_factor_that_came_and_went_are_told() -> None:
    data = copy.deepcopy(PV)
    del data["applicability"][3]
    data["parameters"].append(
        {"symbol": "LOSS", "label": "线损率", "role": "default", "value": "0.02", "status": "assumption"}
    )
    assert told(pv(), compiled_of(data)) == [
        ("condition", "life", "removed"),
        ("factor", "LOSS", "added"),
        ("origin", "LOSS", "added"),
    ]


def test_conditions_are_compared_in_words() -> None:
    (one,) = changes(pv(), pv(applicability__0__expr="capacity_kw <= 500"))
    assert one.before.zh == "单个项目装机规模须在1MW及以下（装机容量（kW） ≤ 1000）"
    assert one.after.en == "A project has at most 1 MW installed. (Installed capacity (kW) ≤ 500)"
