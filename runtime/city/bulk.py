"""Rows written with COPY. What a row does not say is filled with the default of its table class."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from pydantic_core import PydanticUndefined
from sqlmodel import SQLModel

_PUT_OFF = (
    ("audit_event", "audit_event_visits"),
    *((t, f"{t}_noted") for t in ("case_file", "task", "finding", "notice", "stage_visit", "stage_pause")),
)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def text(value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return str(value).translate(_ESCAPES)


class Copy:
    """Collects rows of one table as text; `columns` are the ones each row gives, in that order."""

    def __init__(self, model: type[SQLModel], *columns: str) -> None:
        table: Any = model.__table__  # type: ignore[attr-defined]
        self.name = str(table.name)
        rest = {
            c.name: text(_default(model, c.name))
            for c in table.columns
            if c.name not in columns and not c.identity and c.computed is None
        }
        self.columns = (*columns, *rest)
        self._tail = "".join(f"\t{v}" for v in rest.values()) + "\n"
        self._lines: list[str] = []
        self.rows = 0

    def add(self, *values: str) -> None:
        """One row; the values are COPY text already."""
        self._lines.append("\t".join(values) + self._tail)

    def send(self, connection: "psycopg.Connection[Any]") -> None:
        """Write what was collected."""
        if not self._lines:
            return
        statement = f"copy {self.name} ({', '.join(self.columns)}) from stdin"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write("".join(self._lines))
        self.rows += len(self._lines)
        self._lines = []


def _default(model: type[SQLModel], name: str) -> Any:
    field = model.model_fields.get(name)
    if field is None or field.is_required():
        raise LookupError(f"{model.__name__}.{name} has no default and was not given")
    value = field.get_default(call_default_factory=True)
    return None if value is PydanticUndefined else value


@contextmanager
def quick(connection: "psycopg.Connection[Any]") -> Iterator[None]:
    """Bulk settings for one transaction: no wait for the disk; visits and sums are made afterwards, all at once."""
    connection.execute("set local synchronous_commit = off")
    for table, trigger in _PUT_OFF:
        connection.execute(f"alter table {table} disable trigger {trigger}")
    yield
    for table, trigger in _PUT_OFF:
        connection.execute(f"alter table {table} enable trigger {trigger}")
