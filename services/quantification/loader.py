"""From a file to a calculator: schema, names, units, validity and divisors checked before anything is counted."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pydantic import ValidationError

from models.vocabulary.errors import NotFound
from models.vocabulary.text import Text
from services.quantification import dimensions, grammar, schema_words, spans, units
from services.quantification.definition import Condition, Definition, Formula, Parameter
from services.quantification.dimensions import Kind, Names
from services.quantification.refusals import Defect, Refused, caught
from services.quantification.source import Source, read
from services.quantification.spans import Span

#: Names that conditions of plausibility may use beside the data of a record: how long it took in seconds, and
#: each monitored quantity by the hour ("D_per_h"), not known for a record that took no time.
DURATION, PER_HOUR = "duration_s", "_per_h"
FOLDER = Path(__file__).parents[2] / "methodologies"


@dataclass(frozen=True)
class Step:
    """A formula ready to be worked out."""

    formula: Formula
    tree: ast.expr
    line: int

    @property
    def target(self) -> str:
        return self.formula.target

    @property
    def is_per_row(self) -> bool:
        return self.formula.level == "row"


@dataclass(frozen=True)
class Methodology:
    """A calculator: a definition that has passed every check.

    Args:
        steps: formulas in the order of their dependence.
        conditions: conditions of use by id.
        plausible: what the data of a record has to meet to count, by id.
        grams: grams of CO2e in one unit of the result.
        step, unit: the result is rounded down to a multiple of `step` of `unit`.
        grams_of_step: the same step in grams.
    """

    definition: Definition
    source: Source
    steps: tuple[Step, ...]
    conditions: dict[str, ast.expr]
    plausible: dict[str, ast.expr]
    grams: Fraction
    step: Fraction
    unit: str
    grams_of_step: int

    @property
    def result(self) -> Step:
        return next(s for s in self.steps if s.target == self.definition.result)

    def parameter(self, symbol: str) -> Parameter | None:
        return next((p for p in self.definition.parameters if p.symbol == symbol), None)

    def is_in_force(self, on: date) -> bool:
        """Published and effective on the day (G02, I15); an accepted case keeps its version afterwards."""
        d = self.definition
        return d.status == "published" and d.effective_from <= on <= (d.effective_to or date.max)

    def line_of(self, symbol: str) -> int:
        for number, parameter in enumerate(self.definition.parameters):
            if parameter.symbol == symbol:
                return self.source.line(("parameters", number))
        return 1


def methodology(code: str, version: str, folder: Path = FOLDER) -> Methodology:
    """The calculator of a methodology version. Raises NotFound, and Refused if its file has a defect."""
    for file in sorted(folder.glob("*.json")):
        source = _read(file, file.stat().st_mtime_ns)
        if (source.data.get("code"), source.data.get("version")) == (code, version):
            return _compiled(file, file.stat().st_mtime_ns)
    raise NotFound(
        Text(
            f"There is no methodology {code}, version {version}.",
            f"没有方法学 {code} 第 {version} 版的计算文件。",
        )
    )


def text_of(code: str, version: str, folder: Path = FOLDER) -> str:
    """The file of a version that comes with the program, as it stands. Raises NotFound."""
    methodology(code, version, folder)
    for file in sorted(folder.glob("*.json")):
        data = _read(file, file.stat().st_mtime_ns).data
        if (data.get("code"), data.get("version")) == (code, version):
            return file.read_text(encoding="utf-8")
    raise NotFound


def catalogue(folder: Path = FOLDER) -> dict[tuple[str, str], Methodology]:
    """Every calculator by code and version. Raises Refused at the first file with a defect."""
    found: dict[tuple[str, str], Methodology] = {}
    for file in sorted(folder.glob("*.json")):
        loaded = load(file)
        key = (loaded.definition.code, loaded.definition.version)
        if key in found:
            raise loaded.source.refused(
                Defect(
                    f"{key[0]} {key[1]} is already defined in {found[key].source.file}; a change is a new version.",
                    f"{key[0]} 第 {key[1]} 版已在 {found[key].source.file} 中定义，修改应另立新版本。",
                    ("version",),
                )
            )
        found[key] = loaded
    return found


@lru_cache(maxsize=64)
def _read(file: Path, changed: int) -> Source:
    return read(file)


@lru_cache(maxsize=64)
def _compiled(file: Path, changed: int) -> Methodology:
    return compiled(_read(file, changed))


def load(file: Path) -> Methodology:
    """Read and check one file. Raises Refused with the line of the first defect."""
    return compiled(read(file))


def compiled(source: Source) -> Methodology:
    """Check a document as read. Raises Refused with the line of the first defect."""
    method, refused = inspected(source)
    if method is None:
        raise refused[0]
    return method


def inspected(source: Source) -> tuple[Methodology | None, list[Refused]]:
    """The same with every defect there is; no calculator where there is one."""
    try:
        definition = Definition.model_validate(source.data)
    except ValidationError as error:
        return None, [source.refused(schema_words.defect(told)) for told in error.errors()]
    method, defects = _check(definition, source)
    return method, [source.refused(d) for d in defects]


def _check(definition: Definition, source: Source) -> tuple[Methodology | None, list[Defect]]:
    found = list(_symbols(definition))
    for number, parameter in enumerate(definition.parameters):
        caught(found, _validity, definition, parameter, ("parameters", number))
    read = [caught(found, _step, f, n, source) for n, f in enumerate(definition.formulas)]
    steps = [s for s in read if s is not None]
    ordered = caught(found, _ordered, steps, definition) if len(steps) == len(read) else None
    grams = _types(definition, ordered, found) if ordered is not None else None
    if ordered is not None and not found:
        _divisors(definition, ordered, found)
    rounding = caught(found, _rounding, definition)
    conditions, plausible = _conditions(definition, found), _plausible(definition, found)
    if found or ordered is None or grams is None or rounding is None:
        return None, found
    return Methodology(definition, source, tuple(ordered), conditions, plausible, grams, *rounding), []


def _symbols(definition: Definition) -> Iterator[Defect]:
    """Each name means one thing."""
    seen = set(grammar.RESERVED)
    for path, symbol in _declared(definition):
        if symbol in seen:
            yield Defect(f"The name {symbol} is taken.", f"名称 {symbol} 重复或为保留字，请另取名称。", path)
        seen.add(symbol)


def _declared(definition: Definition) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for number, parameter in enumerate(definition.parameters):
        yield ("parameters", number, "symbol"), parameter.symbol
    for number, formula in enumerate(definition.formulas):
        yield ("formulas", number, "target"), formula.target


def _validity(definition: Definition, parameter: Parameter, path: tuple[str | int, ...]) -> None:
    """Factor rows follow one another without gap or overlap and reach over the time the version is in force."""
    if not parameter.is_factor:
        return
    rows = sorted(parameter.rows, key=lambda r: r.valid_from or date.min)
    until = date.min
    for n, row in enumerate(rows):
        start, end = row.valid_from or date.min, row.valid_to or date.max
        if end < start:
            raise _factor(path, parameter, "ends before it begins", "有效期止日早于起日")
        if n and start <= until:
            raise _factor(path, parameter, "has two values for one day", "同一日期有两个取值")
        if n and start > until + timedelta(days=1):
            raise _factor(path, parameter, "has a gap in its validity", "各取值的有效期之间有空缺")
        until = end
    if (rows[0].valid_from or date.min) > definition.effective_from:
        raise _factor(
            path, parameter, "is not yet valid when the version takes effect", "在方法学生效之日尚未有效"
        )
    if until < (definition.effective_to or definition.effective_from):
        raise _factor(
            path, parameter, "is outside its validity while the version is in force", "在方法学施行期间已失效"
        )


def _factor(path: tuple[str | int, ...], parameter: Parameter, en: str, zh: str) -> Defect:
    return Defect(
        f"Factor {parameter.symbol} {en}.", f"参数 {parameter.symbol}（{parameter.label}）{zh}。", path
    )


def _step(formula: Formula, number: int, source: Source) -> Step:
    path = ("formulas", number, "expr")
    try:
        return Step(formula, grammar.parse(formula.expr), source.line(path))
    except Defect as defect:
        raise defect.under(*path) from defect


def _ordered(steps: list[Step], definition: Definition) -> list[Step]:
    """Formulas in the order of their dependence. Raises Defect on a circle."""
    by_target = {s.target: s for s in steps}
    waits = {s.target: grammar.names(s.tree) & by_target.keys() for s in steps}
    try:
        return [by_target[t] for t in TopologicalSorter(waits).static_order()]
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        number = next(n for n, f in enumerate(definition.formulas) if f.target == error.args[1][0])
        raise Defect(
            f"The formulas go in a circle: {circle}.",
            f"公式循环引用：{circle}。",
            ("formulas", number, "expr"),
        ) from error


def _unit(unit: str, path: tuple[str | int, ...]) -> units.Measure:
    try:
        return units.measure(unit)
    except Defect as defect:
        raise defect.under(*path, "unit") from defect


def _types(definition: Definition, steps: list[Step], found: list[Defect]) -> Fraction | None:
    """Units of all names and formulas; returns grams of CO2e in one unit of the result."""
    kinds: dict[str, Kind] = {}
    unknown: set[str] = set()  # names without a unit: what is made of them is not blamed a second time
    for number, parameter in enumerate(definition.parameters):
        measure = caught(found, _unit, parameter.unit, ("parameters", number))
        if measure is None:
            unknown.add(parameter.symbol)
        else:
            kinds[parameter.symbol] = "flag" if parameter.role == "flag" else measure
    rows = {p.symbol for p in definition.parameters if not p.is_factor}
    for step in steps:
        path = ("formulas", definition.formulas.index(step.formula))
        declared = caught(found, _unit, step.formula.unit, path)
        if declared is None:
            unknown.add(step.target)
        elif not grammar.names(step.tree) & unknown:
            caught(found, _fits, step, declared, Names(kinds, frozenset(rows)), path)
        if declared is not None:
            kinds[step.target] = declared
        rows |= {step.target} if step.is_per_row else set()
    return caught(found, _result, definition)


def _fits(step: Step, declared: units.Measure, names: Names, path: tuple[str | int, ...]) -> None:
    try:
        kind = dimensions.kind_of(step.tree, names, per_row=step.is_per_row)
        dimensions.fits(kind, declared, step.formula.unit)
    except Defect as defect:
        raise defect.under(*path, "expr") from defect


def _result(definition: Definition) -> Fraction:
    formula = next((f for f in definition.formulas if f.target == definition.result), None)
    if formula is None:
        raise Defect(
            f"There is no formula for {definition.result}.",
            f"没有计算 {definition.result} 的公式，请增加该公式或者更正 result。",
            ("result",),
        )
    try:
        return units.grams(formula.unit)
    except Defect as defect:
        raise defect.under("formulas", definition.formulas.index(formula), "unit") from defect


def _divisors(definition: Definition, steps: list[Step], found: list[Defect]) -> None:
    """No formula can divide by zero for data the file allows, in any version of a factor."""
    known: dict[str, Span] = {}
    for parameter in definition.parameters:
        values = [row.value for row in parameter.rows]
        low, high = (min(values), max(values)) if values else (parameter.minimum, None)
        known[parameter.symbol] = Span(low, high, 0 in values) if values else spans.of(low, high)
    for step in steps:
        try:
            spans.refuse_zero_divisors(step.tree, known)
        except Defect as defect:
            found.append(defect.under("formulas", definition.formulas.index(step.formula), "expr"))
        known[step.target] = spans.span(step.tree, known)


def _rounding(definition: Definition) -> tuple[Fraction, str, int]:
    """The step of rounding, its unit, and the whole number of grams in it."""
    number, unit = definition.rounding.unit.split(" ", 1)
    path = ("rounding", "unit")
    try:
        step = Fraction(number)
        whole = step * units.grams(unit)
    except (Defect, ValueError) as error:
        what = (
            error
            if isinstance(error, Defect)
            else Defect(f"“{number}” is no number.", f"“{number}”不是数字。")
        )
        raise what.under(*path) from error
    if step <= 0 or whole.denominator != 1:
        raise Defect("The step of rounding is not whole grams.", "取整单位应为整数克。", path)
    return step, unit, int(whole)


def _conditions(definition: Definition, found: list[Defect]) -> dict[str, ast.expr]:
    kinds: dict[str, Kind] = {}
    for number, fact in enumerate(definition.facts):
        measure = caught(found, _unit, fact.unit, ("facts", number)) or units.PLAIN
        kinds[fact.symbol] = measure if fact.type == "number" else fact.type
    return _judged(definition.applicability, "applicability", kinds, found)


def _plausible(definition: Definition, found: list[Defect]) -> dict[str, ast.expr]:
    """Conditions on the data of one record; derivations name data that is monitored."""
    kinds: dict[str, Kind] = {DURATION: units.PLAIN}
    monitored = {p.symbol for p in definition.parameters if p.is_monitored}
    for number, parameter in enumerate(definition.parameters):
        if not parameter.is_factor:
            kinds[parameter.symbol] = "flag" if parameter.role == "flag" else units.PLAIN
        if parameter.is_monitored:
            kinds[parameter.symbol + PER_HOUR] = units.PLAIN
        if parameter.derivation is not None and parameter.derivation.mean_of not in monitored:
            found.append(
                Defect(
                    f"{parameter.symbol} is derived from {parameter.derivation.mean_of}, which is not monitored.",
                    f"参数 {parameter.symbol} 的推算依据 {parameter.derivation.mean_of} 不是监测数据。",
                    ("parameters", number, "derivation"),
                )
            )
    return _judged(definition.plausibility, "plausibility", kinds, found)


def _judged(
    rows: Sequence[Condition], part: str, kinds: dict[str, Kind], found: list[Defect]
) -> dict[str, ast.expr]:
    trees = {}
    for number, condition in enumerate(rows):
        try:
            trees[condition.id] = _judgement(condition, kinds)
        except Defect as defect:
            found.append(defect.under(part, number, "expr"))
    return trees


def _judgement(condition: Condition, kinds: dict[str, Kind]) -> ast.expr:
    tree = grammar.parse(condition.expr)
    kind = dimensions.kind_of(tree, Names(_plain(kinds), frozenset()), per_row=False)
    spans.refuse_zero_divisors(tree, {})
    if kind != "flag":
        raise Defect("A condition is a yes or no.", "适用条件应判断“是”或“否”。")
    return tree


def _plain(kinds: dict[str, Kind]) -> dict[str, Kind]:
    """A condition compares with bare numbers, read in the unit the fact declares."""
    return {name: units.PLAIN if isinstance(kind, units.Measure) else kind for name, kind in kinds.items()}
