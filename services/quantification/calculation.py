"""A calculation 减排量核算: what went in, by which factors, every value between, and grams at the end."""

import decimal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from models.vocabulary.errors import Invalid
from models.vocabulary.text import Text
from services.quantification import inputs as given
from services.quantification.definition import FactorRow, Parameter
from services.quantification.evaluate import Missing, Scope, Value, context, floor, number
from services.quantification.inputs import Inputs, Row
from services.quantification.loader import Methodology, Step, methodology
from services.quantification.refusals import Refused


@dataclass(frozen=True)
class FactorUsed:
    """A factor with the row of its table that was valid on the activity dates."""

    symbol: str
    label: str
    label_en: str
    unit: str
    value: Decimal
    status: str
    source: str
    note: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class RowResult:
    """One row: its values in the order of the formulas, and the grams it gives taken by itself.

    A reduction that is worked out for the period as a whole (a maximum over a year, say) need not be the sum
    of its rows; `grams` of a row then only shows where the amount comes from.
    """

    number: int
    on: date
    values: Mapping[str, Value]
    grams: int


@dataclass(frozen=True)
class Calculation:
    """The result, with all that is needed to print it and to do it again.

    Args:
        method: the calculator; `digest` names its exact text.
        on: the day asked for; rows without a date of their own are of this day.
        factors: every factor version that was used.
        rows: per-row results, in the order given.
        period: values of the period formulas by target.
        exact_g: grams before rounding.
        grams: the reduction rounded down to whole grams; a gram is a point (J01).
        amount: the reduction in the unit of the methodology's rounding, rounded down to its step.
        amount_g: the same in grams; never above `grams` (I04).
    """

    method: Methodology
    on: date
    inputs: Inputs
    factors: tuple[FactorUsed, ...]
    rows: tuple[RowResult, ...]
    period: Mapping[str, Decimal]
    exact_g: Decimal
    grams: int
    amount: Decimal
    amount_g: int
    scopes: tuple[Scope, ...] = field(repr=False)
    period_scope: Scope = field(repr=False)

    @property
    def code(self) -> str:
        return self.method.definition.code

    @property
    def version(self) -> str:
        return self.method.definition.version

    @property
    def method_class(self) -> str:
        return self.method.definition.method_class

    @property
    def kind(self) -> str:
        return self.method.definition.kind

    @property
    def digest(self) -> str:
        return self.method.source.digest

    @property
    def unit(self) -> str:
        """Unit of `amount`."""
        return self.method.unit

    @property
    def tonnes(self) -> Decimal:
        """`grams` in tonnes, exactly."""
        return Decimal(self.grams).scaleb(-6)

    def summed(
        self, factors: tuple[FactorUsed, ...], by_day: Mapping[date, Sequence[int]], on: date
    ) -> "Calculation":
        """Many calculations like this one as a whole: a row a day, grams added up, nothing rounded again.

        The printable steps stay those of this one, as the example of all.

        Args:
            factors: every factor version that was used in any of them.
            by_day: grams of each, by the day of the act.
        """
        rows = tuple(
            RowResult(n, day, {"records": Decimal(len(grams))}, sum(grams))
            for n, (day, grams) in enumerate(by_day.items(), 1)
        )
        total = sum(r.grams for r in rows)
        step = self.method.grams_of_step
        return replace(
            self, on=on, factors=factors, rows=rows, exact_g=Decimal(total), grams=total,
            amount=_decimal(self.method.step) * (total // step), amount_g=total // step * step,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """What a case keeps: numbers as text, dates as ISO days."""
        kept: dict[str, Any] = given.plain(
            {
                "code": self.code,
                "version": self.version,
                "method_class": self.method_class,
                "kind": self.kind,
                "digest": self.digest,
                "on": self.on,
                "factors": [vars(f) for f in self.factors],
                "rows": [vars(r) for r in self.rows],
                "period": self.period,
                "exact_g": self.exact_g,
                "grams": self.grams,
                "amount": self.amount,
                "amount_g": self.amount_g,
                "unit": self.unit,
            }
        )
        return kept


def calculate(code: str, version: str, inputs: Inputs | Sequence[Row], on: date) -> Calculation:
    """Work out the reduction of the rows by a methodology version (G02, J01, M03).

    Args:
        code, version: the version the case was accepted under.
        inputs: the rows of data, each with its activity date and values in the units of the methodology.
        on: activity date of rows that have none.

    Raises:
        NotFound: no such version.
        Refused: its file has a defect, a factor is not valid on an activity date, or a division fails.
        Invalid: rows with missing, foreign, inexact or impossible values; all of them, as "rows.3.EG".
    """
    return calculated(methodology(code, version), inputs, on)


def calculated(method: Methodology, inputs: Inputs | Sequence[Row], on: date) -> Calculation:
    """The same with a calculator at hand."""
    data = inputs if isinstance(inputs, Inputs) else Inputs(tuple(inputs))
    with decimal.localcontext(context()):
        rows = given.checked(method, data)
        if any(p.role == "derived" for p in method.definition.parameters):
            # a mean may have left a rest: a third taken three times is to count as one whole
            decimal.getcontext().flags[decimal.Inexact] = True
        return _Run(method, data, rows, on).result()


class _Run:
    """One calculation under way."""

    def __init__(
        self, method: Methodology, inputs: Inputs, rows: Sequence[dict[str, Value]], on: date
    ) -> None:
        self.method, self.inputs, self.on = method, inputs, on
        self.days = [row.on or on for row in inputs.rows]
        self.used: dict[tuple[str, date | None], FactorUsed] = {}
        self.scopes = tuple(self._row(n, values) for n, values in enumerate(rows))
        self.period_scope = self._period(self.scopes, self.days)

    def result(self) -> Calculation:
        exact = self._grams(self.scopes, self.period_scope)
        step = _decimal(self.method.step)
        grams_of_step = self.method.grams_of_step
        grams = int(floor(exact))
        steps = int(floor(exact / grams_of_step))
        return Calculation(
            method=self.method,
            on=self.on,
            inputs=self.inputs,
            factors=tuple(sorted(self.used.values(), key=lambda f: (f.symbol, f.valid_from or date.min))),
            rows=tuple(self._row_result(n) for n in range(len(self.scopes))),
            period=self._targets(self.period_scope),
            exact_g=exact,
            grams=grams,
            amount=step * steps,
            amount_g=grams_of_step * steps,
            scopes=self.scopes,
            period_scope=self.period_scope,
        )

    def _row(self, index: int, values: dict[str, Value]) -> Scope:
        found = values | {s: self._use(p, r).value for s, p, r in self._factors(self.days[index])}
        for step in self.method.steps:
            if step.is_per_row:
                found[step.target] = self._work_out(step, Scope(found), index)
        return Scope(found)

    def _period(self, scopes: Sequence[Scope], days: Sequence[date]) -> Scope:
        """Factors that hold for the whole period, and the formulas of the period in their order."""
        tables = [{s: r for s, _, r in self._factors(day)} for day in set(days)]
        found: dict[str, Value] = {
            s: row.value for s, row in tables[0].items() if all(table[s] == row for table in tables)
        }
        for step in self.method.steps:
            if not step.is_per_row:
                found[step.target] = self._work_out(step, Scope(found, tuple(scopes)), None)
        return Scope(found, tuple(scopes))

    def _factors(self, day: date) -> list[tuple[str, Parameter, FactorRow]]:
        return [
            (p.symbol, p, factor_on(self.method, p, day))
            for p in self.method.definition.parameters
            if p.is_factor
        ]

    def _use(self, parameter: Parameter, row: FactorRow) -> FactorRow:
        self.used.setdefault(
            (parameter.symbol, row.valid_from),
            FactorUsed(
                symbol=parameter.symbol,
                label=parameter.label,
                label_en=parameter.label_en,
                unit=parameter.unit,
                **row.model_dump(),
            ),
        )
        return row

    def _work_out(self, step: Step, scope: Scope, index: int | None) -> Decimal:
        try:
            return number(step.tree, scope)
        except Missing as missing:
            raise self._missing(step, missing.name, index) from missing
        except (decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow) as error:
            where = Text("", "") if index is None else Text(f" in row {index + 1}", f"第 {index + 1} 行")
            raise Refused(
                self.method.source.file,
                step.line,
                Text(
                    f"{step.target} cannot be worked out{where.en}: a divisor is zero or a number is too large.",
                    f"{where.zh}{step.target} 无法计算：除数为零或数值超出范围。",
                ),
            ) from error

    def _missing(self, step: Step, name: str, index: int | None) -> Exception:
        parameter = self.method.parameter(name)
        if parameter is not None and parameter.is_factor:
            return Refused(
                self.method.source.file,
                self.method.line_of(name),
                Text(
                    f"Factor {name} changes within the period; calculate the parts before and after apart.",
                    f"参数 {name} 的取值在本期间内发生变化，请按变化日期分段计算。",
                ),
            )
        label = parameter.label if parameter else name
        words = Text(f"{step.target} needs {name}.", f"计算 {step.target} 需要填写{label}（{name}）。")
        return Invalid((given.problem(index or 0, name, words),))

    def _grams(self, scopes: Sequence[Scope], period: Scope) -> Decimal:
        """Grams before the last rounding; a result of rows is rounded down row by row."""
        result, per_unit = self.method.result, _per_unit(self.method)
        if not result.is_per_row:
            return _number(period, result.target) * per_unit
        return sum((floor(_number(s, result.target) * per_unit) for s in scopes), Decimal(0))

    def _row_result(self, index: int) -> RowResult:
        scope = self.scopes[index]
        alone = (
            scope if self.method.result.is_per_row else self._period((scope,), self.days[index : index + 1])
        )
        grams = int(floor(self._grams((scope,), alone)))
        return RowResult(index + 1, self.days[index], self._row_values(scope), grams)

    def _row_values(self, scope: Scope) -> dict[str, Value]:
        return {k: v for k, v in scope.values.items() if not self._is_factor(k)}

    def _is_factor(self, name: str) -> bool:
        parameter = self.method.parameter(name)
        return parameter is not None and parameter.is_factor

    def _targets(self, scope: Scope) -> dict[str, Decimal]:
        return {s.target: _number(scope, s.target) for s in self.method.steps if not s.is_per_row}


def factor_on(method: Methodology, parameter: Parameter, day: date) -> FactorRow:
    """The factor row valid on the activity date. Raises Refused outside every validity."""
    found = next((row for row in parameter.rows if row.covers(day)), None)
    if found is None:
        raise Refused(
            method.source.file,
            method.line_of(parameter.symbol),
            Text(
                f"Factor {parameter.symbol} is not valid on {day}.",
                f"参数 {parameter.symbol}（{parameter.label}）在 {day} 不在有效期内。",
            ),
        )
    return found


def _number(scope: Scope, name: str) -> Decimal:
    found = scope[name]
    assert isinstance(found, Decimal)
    return found


def _per_unit(method: Methodology) -> Decimal:
    return _decimal(method.grams)


def _decimal(exact: Fraction) -> Decimal:
    return Decimal(exact.numerator) / Decimal(exact.denominator)
