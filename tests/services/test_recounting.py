"""A balance changed with SQL is put right by two persons, by what its movements give and by nothing else."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from models.tables import AuditEvent, Recount
from models.vocabulary.errors import Conflict, Invalid, NotAllowed
from runtime import ledger_storm
from services import proof_patrol, recounting, setting_changes
from services.access import Actor, actor_of
from tests import factories

pytestmark = pytest.mark.rule("M01", "M10")
MISSING = 7


@pytest.fixture
def wrong(session: Session) -> int:
    """The position whose balance lost seven grams."""
    ledger_storm.lay(session, 2)
    run = session.connection().exec_driver_sql
    run("alter table ledger.balance disable trigger a_derived")
    run(f"update ledger.balance set posted = posted - {MISSING} where posted > {MISSING}")
    run("alter table ledger.balance enable always trigger a_derived")
    [found] = proof_patrol.ledger(session)
    return int(found["position"])


@pytest.fixture
def admin(session: Session) -> Actor:
    return actor_of(factories.user(session, "admin"))


@pytest.fixture
def chief(session: Session) -> Actor:
    return actor_of(factories.user(session, "supervisor"))


def test_two_persons_put_a_balance_right_from_its_movements(session, wrong, admin, chief):
    row = recounting.propose(session, admin, wrong, "数据库被直接改动，经核对逐笔登记无误")
    assert row.after["posted"] - row.before["posted"] == MISSING
    with pytest.raises(NotAllowed):
        setting_changes.confirm(session, admin, row.id or 0)
    assert len(proof_patrol.ledger(session)) == 1
    setting_changes.confirm(session, chief, row.id or 0)
    assert proof_patrol.ledger(session) == []
    kept = session.exec(select(Recount)).one()
    assert (kept.posted - kept.posted_was, kept.held_was, kept.approver_b) == (
        MISSING,
        kept.held,
        chief.user_id,
    )
    said = session.exec(select(AuditEvent).where(AuditEvent.event == "setting.changed")).all()[-1]
    assert (said.user_id, said.data["after"]["posted"]) == (chief.user_id, kept.posted)
    assert "+7 克" in said.data["text"]["zh"]


def test_a_reason_is_asked_and_a_balance_in_order_is_left_alone(session, wrong, admin, chief):
    with pytest.raises(Invalid):
        recounting.propose(session, admin, wrong, " ")
    with pytest.raises(NotAllowed):
        recounting.propose(session, chief, wrong, "更正")
    setting_changes.confirm(session, chief, recounting.propose(session, admin, wrong, "更正").id or 0)
    with pytest.raises(Conflict, match="sum of its movements"):
        recounting.propose(session, admin, wrong, "再次更正")


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        (
            "insert into ledger.recount values (default, :position, 0, 0, 9, 0, '更正', :one, :one)",
            "two different",
        ),
        ("update ledger.recount set posted = 1", "append-only"),
        ("delete from ledger.recount", "append-only"),
    ],
)
def test_the_database_lets_nobody_write_a_balance_alone(session, wrong, admin, statement, refused):
    with pytest.raises(DBAPIError, match=refused):
        session.connection().execute(text(statement), {"position": wrong, "one": admin.user_id})
