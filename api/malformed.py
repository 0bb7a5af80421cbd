"""What is wrong with the shape of a request, in the same words as what is wrong with a form."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services.form_fields import FieldSpec
from services.form_words import unknown_field, words

_PLACES = frozenset({"body", "query", "path", "header", "cookie"})


def _choice(name: str, context: Mapping[str, Any]) -> Text:
    listed = str(context["expected"])
    return Text(
        f"“{name}” must be one of: {listed}.",
        f"“{name}”的取值应为：{listed.replace(' or ', '、').replace(', ', '、')}。",
    )


def _not_json(_name: str, context: Mapping[str, Any]) -> Text:
    said = str(context.get("error", ""))
    return Text(f"The body is not valid JSON: {said}.", f"请求正文不是有效的 JSON（{said}）。")


def _uuid(name: str, _context: Mapping[str, Any]) -> Text:
    like = "019a0f6e-7c1b-7d2a-9f3e-2b4c6d8e0f12"
    return Text(f"“{name}” must be a UUID such as {like}.", f"“{name}”应为 UUID，格式如 {like}。")


#: What only the shape of a request can have; everything else is said as it is said of forms.
_OWN: dict[str, Callable[[str, Mapping[str, Any]], Text]] = {
    "extra_forbidden": lambda name, _: unknown_field(name),
    "literal_error": _choice,
    "enum": _choice,
    "json_invalid": _not_json,
    "uuid_parsing": _uuid,
    "uuid_type": _uuid,
}


def problem_of(error: Mapping[str, Any]) -> Problem:
    """One defect as the framework found it.

    Args:
        error: with pydantic's `loc` (from the part of the request inwards), `type`, `msg` and `ctx`.
    """
    loc, context = location(error["loc"]), error.get("ctx") or {}
    own = _OWN.get(error["type"])
    return Problem(
        loc, own(loc, context) if own else words(_field(loc), error["type"], context, error["msg"])
    )


def location(parts: Sequence[int | str]) -> str:
    """Where in the body or among the parameters: `rows.0.month`."""
    return ".".join(str(part) for i, part in enumerate(parts) if i or part not in _PLACES)


def _field(name: str) -> FieldSpec:
    title = Text(name, name) if name else Text("the request", "请求正文")
    return FieldSpec(name, title, Text("", ""), "text", str, required=True, optional=False)
