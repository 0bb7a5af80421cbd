"""Definitions that cannot be calculated with are refused when loaded, with file and line."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from models.vocabulary.errors import NotFound
from services.quantification import Refused, catalogue, load, methodology
from services.quantification.loader import FOLDER

GOOD: dict[str, Any] = json.loads((FOLDER / "demo-pv-2024-1.0.json").read_text(encoding="utf-8"))


def written(folder: Path, data: dict[str, Any] | str, name: str = "one.json") -> Path:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, indent=1)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def changed(**changes: Any) -> dict[str, Any]:
    """The photovoltaic file with values put under dotted paths; None takes away."""
    data = copy.deepcopy(GOOD)
    for path, value in changes.items():
        *way, last = path.split("__")
        part: Any = data
        for step in way:
            part = part[int(step)] if isinstance(part, list) else part[step]
        if value is None:
            del part[last]
        else:
            part[int(last) if isinstance(part, list) else last] = value
    return data


def line_of(file: Path, piece: str) -> int:
    return next(n for n, line in enumerate(file.read_text("utf-8").splitlines(), 1) if piece in line)


BAD = [
    ("unit does not fit", {"parameters__2__unit": "kgCO2/L"}, "not in tCO2e", "sum(EGadj) * EF / 1000"),
    ("wrong power of ten", {"formulas__1__expr": "sum(EGadj) * EF / 100"}, "factor of", "* EF / 100"),
    ("result in energy", {"formulas__1__expr": "sum(EGadj)"}, "not in tCO2e", '"expr": "sum(EGadj)"'),
    ("unknown unit", {"parameters__0__unit": "florins"}, "florins", '"unit": "florins"'),
    ("adding unlike", {"formulas__0__expr": "EG + EF"}, "do not fit", "EG + EF"),
    ("unknown name", {"formulas__0__expr": "EG * LOSS"}, "LOSS is not declared", "EG * LOSS"),
    ("row data without sum", {"formulas__1__expr": "EGadj * EF / 1000"}, "take sum", "EGadj * EF"),
    ("sum in a row", {"formulas__0__expr": "sum(EG)"}, "runs over the rows", "sum(EG)"),
    ("divisor zero", {"formulas__1__expr": "sum(EGadj) * EF / 0"}, "by zero", "EF / 0"),
    ("divisor may be zero", {"formulas__0__expr": "EG * EG / EG"}, "may divide by zero", "EG * EG / EG"),
    ("divisor sums to zero", {"formulas__2__expr": "sum(EGadj) * EF / 1000 * sum(EG) / sum(EG)"}, "may divide", "/ sum(EG)"),
    ("circle", {"formulas__2__expr": "ER"}, "in a circle", "BE - PE - LE"),
    ("itself", {"formulas__2__expr": "PE"}, "in a circle", '"expr": "PE"'),
    ("call", {"formulas__2__expr": "open(0)"}, "not part of the formula language", "open(0)"),
    ("attribute", {"formulas__2__expr": "EF.real"}, "not part", "EF.real"),
    ("power", {"formulas__2__expr": "EF ** 9"}, "not part", "EF ** 9"),
    ("index", {"formulas__2__expr": "EF[0]"}, "not part", "EF[0]"),
    ("lambda", {"formulas__2__expr": "(lambda: 0)()"}, "not part", "lambda"),
    ("comprehension", {"formulas__2__expr": "sum(x for x in EF)"}, "not part", "for x in"),
    ("decimal in a formula", {"formulas__1__expr": "sum(EGadj) * 0.42 / 1000"}, "belongs into a parameter", "0.42 / 1000"),
    ("no formula", {"formulas__2__expr": "1 +"}, "cannot be read", '"1 +"'),
    ("flag as number", {"formulas__0__expr": "EG * calibration_overdue"}, "is no number", "EG * cal"),
    ("number as flag", {"formulas__0__expr": "EG if EG else EG"}, "no yes or no", "EG if EG"),
    ("name twice", {"formulas__2__target": "EG"}, "EG is taken", '"target": "EG"'),
    ("reserved name", {"parameters__3__symbol": "floor"}, "is taken", '"symbol": "floor"'),
    ("result without formula", {"result": "XX"}, "no formula for XX", '"result": "XX"'),
    ("result no CO2", {"result": "EGadj"}, "amount of CO2e", '"level": "row"'),
    ("rounding unit", {"rounding__unit": "0.001 kWh"}, "amount of CO2e", "0.001 kWh"),
    ("rounding below a gram", {"rounding__unit": "0.1 gCO2e"}, "whole grams", "0.1 gCO2e"),
    ("not yet valid", {"parameters__2__valid_from": "2024-03-12"}, "not yet valid", '"symbol": "EF"'),
    ("no longer valid", {"parameters__2__valid_to": "2024-03-10"}, "outside its validity", '"symbol": "EF"'),
    ("ends before it begins", {"parameters__2__valid_to": "2021-01-01"}, "ends before", '"symbol": "EF"'),
    ("rounds up", {"rounding__mode": "ceil"}, "rounding.mode", '"ceil"'),
    ("third class", {"method_class": "III"}, "method_class", '"III"'),
    ("unknown status", {"parameters__2__status": "sure"}, "status", '"symbol": "EF"'),
    ("no value", {"parameters__2__value": None}, "value", '"symbol": "EF"'),
    ("unknown key", {"colour": "green"}, "colour", '"colour"'),
    ("no vectors", {"test_vectors": []}, "test_vectors", '"test_vectors"'),
    ("condition of unknown fact", {"applicability__0__expr": "roof > 3"}, "roof is not declared", "roof > 3"),
    ("condition no yes or no", {"applicability__0__expr": "capacity_kw + 1"}, "yes or no", "capacity_kw + 1"),
    ("condition of text and number", {"applicability__0__expr": "province == 1"}, "do not fit", "province == 1"),
]  # fmt: skip


@pytest.mark.rule("G02")
@pytest.mark.parametrize(("changes", "says", "piece"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_broken_definition_is_refused_with_file_and_line(
    tmp_path: Path, changes: dict[str, Any], says: str, piece: str
) -> None:
    file = written(tmp_path, changed(**changes))
    with pytest.raises(Refused) as refused:
        load(file)
    assert says in refused.value.detail.en
    assert refused.value.file == f"{tmp_path.name}/one.json"
    near = line_of(file, piece.strip())
    assert near - 2 <= refused.value.line <= near + 1
    assert refused.value.detail.zh.startswith(f"{refused.value.file} 第 {refused.value.line} 行：")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{\n "code": "A",\n "code": "B"\n}', 3, "given twice"),
        ('{\n "value": 0.42\n}', 2, "write it as text"),
        ('{\n "value": NaN\n}', 2, "write it as text"),
        ('{\n "code": \n}', 3, "Not valid JSON"),
        ("[1]", 1, "one object"),
        ("[" * 100_000, 1, "nested too deeply"),
    ],
)
def test_text_that_is_no_exact_document_is_refused(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(Refused) as refused:
        load(written(tmp_path, text))
    assert (refused.value.line, says in refused.value.what.en) == (line, True)


def rows(*spans: tuple[str | None, str | None]) -> dict[str, Any]:
    factor = {
        k: v
        for k, v in GOOD["parameters"][2].items()
        if k not in ("value", "valid_from", "valid_to", "status", "source")
    }
    table = [{"value": "0.4", "valid_from": a, "valid_to": b, "status": "verified"} for a, b in spans]
    return changed(parameters__2=factor | {"rows": table})


@pytest.mark.parametrize(
    ("spans", "says"),
    [
        ([("2022-01-01", "2024-12-31"), ("2025-01-02", None)], "has a gap"),
        ([("2022-01-01", "2025-01-01"), ("2025-01-01", None)], "two values for one day"),
        ([("2022-01-01", "2024-12-31"), (None, None)], "two values for one day"),
    ],
)
def test_factor_table_with_holes_or_overlaps_is_refused(
    tmp_path: Path, spans: list[tuple[str | None, str | None]], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        load(written(tmp_path, rows(*spans)))


def test_factor_table_without_holes_is_taken(tmp_path: Path) -> None:
    data = rows(("2022-01-01", "2024-12-31"), ("2025-01-01", None))
    assert len(load(written(tmp_path, data)).definition.parameters[2].rows) == 2


@pytest.mark.parametrize(
    "expr",
    [
        "EG * EG / EG if EG > 0 else EG",
        "EG * EG / max(EG, EG) if EG != 0 else EG",
        "EG if EG <= 0 else EG * EG / EG",
        "EG * (1 - MPE) / (1 + MPE)",
    ],
)
def test_divisor_kept_from_zero_by_a_condition_is_taken(tmp_path: Path, expr: str) -> None:
    load(written(tmp_path, changed(formulas__0__expr=expr)))


def test_declared_minimum_keeps_a_divisor_from_zero(tmp_path: Path) -> None:
    data = changed(formulas__0__expr="EG * EG / EG", parameters__0__minimum="0.01")
    load(written(tmp_path, data))


def test_one_version_is_defined_once(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "a.json")
    written(tmp_path, GOOD, "b.json")
    with pytest.raises(Refused, match="a change is a new version"):
        catalogue(tmp_path)


def test_broken_neighbour_does_not_stop_a_methodology(tmp_path: Path) -> None:
    written(tmp_path, changed(code="OTHER", result="XX"), "a.json")
    written(tmp_path, GOOD, "b.json")
    assert methodology("DEMO-PV-2024", "1.0", tmp_path).definition.code == "DEMO-PV-2024"
    with pytest.raises(Refused):
        methodology("OTHER", "1.0", tmp_path)


def test_unknown_version_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"DEMO-PV-2024, version 9\.9"):
        methodology("DEMO-PV-2024", "9.9")


def test_digest_names_the_content_not_the_spacing(tmp_path: Path) -> None:
    one = load(written(tmp_path, GOOD, "a.json")).source.digest
    same = load(written(tmp_path, json.dumps(GOOD), "b.json")).source.digest
    other = load(written(tmp_path, changed(name="另一名称"), "c.json")).source.digest
    assert (one == same, one == other) == (True, False)
