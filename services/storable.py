"""What can be kept at all: data that came from outside as JSON, before anybody looks at its meaning."""

import math
import re
from collections.abc import Iterator
from typing import Any

from models.vocabulary.errors import Problem
from models.vocabulary.text import Text

DEEPEST = 32
#: A database keeps no null characters, and half a surrogate pair is no character.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")

CHARACTER = Text(
    "Contains a character that cannot be kept (a null or half a character).",
    "含有无法保存的字符，请删除后重新填写。",
)
NUMBER = Text("Is no number that can be kept.", "不是有效的数值，请填写具体数字。")
DEPTH = Text(f"Is nested deeper than {DEEPEST} levels.", f"嵌套超过 {DEEPEST} 层，无法保存。")


def problems(data: Any, name: str = "form") -> list[Problem]:
    """Every place of `data` that cannot be kept; of a place too deep only the first.

    Args:
        name: location of the data itself.
    """
    found: list[Problem] = []
    rest = [("", data, 0)]
    while rest:
        where, value, depth = rest.pop()
        told = _defect(value, depth)
        if told is not None:
            found.append(Problem(where or name, told))
        if told is not DEPTH:
            rest.extend((f"{where}.{key}".strip("."), inner, depth + 1) for key, inner in _inside(value))
    return sorted(found, key=lambda problem: problem.loc)


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((_UNKEEPABLE.sub("\ufffd", str(key)), inner) for key, inner in value.items())
    elif isinstance(value, list):
        yield from ((str(n), inner) for n, inner in enumerate(value))


def _defect(value: Any, depth: int) -> Text | None:
    if isinstance(value, dict | list) and depth > DEEPEST:
        return DEPTH
    if isinstance(value, float) and not math.isfinite(value):
        return NUMBER
    if isinstance(value, str) and _UNKEEPABLE.search(value):
        return CHARACTER
    if isinstance(value, dict) and any(_UNKEEPABLE.search(str(key)) for key in value):
        return CHARACTER
    return None
