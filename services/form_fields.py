"""Fields of a form as people meet them: one description for pages, checks, schemas and differences."""

import types
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from models.vocabulary.forms import Form, inner_group, titles
from models.vocabulary.headings import unit_of
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole


@dataclass(frozen=True)
class FieldSpec:
    """One field.

    Args:
        kind: text, textarea, number, integer, date, datetime, bool, choice, multi, lines, map, json, group or table.
        annotation: the bare Python type, without `| None` and annotations.
        optional: None is a value of the type.
        group: the form inside a group or a row of a table.
    """

    name: str
    title: Text
    hint: Text
    kind: str
    annotation: Any
    required: bool
    optional: bool
    choices: tuple[tuple[str, Text], ...] = ()
    unit: str = ""
    example: Any = None
    section: str = ""
    widget: str = ""
    personal: bool = False
    fresh: bool = False
    group: type[Form] | None = None
    max_length: int | None = None
    default: Any = None

    def unit_in(self, lang: str) -> str:
        """The unit as written in a language."""
        return unit_of(self.unit).of(lang)

    def label_of(self, value: Any) -> Text:
        """The words of a chosen value."""
        return next((t for k, t in self.choices if k == str(value)), Text(str(value), str(value)))


@lru_cache(maxsize=512)
def fields_of(form: type[Form]) -> tuple[FieldSpec, ...]:
    """The fields of a form in their order."""
    return tuple(_describe(name, info) for name, info in form.model_fields.items())


def field_of(form: type[Form], path: str) -> FieldSpec | None:
    """The field a dotted path leads to; rows are numbers or "*". None when the path leads nowhere."""
    trail = trail_of(form, path)
    return trail[-1] if trail else None


def trail_of(form: type[Form], path: str) -> list[FieldSpec]:
    """The fields passed on the way of a path, the last one included; empty when it leads nowhere."""
    trail: list[FieldSpec] = []
    inside: type[Form] | None = form
    for part in path.split("."):
        if trail and trail[-1].kind != "group" and (is_whole(part) or part == "*"):
            continue
        spec = next((f for f in fields_of(inside) if f.name == part), None) if inside is not None else None
        if spec is None:
            return []
        trail.append(spec)
        inside = spec.group
    return trail


def title_of(form: type[Form], path: str) -> Text:
    """A path in words: "设备清单 第 1 行 数量"; the path itself where it is not a field."""
    trail, parts = trail_of(form, path), path.split(".")
    if not trail:
        return Text(path, path)
    rows = [int(p) + 1 for p in parts if is_whole(p)]
    last = trail[-1].title
    table = next((f for f in trail if f.kind == "table"), None)
    if table is None or table is trail[-1] or not rows:
        return last
    return Text(f"{table.title.en}, row {rows[0]}: {last.en}", f"{table.title.zh} 第 {rows[0]} 行：{last.zh}")


def _describe(name: str, info: FieldInfo) -> FieldSpec:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    bare, optional = _bare(info.annotation)
    group, many = inner_group(info.annotation)
    choices = _choices(extra, bare)
    widget = str(extra.get("widget") or "")
    return FieldSpec(
        name=name,
        title=titles(info, name),
        hint=Text(
            str(extra.get("hint_en") or ""),
            str(info.description or "") if info.description != info.title else "",
        ),
        kind=_kind(bare, group, many, choices, widget),
        annotation=bare,
        required=info.is_required(),
        optional=optional,
        choices=choices,
        unit=str(extra.get("unit") or ""),
        example=info.examples[0] if info.examples else None,
        section=str(extra.get("section") or ""),
        widget=widget,
        personal=bool(extra.get("personal")),
        fresh=bool(extra.get("fresh")),
        group=group,
        max_length=next((m.max_length for m in info.metadata if getattr(m, "max_length", None)), None),
        default=None
        if info.is_required()
        else info.get_default(call_default_factory=True, validated_data={}),
    )


def _bare(annotation: Any) -> tuple[Any, bool]:
    """The type without Annotated and None, and whether None was in it."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        args = [a for a in get_args(annotation) if a is not type(None)]
        optional = len(args) < len(get_args(annotation))
        if len(args) == 1:
            return _bare(args[0])[0], optional
        return Any, optional
    return annotation, False


def _choices(extra: dict[str, Any], bare: Any) -> tuple[tuple[str, Text], ...]:
    listed = extra.get("choices")
    if isinstance(listed, dict):
        return tuple((str(k), Text(str(v[1]), str(v[0]))) for k, v in listed.items())
    inner = _bare(get_args(bare)[0])[0] if get_origin(bare) is list and get_args(bare) else bare
    if get_origin(inner) is Literal:
        return tuple((str(v), Text(str(v), str(v))) for v in get_args(inner))
    if isinstance(inner, type) and issubclass(inner, Enum):
        return tuple((str(v.value), Text(str(v.value), str(v.value))) for v in inner)
    return ()


_PLAIN: dict[Any, str] = {
    bool: "bool",
    int: "integer",
    Decimal: "number",
    float: "number",
    date: "date",
    datetime: "datetime",
    str: "text",
}


def _kind(bare: Any, group: type[Form] | None, many: bool, choices: tuple[Any, ...], widget: str) -> str:
    if group is not None:
        return "table" if many else "group"
    if get_origin(bare) is list:
        return "multi" if choices else "lines"
    if get_origin(bare) is dict or bare is dict:
        return "map" if choices else "json"
    if choices and bare is not bool:
        return "choice"
    if bare is str and widget == "textarea":
        return "textarea"
    return _PLAIN.get(bare, "json" if bare is Any or hasattr(bare, "__value__") else "text")
