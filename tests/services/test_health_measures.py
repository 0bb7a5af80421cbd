"""What the alerts turn on."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from models.tables import EngineHealth, Outbox
from services import clock, health, outbox
from tests import factories


def measured(session: Session, gauge: Any) -> float:
    health.measure(lambda: nullcontext(session))
    return float(gauge._value.get())


@pytest.mark.parametrize(("age", "workers", "said"), [(5, 2, 2), (5, 0, 0), (300, 2, 0)])
def test_workers_count_while_they_were_seen_to_poll(session, age, workers, said):
    at = clock.now() - timedelta(seconds=age)
    session.merge(EngineHealth(key="pollers", ok=workers > 0, data={"workers": workers}, at=at))
    session.flush()
    assert measured(session, health.WORKERS) == said


def test_the_oldest_message_that_waits_is_told_by_its_age(session):
    assert measured(session, health.LAG) == 0
    case = factories.case(session, factories.user(session, "applicant"), status="in_progress")
    ages = {"nudge": (400, False), "task_closed": (90, False), "case_ended": (9000, True)}
    for signal in ages:
        outbox.send(session, case.id, signal)
    for row in session.exec(select(Outbox).where(Outbox.case_id == case.id)):
        seconds, row.dead = ages[row.signal]
        row.created_at = clock.now() - timedelta(seconds=seconds)
    session.flush()
    assert 400 <= measured(session, health.LAG) < 410


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
