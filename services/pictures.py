"""What one picture of the rows gives the same answer to, asked once.

A reading session sees the rows of one moment from its first look to its last (`session.reading`); settings cannot
change under it. A session that writes asks every time.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlmodel import Session

T = TypeVar("T")
_KEPT = "picture"


def taken(session: Session) -> None:
    """The session sees one moment from here on."""
    session.info[_KEPT] = {}


def once(session: Session, key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` answers; within a picture the answer is kept under the key."""
    kept: dict[Hashable, Any] | None = session.info.get(_KEPT)
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    answer: T = kept[key]
    return answer
