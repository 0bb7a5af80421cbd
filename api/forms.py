"""Forms on paper of the web: what a browser sends becomes nested data, and data becomes fields to show.

Names are dotted paths ("design.equipment.0.qty"). Whatever was typed is kept, also where it is wrong.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.form_schema import form_schema
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form
from models.vocabulary.headings import heading
from models.vocabulary.text import Text, day_in_words
from models.vocabulary.whole import is_whole
from models.vocabulary.written import day_written, number_written
from services import paths
from services.form_fields import FieldSpec, fields_of
from services.form_masking import mask

__all__ = [
    "FieldView",
    "FormView",
    "SectionView",
    "form_schema",
    "form_view",
    "merge",
    "parse",
    "row_command",
]

_TRUE, _FALSE = {"true", "on", "1", "yes", "是"}, {"false", "off", "0", "no", "否"}


@dataclass(frozen=True)
class FieldView:
    """One field as the templates draw it. `children`: fields of a group; `rows`: rows of a table."""

    spec: FieldSpec
    path: str
    name: str
    value: Any = None
    errors: tuple[Text, ...] = ()
    children: tuple["FieldView", ...] = ()
    rows: tuple[tuple["FieldView", ...], ...] = ()

    @property
    def id(self) -> str:
        return f"f-{self.path.replace('.', '-')}"

    @property
    def text(self) -> str:
        """The value as an input shows it."""
        return as_text(self.value)

    @property
    def columns(self) -> tuple[FieldSpec, ...]:
        return fields_of(self.spec.group) if self.spec.group is not None else ()

    @property
    def wide(self) -> bool:
        """Too many or too long columns for a table: rows are drawn as cards."""
        return len(self.columns) > 5 or any(
            c.kind in ("textarea", "group", "table", "json") for c in self.columns
        )

    @property
    def filled(self) -> bool:
        return not _empty(self.value)

    @property
    def typed(self) -> bool:
        """Has anything been typed into it, or into anything inside it?"""
        inner = (*self.children, *(cell for row in self.rows for cell in row))
        return any(f.typed for f in inner) if inner else self.filled and self.value != self.spec.default

    def chosen(self, key: str) -> bool:
        """Is this choice taken?"""
        if isinstance(self.value, list | dict):
            return key in {as_text(v) for v in self.value}
        return as_text(self.value) == key

    def part(self, key: str) -> str:
        """The value under a key of a map."""
        return as_text(self.value.get(key)) if isinstance(self.value, dict) else ""

    def shown(self, lang: str, reveal: bool = False) -> str:
        """The value in words, personal data masked unless revealed (M10)."""
        return display(self.spec, self.value, lang, reveal)


@dataclass(frozen=True)
class SectionView:
    """Fields under one heading. `missing` counts required fields not filled in, `wrong` the defects."""

    key: str
    title: Text
    part: Text
    fields: tuple[FieldView, ...]
    missing: int = 0
    filled: int = 0
    wrong: int = 0

    @property
    def state(self) -> str:
        if self.wrong:
            return "wrong"
        if self.missing:
            return "begun" if self.filled else "empty"
        return "done" if self.filled else "free"


@dataclass(frozen=True)
class FormView:
    form: type[Form]
    sections: tuple[SectionView, ...]
    problems: tuple[Problem, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[FieldView, ...]:
        return tuple(f for s in self.sections for f in s.fields)

    def find(self, path: str) -> FieldView | None:
        """The view of the field at a path, or of the table or group that holds it."""
        return _find(self.fields, path)

    def section_of(self, path: str) -> SectionView | None:
        """The section in which a path is shown."""
        return next((s for s in self.sections if _find(s.fields, path) is not None), None)

    def section(self, key: str) -> SectionView:
        return next((s for s in self.sections if s.key == key), self.sections[0])


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=1)
    if isinstance(value, list):
        return "\n".join(as_text(v) for v in value)
    return str(getattr(value, "value", value))


def display(spec: FieldSpec, value: Any, lang: str, reveal: bool = False) -> str:
    """A value in words for reading."""
    if _empty(value):
        return "—"
    if spec.kind == "bool":
        yes = as_text(value).lower() in _TRUE
        return ("Yes" if yes else "No") if lang == "en" else ("是" if yes else "否")
    if spec.kind in ("choice", "multi"):
        values = value if isinstance(value, list) else [value]
        return ("; " if lang == "en" else "、").join(spec.label_of(as_text(v)).of(lang) for v in values)
    if spec.kind == "map" and isinstance(value, dict):
        return "；".join(f"{spec.label_of(k).of(lang)}：{as_text(v)}" for k, v in value.items())
    text = as_text(value)
    if spec.personal and not reveal:
        return mask(text)
    if spec.kind == "date":
        return _day(text, lang)
    return f"{text} {spec.unit_in(lang)}" if spec.unit else text


def _day(text: str, lang: str) -> str:
    """A day as people write it; whatever is no day stays as typed."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return day_in_words(day).of(lang)


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


# ---- from the browser ----------------------------------------------------------------------------


def parse(form_type: type[Form], items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Nested data of posted (name, value) pairs; names that are not fields of the form are left out."""
    posted: dict[str, list[str]] = {}
    for name, value in items:
        if isinstance(value, str):
            posted.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return _parse_group(form_type, posted, "")


def _parse_group(form_type: type[Form], posted: dict[str, list[str]], base: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for spec in fields_of(form_type):
        path = f"{base}{spec.name}"
        if spec.kind == "group" and spec.group is not None:
            inner = _parse_group(spec.group, posted, f"{path}.")
            if inner:
                data[spec.name] = inner
        elif spec.kind == "table" and spec.group is not None:
            rows = [_parse_group(spec.group, posted, f"{path}.{n}.") for n in _row_numbers(posted, path)]
            if rows or path in posted:
                data[spec.name] = rows
        elif spec.kind == "map":
            data |= _parse_map(spec, posted, path)
        elif path in posted:
            data[spec.name] = _value(spec, posted[path])
    return data


def _row_numbers(posted: dict[str, list[str]], path: str) -> list[int]:
    found = {name[len(path) + 1 :].split(".", 1)[0] for name in posted if name.startswith(f"{path}.")}
    return sorted(int(n) for n in found if is_whole(n))


def _parse_map(spec: FieldSpec, posted: dict[str, list[str]], path: str) -> dict[str, Any]:
    keys = [k for k, _ in spec.choices if f"{path}.{k}" in posted]
    return (
        {spec.name: {k: posted[f"{path}.{k}"][-1] for k in keys if posted[f"{path}.{k}"][-1].strip()}}
        if keys
        else {}
    )


def _value(spec: FieldSpec, values: list[str]) -> Any:
    """One field's value: booleans and whole numbers typed, everything else as written."""
    if spec.kind == "multi":
        return [v for v in values if v]
    last = values[-1]
    if spec.kind == "lines":
        return [line.strip() for line in last.split("\n") if line.strip()]
    if spec.kind == "bool":
        return True if last.lower() in _TRUE else False if last.lower() in _FALSE else last
    if spec.kind in ("integer", "number"):
        last = number_written(last, spec.unit)
    if spec.kind == "integer" and re.fullmatch(r"\s*-?[0-9]{1,15}\s*", last):
        return int(last)
    if spec.kind == "date":
        return day_written(last)
    if spec.kind == "json":
        return _json_or_text(last)
    return last


def _json_or_text(text: str) -> Any:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def merge(whole: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The whole with the posted part laid over it; groups are merged, tables and values replaced."""
    out = dict(whole)
    for key, value in part.items():
        before = out.get(key)
        out[key] = merge(before, value) if isinstance(value, dict) and isinstance(before, dict) else value
    return out


def row_command(data: dict[str, Any], command: str) -> str:
    """Carry out "add:<table>" or "remove:<table>.<row>" on the data; the path of the table, "" when it fits nothing."""
    act, _, path = command.partition(":")
    if act == "remove" and "." in path:
        path, _, number = path.rpartition(".")
        rows = _rows_at(data, path)
        if is_whole(number) and int(number) < len(rows):
            paths.put(data, path, [r for i, r in enumerate(rows) if i != int(number)])
            return path
    elif act == "add" and path:
        try:
            paths.put(data, path, [*_rows_at(data, path), {}])
        except ValueError:
            return ""
        return path
    return ""


def _rows_at(data: dict[str, Any], path: str) -> list[Any]:
    found = paths.get(data, path)
    return list(found[0]) if found and isinstance(found[0], list) else []


# ---- to the page ---------------------------------------------------------------------------------


def form_view(
    form_type: type[Form], data: dict[str, Any], problems: Sequence[Problem] = (), prefix: str = ""
) -> FormView:
    """The form as sections of fields with values and errors.

    Args:
        data: as typed, valid or not.
        prefix: put before every input name ("changes." …); ids and paths stay bare.
    """
    at: dict[str, list[Text]] = {}
    for problem in problems:
        at.setdefault(problem.loc, []).append(problem.msg)
    groups: dict[tuple[str, str], tuple[Text, Text, list[FieldView]]] = {}
    for spec in fields_of(form_type):
        view = _field_view(spec, data.get(spec.name), "", prefix, at)
        for title, item in _placed(view):
            part = spec.title if spec.kind == "group" else Text("", "")
            groups.setdefault((part.zh, title.zh), (title, part, []))[2].append(item)
    parts = Counter(part for part, _ in groups)
    named: dict[tuple[str, str], tuple[Text, Text, list[FieldView]]] = {}
    for own, part, views in groups.values():
        title, above = _named(own, part, parts[part.zh])
        key = (title.zh, above.zh)  # what is read as one heading is one section
        there = named.get(key)
        named[key] = (own, above, there[2] + views) if there else (title, above, views)
    sections = [_section(f"s{i}", *found, problems) for i, found in enumerate(named.values(), 1)]
    return FormView(form_type, tuple(sections), tuple(problems), data)


def _named(title: Text, part: Text, sections: int) -> tuple[Text, Text]:
    """A part that is one section lends it its English title and is not named twice."""
    return (title, part) if sections > 1 or not part.zh else (Text(part.en, title.zh), Text("", ""))


def _placed(view: FieldView) -> list[tuple[Text, FieldView]]:
    """A top-level group with headings inside is spread over them; everything else stays whole."""
    own = heading(view.spec.section) if view.spec.section else None
    if view.spec.kind != "group":
        return [(own or Text("Details", "填写内容"), view)]
    above = own or view.spec.title
    inside = next((c.spec.section for c in view.children if c.spec.section), "")
    if not inside or not view.spec.required:
        return [(Text(view.spec.title.en, inside) if inside else above, view)]
    out: list[tuple[Text, FieldView]] = []
    for child in view.children:
        if child.spec.section:
            above = heading(child.spec.section)
        out.append((above, child))
    return out


def _field_view(spec: FieldSpec, value: Any, base: str, prefix: str, at: dict[str, list[Text]]) -> FieldView:
    path = f"{base}{spec.name}"
    children: tuple[FieldView, ...] = ()
    rows: tuple[tuple[FieldView, ...], ...] = ()
    if spec.kind == "group" and spec.group is not None:
        children = _children(spec.group, value, f"{path}.", prefix, at)
    elif spec.kind == "table" and spec.group is not None:
        listed = value if isinstance(value, list) else []
        rows = tuple(_children(spec.group, row, f"{path}.{i}.", prefix, at) for i, row in enumerate(listed))
    elif value is None and not spec.required and spec.kind != "json":
        value = spec.default
    return FieldView(spec, path, f"{prefix}{path}", value, tuple(at.get(path, ())), children, rows)


def _children(
    group: type[Form], value: Any, base: str, prefix: str, at: dict[str, list[Text]]
) -> tuple[FieldView, ...]:
    inner = value if isinstance(value, dict) else {}
    return tuple(_field_view(f, inner.get(f.name), base, prefix, at) for f in fields_of(group))


def _section(
    key: str, title: Text, part: Text, views: list[FieldView], problems: Sequence[Problem]
) -> SectionView:
    leaves = [leaf for view in views for leaf in _leaves(view)]
    filled = sum(1 for leaf in leaves if leaf.filled)
    missing = sum(1 for leaf in leaves if leaf.spec.required and not leaf.filled)
    wrong = sum(1 for p in problems if p.loc and _find(views, p.loc) is not None)
    return SectionView(key, title, part, tuple(views), missing, filled, wrong)


def _leaves(view: FieldView) -> list[FieldView]:
    """Fields to fill in; an optional group left blank asks for nothing."""
    if view.spec.kind == "group":
        inner = [leaf for child in view.children for leaf in _leaves(child)]
        return inner if view.spec.required or any(leaf.filled for leaf in inner) else []
    if view.spec.kind == "table" and view.rows:
        return [leaf for row in view.rows for cell in row for leaf in _leaves(cell)]
    return [view]


def _find(views: Iterable[FieldView], path: str) -> FieldView | None:
    for view in views:
        if view.path == path:
            return view
        if path.startswith(f"{view.path}."):
            inner = [*view.children, *(cell for row in view.rows for cell in row)]
            return _find(inner, path) or view
    return None
