"""Many movements in one statement: the same result as one by one, and no holder's row made twice."""

from datetime import date
from uuid import uuid4

import pytest
from sqlmodel import Session

from runtime import ledger_storm
from services import ledger_issuance, ledger_reading
from services.ledger_issuance import Issuance
from tests.ledger.conftest import Raw


def issued(session: Session, shares: tuple[int, ...], kind: str = "project") -> ledger_storm.Ground:
    """A lot issued to as many new accounts at once."""
    mark = uuid4().hex[:10]
    approvers = ledger_storm.people(session, mark)
    project, case = ledger_storm.published(session, mark, approvers[0], kind=kind)
    accounts = ledger_storm.holders(session, mark, len(shares))
    claim = ledger_issuance.claim(session, project, case.id, date(2025, 1, 1), date(2025, 12, 31))
    total = sum(shares)
    what = Issuance(
        f"{mark}/issue", claim.id or 0, case.id, total, total, b"c", approvers,
        tuple((a.id or 0, g) for a, g in zip(accounts, shares, strict=True)),
    )  # fmt: skip
    act = ledger_issuance.issue(session, None, what)
    lot = ledger_issuance.lot_of_act(session, act)
    return ledger_storm.Ground(lot, accounts, project, case, approvers, what.key)


@pytest.mark.rule("M06")
def test_issuance_to_many_lays_serial_numbers_without_gap(session: Session) -> None:
    ground = issued(session, (5, 1, 300, 7))
    held = [ledger_reading.serials(session, a, ground.lot) for a in ground.accounts]
    ends = sorted((int(s[0].rsplit("-", 2)[1]), int(s[0].rsplit("-", 1)[1])) for s in held)
    assert [b - a + 1 for a, b in ends] == [5, 1, 300, 7]
    assert [a for a, _ in ends] == [1, 6, 7, 307]
    assert ledger_reading.audit(session) == []


@pytest.mark.rule("M06")
def test_first_credits_of_one_holder_in_one_statement_are_added(session: Session) -> None:
    raw = Raw(session, ledger_storm.lay(session, 3))
    act = raw.act("transfer")
    raw.run(
        """insert into ledger.transfer (id, act_id, move, book_id, from_id, to_id, amount)
           select gen_random_uuid(), :act, 'direct', :book, :a, :b, g from generate_series(1, 100) g""",
        act=act, book=raw.book, a=raw.holder[0], b=raw.holder[1],
    )  # fmt: skip
    row = raw.run("select posted, held from ledger.balance where position_id = :p", p=raw.holder[1]).one()
    assert tuple(row) == (5050, 0)
    assert ledger_reading.audit(session) == []


def test_position_without_a_movement_has_no_balance_and_nothing_to_give(session: Session) -> None:
    raw = Raw(session, ledger_storm.lay(session, 3))
    assert (
        raw.run("select count(*) from ledger.balance where position_id = :p", p=raw.holder[2]).scalar_one()
        == 0
    )
    assert ledger_reading.audit(session) == []
