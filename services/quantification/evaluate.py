"""Working out a tree in exact decimals. A binary fraction cannot get in: the context traps it."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import (
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    getcontext,
)

from services.quantification.grammar import function, is_over_rows

Value = Decimal | bool | str

#: Sixty digits: a sum of millions of readings is exact, and only a division can leave a rest.
DIGITS = 60
_SETTLED = Decimal("1E-30")


def context() -> Context:
    return Context(
        prec=DIGITS,
        rounding=ROUND_HALF_EVEN,
        traps=[DivisionByZero, FloatOperation, InvalidOperation, Overflow],
    )


class Missing(Exception):
    """A value that a formula needs and that is not there; `reason` says why, if more is known."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Scope:
    """Values of the names, and for formulas of a period the scopes of its rows."""

    values: Mapping[str, Value]
    rows: Sequence["Scope"] = field(default_factory=tuple)

    def __getitem__(self, name: str) -> Value:
        if name not in self.values:
            raise Missing(name)
        return self.values[name]


def value(node: ast.expr, scope: Scope) -> Value:
    """The value of a checked tree. Only the branch of an if that counts is looked at.

    Raises:
        Missing: a name has no value.
        decimal.DivisionByZero, decimal.InvalidOperation: a divisor is zero.
    """
    match node:
        case ast.Constant():
            return node.value if isinstance(node.value, bool | str) else Decimal(str(node.value))
        case ast.Name():
            return scope[node.id]
        case ast.BinOp():
            return _BINARY[type(node.op)](number(node.left, scope), number(node.right, scope))
        case ast.UnaryOp():
            return (
                not value(node.operand, scope)
                if isinstance(node.op, ast.Not)
                else -number(node.operand, scope)
            )
        case ast.Compare():
            return _COMPARED[type(node.ops[0])](value(node.left, scope), value(node.comparators[0], scope))
        case ast.BoolOp():
            every: Callable[[Iterable[object]], bool] = all if isinstance(node.op, ast.And) else any
            return every(value(part, scope) for part in node.values)
        case ast.IfExp():
            return value(chosen(node, scope), scope)
        case ast.Call():
            return _call(node, scope)
    raise AssertionError(node)


def number(node: ast.expr, scope: Scope) -> Decimal:
    found = value(node, scope)
    assert isinstance(found, Decimal)
    return found


def chosen(node: ast.IfExp, scope: Scope) -> ast.expr:
    """The branch that counts."""
    return node.body if value(node.test, scope) else node.orelse


def _call(node: ast.Call, scope: Scope) -> Decimal:
    name = function(node)
    if name == "floor":
        return floor(number(node.args[0], scope))
    if is_over_rows(node):
        numbers = [number(node.args[0], row) for row in scope.rows]
        return sum(numbers, Decimal(0)) if name == "sum" else _EXTREME[name](numbers)
    return _EXTREME[name]([number(part, scope) for part in node.args])


def floor(exact: Decimal) -> Decimal:
    """Down to a whole number. After a division that left a rest, 1/3 × 3 still counts as one whole."""
    if getcontext().flags[Inexact]:
        settled = exact.quantize(_SETTLED)
        if settled == settled.to_integral_value():
            return settled.to_integral_value()
    return exact.to_integral_value(ROUND_FLOOR)


_EXTREME: dict[str, Callable[[list[Decimal]], Decimal]] = {"min": min, "max": max}
_BINARY: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
_COMPARED: dict[type[ast.cmpop], Callable[[Value, Value], bool]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,  # type: ignore[operator]
    ast.LtE: lambda a, b: a <= b,  # type: ignore[operator]
    ast.Gt: lambda a, b: a > b,  # type: ignore[operator]
    ast.GtE: lambda a, b: a >= b,  # type: ignore[operator]
}
