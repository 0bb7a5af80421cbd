"""Do the units of a formula fit? Numbers of different measures are never added or compared.

A whole number that multiplies or divides is a change of unit: in `kWh * kgCO2/kWh / 1000` the result is
counted in tonnes. So the number has to be exactly the step between the unit that comes out and the unit
declared; a wrong power of ten is refused like a wrong dimension. A factor in its own right (a half, a
share) is a parameter with a source, not a number in a formula.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from services.quantification.grammar import function, is_over_rows
from services.quantification.refusals import Defect
from services.quantification.units import PLAIN, Measure


@dataclass(frozen=True)
class Number:
    """A whole number written in the formula."""

    value: Fraction


Kind = Measure | Number | Literal["flag", "text"]


@dataclass(frozen=True)
class Names:
    """What the names of a formula stand for; `rows` change from row to row."""

    kinds: Mapping[str, Kind]
    rows: frozenset[str]


def kind_of(node: ast.expr, names: Names, *, per_row: bool) -> Kind:
    """The kind of value a tree gives. Raises Defect where units or types do not fit.

    `per_row`: the formula is worked out for each row; otherwise row data is reached through sum, min, max.
    """
    match node:
        case ast.Constant():
            return _constant(node)
        case ast.Name():
            return _name(node.id, names, per_row)
        case ast.BinOp():
            return _arithmetic(
                node, kind_of(node.left, names, per_row=per_row), kind_of(node.right, names, per_row=per_row)
            )
        case ast.UnaryOp():
            return _unary(node, kind_of(node.operand, names, per_row=per_row))
        case ast.Compare():
            left = kind_of(node.left, names, per_row=per_row)
            right = kind_of(node.comparators[0], names, per_row=per_row)
            return _comparison(node, left, right)
        case ast.BoolOp():
            for part in node.values:
                _flag(part, kind_of(part, names, per_row=per_row))
            return "flag"
        case ast.IfExp():
            _flag(node.test, kind_of(node.test, names, per_row=per_row))
            body = kind_of(node.body, names, per_row=per_row)
            return _alike(node, body, kind_of(node.orelse, names, per_row=per_row))
        case ast.Call():
            return _call(node, names, per_row)
    raise AssertionError(node)


def _constant(node: ast.Constant) -> Kind:
    if isinstance(node.value, bool):
        return "flag"
    return Number(Fraction(node.value)) if isinstance(node.value, int) else "text"


def _name(name: str, names: Names, per_row: bool) -> Kind:
    if name not in names.kinds:
        raise Defect(f"The name {name} is not declared.", f"名称 {name} 未声明，请先列为参数或公式。")
    if name in names.rows and not per_row:
        raise Defect(
            f"{name} has a value in each row; take sum, min or max of it.",
            f"{name} 是逐行数据，在期间公式中须取 sum、min 或 max。",
        )
    return names.kinds[name]


def _arithmetic(node: ast.BinOp, left: Kind, right: Kind) -> Kind:
    first, second = _number(node.left, left), _number(node.right, right)
    if isinstance(node.op, ast.Add | ast.Sub):
        return _alike(node, first, second)
    if isinstance(first, Number) and isinstance(second, Number):
        if isinstance(node.op, ast.Mult):
            return Number(first.value * second.value)
        if second.value == 0:
            raise _by_zero(node)
        return Number(first.value / second.value)
    return _scaled(node, first, second)


def _scaled(node: ast.BinOp, first: Measure | Number, second: Measure | Number) -> Measure:
    """Product and quotient; a number changes the unit: thrice as many, each worth a third."""
    for side in (first, second):
        if isinstance(side, Number) and side.value <= 0:
            if isinstance(node.op, ast.Div) and side is second and side.value == 0:
                raise _by_zero(node)
            raise Defect(
                f"“{ast.unparse(node)}”: a number that changes a unit is above zero.",
                f"“{ast.unparse(node)}”：换算单位的数应大于零。",
            )
    left = first if isinstance(first, Measure) else PLAIN.scaled(1 / first.value)
    right = second if isinstance(second, Measure) else PLAIN.scaled(1 / second.value)
    return left.times(right) if isinstance(node.op, ast.Mult) else left.over(right)


def _by_zero(node: ast.expr) -> Defect:
    text = ast.unparse(node)
    return Defect(f"“{text}” divides by zero.", f"“{text}”除数为零。")


def _unary(node: ast.UnaryOp, kind: Kind) -> Kind:
    if isinstance(node.op, ast.Not):
        return _flag(node.operand, kind)
    inner = _number(node.operand, kind)
    return Number(-inner.value) if isinstance(inner, Number) else inner


def _comparison(node: ast.Compare, left: Kind, right: Kind) -> Kind:
    if left in ("flag", "text") or right in ("flag", "text"):
        if left != right or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            raise _unlike(node)
        return "flag"
    _alike(node, left, right)
    return "flag"


def _call(node: ast.Call, names: Names, per_row: bool) -> Kind:
    if is_over_rows(node):
        if per_row:
            raise Defect(
                f"{function(node)} runs over the rows of a period and cannot stand in the formula of a row.",
                f"{function(node)} 对期间各行求值，不能用于逐行公式。",
            )
        return _number(node.args[0], kind_of(node.args[0], names, per_row=True))
    found: Kind = _number(node.args[0], kind_of(node.args[0], names, per_row=per_row))
    for part in node.args[1:]:
        found = _alike(node, found, kind_of(part, names, per_row=per_row))
    return found


def _alike(node: ast.expr, left: Kind, right: Kind) -> Kind:
    """Two values of one kind; zero fits every measure, other numbers fit plain ratios."""
    if left == right and not isinstance(left, Number):
        return left
    match left, right:
        case Number(), Number():
            return Number(Fraction(1))
        case Number(value), Measure() if value == 0 or right == PLAIN:
            return right
        case Measure(), Number(value) if value == 0 or left == PLAIN:
            return left
    raise _unlike(node)


def _unlike(node: ast.expr) -> Defect:
    text = ast.unparse(node)
    return Defect(f"The units in “{text}” do not fit.", f"“{text}”中各项的计量单位不一致。")


def _number(node: ast.expr, kind: Kind) -> Measure | Number:
    if isinstance(kind, str):
        raise Defect(f"“{ast.unparse(node)}” is no number.", f"“{ast.unparse(node)}”不是数值。")
    return kind


def _flag(node: ast.expr, kind: Kind) -> Kind:
    if kind != "flag":
        raise Defect(f"“{ast.unparse(node)}” is no yes or no.", f"“{ast.unparse(node)}”不是“是”或“否”。")
    return kind


def fits(kind: Kind, declared: Measure, unit: str) -> None:
    """The value of a formula is in the unit it declares. Raises Defect otherwise."""
    if isinstance(kind, Number) and (kind.value == 0 or declared == PLAIN):
        return
    if kind == declared:
        return
    if isinstance(kind, Measure) and kind.dimension == declared.dimension:
        step = kind.scale / declared.scale
        raise Defect(
            f"The result is not in {unit}: it is off by a factor of {step}.",
            f"计算结果的单位不是 {unit}：相差 {step} 倍，请检查换算。",
        )
    raise Defect(f"The result is not in {unit}.", f"计算结果的量纲与声明的单位 {unit} 不符。")
