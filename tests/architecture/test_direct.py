"""Statements that go straight to the connection say themselves that they want no void rows."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select
from sqlalchemy.sql.visitors import iterate

import services
from services.voiding import LEFT_OUT

VOIDABLE = {table.__tablename__ for table in LEFT_OUT}


def prepared() -> Iterator[tuple[str, Select[Any]]]:
    """Every statement that a module of the services has ready, by its name."""
    for info in pkgutil.walk_packages(services.__path__, "services."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if isinstance(value, Select):
                yield f"{info.name}.{name}", value


def test_prepared_statements_leave_void_rows_out() -> None:
    found = dict(prepared())
    assert len(found) > 8  # limits, calendar, absences, tasks, trail …
    forgotten = {
        name
        for name, statement in found.items()
        if VOIDABLE & {getattr(part, "name", "") for part in iterate(statement)}
        and "void_at IS NULL" not in str(statement)
    }
    assert forgotten == set()
