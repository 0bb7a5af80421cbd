"""What is wrong with a typed value, said in both languages with the way to mend it."""

from collections.abc import Callable
from typing import Any

from models.vocabulary.text import Text
from services.form_fields import FieldSpec

Words = Callable[[FieldSpec, dict[str, Any]], Text]


def _said(en: str, zh: str) -> Words:
    """A sentence with places: {t} title, {like} short example, {listed} choices, and pydantic's own limits."""

    def say(spec: FieldSpec, context: dict[str, Any]) -> Text:
        like, listed = _like(spec), _listed(spec)
        return Text(
            en.format(t=spec.title.en, like=like.en, listed=listed.en, **context),
            zh.format(t=spec.title.zh, like=like.zh, listed=listed.zh, **context),
        )

    return say


def _missing(spec: FieldSpec, context: dict[str, Any]) -> Text:
    chosen = spec.kind in ("choice", "multi", "bool")
    say = (
        _said("Please choose “{t}”.", "请选择“{t}”。")
        if chosen
        else _said("Please fill in “{t}”{like}.", "请填写“{t}”{like}。")
    )
    return say(spec, context)


_NUMBER = _said("“{t}” must be a number{like}.", "“{t}”应填写数字{like}。")
_INTEGER = _said("“{t}” must be a whole number{like}.", "“{t}”应填写整数{like}。")
_DATE = _said("“{t}” must be a date such as 2025-06-30.", "“{t}”应填写日期，格式如 2025-06-30。")
_BOOL = _said("Please answer “{t}” with yes or no.", "“{t}”请选择“是”或“否”。")
_CHOICE = _said("Please choose “{t}” from the list: {listed}.", "“{t}”请从列表中选择：{listed}。")
_SHAPE = _said(
    "“{t}” does not have the right form; see the example of the schema.",
    "“{t}”的结构不正确，请参照示例填写。",
)

WORDS: dict[str, Words] = {
    "missing": _missing,
    "string_type": _said("“{t}” must be text.", "“{t}”应填写文字。"),
    "string_too_short": _said(
        "“{t}” needs at least {min_length} characters.", "“{t}”至少 {min_length} 个字。"
    ),
    "string_too_long": _said(
        "“{t}” may have {max_length} characters at most; please shorten it.",
        "“{t}”最多 {max_length} 个字，请精简。",
    ),
    "string_pattern_mismatch": _said(
        "“{t}” does not have the right format{like}.", "“{t}”格式不正确{like}。"
    ),
    "too_short": _said("“{t}” needs at least {min_length} row(s).", "“{t}”至少填写 {min_length} 项。"),
    "too_long": _said("“{t}” may have {max_length} rows at most.", "“{t}”最多填写 {max_length} 项。"),
    **dict.fromkeys(("int_parsing", "int_from_float", "int_type", "int_parsing_size"), _INTEGER),
    **dict.fromkeys(
        ("decimal_parsing", "decimal_type", "float_parsing", "float_type", "finite_number"), _NUMBER
    ),
    "decimal_max_digits": _said(
        "“{t}” has too many digits ({max_digits} at most).", "“{t}”位数过多，最多 {max_digits} 位。"
    ),
    "decimal_whole_digits": _said(
        "“{t}” is too large ({whole_digits} digits before the point at most).",
        "“{t}”数值过大，整数部分最多 {whole_digits} 位。",
    ),
    "decimal_max_places": _said(
        "“{t}” may have {decimal_places} decimals at most.", "“{t}”最多保留 {decimal_places} 位小数。"
    ),
    **dict.fromkeys(("bool_parsing", "bool_type"), _BOOL),
    **dict.fromkeys(
        (
            "date_parsing",
            "date_type",
            "date_from_datetime_parsing",
            "date_from_datetime_inexact",
            "datetime_parsing",
            "datetime_from_date_parsing",
        ),
        _DATE,
    ),
    **dict.fromkeys(("literal_error", "enum", "choice"), _CHOICE),
    "greater_than_equal": _said("“{t}” must be {ge} or more.", "“{t}”不得小于 {ge}。"),
    "greater_than": _said("“{t}” must be more than {gt}.", "“{t}”须大于 {gt}。"),
    "less_than_equal": _said("“{t}” must be {le} or less.", "“{t}”不得大于 {le}。"),
    "less_than": _said("“{t}” must be less than {lt}.", "“{t}”须小于 {lt}。"),
    **dict.fromkeys(("list_type", "dict_type", "model_type", "model_attributes_type"), _SHAPE),
}

_ENGLISH = {
    "统一社会信用代码": "this is not a valid unified social credit code: 18 characters with a matching check digit.",
    "身份证号": "this is not a valid identity number: 18 characters with a real date and a matching check digit.",
    "手机号": "this is not a mainland mobile number: 11 digits beginning with 13–19.",
    "邮箱": "this is not an e-mail address, e.g. name@example.com.",
    "日期不能晚于今天": "the date must not be later than today.",
}


def words(spec: FieldSpec, kind: str, context: dict[str, Any], message: str) -> Text:
    """The sentence for an error of pydantic's kind `kind`; `message` is a validator's own Chinese sentence."""
    if kind in ("value_error", "assertion_error"):
        return _own_words(spec, message)
    known = WORDS.get(kind)
    if known is not None:
        return known(spec, context)
    return Text(
        f"Please check “{spec.title.en}”{_like(spec).en}.", f"请核对“{spec.title.zh}”{_like(spec).zh}。"
    )


def unknown_field(path: str) -> Text:
    """For keys the form does not know."""
    return Text(
        f"The form has no field “{path}”; please leave it out.", f"表单中没有“{path}”这一项，请删除。"
    )


def _own_words(spec: FieldSpec, message: str) -> Text:
    zh = message.removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip("。")
    start = next((start for start in _ENGLISH if zh.startswith(start)), None)
    if start is None:
        return Text(f"Please check “{spec.title.en}”{_like(spec).en}.", f"{zh}。")
    # several fields may have the same defect: the list above the form says which one it is
    own = "" if start == spec.title.zh else f"“{spec.title.zh}”："
    return Text(f"“{spec.title.en}”: {_ENGLISH[start]}", f"{own}{zh}。")


def _like(spec: FieldSpec) -> Text:
    """ ", e.g. …" where the field has a short example."""
    if (
        isinstance(spec.example, str | int | float)
        and not isinstance(spec.example, bool)
        and len(str(spec.example)) <= 40
    ):
        example = str(spec.example).rstrip("。.")
        return Text(f", e.g. {example}", f"，例如：{example}")
    return Text("", "")


def _listed(spec: FieldSpec) -> Text:
    shown = spec.choices[:8]
    rest = "…" if len(spec.choices) > len(shown) else ""
    return Text(", ".join(f"{k} ({t.en})" for k, t in shown) + rest, "、".join(t.zh for _, t in shown) + rest)
