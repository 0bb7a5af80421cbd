"""The shape of a check."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from models.vocabulary.errors import Problem

#: (session, case, task, outcome, answer as JSON) -> every defect found against the rows.
Check = Callable[[Session, Case, TaskRow, str, dict[str, Any]], list[Problem]]


def gathered(*checks: Check) -> dict[str, Check]:
    """Checks under their own names, as nouns name them."""
    return {check.__name__: check for check in checks}
