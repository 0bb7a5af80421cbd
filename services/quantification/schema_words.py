"""What the shape of a file refuses, in words: what stands there, and what should."""

from collections.abc import Callable, Mapping
from typing import Any

from models.vocabulary.text import Text
from services.quantification.refusals import Defect

_DAY = Text("should be a day such as 2026-01-01", "应为日期，如 2026-01-01")
#: What a pattern asks for, by the last name of the place.
_PATTERNS: dict[str, Text] = {
    "code": Text(
        "capitals, digits and hyphens, 3 to 60 of them", "应由大写字母、数字和连字符组成，3 至 60 位"
    ),
    "version": Text("should be numbers with dots, such as 1.1", "应为数字和点，如 1.1"),
    "unit": Text("should be a step and a unit, such as “0.001 tCO2e”", "应为步长和单位，如“0.001 tCO2e”"),
}
_NAME = Text(
    "a name begins with a letter and has letters, digits and underscores, 32 at most",
    "名称应以字母开头，由字母、数字和下划线组成，不超过 32 位",
)
_SAID: dict[str, Callable[[Mapping[str, Any]], Text]] = {
    "missing": lambda c: Text("is missing; add it", "缺少此项，请补充"),
    "extra_forbidden": lambda c: Text(
        "is no part of this file; take it out or mend its name", "不是文件中应有的项目，请删除或者更正名称"
    ),
    "literal_error": lambda c: Text(
        f"should be one of {c.get('expected')}", f"只能是 {str(c.get('expected')).replace(' or ', ' 或 ')}"
    ),
    "string_too_short": lambda c: Text("is empty; fill it in", "内容为空，请填写"),
    "string_too_long": lambda c: Text(
        f"is longer than {c.get('max_length')} characters; shorten it",
        f"超过 {c.get('max_length')} 个字符，请精简",
    ),
    "too_short": lambda c: Text(
        f"needs at least {c.get('min_length')} item(s)", f"至少应有 {c.get('min_length')} 项"
    ),
    "greater_than_equal": lambda c: Text(f"should be at least {c.get('ge')}", f"不得小于 {c.get('ge')}"),
    "less_than_equal": lambda c: Text(f"should be at most {c.get('le')}", f"不得大于 {c.get('le')}"),
    "string_type": lambda c: Text("should be text in quotes", "应为文本，请加引号"),
    "list_type": lambda c: Text("should be a list [ … ]", "应为列表 [ … ]"),
    "dict_type": lambda c: Text("should be a group { … }", "应为一组数据 { … }"),
    "model_type": lambda c: Text("should be a group { … }", "应为一组数据 { … }"),
    "model_attributes_type": lambda c: Text("should be a group { … }", "应为一组数据 { … }"),
    "bool_type": lambda c: Text("should be true or false", "应为 true 或 false"),
    "bool_parsing": lambda c: Text("should be true or false", "应为 true 或 false"),
    "int_type": lambda c: Text("should be a whole number", "应为整数"),
    "date_type": lambda c: _DAY,
}


def defect(told: Mapping[str, Any]) -> Defect:
    """One of pydantic's errors (`errors()`) as a defect at its place."""
    path = tuple(told["loc"])
    where = ".".join(map(str, path)) or "-"
    said = _said(told, path)
    return Defect(f"{where}: {said.en}.", f"“{where}”{said.zh}。", path)


def _said(told: Mapping[str, Any], path: tuple[str | int, ...]) -> Text:
    kind, context = str(told["type"]), told.get("ctx") or {}
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(path[-1]) if path else "", _NAME)
    if kind == "value_error":
        return _own(str(context.get("error", told["msg"])))
    if kind in _SAID:
        return _SAID[kind](context)
    return Text(str(told["msg"]), f"不符合文件格式：{told['msg']}")


def _own(words: str) -> Text:
    """Checks of the shape itself say "中文 (English)"; a date that is none says it in English only."""
    if "isoformat" in words or "day is out of range" in words or "month must be" in words:
        return _DAY
    zh, bracket, en = words.partition(" (")
    return Text(en.rstrip(")"), zh) if bracket else Text(words, words)
