"""Lists of cases a person may see, newest first, with filters and a cursor."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from models.tables import Case, Party, TaskRow
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from services import clock
from services.access import Actor, visible_cases
from services.reading import searching


@dataclass(frozen=True)
class CaseFilter:
    """What to list; empty words filter nothing."""

    procedure: str = ""
    status: str = ""
    stage: str = ""
    q: str = ""
    overdue: bool = False


@dataclass(frozen=True)
class CaseLine:
    """A case in a list. `due_at` is the nearest limit of what is open; `mine` counts tasks asked of the reader's party."""

    case: Case
    applicant: str
    due_at: datetime | None = None
    mine: int = 0


def listed(
    session: Session, actor: Actor, wanted: CaseFilter, limit: int = 50, cursor: str = ""
) -> tuple[list[CaseLine], str | None]:
    """One page and the cursor of the next (None at the end). Raises Invalid on a cursor that is none."""
    query = visible_cases(actor).order_by(col(Case.created_at).desc(), col(Case.id).desc()).limit(limit + 1)
    for condition in _conditions(wanted):
        query = query.where(condition)
    if cursor:
        at, last = _opened(cursor)
        query = query.where(
            or_(col(Case.created_at) < at, and_(col(Case.created_at) == at, col(Case.id) < last))
        )
    rows = list(session.exec(query))
    more = rows[limit - 1] if len(rows) > limit else None
    return _lines(session, actor, rows[:limit]), _sealed(more) if more is not None else None


def _conditions(wanted: CaseFilter) -> list[Any]:
    found: list[Any] = []
    for column, value in (
        (Case.procedure, wanted.procedure),
        (Case.status, wanted.status),
        (Case.stage, wanted.stage),
    ):
        if value:
            found.append(col(column).in_([v for v in value.split(",") if v]))
    if wanted.q.strip():
        found.append(searching.in_case(wanted.q.strip()))
    if wanted.overdue:
        late = select(TaskRow.case_id).where(
            col(TaskRow.state).in_([s.value for s in OPEN_STATES]), col(TaskRow.due_at) <= clock.now()
        )
        found.append(col(Case.id).in_(late))
    return found


def _lines(session: Session, actor: Actor, rows: list[Case]) -> list[CaseLine]:
    if not rows:
        return []
    names = {
        p.id: p.name for p in session.exec(select(Party).where(col(Party.id).in_({r.filer_id for r in rows})))
    }
    open_: dict[UUID, list[TaskRow]] = {}
    for task in session.exec(
        select(TaskRow).where(
            col(TaskRow.case_id).in_([r.id for r in rows]),
            col(TaskRow.state).in_([s.value for s in OPEN_STATES]),
        )
    ):
        open_.setdefault(task.case_id, []).append(task)
    return [_line(actor, row, names.get(row.filer_id, ""), open_.get(row.id, [])) for row in rows]


def _line(actor: Actor, case: Case, applicant: str, tasks: list[TaskRow]) -> CaseLine:
    mine = [t for t in tasks if actor.party_id is not None and t.party_id == actor.party_id]
    dues = [t.due_at for t in (mine or tasks) if t.due_at is not None]
    return CaseLine(case, applicant, min(dues) if dues else None, len(mine))


def _sealed(row: Case) -> str:
    return base64.urlsafe_b64encode(f"{row.created_at.isoformat()}|{row.id}".encode()).decode().rstrip("=")


def _opened(cursor: str) -> tuple[datetime, UUID]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, key = text.partition("|")
        return datetime.fromisoformat(at), UUID(key)
    except ValueError as error:
        raise Invalid(
            (
                Problem(
                    "cursor",
                    Text(
                        "This cursor is not one of ours; start from the first page.",
                        "游标无效，请从第一页重新查询。",
                    ),
                ),
            )
        ) from error
