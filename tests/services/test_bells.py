"""Whoever listens is called once the commit is there, and only then."""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from services import bells
from services.session import transaction

ROOT = Path(__file__).parents[2]


@pytest.fixture
def heard(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that listens to `bells_test`."""
    plain = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("listen bells_test")
        yield connection


def told(listener: psycopg.Connection[Any], number: int) -> list[str]:
    """So many calls, or fewer when they do not come."""
    return [n.payload for n in listener.notifies(timeout=120 if number else 0.3, stop_after=number or None)]


def test_a_call_is_heard_after_the_commit_and_not_before(heard: psycopg.Connection[Any]) -> None:
    with transaction() as session:
        bells.ring(session, "bells_test", "done")
        session.flush()
        assert told(heard, 0) == []
    assert told(heard, 1) == ["done"]


def test_what_is_rolled_back_is_not_called_out(heard: psycopg.Connection[Any]) -> None:
    def undone() -> None:
        with transaction() as session:
            bells.ring(session, "bells_test", "never")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    with transaction() as session:
        bells.ring(session, "bells_test", "afterwards")
    assert told(heard, 1) == ["afterwards"]


def test_calls_come_once_each_in_the_order_of_the_commits(heard: psycopg.Connection[Any]) -> None:
    for n in range(20):
        with transaction() as session:
            bells.ring(session, "bells_test", str(n))
            bells.ring(session, "bells_test", str(n))
    found: list[str] = []
    while len(found) < 20 and (more := told(heard, 1)):
        found += more
    assert found == [str(n) for n in range(20)]


def test_calls_that_fail_are_made_again_before_those_that_came_later(monkeypatch: Any) -> None:
    made: queue.SimpleQueue[list[bells.Call]] = queue.SimpleQueue()
    tries: list[list[bells.Call]] = []
    monkeypatch.setattr(bells, "PAUSES", (0.01, 0.01))

    def send(calls: list[bells.Call]) -> None:
        tries.append(calls)
        if len(tries) < 3:
            raise OSError("the database is away")
        made.put(calls)

    ringer = bells.Ringer(send)
    ringer.take([("a", "1")])
    assert made.get(timeout=120) == [("a", "1")]
    ringer.take([("b", "2")])
    assert made.get(timeout=120) == [("b", "2")]


def test_calls_that_cannot_be_made_do_not_keep_later_ones_from_being_made(monkeypatch: Any) -> None:
    made: queue.SimpleQueue[list[bells.Call]] = queue.SimpleQueue()
    given_up = threading.Event()
    monkeypatch.setattr(bells, "PAUSES", ())

    def send(calls: list[bells.Call]) -> None:
        if not given_up.is_set():
            given_up.set()
            raise OSError("the database is away")
        made.put(calls)

    ringer = bells.Ringer(send)
    ringer.take([("a", "1")])
    assert given_up.wait(60)
    ringer.take([("b", "2")])
    assert made.get(timeout=120) == [("b", "2")]


def test_nothing_is_called_out_within_a_transaction() -> None:
    """There each commit would wait for all others that call, to the end of their writing to disk."""
    naming = [
        str(path.relative_to(ROOT))
        for folder in ("services", "activities", "api", "models")
        for path in (ROOT / folder).rglob("*.py")
        if "pg_notify" in path.read_text(encoding="utf-8")
    ]
    assert naming == ["services/bells.py"]
