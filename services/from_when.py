"""From which day something new holds 生效日期: what is past stays as it was."""

from datetime import date

from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services import clock


def not_past(effective_from: date) -> list[Problem]:
    """What is wrong with the day; a day that could not be read counts as one long past."""
    if effective_from >= clock.today().date():
        return []
    words = Text(
        "Give a day such as 2026-12-01, today at the earliest.",
        "请填写生效日期（如 2026-12-01），不能早于今天。",
    )
    return [Problem("effective_from", words)]
