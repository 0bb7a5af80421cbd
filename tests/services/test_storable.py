"""Data that no database keeps is refused at its place, before it comes near one."""

import json
from typing import Any

import pytest

from services import storable


def places(text: str) -> list[str]:
    return [p.loc for p in storable.problems(json.loads(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": {"b": ["ok", "x\\u0000"]}}', ["a.b.1"]),
        ('{"a": "\\ud800", "b": NaN, "c": [Infinity, 1e999]}', ["a", "b", "c.0", "c.1"]),
        ('{"a": {"x\\u0000": 1}}', ["a"]),
        ('{"\\u0000": 1}', ["form"]),
        ('{"a": "\\ud83d\\ude00", "b": 1.5, "c": null, "d": true}', []),
    ],
)
def test_places_are_named(text: str, expected: list[str]) -> None:
    assert places(text) == expected


def test_depth_has_an_end() -> None:
    deep: Any = 1
    for _ in range(storable.DEEPEST):
        deep = {"a": deep}
    assert storable.problems(deep) == []
    for _ in range(5000):
        deep = [deep]
    assert len(storable.problems(deep)) == 1
