"""Monitoring data of a published demonstration project, delivered as its applicant does."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models.tables import Project, ReadingRow
from services import clock
from services.access import Actor
from services.monitoring import batches
from services.reading import monitoring


def report(session: Session, actor: Actor, entry: Project) -> None:
    """The months since the last reading, each as the same month of the year before; nothing where none is over."""
    rows = _following(monitoring.readings_after(session, entry, limit=100), clock.today().date())
    if rows:
        batches.take_batch(session, actor, entry, rows, rows[-1]["month"])


def _following(known: list[tuple[ReadingRow, str]], today: date) -> list[dict[str, Any]]:
    """Rows for the whole months after the last reading that were over on a day."""
    used = {row.last_day.month: row.reading_end - row.reading_start for row, _ in known}
    last, meter = known[-1]
    stand, rows, day = last.reading_end, list[dict[str, Any]](), last.last_day + timedelta(days=1)
    while (after := (day + timedelta(days=32)).replace(day=1)) <= today:
        rows.append(_row(day, meter, stand, used[day.month], last.multiplier))
        stand, day = stand + used[day.month], after
    return rows


def _row(month: date, meter: str, stand: Decimal, used: Decimal, multiplier: Decimal) -> dict[str, Any]:
    numbers = {"reading_start": stand, "reading_end": stand + used, "multiplier": multiplier}
    numbers["quantity"] = used * multiplier
    return {"month": f"{month:%Y-%m}", "meter_no": meter} | {k: f"{v:f}" for k, v in numbers.items()}
