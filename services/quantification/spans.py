"""Can a divisor be zero? Told when a methodology is loaded, from the values its names may take."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from services.quantification.grammar import children, function
from services.quantification.refusals import Defect


@dataclass(frozen=True)
class Span:
    """The values a name may take; None is without end. `zero`: zero is among them."""

    low: Decimal | None = None
    high: Decimal | None = None
    zero: bool = True

    @property
    def is_not_negative(self) -> bool:
        return self.low is not None and self.low >= 0

    @property
    def is_not_positive(self) -> bool:
        return self.high is not None and self.high <= 0


ANY = Span()
Spans = Mapping[str, Span]


def of(low: Decimal | None, high: Decimal | None) -> Span:
    """The span between two values."""
    outside = (low is not None and low > 0) or (high is not None and high < 0)
    return Span(low, high, not outside)


def refuse_zero_divisors(node: ast.AST, spans: Spans) -> None:
    """Raises Defect where a divisor may be zero for data the file allows.

    A condition in front counts: `x / D if D > 0 else 0` is fine.
    """
    if isinstance(node, ast.IfExp):
        refuse_zero_divisors(node.test, spans)
        refuse_zero_divisors(node.body, _given(node.test, spans, holds=True))
        refuse_zero_divisors(node.orelse, _given(node.test, spans, holds=False))
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and span(node.right, spans).zero:
        text = ast.unparse(node)
        raise Defect(
            f"“{text}” may divide by zero; put a condition in front or declare a minimum.",
            f"“{text}”的除数可能为零，请加上条件判断或声明参数的最小值。",
        )
    for child in children(node):
        refuse_zero_divisors(child, spans)


def span(node: ast.expr, spans: Spans) -> Span:
    """The values a tree may give; wide where the language makes it hard to tell."""
    match node:
        case ast.Constant(value=int(number)):
            return of(Decimal(number), Decimal(number))
        case ast.Name():
            return spans.get(node.id, ANY)
        case ast.UnaryOp(op=ast.USub()):
            return _minus(span(node.operand, spans))
        case ast.BinOp():
            return _arithmetic(node, span(node.left, spans), span(node.right, spans))
        case ast.IfExp():
            body = span(node.body, _given(node.test, spans, holds=True))
            return _either(body, span(node.orelse, _given(node.test, spans, holds=False)))
        case ast.Call():
            return _call(node, [span(part, spans) for part in node.args])
    return ANY


def _minus(a: Span) -> Span:
    return Span(None if a.high is None else -a.high, None if a.low is None else -a.low, a.zero)


def _arithmetic(node: ast.BinOp, a: Span, b: Span) -> Span:
    match node.op:
        case ast.Add():
            return _sum(a, b)
        case ast.Sub():
            return _sum(a, _minus(b))
        case ast.Mult():
            return _product(a, b)
    # a quotient is zero with its dividend only; its divisor is looked at on its own
    return Span(Decimal(0) if _one_sided(a, b) else None, None, a.zero)


def _one_sided(a: Span, b: Span) -> bool:
    return (a.is_not_negative and b.is_not_negative) or (a.is_not_positive and b.is_not_positive)


def _product(a: Span, b: Span) -> Span:
    zero = a.zero or b.zero
    if a.low is not None and a.high is not None and b.low is not None and b.high is not None:
        corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        return Span(min(corners), max(corners), zero)
    return Span(Decimal(0) if _one_sided(a, b) else None, None, zero)


def _sum(a: Span, b: Span) -> Span:
    low = None if a.low is None or b.low is None else a.low + b.low
    high = None if a.high is None or b.high is None else a.high + b.high
    together = (a.zero and b.zero) or not _one_sided(a, b)
    return Span(low, high, of(low, high).zero and together)


def _either(a: Span, b: Span) -> Span:
    low = None if a.low is None or b.low is None else min(a.low, b.low)
    high = None if a.high is None or b.high is None else max(a.high, b.high)
    return Span(low, high, a.zero or b.zero)


def _call(node: ast.Call, parts: list[Span]) -> Span:
    match function(node):
        case "floor":
            return Span(
                None if parts[0].low is None else parts[0].low.to_integral_value("ROUND_FLOOR"), parts[0].high
            )
        case "sum":  # of one row or many: the sign stays, the end goes
            return _summed(parts[0])
    found = parts[0]
    for part in parts[1:]:
        found = _either(found, part)
    return _above(found, parts) if function(node) == "max" else found


def _summed(one: Span) -> Span:
    low, high = one.low if one.is_not_negative else None, one.high if one.is_not_positive else None
    return Span(low, high, one.zero or (low is None and high is None))


def _above(found: Span, parts: list[Span]) -> Span:
    """max is not below the highest of the lower ends: max(1, x) is never zero."""
    lows = [part.low for part in parts if part.low is not None]
    return of(max(lows), found.high) if lows and max(lows) > 0 else found


def _given(test: ast.expr, spans: Spans, *, holds: bool) -> Spans:
    """What is known of a name once a comparison with a whole number holds, or does not."""
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.And) is not holds:
            return spans
        for part in test.values:
            spans = _given(part, spans, holds=holds)
        return spans
    if not (isinstance(test, ast.Compare) and isinstance(test.left, ast.Name)):
        return spans
    bound = span(test.comparators[0], spans)
    if bound.low is None or bound.low != bound.high:
        return spans
    known = spans.get(test.left.id, ANY)
    return {**spans, test.left.id: _narrowed(known, _operator(test.ops[0], holds), bound.low)}


_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip


def _operator(op: ast.cmpop, holds: bool) -> type[ast.cmpop]:
    return type(op) if holds else _OPPOSITE[type(op)]


def _narrowed(known: Span, op: type[ast.cmpop], bound: Decimal) -> Span:
    if op is ast.Eq:
        return of(bound, bound)
    if op is ast.NotEq:
        return replace(known, zero=False) if bound == 0 else known
    if op in (ast.Gt, ast.GtE):
        low = bound if known.low is None else max(known.low, bound)
        out = bound > 0 or (bound == 0 and op is ast.Gt)
        return Span(low, known.high, known.zero and not out)
    high = bound if known.high is None else min(known.high, bound)
    out = bound < 0 or (bound == 0 and op is ast.Lt)
    return Span(known.low, high, known.zero and not out)
