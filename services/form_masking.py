"""Personal fields of a form hidden from those who are not its owners (rule M10)."""

import re
from typing import Any

from models.vocabulary.forms import Form
from models.vocabulary.types import mask_id, mask_mobile, mask_text
from services.form_fields import FieldSpec, fields_of


def mask(text: str) -> str:
    """One personal value with its middle hidden; a name keeps its first character."""
    if re.fullmatch(r"1[3-9]\d{9}", text):
        return mask_mobile(text)
    if re.fullmatch(r"[0-9A-Za-z]{15,18}", text):
        return mask_id(text)
    hidden = mask_text(text)
    return hidden if hidden != text else text[:1] + "*" * max(1, len(text) - 1)


def masked(form_type: type[Form], data: dict[str, Any]) -> dict[str, Any]:
    """A copy of the data with every field marked personal hidden."""
    known = {f.name: f for f in fields_of(form_type)}
    return {name: _value(known.get(name), value) for name, value in data.items()}


def _value(spec: FieldSpec | None, value: Any) -> Any:
    if spec is None:
        return value
    if spec.group is not None and isinstance(value, dict):
        return masked(spec.group, value)
    if spec.group is not None and isinstance(value, list):
        return [masked(spec.group, row) if isinstance(row, dict) else row for row in value]
    return mask(str(value)) if spec.personal and value not in (None, "") else value
