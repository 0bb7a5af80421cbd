"""Values as an office prints them: Chinese dates, tonnes with three decimals, 是/否, ticked boxes."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from models.vocabulary.headings import symbol

SHANGHAI = ZoneInfo("Asia/Shanghai")
BLANK = "—"
_SPACED = re.compile(r"(?<=[\u4e00-\u9fff、，]) (?=[0-9A-Za-z])|(?<=[0-9A-Za-z%]) (?=[\u4e00-\u9fff])")
WEEKDAYS = "一二三四五六日"


def as_day(value: object) -> date | None:
    """A day in Shanghai from a date, an instant or ISO text; None where there is none."""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and value:
        try:
            return as_day(datetime.fromisoformat(value)) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return None
    return None


def zh_date(value: object, blank: str = BLANK) -> str:
    """2026年3月4日."""
    day = as_day(value)
    return f"{day.year}年{day.month}月{day.day}日" if day else text(value, blank)


def zh_time(value: datetime | None, blank: str = BLANK) -> str:
    """2026年3月4日10时05分, Shanghai time."""
    if value is None:
        return blank
    local = value.astimezone(SHANGHAI)
    return f"{zh_date(local)}{local.hour}时{local.minute:02d}分"


def zh_month(value: object) -> str:
    """2025年1月 from "2025-01"."""
    day = as_day(f"{value}-01") if value else None
    return f"{day.year}年{day.month}月" if day else text(value)


def weekday(value: object) -> str:
    day = as_day(value)
    return f"星期{WEEKDAYS[day.weekday()]}" if day else BLANK


def text(value: object, blank: str = BLANK) -> str:
    """What was typed, or `blank` where nothing was."""
    if value is None:
        return blank
    return str(value).strip() or blank


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def decimals(value: object, places: int, blank: str = BLANK) -> str:
    """A quantity with a fixed number of decimals, cut and not rounded up (quantities are never flattered)."""
    number = None if value is None or isinstance(value, bool) else _decimal(value)
    if number is None:
        return text(value, blank)
    return f"{number.quantize(Decimal(1).scaleb(-places), ROUND_FLOOR):f}"


def tonnes(value: object, blank: str = BLANK) -> str:
    """tCO2e with three decimals."""
    return decimals(value, 3, blank)


def number(value: object, blank: str = BLANK) -> str:
    """A number as short as it can be written without changing it: 80, 0.42, 799.92."""
    found = None if value is None or isinstance(value, bool) else _decimal(value)
    if found is None:
        return text(value, blank)
    plain = f"{found:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def tight(value: str) -> str:
    """Words of the nouns as letters set them: without the spaces that pages put around figures and Latin words."""
    return _SPACED.sub("", value)


def sentence(value: str) -> str:
    """Something people have typed as a sentence that another one can follow."""
    return f"{value.rstrip('。 ')}。"


def unit(value: str) -> str:
    """A unit as it is printed."""
    return symbol(value)


def yes_no(value: object) -> str:
    """是 / 否; a dash where nobody answered."""
    return BLANK if value is None else ("是" if value else "否")


def ticks(choices: Mapping[str, str], chosen: str | None, between: str = "　") -> str:
    """All choices with a filled box at the one taken: ■符合　□基本符合　□不符合."""
    return between.join(f"{'■' if key == chosen else '□'}{label}" for key, label in choices.items())


def lines(values: object, blank: str = BLANK) -> str:
    """A list as one paragraph each; plain text stays as it is."""
    if isinstance(values, (list, tuple)):
        return "\n".join(text(value) for value in values) or blank
    return text(values, blank)


def digest(value: object) -> str:
    """The first 16 digits of a SHA-256, enough to compare by eye."""
    return text(value)[:16]


def part_of_name(name: str) -> str:
    """张**: a person's name as the public may see it."""
    clean = name.strip()
    return clean[:1] + "*" * max(1, len(clean) - 1) if clean else "匿名"
