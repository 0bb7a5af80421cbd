"""The shape of an effect."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from services.access import Actor

#: (session, actor, case, task, outcome, answer as JSON): runs in the transaction that closes the task.
Effect = Callable[[Session, Actor, Case, TaskRow, str, dict[str, Any]], None]
