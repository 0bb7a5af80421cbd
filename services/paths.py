"""Dotted paths into plain form data: "design.equipment.0.qty", with "*" for every row."""

from itertools import pairwise
from typing import Any

from models.procedures import procedure
from models.vocabulary.whole import is_whole


def get(data: Any, path: str) -> list[Any]:
    """Every value under `path` that is there and not empty."""
    found = [data]
    for part in path.split("."):
        found = [v for item in found for v in _step(item, part)]
    return [v for v in found if v not in (None, "")]


def _step(item: Any, part: str) -> list[Any]:
    if part == "*":
        return list(item) if isinstance(item, list) else []
    if isinstance(item, dict) and part in item:
        return [item[part]]
    if isinstance(item, list) and is_whole(part) and int(part) < len(item):
        return [item[int(part)]]
    return []


def first(data: Any, path: str) -> Any:
    """The value under `path`, or None."""
    values = get(data, path)
    return values[0] if values else None


def put(data: dict[str, Any], path: str, value: Any) -> None:
    """Set the value under `path`, making groups and rows on the way. Raises ValueError on a path that does not fit."""
    parts = path.split(".")
    target: Any = data
    for part, after in pairwise(parts):
        target = _enter(target, part, [] if is_whole(after) else {})
    _set(target, parts[-1], value)


def _enter(target: Any, part: str, empty: Any) -> Any:
    if isinstance(target, list):
        index = _index(target, part)
        if index == len(target):
            target.append(empty)
        return target[index]
    if isinstance(target, dict):
        if target.get(part) is None:
            target[part] = empty
        return target[part]
    raise ValueError(f"{part}: not a group")


def _set(target: Any, part: str, value: Any) -> None:
    if isinstance(target, list):
        index = _index(target, part)
        target[index : index + 1] = [value]
    elif isinstance(target, dict):
        target[part] = value
    else:
        raise ValueError(f"{part}: not a group")


def _index(target: list[Any], part: str) -> int:
    if not is_whole(part) or int(part) > len(target):
        raise ValueError(f"{part}: no such row")
    return int(part)


def named(procedure_key: str, form: dict[str, Any], fact: str) -> Any:
    """A fact services know by name, from where the nouns say the form keeps it; None where there is none."""
    path = procedure(procedure_key).fact_paths.get(fact)
    return first(form, path) if path else None
