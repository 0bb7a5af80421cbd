"""Where a page of a list ends: the two numbers it is ordered by, as an address carries them."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

Place = tuple[int, int]
Row = TypeVar("Row")
_PLACE = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")


def read(typed: str) -> Place | None:
    """The place; None for the first page, and for what this system never gave out."""
    found = _PLACE.fullmatch(typed)
    return (int(found[1]), int(found[2])) if found else None


def cut(rows: Sequence[Row], size: int, place: Callable[[Row], Place]) -> tuple[list[Row], str]:
    """The rows of a page, and where the next one goes on; empty at the end.

    Args:
        rows: one more than `size` where there is more.
    """
    shown = list(rows[:size])
    return shown, "{}.{}".format(*place(shown[-1])) if len(rows) > size else ""
