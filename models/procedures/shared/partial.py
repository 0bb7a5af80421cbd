"""A form as far as it is filled, so that cross-field rules speak before every field is right."""

from contextlib import suppress
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from models.vocabulary.forms import Form, inner_group

F = TypeVar("F", bound=Form)


def partial(form: type[F], data: Any) -> F:
    """An instance of what is valid in `data`; a field that is missing or wrong is None."""
    raw = data if isinstance(data, dict) else {}
    values = {name: _value(form, name, info, raw) for name, info in form.model_fields.items()}
    return cast(F, form.model_construct(**values))


def _value(form: type[Form], name: str, info: FieldInfo, raw: dict[str, Any]) -> Any:
    if name not in raw:
        return None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
    value = raw[name]
    group, many = inner_group(info.annotation)
    if group is not None and many and isinstance(value, list):
        return [partial(group, row) for row in value]
    if group is not None and isinstance(value, dict):
        return partial(group, value)
    return _valid(form, name, value)


def _valid(form: type[Form], name: str, value: Any) -> Any:
    """The field's value as its own rules read it, or None."""
    probe = form.model_construct()
    with suppress(ValidationError):
        form.__pydantic_validator__.validate_assignment(probe, name, value)
        return getattr(probe, name)
    return None
