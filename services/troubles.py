"""What fails in the engine, as rows: told by the worker when it happens, checked against the engine by the observer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from models.tables import Case, EngineTrouble
from services import clock

ACTIVITY, WORKFLOW_TASK, DISAGREE = "activity", "workflow_task", "disagree"
LONGEST_MESSAGE = 500


@dataclass(frozen=True)
class Trouble:
    """Something that fails in the course of a case.

    Args:
        kind: activity | workflow_task | disagree.
        what: the activity's type, or the name of the disagreement.
        attempts: how often it was tried.
    """

    case_id: UUID
    kind: str
    what: str
    message: str
    attempts: int = 1
    since: datetime | None = None
    next_try_at: datetime | None = None


def note(session: Session, trouble: Trouble, *, happened: bool = False) -> None:
    """Write a trouble down; one that is known keeps the time it began. A case that is gone has none.

    Args:
        happened: it has just failed (again), and was not merely looked at: `seen_at` is the time of the last failure.
    """
    if session.get(Case, trouble.case_id) is None:
        return
    now = clock.now()
    values = {
        "case_id": trouble.case_id,
        "kind": trouble.kind,
        "what": trouble.what,
        "message": readable(trouble.message),
        "attempts": trouble.attempts,
        "since": trouble.since or now,
        "seen_at": now,
        "next_try_at": trouble.next_try_at,
    }
    kept = ("message", "attempts", "next_try_at", *(("seen_at",) if happened else ()))
    fresh = {k: v for k, v in values.items() if k in kept}
    statement = insert(EngineTrouble).values(values)
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=["case_id", "kind", "what"], set_=fresh)
    )


#: Kinds of failure an office knows by other words; what the program said follows in brackets.
WORDS = (
    ("UndefinedError", "文书模板引用了不存在的字段"),
    ("TemplateSyntaxError", "文书模板的占位符书写有误"),
    ("TemplateNotFound", "找不到文书模板文件"),
    ("PackageNotFoundError", "找不到文书模板文件，或文件已损坏"),
    ("BadZipFile", "文书模板文件已损坏"),
    ("FileNotFoundError", "所需文件不存在"),
    ("is damaged", "存储的文件已损坏"),
    ("NotKept", "文件存储空间已满或暂时无法访问"),
    ("OperationalError", "数据库暂时不可用"),
    ("LockNotAvailable", "数据正被其他操作占用"),
    ("TimeoutError", "执行超时"),
    ("DeadlineExceeded", "执行超时"),
)
#: The type of failures that are told in an office's words already (`documents_issue`).
IN_WORDS = "TemplateUnusable: "
#: Where the words for people end: statements and their parameters may hold personal data and stay in the log.
_REST = re.compile(r"(CONTEXT:|DETAIL:|\[SQL:|\[parameters:|\(Background on ).*", re.DOTALL)
_HEAD = re.compile(r"^\w+: \(psycopg[\w.]*\)\s*")


def readable(message: str) -> str:
    """A failure in words: what broke, without statements, parameters and wrappers."""
    said = message.replace("\x00", "").replace("Failure exceeds size limit. ← ", "")
    if (place := said.find(IN_WORDS)) >= 0:  # told in words where it broke; its causes stay in the log
        return said[place + len(IN_WORDS) :].split(" ← ")[0].strip()[:LONGEST_MESSAGE]
    short = _HEAD.sub("", _REST.sub("", said)).strip()
    known = next((words for name, words in WORDS if name in said), "")
    return (f"{known}（{short}）" if known else short)[:LONGEST_MESSAGE]


def clear(session: Session, case_id: UUID, kind: str, what: str | None = None) -> int:
    """It is mended. Returns how many rows are gone."""
    statement = delete(EngineTrouble).where(
        col(EngineTrouble.case_id) == case_id, col(EngineTrouble.kind) == kind
    )
    if what is not None:
        statement = statement.where(col(EngineTrouble.what) == what)
    return session.connection().execute(statement).rowcount


def replace(session: Session, kind: str, found: Iterable[Trouble]) -> None:
    """What the observer sees of a kind now is all there is of it."""
    kept = list(found)
    for trouble in kept:
        note(session, trouble)
    known = [(t.case_id, t.what) for t in kept]
    for row in session.exec(select(EngineTrouble).where(EngineTrouble.kind == kind)):
        if (row.case_id, row.what) not in known:
            session.delete(row)
    session.flush()


def of_case(session: Session, case_id: UUID) -> list[EngineTrouble]:
    """The troubles of a case, the oldest first."""
    return list(
        session.exec(
            select(EngineTrouble).where(EngineTrouble.case_id == case_id).order_by(col(EngineTrouble.since))
        )
    )


def cases_with(session: Session, kind: str, limit: int = 200) -> list[UUID]:
    """Cases that have a trouble of a kind, those not looked at longest first."""
    return list(
        session.exec(
            select(EngineTrouble.case_id)
            .where(EngineTrouble.kind == kind)
            .group_by(col(EngineTrouble.case_id))
            .order_by(func.min(EngineTrouble.seen_at))
            .limit(limit)
        )
    )
