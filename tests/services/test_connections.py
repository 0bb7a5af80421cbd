"""Connections that are given out are alive; what is written wakes who waits for it, in the same statement."""

import psycopg
from sqlalchemy.engine import make_url
from sqlmodel import Session, text

from models.tables import Outbox
from models.vocabulary.events import Event
from services import audit, live_events, outbox
from services.session import make_engine, transaction
from tests import factories


def test_connections_that_the_server_has_ended_are_made_anew(database: str) -> None:
    engine = make_engine(database, pool_size=3)
    sessions = [Session(engine) for _ in range(3)]
    pids = [one.connection().scalar(text("select pg_backend_pid()")) for one in sessions]
    for one in sessions:
        one.close()
    with transaction() as session:
        session.connection().execute(text("select pg_terminate_backend(p) from unnest(:p) p"), {"p": pids})
        ended = "select count(*) from pg_stat_activity where pid = any(:p)"
        while session.connection().scalar(text(ended), {"p": pids}):
            session.connection().execute(text("select pg_stat_clear_snapshot()"))
    for _ in range(3):
        with Session(engine) as session:
            assert session.connection().scalar(text("select pg_backend_pid()")) not in pids
    engine.dispose()


def test_connection_is_used_again_without_a_question_to_the_server(database: str) -> None:
    engine = make_engine(database, pool_size=1)
    counted = text("select pg_backend_pid()")
    with Session(engine) as session:
        first = session.connection().scalar(counted)
    with Session(engine) as session:
        asked = []
        from sqlalchemy import event

        event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        assert session.connection().scalar(counted) == first
    assert asked == ["select pg_backend_pid()"]
    engine.dispose()


def test_message_and_event_wake_their_listeners_when_they_are_committed(database: str) -> None:
    address = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as listener:
        listener.execute("listen puhui_outbox; listen puhui_events")
        with transaction() as session:
            case = factories.case(
                session, factories.user(session, "applicant", party=factories.party(session))
            )
            sent = outbox.send(session, case.id, "start")
            row = audit.record(session, Event.CASE_SUBMITTED, case=case)
            again = audit.record(session, Event.CASE_SUBMITTED, case=case)
            assert (again.seq, again.prev_hash) == (row.seq + 1, row.hash)
            assert session.get(Outbox, sent.id) is not None
        heard = {(n.channel, n.payload) for n in listener.notifies(timeout=120, stop_after=3)}
    assert heard == {
        ("puhui_outbox", ""),
        ("puhui_events", f"{case.id} {row.id}"),
        ("puhui_events", f"{case.id} {again.id}"),
    }
    with transaction() as session:
        assert audit.verify(session, case.id) == []


def test_cases_of_the_last_moments_are_found_for_all_pages_at_once(session: Session) -> None:
    from datetime import timedelta

    filer = factories.user(session, "applicant", party=factories.party(session))
    busy, quiet = factories.case(session, filer), factories.case(session, filer)
    audit.record(session, Event.CASE_SUBMITTED, case=busy)
    found = live_events.lately(session, timedelta(seconds=15))
    assert busy.id in found
    assert quiet.id not in found
