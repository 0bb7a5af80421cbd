"""The official arrangement of China's public holidays 节假日安排, read from the `holidays` package."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from models.vocabulary.text import Text

#: The State Council's yearly notice is known up to here; what lies after is the law's fixed days only.
COVERED_UNTIL = date(2026, 12, 31)
FIRST_YEAR, LAST_YEAR = 2024, 2028

_TITLES = {
    "元旦": "New Year's Day",
    "春节": "Spring Festival",
    "清明节": "Qingming Festival",
    "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "中秋节": "Mid-Autumn Festival",
    "国庆节": "National Day",
}
_SWAPPED = re.compile(r"(\d{4}-\d{2}-\d{2}) 调休")


@dataclass(frozen=True)
class Arrangement:
    """A day that differs from Monday to Friday: off, or a make-up working day."""

    working: bool
    name: str = ""


def title(name: str) -> Text:
    """A holiday's name in both languages; names typed by an administrator stay as they are."""
    english = next((en for zh, en in _TITLES.items() if name.startswith(zh)), name or "public holiday")
    expected = " (expected)" if "预计" in name else ""
    return Text(english + expected, name or "法定节假日")


@lru_cache(maxsize=1)
def arrangements() -> dict[date, Arrangement]:
    """Holidays and make-up working days; after COVERED_UNTIL the fixed holidays, marked as expected."""
    import holidays  # late: only a database without a calendar asks, and it takes a while to load

    found = holidays.country_holidays("CN", years=range(FIRST_YEAR, LAST_YEAR + 1), language="zh_CN")
    names = {day: str(found[day]) for day in sorted(found)}
    feasts = {day: _feast(name) for day, name in names.items() if not _SWAPPED.search(name)}
    days = {day: Arrangement(False, _name(day, feasts)) for day in names}
    for day, name in names.items():
        if swapped := _SWAPPED.search(name):
            days[date.fromisoformat(swapped[1])] = Arrangement(True, f"{_name(day, feasts)}调休上班")
    return days


def _feast(name: str) -> str:
    """春节（补假） and 农历除夕 belong to 春节; 国庆节; 中秋节 stay."""
    plain = name.split("（", 1)[0].split(";", 1)[0].split("；", 1)[0].strip()
    return "春节" if plain == "农历除夕" else plain


def _name(day: date, feasts: dict[date, str]) -> str:
    """The feast a day off belongs to: its own, or that of the nearest feast day for a swapped day."""
    nearest = min(feasts, key=lambda feast: abs((feast - day).days))
    return feasts[nearest] + ("（预计）" if day > COVERED_UNTIL else "")
