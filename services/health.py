"""Is the house in order: the database as seen from here, the engine as the worker last saw it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from prometheus_client import Gauge
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from models.tables import EngineHealth, Outbox, TaskRow
from models.vocabulary.statuses import OPEN_STATES
from services import clock
from services.session import reading

FRESH = timedelta(seconds=60)  # older news of the engine are no news

WAITING = Gauge("puhui_outbox_waiting", "Messages not yet delivered to the engine")
DEAD = Gauge("puhui_outbox_dead", "Messages nobody could be found for")
OPEN_TASKS = Gauge("puhui_tasks_open", "Tasks waiting for a person")
LATE_TASKS = Gauge("puhui_tasks_overdue", "Open tasks whose limit has passed")
ENGINE = Gauge("puhui_engine_reachable", "1 while the worker reaches the engine")
DATABASE = Gauge("puhui_database_reachable", "1 while the web reaches the database")


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
    """Bring the gauges up to date; without a database only that is told."""
    try:
        with opened() as session:
            _measure(session)
        DATABASE.set(1)
    except SQLAlchemyError:
        DATABASE.set(0)


def _measure(session: Session) -> None:
    is_open = col(TaskRow.state).in_([s.value for s in OPEN_STATES])
    late = func.count().filter(col(TaskRow.due_at) < clock.now())
    waiting = func.count().filter(~col(Outbox.dead))
    messages, dead = session.execute(select(waiting, func.count().filter(col(Outbox.dead)))).one()
    tasks, overdue = session.execute(select(func.count(), late).where(is_open)).one()
    WAITING.set(messages)
    DEAD.set(dead)
    OPEN_TASKS.set(tasks)
    LATE_TASKS.set(overdue)
    ENGINE.set(engine_state(session) == "ok")
