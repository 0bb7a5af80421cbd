"""The shape of what lays a form out."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow

Rows = list[dict[str, Any]]
#: (session, case, task) -> the form as first shown.
Start = Callable[[Session, Case, TaskRow], dict[str, Any]]
#: (session, case, task, example) -> the example as it fits the case at hand.
Fit = Callable[[Session, Case, TaskRow, dict[str, Any]], dict[str, Any]]
