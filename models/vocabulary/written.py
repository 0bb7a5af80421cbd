"""Numbers and days as people write them, taken for what they are; whatever is none stays as it was typed."""

import re
from datetime import date

from models.vocabulary.headings import unit_of
from models.vocabulary.whole import half_width, plain

#: What people write for a unit, besides the unit itself.
_UNITS: dict[str, tuple[str, ...]] = {
    "tCO2e": ("tCO₂e", "t", "吨"),
    "gCO2e": ("gCO₂e", "g", "克"),
    "kWh": ("度", "千瓦时"),
    "kW": ("千瓦",),
    "°E": ("°", "E"),
    "°N": ("°", "N"),
}
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_DAY = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日?)")


def number_written(typed: str, unit: str = "") -> str:
    """１，２５０ kW as 1250; what is no number of this unit, as it was typed."""
    text = half_width(typed).strip()
    for name in sorted({unit, unit_of(unit).en, *_UNITS.get(unit, ())} - {""}, key=len, reverse=True):
        if text.lower().endswith(name.lower()):
            text = text[: -len(name)]
            break
    number = plain(text)
    return number if _NUMBER.fullmatch(number) else typed


def day_written(typed: str) -> str:
    """2025.3.1, 2025/3/1 and 2025年3月1日 as 2025-03-01; what is no day, as it was typed."""
    found = _DAY.fullmatch(half_width(typed).strip().replace(" ", ""))
    if found is None:
        return typed
    try:
        return date(*(int(part) for part in found.groups() if part)).isoformat()
    except ValueError:
        return typed
