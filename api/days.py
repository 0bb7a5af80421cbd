"""Days as addresses have them: from the first to the last, both included."""

from datetime import date

from models.vocabulary.errors import Problem
from models.vocabulary.text import Text

ORDER = Text("The last day lies before the first.", "截止日期早于起始日期，请调整。")


def span(since: str, until: str) -> tuple[date | None, date | None, tuple[Problem, ...]]:
    """The days typed, None where nothing was or what was typed is no day; and what is wrong with them, each at its field."""
    problems: list[Problem] = []
    first, last = _day("since", since, problems), _day("until", until, problems)
    if first is not None and last is not None and last < first:
        return None, None, (Problem("until", ORDER),)
    return first, last, tuple(problems)


def _day(name: str, typed: str, problems: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(typed.strip()) if typed.strip() else None
    except ValueError:
        words = Text(
            f"“{typed[:40]}” is not a day such as 2026-03-01.",
            f"“{typed[:40]}”不是有效日期，格式如 2026-03-01。",
        )
        problems.append(Problem(name, words))
        return None
