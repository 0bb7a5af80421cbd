"""Units and values of a methodology as people read them."""

import re
from datetime import date

from models.vocabulary.text import Text, day_in_words
from services.quantification.definition import FactorRow, Parameter
from services.quantification.printing import figure

NO_UNIT = Text("no unit", "无量纲")
YES_OR_NO = Text("yes or no", "是／否")
_CO2 = re.compile(r"CO2")
_ENGLISH = (("人公里", "person-km"), ("公里", "km"), ("人", "person"), ("year", "year"))
_CHINESE = (("year", "年"), ("person", "人"))

ROLES: dict[str, Text] = {
    "default": Text("Default of the methodology", "方法学默认值"),
    "design": Text("Value of the design", "设计取值"),
    "monitored": Text("Monitored", "监测数据"),
    "derived": Text("Worked out from monitored data", "由监测数据推算"),
    "flag": Text("Yes or no", "是否判断"),
}
PERIODS: dict[str, Text] = {
    "month": Text("every month", "每月"),
    "day": Text("every day", "每日"),
    "trip": Text("every trip", "每次出行"),
    "year": Text("every year", "每年"),
}


def unit(written: str) -> Text:
    """ "kgCO2/kWh" as printed: kgCO₂/kWh; "1" is no unit."""
    if written == "1":
        return NO_UNIT
    pretty = _CO2.sub("CO₂", written)
    return Text(_replaced(pretty, _ENGLISH), _replaced(pretty, _CHINESE))


def _replaced(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def measured(value: str, written: str) -> Text:
    """A number with its unit; a ratio has none."""
    if written == "1":
        return Text(value, value)
    said = unit(written)
    return Text(f"{value} {said.en}", f"{value} {said.zh}")


def label(parameter: Parameter) -> Text:
    return Text(parameter.label_en or parameter.label, parameter.label)


def period(parameter: Parameter) -> Text:
    """How often it is measured; what the file says where it is none of the known words."""
    return PERIODS.get(parameter.period, Text(parameter.period, parameter.period))


def value(parameter: Parameter, row: FactorRow) -> Text:
    return measured(figure(row.value), parameter.unit)


def validity(row: FactorRow) -> Text:
    """The days of activity a value holds for."""
    if row.valid_from is None and row.valid_to is None:
        return Text("while the version is in force", "本版本施行期间")
    return span(row.valid_from, row.valid_to)


def span(first: date | None, last: date | None) -> Text:
    """From and until, both included; open ends in words."""
    begin, end = (day_in_words(day) if day else None for day in (first, last))
    if begin and end:
        return Text(f"{begin.en} to {end.en}", f"{begin.zh}至{end.zh}")
    if begin:
        return Text(f"from {begin.en}", f"{begin.zh}起")
    return Text(f"until {end.en}", f"至{end.zh}") if end else Text("without limit", "长期")
