"""What the public may read of a case: a whitelist of its filing form, everything personal masked (M10, I35).

A field not named here is never published. What the officer agreed to keep back keeps its title and says so.
"""

import contextlib
import hashlib
import json
import re
from datetime import date
from typing import Any

from models.procedures import PROCEDURES
from models.vocabulary.forms import Form, inner_group, titles
from models.vocabulary.headings import unit_of
from models.vocabulary.specs import PublicSection, Shown
from models.vocabulary.text import Text, day_in_words
from models.vocabulary.types import mask_text
from models.vocabulary.whole import is_whole
from services import paths

#: A day of the calendar as forms keep it. Free text may look like one and be none.
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

WITHHELD = Text("Withheld on request", "依申请不公开")

#: Personal fields by name, beside those the forms mark as personal.
PERSONAL_KEYS = frozenset(
    {
        "applicant_id_no",
        "legal_rep_name",
        "legal_rep_id_no",
        "contact_name",
        "contact_mobile",
        "contact_tel",
        "contact_email",
        "service_agency_contact",
        "declared_by",
    }
)

#: Codes of organisations, printed as they are: they are public and look like identity numbers.
_CODES = frozenset({"applicant_uscc", "principal_uscc", "service_agency_uscc"})


def public_text(
    procedure: str, form: dict[str, Any], *, case_no: str, release: dict[str, Any]
) -> dict[str, Any]:
    """The text of a notice, the same for the same input (I19).

    Args:
        form: filing form as submitted.
        release: answer of the publicity release: title, summary, hidden_fields, contact_phone, contact_email, note.

    Returns:
        Plain JSON data with strings only: title, case_no, procedure, applicant, summary, sections, contact, note.
    """
    scrub = Scrubber(personal_values(PROCEDURES[procedure].form, form))
    hidden = tuple(str(p) for p in release.get("hidden_fields") or ())
    return {
        "title": mask_text(str(release.get("title") or "")),
        "case_no": case_no,
        "procedure": procedure,
        "applicant": mask_text(str(paths.named(procedure, form, "applicant_name") or "")),
        "district": _plain(procedure, form, "district"),
        "methodology": _plain(procedure, form, "methodology"),
        "est_annual_t": _plain(procedure, form, "est_annual_t")
        if not _is_hidden(PROCEDURES[procedure].fact_paths.get("est_annual_t", ""), hidden)
        else "",
        "summary": scrub.text(str(release.get("summary") or "")),
        "sections": [
            s
            for s in (_section(procedure, form, s, hidden, scrub) for s in PROCEDURES[procedure].published)
            if s
        ],
        "contact": {
            "phone": mask_text(str(release.get("contact_phone") or "")),
            "email": str(release.get("contact_email") or ""),
        },
        "note": scrub.text(str(release.get("note") or "")),
    }


def canonical(text: dict[str, Any]) -> bytes:
    """The bytes a published text is known by: JSON with sorted keys, UTF-8."""
    return json.dumps(text, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(text: dict[str, Any]) -> str:
    """sha256 of the canonical bytes."""
    return hashlib.sha256(canonical(text)).hexdigest()


def _plain(procedure: str, form: dict[str, Any], fact: str) -> str:
    value = paths.named(procedure, form, fact)
    return "" if value is None else mask_text(str(value))


def _section(
    procedure: str, form: dict[str, Any], section: PublicSection, hidden: tuple[str, ...], scrub: "Scrubber"
) -> dict[str, Any] | None:
    model = PROCEDURES[procedure].form
    rows = [row for row in (_row(model, form, item, hidden, scrub) for item in section.fields) if row]
    return {"title": _both(section.title), "rows": rows} if rows else None


def _row(
    model: type[Form], form: dict[str, Any], item: Shown, hidden: tuple[str, ...], scrub: "Scrubber"
) -> dict[str, Any] | None:
    """One published field: {label, value} or {label, columns, rows}; None when there is nothing to show."""
    info = field_at(model, item.path)
    value = paths.first(form, item.path)
    if info is None or value in (None, "", [], {}):
        return None
    label = _both(titles(info, item.path.rsplit(".", 1)[-1]))
    if _is_hidden(item.path, hidden):
        return {"label": label, "value": _both(WITHHELD), "withheld": "yes"}
    if item.columns:
        return {"label": label, **_table(model, item, value, hidden, scrub)}
    name = item.path.rsplit(".", 1)[-1]
    return {"label": label, "value": _value(info, value, scrub, code=name in _CODES)}


def _table(
    model: type[Form], item: Shown, value: Any, hidden: tuple[str, ...], scrub: "Scrubber"
) -> dict[str, Any]:
    infos = [(c, field_at(model, f"{item.path}.0.{c}")) for c in item.columns]
    known = [
        (c, info) for c, info in infos if info is not None and not _is_hidden(f"{item.path}.{c}", hidden)
    ]
    return {
        "columns": [_headed(info, c) for c, info in known],
        "rows": [
            [_value(info, row.get(c), scrub, bare=True) for c, info in known]
            for row in value
            if isinstance(row, dict)
        ],
    }


def _headed(info: Any, name: str) -> dict[str, str]:
    """A column's title with its unit."""
    unit = _both(unit_of((info.json_schema_extra or {}).get("unit") or ""))
    return {
        lang: f"{title}（{unit[lang]}）" if unit[lang] else title
        for lang, title in _both(titles(info, name)).items()
    }


def _is_hidden(path: str, hidden: tuple[str, ...]) -> bool:
    """Kept back itself, or within a group that is."""
    return any(path == h or path.startswith(h + ".") for h in hidden if h)


def _value(
    info: Any, value: Any, scrub: "Scrubber", code: bool = False, bare: bool = False
) -> dict[str, str]:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    choices = extra.get("choices") or {}
    if isinstance(value, bool):
        return {"zh": "是" if value else "否", "en": "yes" if value else "no"}
    if isinstance(value, str) and value in choices:
        zh, en = choices[value]
        return {"zh": zh, "en": en}
    plain = "" if value is None else str(value)
    if DAY.fullmatch(plain):
        with contextlib.suppress(ValueError):
            day = day_in_words(date.fromisoformat(plain))
            return {"zh": day.zh, "en": day.en}
    text = plain if code else scrub.text(plain)
    unit = _both(unit_of(extra.get("unit") or "" if text and not bare else ""))
    return {lang: f"{text} {behind}".rstrip() for lang, behind in unit.items()}


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def field_at(model: type[Form], path: str) -> Any:
    """The field a dotted path names in a form model (rows by any index), or None."""
    current: type[Form] | None = model
    info: Any = None
    for part in path.split("."):
        if is_whole(part) or part == "*":
            continue
        if current is None or part not in current.model_fields:
            return None
        info = current.model_fields[part]
        current = inner_group(info.annotation)[0]
    return info


def personal_values(model: type[Form], data: Any) -> frozenset[str]:
    """Names, numbers and addresses of persons written anywhere in the form."""
    found: set[str] = set()
    for row in data if isinstance(data, list) else [data]:
        if isinstance(row, dict):
            found |= _personal_in(model, row)
    return frozenset(v for v in found if len(v) > 1)


def _personal_in(model: type[Form], row: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for name, value in row.items():
        info = model.model_fields.get(name)
        extra = (
            info.json_schema_extra if info is not None and isinstance(info.json_schema_extra, dict) else {}
        )
        if isinstance(value, str) and (name in PERSONAL_KEYS or extra.get("personal")):
            found.add(value.strip())
        group = inner_group(info.annotation)[0] if info is not None else None
        if group is not None and isinstance(value, dict | list):
            found |= personal_values(group, value)
    return found


_WIDE = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}
_GAP = r"[\s\-－—·]{0,2}"
_DAY = r"(?:19|20)\d\d" + _GAP + r"(?:0[1-9]|1[0-2])" + _GAP + r"(?:[0-2]\d|3[01])"
_IDENTITY = re.compile(
    r"(?<![\dA-Za-z])\d{6}" + _GAP + _DAY + _GAP + r"\d{3}" + _GAP + r"[\dXx](?![\dA-Za-z])"
)
_OLD_IDENTITY = re.compile(r"(?<!\d)\d{8}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}(?!\d)")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d" + _GAP + r"\d{4}" + _GAP + r"\d{4}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)[(（]?0\d{2,3}[\s\-－—)）]\s?\d{7,8}(?!\d)")
_BANK = re.compile(r"(?<!\d)(?:62|4\d|5\d)\d\d(?:[ \-]?\d{4}){3}(?:[ \-]?\d{1,3})?(?!\d)")
_EMAIL = re.compile(r"[\w.+-]{1,64}@([\w-]+\.[\w.-]+)")


class Scrubber:
    """Masks personal data in text written by people, spaced, dashed or in full-width digits alike."""

    def __init__(self, personal: frozenset[str] = frozenset()) -> None:
        self._personal = sorted({p.translate(_WIDE) for p in personal}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text as the public may read it."""
        text = text.translate(_WIDE)
        for value in self._personal:
            text = text.replace(value, _blot(value))
        for pattern, keep in ((_IDENTITY, 4), (_MOBILE, 3), (_BANK, 4), (_OLD_IDENTITY, 4), (_LANDLINE, 3)):
            text = pattern.sub(lambda m, keep=keep: m.group()[:keep] + "****", text)  # type: ignore[misc]
        return mask_text(_EMAIL.sub(r"***@\1", text))


def blotted(contact: str) -> str:
    """A contact as its owner recognises it and nobody else can use it: 138****, ***@example.com."""
    name, at, domain = contact.partition("@")
    return f"{name[:1]}***@{domain}" if at else contact[:3] + "****"


def _blot(value: str) -> str:
    """A name keeps its first character, a number its first three."""
    return value[0] + "**" if not is_whole(value[0]) else value[:3] + "****"
