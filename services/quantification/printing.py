"""A calculation as text: formula, numbers put in, result; the lines of Appendix E, chapter 5."""

import ast
import decimal
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from services.quantification.calculation import Calculation
from services.quantification.evaluate import Scope, Value, chosen, context, number
from services.quantification.grammar import function, is_over_rows
from services.quantification.loader import Step

PLACES = Decimal("1E-12")
#: Chinese words stand without spaces; symbols and numbers among them keep theirs.
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")

_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "÷",
    ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠",
}  # fmt: skip
_RANK: dict[type[ast.AST], int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2}
_WORDS = {
    "zh": {"if": "{0}（当 {1} 时），否则 {2}", "and": "且", "or": "或", "not": "非", "yes": "是", "no": "否"},
    "en": {"if": "{0} (if {1}), else {2}", "and": "and", "or": "or", "not": "not", "yes": "yes", "no": "no"},
}


@dataclass(frozen=True)
class Line:
    """One step as printed: `BE = sum(EGadj) × EF ÷ 1000`, `847736 × 0.42 ÷ 1000`, `356.04912 tCO2e`."""

    target: str
    label: str
    row: int | None
    formula: str
    substitution: str
    result: str
    unit: str


def lines(calculation: Calculation, lang: str = "zh") -> Iterator[Line]:
    """Every step of a calculation: formulas of rows once a row, then those of the period."""
    with decimal.localcontext(context()):
        flags = _flags(calculation, lang)
        for step in _as_written(calculation):
            if step.is_per_row:
                for n, scope in enumerate(calculation.scopes, 1):
                    yield _line(step, scope, n, lang, flags)
            else:
                yield _line(step, calculation.period_scope, None, lang, flags)


def _flags(calculation: Calculation, lang: str) -> dict[str, str]:
    """Conditions in words, for their names say nothing to a reader: 计量表超过检定有效期."""
    flags = (p for p in calculation.method.definition.parameters if p.role == "flag")
    return {
        p.symbol: (p.label_en or p.symbol) if lang == "en" else p.label.replace("是否", "") for p in flags
    }


def _as_written(calculation: Calculation) -> list[Step]:
    """The formulas in the order of the file, which is the order of the chapters."""
    by_target = {step.target: step for step in calculation.method.steps}
    return [by_target[formula.target] for formula in calculation.method.definition.formulas]


def _line(step: Step, scope: Scope, row: int | None, lang: str, flags: dict[str, str]) -> Line:
    formula, label = step.formula, step.formula.label_en if lang == "en" else step.formula.label
    return Line(
        target=step.target,
        label=label or step.target,
        row=row,
        formula=formula_text(step.tree, lang, flags),
        substitution=_Printer(lang, scope).text(step.tree),
        result=figure(scope[step.target], lang),
        unit=formula.unit,
    )


def formula_text(tree: ast.expr, lang: str = "zh", names: dict[str, str] | None = None) -> str:
    """A formula as an office writes it; `names` are said in place of symbols."""
    return _Printer(lang, None, names).text(tree)


def figure(found: Value, lang: str = "zh") -> str:
    """A value as printed: exact, or cut after twelve places with a sign that it goes on."""
    if isinstance(found, str):
        return found
    if isinstance(found, bool):
        return _WORDS[lang]["yes" if found else "no"]
    short = found.quantize(PLACES, ROUND_DOWN)
    if short != found:
        return f"{short:f}…"
    text = f"{found:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class _Printer:
    """Prints a tree; with a scope the numbers take the place of names, and only the branch that counts stays."""

    def __init__(self, lang: str, scope: Scope | None, names: dict[str, str] | None = None) -> None:
        self.lang, self.words, self.scope, self.names = lang, _WORDS[lang], scope, names or {}

    def text(self, node: ast.expr, outer: int = 0) -> str:
        match node:
            case ast.Constant():
                return str(node.value)
            case ast.Name():
                return (
                    self.names.get(node.id, node.id)
                    if self.scope is None
                    else self._figure(self.scope[node.id], outer)
                )
            case ast.BinOp():
                return self._binary(node, outer)
            case ast.UnaryOp(op=ast.Not()):
                return f"{self.words['not']} {self.text(node.operand, 3)}"
            case ast.UnaryOp():
                return _closed(f"−{self.text(node.operand, 3)}", outer > 0)
            case ast.Compare():
                return f"{self.text(node.left)} {_SIGNS[type(node.ops[0])]} {self.text(node.comparators[0])}"
            case ast.BoolOp():
                word = self.words["and" if isinstance(node.op, ast.And) else "or"]
                return f" {word} ".join(self.text(part) for part in node.values)
            case ast.IfExp():
                return self._choice(node, outer)
            case ast.Call():
                return self._call(node, outer)
        raise AssertionError(node)

    def _binary(self, node: ast.BinOp, outer: int) -> str:
        rank = _RANK[type(node.op)]
        strict = isinstance(node.op, ast.Sub | ast.Div)
        left, right = self.text(node.left, rank), self.text(node.right, rank + 1 if strict else rank)
        return _closed(f"{left} {_SIGNS[type(node.op)]} {right}", rank < outer)

    def _choice(self, node: ast.IfExp, outer: int) -> str:
        if self.scope is not None:
            return self.text(chosen(node, self.scope), outer)
        parts = (self.text(node.body), self.text(node.test), self.text(node.orelse))
        return _closed(_BETWEEN.sub("", self.words["if"].format(*parts)), outer > 0)

    def _call(self, node: ast.Call, outer: int) -> str:
        if self.scope is not None and is_over_rows(node):
            return self._figure(number(node, self.scope), outer)
        name = "Σ" if function(node) == "sum" else function(node)
        return f"{name}({', '.join(self.text(part) for part in node.args)})"

    def _figure(self, found: Value, outer: int) -> str:
        text = figure(found, self.lang)
        return _closed(text.replace("-", "−"), isinstance(found, Decimal) and found < 0 and outer > 0)


def _closed(text: str, closed: bool) -> str:
    return f"({text})" if closed else text
