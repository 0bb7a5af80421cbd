"""What is void 作废: rows of a part of the course that was gone back on. They stay, and nobody meets them unasked.

A case that returns to a step does that part again. The course, the rights, the counts and the lists look at what
stands; so every SELECT leaves void rows out by itself, wherever it is written. Whoever shows history asks for them:
`session.exec(query.execution_options(**SHOWN))`.

Documents are no part of this: they are read with their mark (`DocumentRow.void_at`), and stay downloadable.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlmodel import col

from models.tables import DocumentRow, Finding, Notice, Objection, Panel, PanelMember, TaskRow

#: Tables whose void rows are left out.
LEFT_OUT: tuple[Any, ...] = (TaskRow, Finding, Panel, PanelMember, Notice, Objection)
#: Execution option of a statement that reads void rows, too.
SHOWN = {"void_shown": True}


class _Standing(LoaderCriteriaOption):
    """Leaves out the void rows of one table.

    It hangs on every statement, and a statement is looked up by what hangs on it: to spell the clause out each time
    took a third of the time of a short statement. The clause of a table never changes, so its name is enough.
    """

    inherit_cache = True

    def _gen_cache_key(self, anon_map: Any, bindparams: Any) -> tuple[Any, ...]:
        return _Standing, self.root_entity, self.entity


_ASKS = tuple(_Standing(table, col(table.void_at).is_(None), include_aliases=True) for table in LEFT_OUT)


def standing() -> Any:
    """The clause of documents that are not void."""
    return DocumentRow.void_at.is_(None)


def _by_key(state: ORMExecuteState) -> bool:
    """`session.get`: who names a row by its key means that row, void or not, in the session's memory or not."""
    return isinstance(state.parameters, dict) and "pk_1" in state.parameters


@event.listens_for(OrmSession, "do_orm_execute")
def _leave_out(state: ORMExecuteState) -> None:
    if not state.is_orm_statement:
        return  # it names tables, and says itself what it wants of them
    asked_for = state.is_column_load or _by_key(state) or state.execution_options.get("void_shown", False)
    if state.is_select and not asked_for:
        state.statement = state.statement.options(*_ASKS)
