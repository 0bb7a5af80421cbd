"""The worked examples of a methodology 核算示例, worked out by the calculator itself whenever they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.quantification.calculation import Calculation, calculated
from services.quantification.definition import Vector
from services.quantification.evaluate import Value
from services.quantification.inputs import Row
from services.quantification.loader import Methodology


@dataclass(frozen=True)
class Example:
    """A worked example of the published version.

    Args:
        expected: what the file says comes out. found: what does, by the same names. agrees: whether it is the same.
    """

    name: str
    calculation: Calculation
    expected: Mapping[str, object]
    agrees: bool
    found: Mapping[str, object] = field(default_factory=dict)


def examples(method: Methodology) -> tuple[Example, ...]:
    """Every example of the file, worked out now. Raises what :func:`calculated` raises."""
    return tuple(worked(method, vector) for vector in method.definition.test_vectors)


def worked(method: Methodology, vector: Vector) -> Example:
    """One of them. Raises what :func:`calculated` raises, and ValueError on a day that is none."""
    rows = [
        Row(
            {k: v for k, v in row.items() if k != "on"},
            date.fromisoformat(row["on"]) if "on" in row else None,
        )
        for row in vector.rows
    ]
    done = calculated(method, rows, vector.on or method.definition.effective_from)
    found = _found(done)
    agrees = all(found.get(k) == v for k, v in vector.expected.items())
    return Example(vector.name, done, vector.expected, agrees, found)


def _found(done: Calculation) -> dict[str, Value]:
    """What an example may speak of: targets of a single row, those of the period, the amount and the grams."""
    first = done.rows[0].values if len(done.rows) == 1 else {}
    return {**first, **done.period, "amount": done.amount, "grams": done.grams}  # type: ignore[dict-item]
