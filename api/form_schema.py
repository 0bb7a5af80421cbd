"""JSON Schema of a form with titles, hints and examples that together pass its checks."""

import secrets
from copy import deepcopy
from decimal import Decimal
from typing import Any

from pydantic_core import to_jsonable_python

from models.procedures import examples_for
from models.vocabulary.forms import Form, example_data
from models.vocabulary.specs import Task
from services.form_fields import FieldSpec, fields_of

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def form_schema(form: type[Form], example: dict[str, Any] | None = None) -> dict[str, Any]:
    """The schema; examples that must be unique in the city are new at every call, and agree with each other.

    Args:
        example: a whole example to serve instead of the fields' own (for one outcome of a task).
    """
    schema = form.model_json_schema()
    whole = fresh_example(form, example)
    schema["examples"] = [whole]
    definitions = schema.get("$defs", {})
    _dress(form, schema, whole, definitions, set())
    return schema


def task_schema(task: Task, first: dict[str, Any] | None = None) -> dict[str, Any]:
    """The schema of a task's form: the first example ends on the straight path, one more for each other outcome.

    A field whose value depends on the outcome carries each of those values among its examples.
    """
    schema = form_schema(task.form, first)
    for outcome in task.outcomes[1:]:
        example = to_jsonable_python(outcome_example(task, outcome.key))
        schema["examples"].append(example)
        for name, value in example.items():
            known = schema["properties"][name].setdefault("examples", [])
            if value not in known:
                known.append(value)
    return schema


def outcome_example(task: Task, outcome: str) -> dict[str, Any]:
    """A whole valid answer for one outcome of a task."""
    return deepcopy(examples_for(task, outcome))


def fresh_example(form: type[Form], example: dict[str, Any] | None = None) -> dict[str, Any]:
    """The example of a form with new values wherever it must be unique."""
    data = deepcopy(example if example is not None else example_data(form))
    ending = "".join(secrets.choice(_LETTERS) for _ in range(5))
    swaps: dict[str, Any] = {}
    _collect(form, data, ending, swaps)
    return dict(to_jsonable_python(_swapped(data, swaps, "")))


def _collect(form: type[Form], data: Any, ending: str, swaps: dict[str, Any]) -> None:
    """New values of the fields marked `fresh`, by their old value."""
    for spec in fields_of(form):
        value = data.get(spec.name) if isinstance(data, dict) else None
        if spec.group is not None:
            for row in value if isinstance(value, list) else [value]:
                _collect(spec.group, row, ending, swaps)
        elif spec.fresh and value is not None and f"{spec.name}={value}" not in swaps:
            swaps[f"{spec.name}={value}"] = _renewed(spec, value, ending)


def _renewed(spec: FieldSpec, value: Any, ending: str) -> Any:
    if spec.kind == "number" or isinstance(value, Decimal | float):
        text = str(value)
        head = text.partition(".")[0]
        first = text.partition(".")[2][:2].ljust(2, "0")
        return f"{head}.{first}{secrets.randbelow(10_000):04d}"
    return f"{value}-{ending}"


def _swapped(data: Any, swaps: dict[str, Any], name: str) -> Any:
    """The data with every value of a fresh field, wherever a field of that name repeats it, made new."""
    if isinstance(data, dict):
        return {k: _swapped(v, swaps, k) for k, v in data.items()}
    if isinstance(data, list):
        return [_swapped(v, swaps, name) for v in data]
    return swaps.get(f"{name}={data}", data)


def _dress(
    form: type[Form], node: dict[str, Any], example: Any, definitions: dict[str, Any], seen: set[str]
) -> None:
    """Titles in English, hints and the fresh examples at each field of a group."""
    values = example if isinstance(example, dict) else {}
    for spec in fields_of(form):
        field = node.get("properties", {}).get(spec.name)
        if field is None:
            continue
        field["title"] = spec.title.zh
        field.setdefault("description", spec.title.zh)
        value = values.get(spec.name)
        field["examples"] = [value] if value is not None else field.get("examples", [_for_absent(spec)])
        if spec.group is not None and spec.group.__name__ not in seen:
            seen.add(spec.group.__name__)
            inner = definitions.get(spec.group.__name__, {})
            _dress(spec.group, inner, _first(value), definitions, seen)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _for_absent(spec: FieldSpec) -> Any:
    """An example for a field the whole example leaves out: nothing, or an empty list."""
    if spec.kind in ("table", "lines", "multi"):
        return []
    return to_jsonable_python(spec.default)
