"""What has happened stays: history cannot be changed, and a change made past the guards is found."""

import pytest
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import select

from models.tables import AuditEvent
from services import audit, documents_issue
from tests.services import desk_rows as rows

TABLES = ("audit_event", "submission", "case_version", "document")


@pytest.fixture
def case(session):
    """A case with a row in each table of history."""
    rows.city(session)
    case = rows.filed(session)
    review = rows.asked(session, case, "formal_review", stage="formal_review")
    rows.answer(session, rows.who(session, "intake"), review)
    documents_issue.issue(session, case, "receipt")
    session.flush()
    return case


def past_the_guards(connection):
    """What only the owner of the tables can do, and only on purpose."""
    connection.exec_driver_sql("grant update, delete, truncate on audit_event to current_user")
    connection.exec_driver_sql("alter table audit_event disable trigger user")


@pytest.mark.rule("M10")
@pytest.mark.parametrize("change", ["update audit_event set id = id", "delete from audit_event"])
def test_the_application_has_no_right_to_change_the_trail(session, case, change):
    connection = session.connection()
    with pytest.raises(ProgrammingError, match="permission denied"), connection.begin_nested():
        connection.exec_driver_sql(change)


@pytest.mark.rule("M10")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "change",
    ["update {} set id = id", "delete from {}", "truncate {} cascade"],
    ids=["update", "delete", "truncate"],
)
def test_rows_of_history_are_never_changed(session, case, table, change):
    connection = session.connection()
    if table == "audit_event":  # the right alone would refuse it; here the trigger stands alone
        connection.exec_driver_sql("grant update, delete, truncate on audit_event to current_user")
    assert connection.exec_driver_sql(f"select count(*) from {table}").scalar_one() > 0
    with pytest.raises(IntegrityError, match="history and cannot be changed"), connection.begin_nested():
        connection.exec_driver_sql(change.format(table))


@pytest.mark.rule("M10")
@pytest.mark.parametrize(
    "damage",
    [
        'update audit_event set data = \'{"outcome": "refuse"}\' where id = %s',
        "update audit_event set user_id = 1 where id = %s",
        "update audit_event set at = at - interval '1 day' where id = %s",
        "delete from audit_event where id = %s",
    ],
    ids=["words", "person", "time", "gone"],
)
def test_a_row_changed_past_the_guards_is_found(session, case, damage):
    assert audit.verify(session, case.id) == []
    victim = session.exec(
        select(AuditEvent).where(AuditEvent.case_id == case.id, AuditEvent.event == "task.completed")
    ).one()
    connection = session.connection()
    past_the_guards(connection)
    connection.exec_driver_sql(damage, (victim.id,))
    connection.exec_driver_sql("alter table audit_event enable always trigger audit_event_stays")
    session.expire_all()
    found = audit.verify(session, case.id)
    named = f"event {victim.id}:" if "delete" not in damage else "does not follow"
    assert found != []
    assert named in found[0]


@pytest.mark.rule("M10")
def test_a_forged_row_that_hashes_itself_anew_breaks_the_next(session, case):
    events = session.exec(
        select(AuditEvent).where(AuditEvent.case_id == case.id).order_by(AuditEvent.seq)
    ).all()
    forged = events[1]
    past_the_guards(session.connection())
    forged.data = {"forged": True}
    forged.hash = audit.digest(forged)
    session.add(forged)
    session.flush()
    session.expire_all()
    assert audit.verify(session, case.id) == [f"event {events[2].id}: does not continue the event before it"]
