"""The one way to check a form: every defect at once, each at its field, in both languages (I17)."""

from collections import Counter
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from services.form_fields import FieldSpec, fields_of, trail_of
from services.form_words import WORDS, unknown_field, words


def validate(form_type: type[Form], data: Any, outcome: str = "") -> tuple[Form | None, list[Problem]]:
    """Check typed data against a form.

    Args:
        data: nested plain data as typed or posted; empty texts count as not filled in.
        outcome: the outcome chosen, for defects that depend on it.

    Returns:
        The form and no problems; or the form where it could be read, else None, with every defect
        found: types, choices and limits of each field, and the rules across fields.
    """
    if not isinstance(data, dict):
        return None, [
            Problem(
                "", Text("The form must be an object of named fields.", "表单内容应为按字段名组织的对象。")
            )
        ]
    tidy = pruned(form_type, data)
    problems = _choice_problems(form_type, tidy, "")
    try:
        form = form_type.model_validate(tidy)
    except ValidationError as error:
        problems = _told_apart(form_type, _merged(_typed_problems(form_type, error), problems))
        return None, _merged(problems, _across(form_type, tidy, outcome, problems))
    return form, _merged(problems, form.problems(outcome))


def pruned(form_type: type[Form], data: dict[str, Any]) -> dict[str, Any]:
    """The data without empty texts, empty optional groups and blank last rows; unknown keys stay to be refused."""
    known = {f.name: f for f in fields_of(form_type)}
    out: dict[str, Any] = {}
    for name, value in data.items():
        spec = known.get(name)
        kept = value if spec is None else _pruned_value(spec, value)
        if kept is not _GONE:
            out[name] = kept
    for spec in known.values():
        if spec.kind == "group" and spec.required and spec.group is not None and spec.name not in out:
            out[spec.name] = pruned(spec.group, {})  # so that each missing field inside is named
    return out


_GONE = object()


def _pruned_value(spec: FieldSpec, value: Any) -> Any:
    if spec.kind == "json":
        return value
    if spec.kind == "group" and isinstance(value, dict) and spec.group is not None:
        inner = pruned(spec.group, value)
        return _GONE if not spec.required and _blank(inner) else inner
    if spec.kind == "table" and isinstance(value, list) and spec.group is not None:
        rows = [pruned(spec.group, row) if isinstance(row, dict) else row for row in value]
        while rows and _blank(rows[-1]):
            rows.pop()
        return rows
    if isinstance(value, list):
        return [v for v in value if not _blank(v)]
    if _blank(value):
        return _GONE if value is not None or spec.required or not spec.optional else None
    return value


def _blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, dict):
        return all(_blank(v) for v in value.values())
    if isinstance(value, list):
        return all(_blank(v) for v in value)
    return value is None


def _typed_problems(form_type: type[Form], error: ValidationError) -> list[Problem]:
    """Pydantic's findings, one a field, at dotted paths."""
    problems: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        loc = ".".join(str(part) for part in _real(form_type, detail["loc"]))
        problems.setdefault(loc, Problem(loc, _sentence(form_type, loc, detail)))
    return [_in_row(problem) for problem in problems.values()]


def _told_apart(form_type: type[Form], problems: list[Problem]) -> list[Problem]:
    """Sentences that would read the same get the title of the group they are in."""
    often = Counter(p.msg.zh for p in problems)
    return [_in_group(form_type, p) if p.loc and often[p.msg.zh] > 1 else p for p in problems]


def _in_group(form_type: type[Form], problem: Problem) -> Problem:
    trail = trail_of(form_type, problem.loc)
    if len(trail) < 2:
        return problem
    group, msg = trail[-2].title, problem.msg
    return Problem(problem.loc, Text(f"{group.en}: {msg.en}", f"{group.zh}：{msg.zh}"))


def _in_row(problem: Problem) -> Problem:
    """With the row of the table it is in: several rows may have the same defect."""
    rows = [int(part) + 1 for part in problem.loc.split(".") if is_whole(part)]
    if not rows:
        return problem
    row = "-".join(str(number) for number in rows)
    return Problem(problem.loc, Text(f"Row {row}: {problem.msg.en}", f"第 {row} 项：{problem.msg.zh}"))


def _real(form_type: type[Form], loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The location without pydantic's names of union members."""
    kept: list[int | str] = []
    inside: type[Form] | None = form_type
    leaf = False
    for part in loc:
        if isinstance(part, int):
            kept.append(part)
            continue
        if leaf:
            continue
        kept.append(part)
        spec = next((f for f in fields_of(inside) if f.name == part), None) if inside else None
        inside = spec.group if spec else None
        leaf = inside is None
    return tuple(kept)


def _sentence(form_type: type[Form], loc: str, detail: ErrorDetails) -> Text:
    trail = trail_of(form_type, loc)
    if detail["type"] == "extra_forbidden" or not trail:
        return unknown_field(loc) if loc else Text("Please check the form.", "请核对表单内容。")
    return words(trail[-1], detail["type"], detail.get("ctx") or {}, detail["msg"])


def _choice_problems(form_type: type[Form], data: dict[str, Any], base: str) -> list[Problem]:
    """Values outside the closed list of a field, wherever the type alone would let them pass."""
    problems: list[Problem] = []
    for spec in fields_of(form_type):
        value, loc = data.get(spec.name), f"{base}{spec.name}"
        if spec.group is not None:
            rows = value if isinstance(value, list) else [value]
            for i, row in enumerate(rows):
                if isinstance(row, dict):
                    inside = f"{loc}.{i}." if spec.kind == "table" else f"{loc}."
                    problems += _choice_problems(spec.group, row, inside)
        elif spec.choices and spec.kind in ("choice", "multi", "map"):
            known = {k for k, _ in spec.choices}
            given = list(value) if isinstance(value, list | dict) else [] if value is None else [value]
            if any(str(getattr(v, "value", v)) not in known for v in given):
                problems.append(_in_row(Problem(loc, WORDS["choice"](spec, {}))))
    return problems


def _merged(first: list[Problem], more: list[Problem]) -> list[Problem]:
    """Both lists; of one field, the second only where it says something else than the first found."""
    seen = {p.loc for p in first if p.loc}
    return first + [p for p in more if p.loc not in seen or not p.loc]


def _across(form_type: type[Form], data: dict[str, Any], outcome: str, found: list[Problem]) -> list[Problem]:
    """Rules across fields while some fields are wrong: rules that touch a wrong field stay silent."""
    partial = _partial(form_type, data, "", {p.loc for p in found})
    try:
        return list(partial.problems(outcome))
    except (AttributeError, TypeError, ValueError, ArithmeticError, KeyError, IndexError):
        return []


def _partial(form_type: type[Form], data: Any, base: str, wrong: set[str]) -> Form:
    """An instance of what is right; wrong or missing fields are None."""
    values: dict[str, Any] = {}
    source = data if isinstance(data, dict) else {}
    for spec in fields_of(form_type):
        loc = f"{base}{spec.name}"
        values[spec.name] = _partial_value(form_type, spec, source.get(spec.name, _GONE), loc, wrong)
    return form_type.model_construct(**values)


def _partial_value(form_type: type[Form], spec: FieldSpec, value: Any, loc: str, wrong: set[str]) -> Any:
    if value is _GONE:
        if spec.kind == "group" and spec.required and spec.group is not None:
            return _partial(spec.group, {}, f"{loc}.", wrong)
        return [] if spec.kind in ("table", "lines", "multi") and spec.required else spec.default
    if spec.group is not None and isinstance(value, dict):
        return _partial(spec.group, value, f"{loc}.", wrong)
    if spec.kind == "table" and isinstance(value, list) and spec.group is not None:
        return [_partial(spec.group, row, f"{loc}.{i}.", wrong) for i, row in enumerate(value)]
    if any(w == loc or w.startswith(f"{loc}.") for w in wrong):
        return [] if spec.kind in ("lines", "multi") else None
    try:
        adapted = form_type.__pydantic_validator__.validate_assignment(
            form_type.model_construct(), spec.name, value
        )
        return getattr(adapted, spec.name)
    except (ValidationError, AttributeError):
        return None
