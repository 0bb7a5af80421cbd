"""What is wrong with a typed value, said in both languages with the way to mend it."""
from collections.abc import Callable
from typing import Any

from models.vocabulary.text import Text
from services.form_fields import FieldSpec

Words = Callable[[FieldSpec, dict[str, Any]], Text]

_NUMBER: Words = lambda f, c: Text(
    f"“{f.title.en}” must be a number without separators{_like(f).en}.",
    f"“{f.title.zh}”应填写数字，不要带单位或千分位{_like(f).zh}。")
_DATE: Words = lambda f, c: Text(
    f"“{f.title.en}” must be a date such as 2025-06-30.", f"“{f.title.zh}”应填写日期，格式如 2025-06-30。")
_BOOL: Words = lambda f, c: Text(f"Please answer “{f.title.en}” with yes or no.", f"“{f.title.zh}”请选择“是”或“否”。")
_CHOICE: Words = lambda f, c: Text(
    f"Please choose “{f.title.en}” from the list: {_listed(f).en}.",
    f"“{f.title.zh}”请从列表中选择：{_listed(f).zh}。")
_INTEGER: Words = lambda f, c: Text(
    f"“{f.title.en}” must be a whole number{_like(f).en}.", f"“{f.title.zh}”应填写整数{_like(f).zh}。")
_MISSING: Words = lambda f, c: Text(
    f"Please choose “{f.title.en}”." if f.kind in ("choice", "multi", "bool") else f"Please fill in “{f.title.en}”{_like(f).en}.",
    f"请选择“{f.title.zh}”。" if f.kind in ("choice", "multi", "bool") else f"请填写“{f.title.zh}”{_like(f).zh}。")
_TEXT: Words = lambda f, c: Text(f"“{f.title.en}” must be text.", f"“{f.title.zh}”应填写文字。")
_SHAPE: Words = lambda f, c: Text(
    f"“{f.title.en}” does not have the right form; see the example of the schema.", f"“{f.title.zh}”的结构不正确，请参照示例填写。")
_TOO_FEW: Words = lambda f, c: Text(
    f"“{f.title.en}” needs at least {c.get('min_length', 1)} row(s).", f"“{f.title.zh}”至少填写 {c.get('min_length', 1)} 项。")

WORDS: dict[str, Words] = {
    "missing": _MISSING,
    "string_type": _TEXT,
    "string_too_short": lambda f, c: Text(
        f"“{f.title.en}” needs at least {c['min_length']} characters.", f"“{f.title.zh}”至少 {c['min_length']} 个字。"),
    "string_too_long": lambda f, c: Text(
        f"“{f.title.en}” may have {c['max_length']} characters at most; please shorten it.",
        f"“{f.title.zh}”最多 {c['max_length']} 个字，请精简。"),
    "string_pattern_mismatch": lambda f, c: Text(
        f"“{f.title.en}” does not have the right format{_like(f).en}.", f"“{f.title.zh}”格式不正确{_like(f).zh}。"),
    "too_short": _TOO_FEW,
    "too_long": lambda f, c: Text(
        f"“{f.title.en}” may have {c['max_length']} rows at most.", f"“{f.title.zh}”最多填写 {c['max_length']} 项。"),
    "int_parsing": _INTEGER, "int_from_float": _INTEGER, "int_type": _INTEGER,
    "decimal_parsing": _NUMBER, "decimal_type": _NUMBER, "float_parsing": _NUMBER, "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_max_digits": lambda f, c: Text(
        f"“{f.title.en}” has too many digits ({c['max_digits']} at most).", f"“{f.title.zh}”位数过多，最多 {c['max_digits']} 位。"),
    "decimal_whole_digits": lambda f, c: Text(
        f"“{f.title.en}” is too large ({c['whole_digits']} digits before the point at most).",
        f"“{f.title.zh}”数值过大，整数部分最多 {c['whole_digits']} 位。"),
    "decimal_max_places": lambda f, c: Text(
        f"“{f.title.en}” may have {c['decimal_places']} decimals at most.", f"“{f.title.zh}”最多保留 {c['decimal_places']} 位小数。"),
    "bool_parsing": _BOOL, "bool_type": _BOOL,
    "date_parsing": _DATE, "date_type": _DATE, "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE, "datetime_parsing": _DATE, "datetime_from_date_parsing": _DATE,
    "literal_error": _CHOICE, "enum": _CHOICE, "choice": _CHOICE,
    "greater_than_equal": lambda f, c: Text(
        f"“{f.title.en}” must be {c['ge']} or more.", f"“{f.title.zh}”不得小于 {c['ge']}。"),
    "greater_than": lambda f, c: Text(
        f"“{f.title.en}” must be more than {c['gt']}.", f"“{f.title.zh}”须大于 {c['gt']}。"),
    "less_than_equal": lambda f, c: Text(
        f"“{f.title.en}” must be {c['le']} or less.", f"“{f.title.zh}”不得大于 {c['le']}。"),
    "less_than": lambda f, c: Text(
        f"“{f.title.en}” must be less than {c['lt']}.", f"“{f.title.zh}”须小于 {c['lt']}。"),
    "list_type": _SHAPE, "dict_type": _SHAPE, "model_type": _SHAPE, "model_attributes_type": _SHAPE,
}

_ENGLISH = {
    "统一社会信用代码": "This is not a valid unified social credit code: 18 characters with a matching check digit.",
    "身份证号": "This is not a valid identity number: 18 characters with a real date and a matching check digit.",
    "手机号": "This is not a mainland mobile number: 11 digits beginning with 13–19.",
    "邮箱": "This is not an e-mail address, e.g. name@example.com.",
    "日期不能晚于今天": "The date must not be later than today.",
}


def words(spec: FieldSpec, kind: str, context: dict[str, Any], message: str) -> Text:
    """The sentence for an error of pydantic's kind `kind`; `message` is a validator's own Chinese sentence."""
    if kind in ("value_error", "assertion_error"):
        return _own_words(spec, message)
    known = WORDS.get(kind)
    if known is not None:
        return known(spec, context)
    return Text(f"Please check “{spec.title.en}”{_like(spec).en}.", f"请核对“{spec.title.zh}”{_like(spec).zh}。")


def unknown_field(path: str) -> Text:
    """For keys the form does not know."""
    return Text(f"The form has no field “{path}”; please leave it out.", f"表单中没有“{path}”这一项，请删除。")


def _own_words(spec: FieldSpec, message: str) -> Text:
    zh = message.removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip("。")
    en = next((e for start, e in _ENGLISH.items() if zh.startswith(start)), f"Please check “{spec.title.en}”{_like(spec).en}.")
    return Text(en, f"{zh}。")


def _like(spec: FieldSpec) -> Text:
    """", e.g. …" where the field has a short example."""
    if isinstance(spec.example, str | int | float) and not isinstance(spec.example, bool) and len(str(spec.example)) <= 40:
        return Text(f", e.g. {spec.example}", f"，例如：{spec.example}")
    return Text("", "")


def _listed(spec: FieldSpec) -> Text:
    shown = spec.choices[:8]
    rest = "…" if len(spec.choices) > len(shown) else ""
    return Text(", ".join(f"{k} ({t.en})" for k, t in shown) + rest, "、".join(t.zh for _, t in shown) + rest)
