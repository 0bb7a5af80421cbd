"""Every fault of a calculator and its description is told at once, with its place and what to do."""

import json
from typing import Any

import pytest

from services.quantification.checking import Checked, check
from services.quantification.loader import FOLDER

PV = (FOLDER / "demo-pv-2024-1.0.json").read_text(encoding="utf-8")
WORDS = (FOLDER / "descriptions" / "demo-pv-2024-1.0.json").read_text(encoding="utf-8")


def put(text: str, **changes: Any) -> str:
    """The document with values under dotted paths; None takes away."""
    data = json.loads(text)
    for path, value in changes.items():
        *way, last = path.split("__")
        part: Any = data
        for step in way:
            part = part[int(step)] if isinstance(part, list) else part[step]
        if value is None:
            del part[last]
        else:
            part[int(last) if isinstance(part, list) else last] = value
    return json.dumps(data, ensure_ascii=False, indent=2)


def told(found: Checked) -> list[str]:
    return [f.text.zh for f in found.faults]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda f: f.stem)
def test_what_comes_with_the_program_has_no_fault(file: Any) -> None:
    found = check(file.read_text("utf-8"), (FOLDER / "descriptions" / file.name).read_text("utf-8"))
    assert (told(found), found.method is not None, found.words is not None) == ([], True, True)


def test_all_faults_of_the_shape_are_told_with_line_and_remedy() -> None:
    bad = put(PV, name=None, kind="plan", version="一", extra=1, parameters__2__value=[1])
    found = check(bad, WORDS)
    assert found.method is None
    assert [t.partition("：")[2] for t in told(found)] == [
        "“version”应为数字和点，如 1.1。",
        "“name”缺少此项，请补充。",
        "“kind”只能是 'project' 或 'scenario'。",
        "“parameters.2.rows.0.value”应为以文本书写的十进制数。",
        "“extra”不是文件中应有的项目，请删除或者更正名称。",
        "说明文件为 1.0，计算文件为 一，二者应为同一版本，请改为一致。",
    ]
    assert found.faults[0].line == 3


def test_units_dimensions_divisors_and_validity_are_told_together() -> None:
    bad = put(
        PV,
        parameters__0__unit="florins",
        parameters__2__valid_from="2025-01-01",
        formulas__3__expr="EF",
        applicability__0__expr="size < 1",
        rounding__unit="1 kWh",
    )
    assert [(f.where.zh, f.what.en) for f in check(bad, WORDS).faults] == [
        ("参数 parameters › 第 3 项（EF）", "Factor EF is not yet valid when the version takes effect."),
        ("参数 parameters › 第 1 项（EG） › 单位 unit", "“florins” is not a known unit."),
        ("公式 formulas › 第 4 项（LE） › 算式 expr", "The result is not in tCO2e."),
        ("取整 rounding › 单位 unit", "A reduction is an amount of CO2e, not of “kWh”."),
        ("适用条件 applicability › 第 1 项（cap） › 算式 expr", "The name size is not declared."),
    ]
    divided = check(put(PV, formulas__0__expr="EG * EG / EG"), WORDS)
    assert [f.what.en.partition(";")[0] for f in divided.faults] == ["“EG * EG / EG” may divide by zero"]


@pytest.mark.rule("M04")
def test_examples_are_worked_out_and_every_difference_is_told() -> None:
    found = check(
        put(
            PV,
            parameters__2__value="0.40",
            test_vectors__0__expected__ZZ="1",
            test_vectors__1__rows__0__on="x",
        ),
        WORDS,
    )
    assert [(f.where.en.rpartition(" › ")[2], f.what.en.partition(";")[0]) for f in found.faults] == [
        ("BE", "339.0944 comes out, the file says 356.04912"),
        ("ER", "339.0944 comes out, the file says 356.04912"),
        ("amount", "339.094 comes out, the file says 356.049"),
        ("grams", "339094400 comes out, the file says 356049120"),
        ("ZZ", "There is no result called ZZ"),
        ("rows", "It cannot be worked out (Invalid isoformat string: 'x')"),
    ]
    assert all(f.line > 200 for f in found.faults)


def test_description_belongs_to_the_version_and_to_its_data() -> None:
    words = put(WORDS, code="OTHER-1", supplied__0__symbol="EX", publisher__en="")
    assert [f.where.zh for f in check(PV, words).faults] == ["公布单位 publisher › en"]
    words = put(WORDS, code="OTHER-1", supplied__0__symbol="EX")
    assert [f.what.en.partition(";")[0] for f in check(PV, words).faults] == [
        "It says OTHER-1, the calculator DEMO-PV-2024",
        "EX is no data of the calculator",
    ]


def test_what_a_reader_would_miss_is_said_and_hinders_nothing() -> None:
    words = put(WORDS, supplied=[], english={}, demonstration=False)
    found = check(put(PV, parameters__0__label_en=""), words)
    assert found.faults == ()
    assert [h.zh.partition("：")[0] for h in found.hints] == [
        "说明文件没有写明以下数据的来源和监测要求",
        "有 5 处文字没有英文，英文页面将显示中文",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "{", "[]", "null", "[" * 100_000, '{"a":' * 5_000, "x" * 300_000, '{"a": "\\ud800"}', '{"a": "\\u0000"}',
     '{"a": 1e5}', '{"a": NaN}', '{"a": 1, "a": 2}', '{"parameters": 5, "formulas": {}}', "9" * 5_000],
    ids=lambda t: t[:12],
)  # fmt: skip
def test_any_text_is_answered_in_words(text: str) -> None:
    found = check(text, text)
    assert found.method is None
    assert {f.file for f in found.faults} == {"calculator", "description"}
    assert all(f.what.zh and f.what.en for f in found.faults)
