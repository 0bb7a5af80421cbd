"""Conditions of use 适用条件 of a methodology, told one by one (G02)."""

import ast
import decimal
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.vocabulary.text import Text
from services.quantification.definition import Fact, exact
from services.quantification.evaluate import Missing, Scope, Value, context, value
from services.quantification.loader import DURATION, PER_HOUR, Methodology


@dataclass(frozen=True)
class Met:
    """One condition; `met` is None where a fact it speaks of is not known."""

    id: str
    met: bool | None
    message: Text


def conditions(method: Methodology, facts: Mapping[str, object]) -> tuple[Met, ...]:
    """Each condition of use against the facts of a project or scenario.

    Args:
        facts: numbers (Decimal, int or decimal text) in the unit the methodology declares, texts, flags;
            None and absent mean unknown. Raises ValueError on a value of another kind.
    """
    known = {
        f.symbol: _fact(f, facts[f.symbol])
        for f in method.definition.facts
        if facts.get(f.symbol) is not None
    }
    with decimal.localcontext(context()):
        return tuple(
            Met(c.id, _met(method, c.id, Scope(known)), Text(c.message_en or c.message, c.message))
            for c in method.definition.applicability
        )


def implausible(method: Methodology, values: Mapping[str, Value], seconds: Decimal) -> Text | None:
    """Why the data of one record cannot be right, or None.

    Args:
        values: of the record, by symbol, in the units of the methodology. seconds: from its beginning to its end.
    """
    with decimal.localcontext(context()):
        hourly = {
            p.symbol + PER_HOUR: v * 3600 / seconds
            for p in method.definition.parameters
            if p.is_monitored and seconds and isinstance(v := values.get(p.symbol), Decimal)
        }
        scope = Scope({**values, **hourly, DURATION: seconds})
        for c in method.definition.plausibility:
            if _true(method.plausible[c.id], scope) is False:
                return Text(c.message_en or c.message, c.message)
    return None


def _met(method: Methodology, key: str, scope: Scope) -> bool | None:
    return _true(method.conditions[key], scope)


def _true(tree: ast.expr, scope: Scope) -> bool | None:
    try:
        return bool(value(tree, scope))
    except Missing:
        return None


def _fact(fact: Fact, given: object) -> Value:
    if fact.type == "number":
        return exact(given)
    wanted = bool if fact.type == "flag" else str
    if not isinstance(given, bool | str) or not isinstance(given, wanted):
        raise ValueError(f"{fact.symbol}: {fact.type}")
    return given
