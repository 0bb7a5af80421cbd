"""What a start finds out by itself: whether limits that run were counted with another clock, or stood still."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from models.tables import TaskRow
from models.vocabulary.events import Event
from runtime import other_clock
from services import audit, clock
from services.session import reading, transaction
from services.settings import settings
from tests.services.deadline_rows import a_case, open_task


@contextmanager
def a_system(url: str, seconds: float | None, patch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The plan of an embedded system with this clock."""
    with patch.context() as fast:
        fast.setattr(settings(), "working_day_seconds", seconds)
        yield SimpleNamespace(cluster=object(), database_url=url, settings=settings())


def an_hour_ago() -> TaskRow:
    """A task of five days opened then; nothing has happened since."""
    then = clock.now() - timedelta(hours=1)
    with clock.at(then), transaction() as session:
        case = next(a_case(session))
        task = open_task(session, case, opened=f"{then.astimezone(clock.SHANGHAI):%Y-%m-%dT%H:%M:%S}")
        audit.record(session, Event.CASE_DRAFTED, case=case)
    return task


def _due(task: TaskRow) -> datetime:
    with reading() as session:
        return session.get_one(TaskRow, task.id).due_at or clock.now()


def _close(task: TaskRow) -> None:
    with transaction() as session:
        row = session.get_one(TaskRow, task.id)
        row.state, row.closed_at = "done", clock.now()


def test_another_clock_counts_what_runs_anew_and_once(database, monkeypatch, capsys):
    task = an_hour_ago()
    with a_system(database, None, monkeypatch) as plan:
        assert not other_clock.is_needed(plan)
    with a_system(database, 600, monkeypatch) as plan:
        assert other_clock.is_needed(plan)
        other_clock.main()
        assert "1 项期限" in capsys.readouterr().out
        assert timedelta(minutes=49) < _due(task) - clock.now() <= timedelta(minutes=50)
        end = _due(task)
        with transaction() as session:
            audit.record(session, Event.CASE_DRAFTED)
        assert not other_clock.is_needed(plan)
        assert _due(task) == end
    with a_system(database, None, monkeypatch) as plan:
        assert other_clock.is_needed(plan)
        plan.cluster = None
        assert not other_clock.is_needed(plan)
    _close(task)


def test_a_demonstration_that_was_off_for_an_hour_goes_on_where_it_stood(database, monkeypatch):
    with a_system(database, 600, monkeypatch) as plan:
        task = an_hour_ago()
        assert _due(task) < clock.now()
        assert other_clock.is_needed(plan)
        other_clock.main()
        assert timedelta(minutes=48) < _due(task) - clock.now() <= timedelta(minutes=50)
    _close(task)
