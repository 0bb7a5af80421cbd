"""What is void 作废: rows of a part of the course that was gone back on. They stay, and nobody meets them unasked.

A case that returns to a step does that part again. The course, the rights, the counts and the lists look at what
stands; so every SELECT leaves void rows out by itself, wherever it is written. Whoever shows history asks for them:
`session.exec(query.execution_options(**SHOWN))`.

Documents are no part of this: they are read with their mark (`DocumentRow.void_at`), and stay downloadable.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import col

from models.tables import DocumentRow, Finding, Notice, Objection, Panel, PanelMember, TaskRow

#: Tables whose void rows are left out.
LEFT_OUT: tuple[Any, ...] = (TaskRow, Finding, Panel, PanelMember, Notice, Objection)
#: Execution option of a statement that reads void rows, too.
SHOWN = {"void_shown": True}
_ASKS = tuple(
    with_loader_criteria(table, col(table.void_at).is_(None), include_aliases=True) for table in LEFT_OUT
)


def standing() -> Any:
    """The clause of documents that are not void."""
    return DocumentRow.void_at.is_(None)


def _by_key(state: ORMExecuteState) -> bool:
    """`session.get`: who names a row by its key means that row, void or not, in the session's memory or not."""
    return isinstance(state.parameters, dict) and "pk_1" in state.parameters


@event.listens_for(OrmSession, "do_orm_execute")
def _leave_out(state: ORMExecuteState) -> None:
    asked_for = state.is_column_load or _by_key(state) or state.execution_options.get("void_shown", False)
    if state.is_select and not asked_for:
        state.statement = state.statement.options(*_ASKS)
