"""Is the house in order: the database as seen from here, the engine as the worker last saw it."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from prometheus_client import Gauge
from sqlalchemy import func, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from models.tables import EngineHealth, Outbox, TaskRow
from models.vocabulary.statuses import OPEN_STATES
from services import clock
from services.session import reading
from services.settings import settings

FRESH = timedelta(seconds=60)  # older news of the engine are no news

WAITING = Gauge("puhui_outbox_waiting", "Messages not yet delivered to the engine")
LAG = Gauge("puhui_outbox_lag_seconds", "Age of the oldest message not yet delivered; 0 = none waits")
DEAD = Gauge("puhui_outbox_dead", "Messages nobody could be found for")
OPEN_TASKS = Gauge("puhui_tasks_open", "Tasks waiting for a person")
LATE_TASKS = Gauge("puhui_tasks_overdue", "Open tasks whose limit has passed")
ENGINE = Gauge("puhui_engine_reachable", "1 while the worker reaches the engine")
DATABASE = Gauge("puhui_database_reachable", "1 while the web reaches the database")
WORKERS = Gauge(
    "puhui_workers_polling", "Workers that take work from the engine; 0 when none was seen for a minute"
)
BACKED_UP = Gauge(
    "puhui_backup_at_seconds", "When the last backup succeeded, in seconds since 1970; 0 = never"
)
LOST_FILES = Gauge("puhui_files_missing", "Files that rows name and the last backup did not find")
DISK = Gauge(
    "puhui_disk_free_ratio", "Free share of a disk: files now, backups after the last one", ["volume"]
)
ARCHIVE = Gauge("puhui_wal_archive_failing", "1 while PostgreSQL cannot put its log into the archive")

BACKUP = "backup"  # the key of what is known of the last backup


def state() -> dict[str, Any]:
    """{ready, database, temporal}: each "ok", or in a word what is wrong."""
    try:
        with reading() as session:
            engine = engine_state(session)
        database = "ok"
    except SQLAlchemyError:
        engine, database = "unknown", "unreachable"
    return {"ready": database == "ok" and engine == "ok", "database": database, "temporal": engine}


def engine_state(session: Session) -> str:
    """ok | unreachable | unknown (the worker has not told for a minute)."""
    row = session.get(EngineHealth, "reachable")
    if row is None or clock.now() - row.at > FRESH:
        return "unknown"
    return "ok" if row.ok else "unreachable"


def measure(opened: Callable[[], AbstractContextManager[Session]]) -> None:
    """Bring the gauges up to date; without a database only that and the disk are told."""
    _measure_disk()
    try:
        with opened() as session:
            _measure(session)
        DATABASE.set(1)
    except SQLAlchemyError:
        DATABASE.set(0)


def _measure(session: Session) -> None:
    is_open = col(TaskRow.state).in_([s.value for s in OPEN_STATES])
    late = func.count().filter(col(TaskRow.due_at) < clock.now())
    waiting, oldest = (
        of.filter(~col(Outbox.dead)) for of in (func.count(), func.min(col(Outbox.created_at)))
    )
    dead_ones = func.count().filter(col(Outbox.dead))
    messages, since, dead = session.execute(select(waiting, oldest, dead_ones)).one()
    tasks, overdue = session.execute(select(func.count(), late).where(is_open)).one()
    WAITING.set(messages)
    LAG.set(max(0.0, (clock.now() - since).total_seconds()) if since else 0)
    DEAD.set(dead)
    OPEN_TASKS.set(tasks)
    LATE_TASKS.set(overdue)
    ENGINE.set(engine_state(session) == "ok")
    pollers = session.get(EngineHealth, "pollers")
    fresh = pollers is not None and clock.now() - pollers.at <= FRESH
    WORKERS.set(pollers.data.get("workers", 0) if pollers is not None and fresh else 0)
    ARCHIVE.set(session.execute(_ARCHIVE).scalar_one())
    _measure_backup(session)


#: The last try failed, and none has succeeded since.
_ARCHIVE = text(
    "select coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)::int from pg_stat_archiver"
)


def _measure_disk() -> None:
    where = urlparse(settings().blob_address)
    if where.scheme == "file":
        with suppress(OSError):  # a disk that gives no answer is told by what cannot be kept on it
            usage = shutil.disk_usage(_standing(Path(unquote(where.path))))
            DISK.labels("files").set(usage.free / usage.total)


def _standing(folder: Path) -> Path:
    """The folder, which is made with the first file, or the one it will be made in."""
    return next(f for f in (folder, *folder.parents) if f.exists())


def _measure_backup(session: Session) -> None:
    row = session.get(EngineHealth, BACKUP)
    said = row.data if row else {}
    at = said.get("made_at")
    BACKED_UP.set(datetime.fromisoformat(at).timestamp() if at else 0)
    LOST_FILES.set(said.get("missing", 0))
    if "free" in said:
        DISK.labels("backups").set(said["free"])


def backed_up(session: Session, missing: int, free: float) -> None:
    """A backup succeeded just now.

    Args:
        missing: files that rows name and that were not there to be copied.
        free: share of the disk with the backups that is free, 0 to 1.
    """
    now = clock.now()
    _note(session, missing == 0, {"made_at": now.isoformat(), "missing": missing, "free": round(free, 4)})


def backup_failed(session: Session, why: str, free: float) -> None:
    """A backup did not come about; when the last one did is kept. `free`: as in `backed_up`."""
    row = session.get(EngineHealth, BACKUP)
    _note(session, False, (row.data if row else {}) | {"error": why[:300], "free": round(free, 4)})


def _note(session: Session, ok: bool, data: dict[str, Any]) -> None:
    row = session.get(EngineHealth, BACKUP) or EngineHealth(key=BACKUP)
    row.ok, row.data, row.at = ok, data, clock.now()
    session.add(row)
