"""Statements of the busiest paths, sent straight over the session's connection.

A statement written once, with parameters to fill in, costs a fifth of one that the session puts together, watches and
turns into objects each time. It is worth that where every decision and every new task passes. The session's own
changes are written first, as before any statement of its own; void rows are left out by the statement itself.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.sql.base import Executable
from sqlmodel import Session, SQLModel


def ask(
    session: Session,
    statement: Executable,
    parameters: dict[str, Any] | Sequence[dict[str, Any]] | None = None,
) -> CursorResult[Any]:
    """The answer to a prepared statement, in plain rows."""
    session.flush()
    return session.connection().execute(statement, parameters)


def put(session: Session, row: SQLModel, statement: Executable, *made: str, **more: object) -> None:
    """Write a new row; the session then knows it as it knows a row it has read.

    Args:
        statement: the prepared insert of the row's table.
        made: columns the database fills; the statement returns those that the row is to have at once.
        more: parameters of the statement besides the row's columns.
    """
    answer = ask(session, statement, row.model_dump(exclude=set(made)) | more)
    if answer.returns_rows:
        told = answer.one()._mapping
        for name in made:
            if name in told:
                setattr(row, name, told[name])
    make_transient_to_detached(row)
    session.add(row)
