"""What the board is made of: what is asked for, rows, groups; and which rows of a group are shown."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from models.tables import Case, TaskRow
from models.vocabulary.text import Text
from services.reading.console import causes
from services.reading.console.causes import CAUSES

#: An undelivered message this old means that the engine does not hear us.
OUTBOX_AFTER = timedelta(minutes=1)
#: Rows of a group before it is opened, and on a page of its own.
SHORT, PAGE = 5, 30
#: Every group opened, for clients that take all in one list.
EVERY = "*"


@dataclass(frozen=True)
class Wanted:
    """Filters of the address bar; empty = everything.

    Args:
        cause: the group opened. person: user name, e.g. of a silent expert. page: from 1, inside the group.
    """

    cause: str = ""
    q: str = ""
    procedure: str = ""
    stage: str = ""
    person: str = ""
    late: bool = False
    page: int = 1


@dataclass(frozen=True)
class Row:
    """A case that does not move: why, since when, whose turn.

    Args:
        days: working days past the limit, or since it stands still.
        person, cases: a row that stands for all cases of one silent expert.
        position: of the ledger, where its balance is wrong.
        detail: what the program said, for the engineers.
    """

    cause: str
    why: Text
    since: datetime
    days: int
    holder: Text
    case: Case | None = None
    task: TaskRow | None = None
    late: bool = False
    reminded: int = 0
    person: str = ""
    cases: int = 0
    position: int = 0
    detail: str = ""


@dataclass
class Group:
    """A cause with its numbers; `rows` are those shown."""

    key: str
    count: int = 0
    late: int = 0
    rows: list[Row] = field(default_factory=list)

    @property
    def cause(self) -> causes.Cause:
        return CAUSES[self.key]


def limits(wanted: Wanted, key: str, size: int) -> tuple[int, int]:
    """(how many rows, from which) of a group."""
    if wanted.cause in (key, EVERY):
        return size, size * (max(wanted.page, 1) - 1)
    return SHORT, 0


def paged(query: Any, wanted: Wanted, key: str, size: int) -> Any:
    many, first = limits(wanted, key, size)
    return query.limit(many).offset(first)


def put(group: Group, count: int, row: Row) -> None:
    group.count = count
    group.rows.append(row)
