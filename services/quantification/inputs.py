"""What goes into a calculation: rows of data, checked all at once, exact numbers only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.text import Text
from services.quantification.definition import Parameter, exact
from services.quantification.evaluate import Value
from services.quantification.loader import Methodology


@dataclass(frozen=True)
class Row:
    """One row of data: values by symbol, in the units of the methodology.

    Args:
        values: numbers as Decimal, int or decimal text (a float is refused), flags as bool.
        on: activity date, by which the factor row is chosen.
    """

    values: Mapping[str, object]
    on: date | None = None


@dataclass(frozen=True)
class Inputs:
    """The rows of one period."""

    rows: tuple[Row, ...] = field(default_factory=tuple)


def problem(index: int, name: str, words: Text) -> Problem:
    """A defect of one value, the row counted from 1 in words and from 0 in the place."""
    return Problem(
        f"rows.{index}.{name}", Text(f"Row {index + 1}: {words.en}", f"第 {index + 1} 行：{words.zh}")
    )


def checked(method: Methodology, inputs: Inputs) -> list[dict[str, Value]]:
    """The values of every row. Raises Invalid with all defects of all rows."""
    if not inputs.rows:
        raise Invalid((Problem("rows", Text("There are no rows of data.", "没有可计算的数据行。")),))
    problems: list[Problem] = []
    rows = [_row(method, n, row, problems) for n, row in enumerate(inputs.rows)]
    if problems:
        raise Invalid(tuple(problems))
    return rows


def _row(method: Methodology, index: int, row: Row, problems: list[Problem]) -> dict[str, Value]:
    wanted = {p.symbol: p for p in method.definition.parameters if not p.is_factor}
    for name in row.values.keys() - wanted.keys():
        words = Text(f"{name} is no data of this methodology.", f"{name} 不是该方法学的监测数据。")
        problems.append(problem(index, name, words))
    found: dict[str, Value] = {}
    for name, parameter in wanted.items():
        if name not in row.values:
            if parameter.role != "derived":  # derived data is asked for where a formula needs it
                words = Text(f"{name} is missing.", f"缺少{parameter.label}（{name}）。")
                problems.append(problem(index, name, words))
            continue
        try:
            found[name] = _value(parameter, row.values[name])
        except ValueError as error:
            problems.append(
                problem(index, name, Text(f"{name}: {error}.", f"{parameter.label}（{name}）{error}。"))
            )
    return found


def _value(parameter: Parameter, value: object) -> Value:
    if parameter.role == "flag":
        if not isinstance(value, bool):
            raise ValueError("应为是或否 (yes or no)")
        return value
    number = exact(value)
    if number < parameter.minimum:
        raise ValueError(f"不能小于 {parameter.minimum} (below the minimum)")
    return number


def plain(value: Any) -> Any:
    """The value as JSON: numbers as text, so that nothing is rounded on the way."""
    match value:
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case Mapping():
            return {k: plain(v) for k, v in value.items()}
        case Sequence() if not isinstance(value, str):
            return [plain(v) for v in value]
    return value
