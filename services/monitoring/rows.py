"""Rows as they are sent 报送行: from plain values to readings, every defect with its row and column."""

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from models.vocabulary.text import Text
from models.vocabulary.written import day_written, number_written
from services import clock
from services.monitoring.checks import Column, Fault, Reading
from services.quantification.definition import exact

#: Rows of one delivery.
MOST_ROWS = 5000
#: Largest number of a meter, and its decimals.
LARGEST = Decimal(10) ** 12
DECIMALS = 4
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")

#: Columns in order, with their words; the same for upload, template and interface. A quantity is in the unit of its
#: meter: kilowatt hours, or kilometres of a fleet.
COLUMNS: dict[str, Text] = {
    "meter_no": Text("Meter number", "计量表编号"),
    "first_day": Text("First day", "起始日期"),
    "last_day": Text("Last day", "截止日期"),
    "reading_start": Text("Reading at start", "期初读数"),
    "reading_end": Text("Reading at end", "期末读数"),
    "multiplier": Text("Multiplier", "倍率"),
    "quantity": Text("Quantity", "数量"),
}

Row = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Rejected:
    """Why a row was not taken. A row may have several."""

    row: int
    column: str
    reason: Text


class _Bad(ValueError):
    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


def parsed(rows: Sequence[Row]) -> tuple[list[Reading], list[Rejected]]:
    """Readings of the rows that can be read, and what is wrong with the others."""
    readings: list[Reading] = []
    rejected: list[Rejected] = []
    for number, row in rows:
        found = list(_defects(number, row))
        rejected += found
        if not found:
            readings.append(_reading(number, row))
    return readings, rejected


def of_fault(fault: Fault) -> Rejected:
    """A fault of the checks under the column the sender knows."""
    return Rejected(
        fault.row, "first_day" if fault.column is Column.PERIOD else str(fault.column), fault.reason
    )


def days_of(row: Mapping[str, Any]) -> tuple[Any, Any]:
    """First and last day as sent; `month` stands for both."""
    month = str(row.get("month") or "").strip()
    if month and not row.get("first_day") and not row.get("last_day") and _MONTH.fullmatch(month):
        first = date(int(month[:4]), int(month[5:]), 1)
        return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return row.get("first_day"), row.get("last_day")


def _defects(number: int, row: Mapping[str, Any]) -> Iterator[Rejected]:
    for column in COLUMNS:
        try:
            _value(column, row)
        except _Bad as error:
            yield Rejected(number, column, error.reason)


def _reading(number: int, row: Mapping[str, Any]) -> Reading:
    values = [_value(column, row) for column in COLUMNS]
    return Reading(number, *values)


def _value(column: str, row: Mapping[str, Any]) -> Any:
    if column == "meter_no":
        return _meter(row.get(column))
    if column in ("first_day", "last_day"):
        return _day(days_of(row)[column == "last_day"])
    return _number(row.get(column), positive=column == "multiplier")


def _meter(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None or isinstance(value, bool | dict | list) else str(value).strip()
    if not text:
        raise _Bad(Text("Missing.", "未填写计量表编号。"))
    if len(text) > 40 or not text.isprintable():
        raise _Bad(Text("Not a meter number.", "计量表编号应在 40 字以内，且不含特殊字符。"))
    return text


def _day(value: Any) -> date:
    day = _read_day(value)
    if not date(2000, 1, 1) <= day < clock.today().date():
        raise _Bad(
            Text(
                "The day must be over, and not before 2000.",
                "日期应早于今天且不早于 2000 年；未结束的日期请结束后再报送。",
            )
        )
    return day


def _read_day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = day_written(str(value or "").strip())
    if not text:
        raise _Bad(Text("Missing.", "未填写日期。"))
    try:
        year, month, day = (int(p) for p in text.split("-"))
        return date(year, month, day)
    except ValueError:
        raise _Bad(
            Text("Not a date; write 2025-01-31.", "日期无法识别，请按 2025-01-31 的格式填写。")
        ) from None


def _number(value: Any, *, positive: bool) -> Decimal:
    if isinstance(value, str):
        value = number_written(value)
    if value is None or value == "":
        raise _Bad(Text("Missing.", "未填写数值。"))
    try:
        number = exact(repr(value) if isinstance(value, float) else value)
    except ValueError:
        raise _Bad(Text("Not a number.", "不是数字，请只填写数值，不带单位和公式。")) from None
    if number < 0 or (positive and number == 0) or number > LARGEST:
        raise _Bad(Text("Out of range.", "数值超出允许范围，不得为负数。"))
    if int(number.normalize().as_tuple().exponent) < -DECIMALS:
        raise _Bad(Text(f"At most {DECIMALS} decimals.", f"最多保留 {DECIMALS} 位小数。"))
    return number
