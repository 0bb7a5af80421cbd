"""A calculator and its description checked before they are taken in: every fault at once, in words (M03, M04).

What the loader refuses one by one is told here together, and the worked examples are worked out and compared.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from models.vocabulary.errors import DomainError, Invalid
from models.vocabulary.text import Text
from services import storable
from services.quantification import schema_words
from services.quantification.definition import Fact, Formula, Parameter, Vector
from services.quantification.describing import Description
from services.quantification.examples import worked
from services.quantification.loader import Methodology, inspected
from services.quantification.printing import figure
from services.quantification.refusals import Defect, Refused
from services.quantification.source import Path_, Source, parse

#: Characters; a calculator with its examples is some pages of text.
LARGEST = 200_000
#: Faults that are told of one file; after so many the file is another one.
MOST = 60

FILES: dict[str, Text] = {
    "calculator": Text("Calculator", "计算文件"),
    "description": Text("Description", "说明文件"),
}
#: The parts of both files as the office calls them.
PARTS: dict[str, Text] = {
    "code": Text("number", "编号"),
    "version": Text("version", "版本"),
    "name": Text("name", "名称"),
    "status": Text("status", "状态"),
    "effective_from": Text("in force from", "施行日期"),
    "effective_to": Text("in force until", "停止施行日期"),
    "facts": Text("facts", "申报事项"),
    "applicability": Text("conditions of use", "适用条件"),
    "plausibility": Text("checks of the data", "数据校核"),
    "parameters": Text("parameters", "参数"),
    "rows": Text("rows", "数据行"),
    "formulas": Text("formulas", "公式"),
    "expr": Text("expression", "算式"),
    "unit": Text("unit", "单位"),
    "result": Text("result", "计算结果"),
    "rounding": Text("rounding", "取整"),
    "test_vectors": Text("worked examples", "核算示例"),
    "expected": Text("results stated", "所载结果"),
    "publisher": Text("publisher", "公布单位"),
    "basis": Text("basis", "编制依据"),
    "class_basis": Text("basis of the class", "类别依据"),
    "summary": Text("summary", "概述"),
    "baseline": Text("baseline", "基准线情景"),
    "boundary": Text("boundary", "核算边界"),
    "supplied": Text("data supplied", "数据来源"),
    "requirements": Text("requirements", "基本要求"),
    "changes": Text("changes", "修订说明"),
}
_CALLED = ("symbol", "target", "id", "name")


@dataclass(frozen=True)
class Fault:
    """What keeps a version from being taken in.

    Args:
        file: "calculator" or "description". line: counted from 1; 0 where the fault is of no line.
        where: the place in words. what: what is wrong there and what to do.
    """

    file: str
    line: int
    where: Text
    what: Text

    @property
    def text(self) -> Text:
        """In one sentence, with its place."""
        parts = [FILES[self.file], self.where]
        if self.line:
            parts.append(Text(f"line {self.line}", f"第 {self.line} 行"))
        said = [p for p in parts if p.zh]
        return Text(
            f"{', '.join(p.en for p in said)}: {self.what.en}",
            f"{'，'.join(p.zh for p in said)}：{self.what.zh}",
        )


@dataclass(frozen=True)
class Checked:
    """What a look at both files found; `hints` are no faults, the pages get better by them."""

    method: Methodology | None
    words: Description | None
    faults: tuple[Fault, ...]
    hints: tuple[Text, ...] = ()
    data: Mapping[str, Any] | None = None


def check(calculator: str, description: str | None) -> Checked:
    """Both files against the rules of the loader and against one another; None leaves the description out."""
    source, faults = _source("calculator", calculator)
    method: Methodology | None = None
    if source is not None:
        method, refused = _inspected(source)
        faults += [_fault("calculator", source, r) for r in refused[:MOST]]
    if method is not None:
        faults += _compared(method)
    if description is None:
        return Checked(method, None, tuple(faults), (), source.data if source else None)
    written, more = _source("description", description)
    words = _described(written, more) if written is not None else None
    if words is not None and written is not None and source is not None:
        more += _fits(words, written, source, method)
    whole = not (faults or more)
    hints = tuple(_hints(method, words)) if whole and method and words else ()
    return Checked(method, words, (*faults, *more), hints, source.data if source else None)


def _inspected(source: Source) -> tuple[Methodology | None, list[Refused]]:
    try:
        return inspected(source)
    except (RecursionError, ArithmeticError, OverflowError) as error:
        words = Defect(f"It cannot be checked: {error}.", f"无法检查：{error}。请核对数值和算式。")
        return None, [source.refused(words)]


def _source(file: str, text: str) -> tuple[Source | None, list[Fault]]:
    """The text as a document, or why it is none."""
    if not text.strip():
        words = Text("Choose the file, or paste its text.", "请选择文件，或者粘贴文件内容。")
        return None, [Fault(file, 0, Text("", ""), words)]
    if len(text) > LARGEST:
        words = Text(f"It is longer than {LARGEST:,} characters.", f"超过 {LARGEST:,} 个字符，请精简。")
        return None, [Fault(file, 0, Text("", ""), words)]
    try:
        source = parse(text, FILES[file].zh)
    except Refused as refused:
        return None, [Fault(file, refused.line, Text("", ""), refused.what)]
    except (UnicodeError, RecursionError):
        return None, [Fault(file, 0, Text("", ""), storable.CHARACTER)]
    bad = storable.problems(source.data, "")[:MOST]
    return (None if bad else source), [Fault(file, 0, Text(p.loc, p.loc), p.msg) for p in bad]


def _fault(file: str, source: Source, refused: Refused) -> Fault:
    return Fault(file, refused.line, place(source.data, refused.path), refused.what)


def place(data: Any, path: Path_) -> Text:
    """The way to a value in words: "parameters, no. 3 (EF), unit"."""
    en, zh = [], []
    for key in path:
        data = _inside(data, key)
        if isinstance(key, int):
            called = next((str(data[k]) for k in _CALLED if isinstance(data, dict) and data.get(k)), "")[:40]
            en.append(f"no. {key + 1}" + (f" ({called})" if called else ""))
            zh.append(f"第 {key + 1} 项" + (f"（{called}）" if called else ""))
        else:
            title = PARTS.get(key, Text(key, key))
            en.append(title.en)
            zh.append(title.zh if title.zh == key else f"{title.zh} {key}")
    return Text(" › ".join(en), " › ".join(zh))


def _inside(data: Any, key: str | int) -> Any:
    try:
        return data[key]
    except (KeyError, IndexError, TypeError):
        return None


# ---- worked examples -----------------------------------------------------------------------------


def _compared(method: Methodology) -> list[Fault]:
    """Every result an example states that the calculator does not give."""
    found: list[Fault] = []
    for number, vector in enumerate(method.definition.test_vectors):
        for key, what in _differs(method, vector):
            path: Path_ = ("test_vectors", number, *(("expected", key) if key else ("rows",)))
            line = method.source.line(path)
            found.append(Fault("calculator", line, place(method.source.data, path), what))
    return found[:MOST]


def _differs(method: Methodology, vector: Vector) -> Iterator[tuple[str, Text]]:
    try:
        example = worked(method, vector)
    except Invalid as error:
        yield from (("", p.msg) for p in error.problems)
        return
    except DomainError as error:
        yield "", error.detail
        return
    except (ArithmeticError, ValueError, TypeError, KeyError) as error:
        yield (
            "",
            Text(
                f"It cannot be worked out ({error}); days are written as 2026-01-01, numbers as text.",
                f"无法核算（{error}）。日期应如 2026-01-01，数值应写作文本，请核对。",
            ),
        )
        return
    for key, expected in vector.expected.items():
        value = example.found.get(key)
        if value is None:
            yield (
                key,
                Text(
                    f"There is no result called {key}; name a target of a formula, amount or grams.",
                    f"没有名为 {key} 的结果，请填写公式的名称、amount 或者 grams。",
                ),
            )
        elif value != expected:
            said = figure(value if isinstance(value, bool | str) else Decimal(str(value)))
            yield (
                key,
                Text(
                    f"{said} comes out, the file says {figure(expected)}; check data, factors, formulas or the result stated.",
                    f"计算得 {said}，文件所载为 {figure(expected)}。请核对数据、取值、公式或者所载结果。",
                ),
            )


# ---- the description -----------------------------------------------------------------------------


def _described(source: Source, found: list[Fault]) -> Description | None:
    try:
        return Description.model_validate(json.loads(json.dumps(source.data)))
    except ValidationError as error:
        told = [source.refused(schema_words.defect(e)) for e in error.errors()[:MOST]]
        found += [_fault("description", source, r) for r in told]
    return None


def _fits(words: Description, written: Source, source: Source, method: Methodology | None) -> list[Fault]:
    """A description speaks of the very version, and of data that the calculator asks for."""
    defects = []
    for key in ("code", "version"):
        mine, its = getattr(words, key), source.data.get(key)
        if its is not None and mine != its:
            defects.append(
                Defect(
                    f"It says {mine}, the calculator {its}; both belong to one version.",
                    f"说明文件为 {mine}，计算文件为 {its}，二者应为同一版本，请改为一致。",
                    (key,),
                )
            )
    if method is not None:
        asked = [p.symbol for p in method.definition.parameters if not p.is_factor]
        for number, supplied in enumerate(words.supplied):
            if supplied.symbol not in asked:
                defects.append(
                    Defect(
                        f"{supplied.symbol} is no data of the calculator; it asks for {', '.join(asked) or 'none'}.",
                        f"{supplied.symbol} 不是计算文件中的监测数据。计算文件需要的数据有：{'、'.join(asked) or '无'}。",
                        ("supplied", number, "symbol"),
                    )
                )
    return [_fault("description", written, written.refused(d)) for d in defects]


def _hints(method: Methodology, words: Description) -> Iterator[Text]:
    """What a reader would miss: sources of data, and words that have no English."""
    d = method.definition
    silent = [p.symbol for p in d.parameters if not p.is_factor and words.of(p.symbol) is None]
    if silent:
        yield Text(
            f"The description does not say where these data come from: {', '.join(silent)}.",
            f"说明文件没有写明以下数据的来源和监测要求：{'、'.join(silent)}。",
        )
    named: list[Fact | Parameter | Formula] = [*d.facts, *d.parameters, *d.formulas]
    labels = [x.label for x in named if x.label and not x.label_en]
    labels += [c.message for c in (*d.applicability, *d.plausibility) if not c.message_en]
    notes = [w for p in d.parameters for r in p.rows for w in (r.source, r.note) if w]
    labels += [w for w in (*notes, *(v.name for v in d.test_vectors)) if w not in words.english]
    labels += [] if d.name_en else [d.name]
    if labels:
        first = "、".join(dict.fromkeys(labels[:5]))
        yield Text(
            f"{len(labels)} words have no English; the English page shows them in Chinese: {first}",
            f"有 {len(labels)} 处文字没有英文，英文页面将显示中文：{first}{' 等' if len(labels) > 5 else ''}。",
        )
    if words.demonstration:
        yield Text(
            "The description is marked as a demonstration; the public page will say that it is no published text.",
            "说明文件标为演示（demonstration），公开页面将注明“不是正式公布的文本”。正式公布的方法学请改为 false。",
        )
