"""The base of every form: one pydantic model gives HTML fields, JSON Schema, validation and documents.

A field is declared with :func:`field`, which demands a Chinese and an English title, a hint and a valid
example. The examples of a form together pass its validation (`example_of` builds that instance).
"""

from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from models.vocabulary.errors import Problem
from models.vocabulary.text import Text

_MISSING: Any = ...


def field(
    zh: str,
    en: str,
    *,
    example: Any = None,
    hint: str = "",
    hint_en: str = "",
    default: Any = _MISSING,
    default_factory: Any = None,
    widget: str = "",
    section: str = "",
    fresh: bool = False,
    choices: dict[str, Text] | None = None,
    unit: str = "",
    personal: bool = False,
    **limits: Any,
) -> Any:
    """Declare a form field.

    Args:
        zh, en: title in both languages; zh is the official wording.
        example: a valid value, shown as the example and used by `example_of`.
        hint, hint_en: what to write, for people; `description` of the JSON Schema.
        default: makes the field optional. Leave out for required fields.
        widget: "textarea", "date", "radio", "select", "checkbox", "lookup:<name>" …; empty = by type.
        section: heading under which the field is shown and printed, e.g. "1 申请方基本信息".
        fresh: the example must be unique in the city (a name, a meter): served with a fresh ending.
        choices: value -> label, for fields with a closed list.
        unit: shown behind the field, e.g. "tCO2e".
        personal: masked unless unmasked with a reason (rule M10).
        limits: pydantic constraints (max_length, ge, le, pattern …).
    """
    extra: dict[str, Any] = {
        "title_en": en,
        "hint_en": hint_en or hint,
        "widget": widget,
        "section": section,
        "unit": unit,
        "fresh": fresh,
        "personal": personal,
    }
    if choices is not None:
        extra["choices"] = {k: [t.zh, t.en] for k, t in choices.items()}
    kwargs: dict[str, Any] = dict(title=zh, description=hint or zh, json_schema_extra=extra, **limits)
    if example is not None:
        kwargs["examples"] = [example]
    if default_factory is not None:
        return Field(default_factory=default_factory, **kwargs)
    return Field(default, **kwargs)


class Form(BaseModel):
    """A form. Unknown keys are refused, text is trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, validate_default=False)

    def problems(self, outcome: str) -> list[Problem]:
        """Defects that depend on the outcome chosen (a refusal needs reasons …). None by default."""
        return []


class Group(Form):
    """A part of a form, shown as a fieldset; in a list, as a row of a table."""


def titles(info: FieldInfo, name: str) -> Text:
    """The field's title in both languages."""
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return Text(str(extra.get("title_en") or name), str(info.title or name))


def inner_group(annotation: Any) -> tuple[type[Form] | None, bool]:
    """(group type, is it a list) of an annotation; (None, False) for a plain field."""
    if isinstance(annotation, type) and issubclass(annotation, Form):
        return annotation, False
    if get_origin(annotation) is list:
        inner = get_args(annotation)[0]
        if isinstance(inner, type) and issubclass(inner, Form):
            return inner, True
        return None, True
    for arg in get_args(annotation):
        found, many = inner_group(arg)
        if found is not None:
            return found, many
    return None, False


def example_data(form: type[Form]) -> dict[str, Any]:
    """The examples of a form as plain data, nested groups included."""
    data: dict[str, Any] = {}
    for name, info in form.model_fields.items():
        group, many = inner_group(info.annotation)
        if info.examples:
            data[name] = info.examples[0]
        elif group is not None and info.is_required():
            data[name] = [example_data(group)] if many else example_data(group)
    return data


def example_of(form: type[Form]) -> Form:
    """An instance made of the field examples; a failure here is a defect of the form."""
    return form.model_validate(example_data(form))
