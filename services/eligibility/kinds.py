"""The shape of an eligibility guard."""

from collections.abc import Callable

from sqlmodel import Session

from models.tables import Case
from models.vocabulary.errors import Problem

#: (session, case as typed) -> every defect found.
Guard = Callable[[Session, Case], list[Problem]]


def named(*guards: Guard) -> dict[str, Guard]:
    """Guards under their own names, as nouns name them."""
    return {guard.__name__: guard for guard in guards}
