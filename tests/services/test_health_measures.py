"""What the alerts turn on."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from models.tables import EngineHealth
from services import clock, health


def measured(session: Session, gauge: Any) -> float:
    health.measure(lambda: nullcontext(session))
    return float(gauge._value.get())


@pytest.mark.parametrize(("age", "workers", "said"), [(5, 2, 2), (5, 0, 0), (300, 2, 0)])
def test_workers_count_while_they_were_seen_to_poll(session, age, workers, said):
    at = clock.now() - timedelta(seconds=age)
    session.merge(EngineHealth(key="pollers", ok=workers > 0, data={"workers": workers}, at=at))
    session.flush()
    assert measured(session, health.WORKERS) == said


def test_no_backup_ever_is_the_oldest_there_can_be(session):
    assert measured(session, health.BACKED_UP) == 0


def test_files_that_were_not_found_are_counted(session):
    health.backed_up(session, 3, 0.5)
    session.flush()
    assert measured(session, health.LOST_FILES) == 3
    assert session.get_one(EngineHealth, "backup").ok is False


def test_archive_that_takes_nothing_is_seen(session):
    assert measured(session, health.ARCHIVE) == 0
    query = str(health._ARCHIVE).replace("pg_stat_archiver", "archiver")
    for failed, archived, said in (
        ("now()", "null", 1),
        ("now()", "now() - interval '1 h'", 1),
        ("null", "now()", 0),
    ):
        row = f"with archiver as (select ({failed})::timestamptz last_failed_time, ({archived})::timestamptz last_archived_time) "
        assert session.execute(text(row + query)).scalar_one() == said
