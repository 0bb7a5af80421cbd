"""Entries of the trail and balances changed with SQL are named on the console, and stay there until they are right."""

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from models.tables import SYSTEM_CHAIN, AuditEvent, Case, EngineHealth
from runtime import ledger_storm
from services import proof_patrol
from services.reading.console import board
from services.reading.console.board import Wanted
from tests import factories
from tests.audit import exports as ex

pytestmark = pytest.mark.rule("M10")


@pytest.fixture
def victim(session) -> AuditEvent:
    """The third entry of a case; the patrol has been there once and found nothing."""
    ex.history(session, 2)
    assert proof_patrol.trail(session) == []
    session.connection().exec_driver_sql("grant update, delete on audit_event to current_user")
    session.connection().exec_driver_sql("alter table audit_event disable trigger user")
    row = session.exec(
        select(AuditEvent)
        .where(AuditEvent.chain != SYSTEM_CHAIN, AuditEvent.seq == 3)
        .order_by(col(AuditEvent.id))
    ).first()
    assert row is not None
    return row


def run(session, statement: str, **values) -> None:
    session.connection().execute(text(statement), values)
    session.expire_all()


def shown(session) -> list[str]:
    found = board.board(session, factories.actor(session, "admin"), Wanted())
    return [r.why.zh for r in found.group("proof").rows]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("update audit_event set role = 'auditor' where id = :id", "的第 3 条审计记录内容被改动"),
        ("delete from audit_event where id = :id", "的第 3 条审计记录被删除"),
        ("delete from audit_event where chain = :chain and seq >= 4", "条审计记录被删除"),
    ],
)
def test_an_entry_changed_behind_the_back_is_named_with_its_case(session, victim, damage, words):
    number = session.get_one(Case, victim.case_id).case_no
    run(session, damage, id=victim.id, chain=victim.chain)
    assert proof_patrol.trail(session) != []
    sentences = shown(session)
    assert len(sentences) == 1
    assert sentences[0].startswith(f"办件 {number} 的第 ")
    assert words in sentences[0]
    assert proof_patrol.trail(session) != []


def test_what_was_found_stands_with_its_time_until_it_is_put_right(session, victim):
    old = victim.role
    run(session, "update audit_event set role = 'auditor' where id = :id", id=victim.id)
    first = proof_patrol.trail(session)
    assert proof_patrol.trail(session) == first
    run(session, "update audit_event set role = :old where id = :id", id=victim.id, old=old)
    assert proof_patrol.trail(session) == []
    assert shown(session) == []


def test_the_older_entries_are_walked_in_stretches(session, victim, monkeypatch):
    monkeypatch.setattr(proof_patrol, "NEWEST", 1)
    monkeypatch.setattr(proof_patrol, "STRETCH", victim.id // 10 + 1)
    run(session, "update audit_event set role = 'auditor' where id = :id", id=victim.id)
    rounds = [len(proof_patrol.trail(session)) for _ in range(20)]
    assert rounds[-1] == 1
    assert len(session.get_one(EngineHealth, "trail").data["newest"]) >= 1


def test_a_balance_that_is_not_the_sum_of_its_movements_is_named(session):
    ground = ledger_storm.lay(session, 2)
    assert proof_patrol.ledger(session) == []
    run(session, "alter table ledger.balance disable trigger a_derived")
    run(session, "update ledger.balance set posted = posted - 7 where posted > 7")
    found = proof_patrol.ledger(session)
    assert [(f["account"], f["posted_due"] - f["posted"]) for f in found] == [(ground.accounts[0].number, 7)]
    assert f"账户 {ground.accounts[0].number}（{ground.lot.number}）的余额" in shown(session)[0]
    run(session, "update ledger.balance set posted = posted + 7 where posted > 7")
    assert proof_patrol.ledger(session) == []
