"""One version of a methodology in words: formulas with their symbols, factors, what has to be supplied, worked examples.

Everything is taken from the definition the calculator works by, so that what people read and what is counted
cannot drift apart; only boundary, baseline and sources of data are sentences of their own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.vocabulary.amounts import CHOSEN, CancelPurpose
from models.vocabulary.text import Text
from services.monitoring.activity import from_records
from services.monitoring.counted import forgives, metered
from services.monitoring.rows import COLUMNS
from services.quantification import Line, formula_text, grammar, lines, wording
from services.quantification.comparing import LEVELS
from services.quantification.definition import Condition, FactorRow, Parameter
from services.quantification.describing import Description
from services.quantification.evaluate import Value
from services.quantification.examples import Example, examples
from services.quantification.loader import DURATION, PER_HOUR, Methodology, Step
from services.quantification.printing import figure

_NOTHING = Text("", "")
#: A condition that is a name in Chinese needs no spaces around it.
_SPACED = re.compile(r"当 ([一-鿿]+) 时")
#: What the functions of the formulas mean, by their name as printed.
FUNCTIONS: dict[str, Text] = {
    "Σ": Text("the sum over all rows of the period", "对监测期内各行求和"),
    "floor": Text("rounded down to a whole number", "向下取整"),
    "max": Text("the larger of the values", "取较大值"),
    "min": Text("the smaller of the values", "取较小值"),
}
FIELDS_OF_A_RECORD: dict[str, Text] = {
    "record_no": Text("Number of the record, never used twice", "记录编号，不得重复"),
    "user": Text("The person, by a pseudonym of the platform", "用户标识（平台生成的化名）"),
    "start_at": Text("Beginning, with time zone", "开始时间（含时区）"),
    "end_at": Text("End, with time zone", "结束时间（含时区）"),
}


@dataclass(frozen=True)
class Sign:
    """A symbol of a formula, its meaning and its unit."""

    symbol: str
    label: Text
    unit: Text


@dataclass(frozen=True)
class Shown:
    """A formula as an office writes it, with the symbols it uses."""

    target: Sign
    text: Text
    level: Text
    signs: tuple[Sign, ...]
    is_result: bool

    @property
    def functions(self) -> list[tuple[str, Text]]:
        """The functions it uses, with what they mean."""
        return [(name, words) for name, words in FUNCTIONS.items() if f"{name}(" in self.text.zh]


@dataclass(frozen=True)
class Factor:
    """A value the methodology lays down, with the days of activity it holds for."""

    sign: Sign
    role: Text
    value: Text
    validity: Text
    parameter: Parameter
    row: FactorRow
    source: Text
    note: Text


@dataclass(frozen=True)
class Datum:
    """Something that comes with the data."""

    sign: Sign
    role: Text
    often: Text
    source: Text
    monitoring: Text
    parameter: Parameter


@dataclass(frozen=True)
class Asked:
    """A condition in words, and the facts by which the system checks it."""

    message: Text
    facts: tuple[Text, ...]


@dataclass(frozen=True)
class Column:
    """What an applicant fills in or a platform delivers. `key` is the name in the interface."""

    key: str
    label: Text
    unit: Text


@dataclass(frozen=True)
class Supply:
    """What the owner has to deliver. kind: meters | records | none (it cannot be worked out from what is delivered)."""

    kind: str
    columns: tuple[Column, ...]
    quantities: tuple[Datum, ...]
    forgives: bool


@dataclass(frozen=True)
class Worked:
    """A worked example ready to be printed.

    Args:
        columns: the data of a row. rows: (day or "", values, grams) of each row.
        steps: every formula; those of rows once for each case that occurs (say, a meter verified or not).
    """

    name: Text
    example: Example
    columns: tuple[Sign, ...]
    rows: tuple[tuple[str, tuple[str, ...], int], ...]
    steps: tuple[Line, ...]
    amount: Text


@dataclass(frozen=True)
class Sheet:
    """A version in words."""

    formulas: tuple[Shown, ...]
    factors: tuple[Factor, ...]
    data: tuple[Datum, ...]
    conditions: tuple[Asked, ...]
    checks: tuple[Asked, ...]
    supply: Supply
    rounding: Text


def sheet(method: Methodology, words: Description | None) -> Sheet:
    """The version as its page shows it."""
    d = method.definition
    number, unit = d.rounding.unit.split(" ", 1)
    step = wording.measured(number, unit)
    return Sheet(
        formulas=tuple(_formula(method, s) for s in _as_written(method)),
        factors=tuple(_factors(method, words)),
        data=_data(method, words),
        conditions=tuple(_asked(method, c) for c in d.applicability),
        checks=tuple(_asked(method, c) for c in d.plausibility),
        supply=_supply(method, words),
        rounding=Text(f"rounded down to {step.en}", f"向下取整至 {step.zh}"),
    )


def uses(method_class: str) -> tuple[Text, ...]:
    """What reductions of a class may be used for; surrender is for class I alone (M07)."""
    return tuple(
        words
        for purpose, words in CHOSEN.items()
        if purpose is not CancelPurpose.COMPLIANCE or method_class == "I"
    )


def _as_written(method: Methodology) -> list[Step]:
    by_target = {step.target: step for step in method.steps}
    return [by_target[f.target] for f in method.definition.formulas]


def sign(method: Methodology, symbol: str) -> Sign:
    """What a symbol stands for, be it given or worked out."""
    parameter = method.parameter(symbol)
    if parameter is not None:
        unit = wording.YES_OR_NO if parameter.role == "flag" else wording.unit(parameter.unit)
        return Sign(symbol, wording.label(parameter), unit)
    f = next(s.formula for s in method.steps if s.target == symbol)
    return Sign(symbol, Text(f.label_en or f.label or symbol, f.label or symbol), wording.unit(f.unit))


def _formula(method: Methodology, step: Step) -> Shown:
    used = grammar.names(step.tree)
    known = [p.symbol for p in method.definition.parameters] + [f.target for f in method.definition.formulas]
    flags = {p.symbol: p for p in method.definition.parameters if p.role == "flag"}
    names = {
        "zh": {s: p.label.replace("是否", "") for s, p in flags.items()},
        "en": {s: (p.label_en or s).lower() for s, p in flags.items()},
    }
    chinese = _SPACED.sub(r"当\1时", formula_text(step.tree, "zh", names["zh"]))
    text = Text(formula_text(step.tree, "en", names["en"]), chinese)
    return Shown(
        target=sign(method, step.target),
        text=text,
        level=LEVELS[step.formula.level],
        signs=tuple(sign(method, s) for s in known if s in used and s not in flags),
        is_result=step.target == method.definition.result,
    )


def _factors(method: Methodology, words: Description | None) -> Iterator[Factor]:
    for p in method.definition.parameters:
        for row in p.rows:
            yield Factor(
                sign=sign(method, p.symbol),
                role=wording.ROLES[p.role],
                value=wording.value(p, row),
                validity=wording.validity(row),
                parameter=p,
                row=row,
                source=_both(words, row.source),
                note=_both(words, row.note),
            )


def _both(words: Description | None, chinese: str) -> Text:
    return words.both(chinese) if words else Text(chinese, chinese)


def _data(method: Methodology, words: Description | None) -> tuple[Datum, ...]:
    found = []
    for p in method.definition.parameters:
        if p.is_factor:
            continue
        told = words.of(p.symbol) if words else None
        found.append(
            Datum(
                sign=sign(method, p.symbol),
                role=wording.ROLES[p.role],
                often=wording.period(p),
                source=told.source.text if told else _NOTHING,
                monitoring=told.monitoring.text if told else _NOTHING,
                parameter=p,
            )
        )
    return tuple(found)


def _asked(method: Methodology, condition: Condition) -> Asked:
    trees = method.conditions | method.plausible
    used = grammar.names(trees[condition.id])
    facts = [
        _with_unit(Text(f.label_en or f.label, f.label), f.unit)
        for f in method.definition.facts
        if f.symbol in used
    ]
    facts += [
        _with_unit(wording.label(p), p.unit)
        for p in method.definition.parameters
        if {p.symbol, p.symbol + PER_HOUR} & used
    ]
    if DURATION in used or any(name.endswith(PER_HOUR) for name in used):
        facts.append(Text("beginning and end", "起止时间"))
    return Asked(Text(condition.message_en or condition.message, condition.message), tuple(facts))


def _with_unit(label: Text, unit: str) -> Text:
    if unit == "1":
        return label
    said = wording.unit(unit)
    return Text(f"{label.en} ({said.en})", f"{label.zh}（{said.zh}）")


def _supply(method: Methodology, words: Description | None) -> Supply:
    """Readings of meters for a project, records of persons for a scenario: as issuance asks for them."""
    data = [d for d in _data(method, words) if d.parameter.is_monitored]
    if method.definition.kind == "scenario" and from_records(method):
        known = [Column(key, label, _NOTHING) for key, label in FIELDS_OF_A_RECORD.items()]
        measured = [Column(d.parameter.sent_as, d.sign.label, d.sign.unit) for d in data]
        facts = [
            Column(f.symbol, Text(f.label_en or f.label, f.label), _of_fact(f.type, f.unit))
            for f in method.definition.facts
        ]
        return Supply("records", (*known, *measured, *facts), tuple(data), False)
    if method.definition.kind == "project" and metered(method):
        unit = Text(*("／".join(dict.fromkeys(words)) for words in zip(*_units(data), strict=True)))
        columns = tuple(
            Column(k, label, unit if k == "quantity" else _NOTHING) for k, label in COLUMNS.items()
        )
        return Supply("meters", columns, tuple(data), forgives(method))
    return Supply("none", (), tuple(data), False)


def _units(data: Sequence[Datum]) -> list[tuple[str, str]]:
    return [(d.sign.unit.en, d.sign.unit.zh) for d in data]


def _of_fact(kind: str, unit: str) -> Text:
    return wording.YES_OR_NO if kind == "flag" else wording.unit(unit)


def worked(method: Methodology, words: Description | None, lang: str = "zh") -> tuple[Worked, ...]:
    """The examples of the version, worked out now by the calculator.

    Raises:
        Refused, Invalid: an example cannot be worked out, which the checks of the file do not let through.
    """
    return tuple(_worked(method, words, example, lang) for example in examples(method))


def _worked(method: Methodology, words: Description | None, example: Example, lang: str) -> Worked:
    done = example.calculation
    given = [p for p in method.definition.parameters if not p.is_factor]
    given = [p for p in given if any(p.symbol in row.values for row in done.inputs.rows)]
    rows = tuple(
        (
            row.on.isoformat() if row.on else "",
            tuple(_cell(scope.values.get(p.symbol), lang) for p in given),
            result.grams,
        )
        for row, scope, result in zip(done.inputs.rows, done.scopes, done.rows, strict=True)
    )
    typical = _typical([scope.values for scope in done.scopes])
    return Worked(
        name=_both(words, example.name),
        example=example,
        columns=tuple(sign(method, p.symbol) for p in given),
        rows=rows,
        steps=tuple(line for line in lines(done, lang) if line.row is None or line.row in typical),
        amount=wording.measured(figure(done.amount), done.unit),
    )


def _typical(rows: Sequence[Mapping[str, Value]]) -> set[int]:
    """The first row of each kind, from 1: rows are alike where their yes and no are."""
    first: dict[tuple[tuple[str, bool], ...], int] = {}
    for n, values in enumerate(rows, 1):
        first.setdefault(tuple((k, v) for k, v in values.items() if isinstance(v, bool)), n)
    return set(first.values())


def _cell(value: Value | None, lang: str) -> str:
    return "—" if value is None else figure(value, lang)
