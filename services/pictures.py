"""What one unit of work reads again and again, asked once: settings, and who filed the case it has locked.

A reading session sees the rows of one moment from its first look to its last (`session.reading`); settings cannot
change under it. A transaction acts on the settings it found first; who changes one in it says so (`changed`).
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlmodel import Session

T = TypeVar("T")
_KEPT, _STILL = "picture", "still"


def taken(session: Session, *, still: bool = False) -> None:
    """The session keeps to the settings it finds from here on. `still`: to every row, for it only reads."""
    session.info[_KEPT], session.info[_STILL] = {}, still


def changed(session: Session) -> None:
    """A setting was changed in this very transaction: ask anew."""
    if _KEPT in session.info:
        session.info[_KEPT] = {}


def once(session: Session, key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` answers; within one unit of work the answer is kept under the key."""
    kept: dict[Hashable, Any] | None = session.info.get(_KEPT)
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    answer: T = kept[key]
    return answer


def seen(session: Session, key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` answers about rows: kept for the length of a page, asked anew in work that may change them."""
    return once(session, key, ask) if session.info.get(_STILL) else ask()
