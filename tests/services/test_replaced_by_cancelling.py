"""What a correction left owed is met by cancelling as much: once, never more than is owed, from what is there (G27, I34)."""

import threading
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.tables import (
    Act,
    AuditEvent,
    Case,
    Certificate,
    LedgerAccount,
    Lot,
    Notification,
    Party,
    ReplacementDuty,
    User,
)
from models.vocabulary.amounts import CancelPurpose
from models.vocabulary.errors import Conflict, DomainError, Invalid, NotAllowed
from models.vocabulary.events import Event
from runtime import ledger_storm
from services import audit, corrections, ledger, ledger_papers, ledger_reading, ledger_told, replacements
from services.access import actor_of
from services.session import reading, transaction
from tests import entries, factories
from tests.services.test_replacements import duty


@dataclass
class Debt:
    """A filer who received no part of a scenario's lot owes for it, and holds grams of a project's lot."""

    user: User
    party: Party
    account: LedgerAccount
    lot: Lot
    row: ReplacementDuty

    def meet(self, session: Session, amount: int, key: str = "meet", **other: Any) -> Act:
        asked = {"duty_id": self.row.id, "lot": self.lot, "source": self.account, "amount": amount} | other
        return replacements.cancel(session, actor_of(self.user), key=f"{self.row.id}/{key}", **asked)


def owing(session: Session, grams: int = 30, held: int = 100, method_class: str = "I") -> Debt:
    user = factories.user(session, "applicant")
    party = session.get_one(Party, user.party_id)
    scene = entries.published(session, next(factories.NUMBERS), user, "scenario")
    account = ledger.open_account(session, None, party)
    ground = ledger_storm.lay(session, 1, grams=max(held, 1), method_class=method_class)
    if held:
        ledger.transfer(
            session, None, key=f"{ground.key}/x", lot=ground.lot, source=ground.accounts[0], target=account,
            amount=held,
        )  # fmt: skip
    return Debt(user, party, account, ground.lot, duty(session, scene, party, grams))


def available(session: Session, debt: Debt) -> int:
    return sum(h.available_g for h in ledger_reading.holdings(session, debt.account))


@pytest.mark.rule("G27")
def test_who_owes_cancels_as_much_and_owes_nothing_more(session: Session) -> None:
    debt = owing(session)
    issuer = factories.user(session, "issuer")
    act = debt.meet(session, 10)
    assert (debt.row.settled_g, debt.row.state) == (10, "open")
    debt.meet(session, 20, "rest")
    assert (debt.row.settled_g, debt.row.state) == (30, "settled")
    assert corrections.owed(session, debt.party) == 0
    where = ledger_reading.circulation(session, debt.lot.number)
    assert (where.held_g, where.cancelled_g) == (70, 30)
    assert ledger_reading.audit(session) == []
    assert (act.kind, act.purpose, act.case_id) == ("cancel", "replacement", debt.row.case_id)
    case = session.get_one(Case, debt.row.case_id)
    told = session.exec(
        select(AuditEvent).where(AuditEvent.case_id == case.id, AuditEvent.event == str(Event.DUTY_SETTLED))
    ).all()
    assert [e.user_id for e in told] == [debt.user.id] * 2
    assert audit.verify(session, case.id) == []
    news = session.exec(select(Notification).where(Notification.user_id == issuer.id)).all()
    assert [case.case_no in n.text_zh for n in news] == [True, True]


@pytest.mark.rule("G27", "M09")
def test_paper_says_what_was_replaced(session: Session) -> None:
    debt = owing(session)
    act = debt.meet(session, 10)
    paper = session.exec(select(Certificate).where(Certificate.act_id == act.id)).one()
    said = {label.zh: value.zh for label, value in ledger_papers.lines(paper)}
    assert said["用途"] == "抵补多签发的减排量"
    assert said["抵补批次"] == debt.row.lot_number
    assert paper.number.startswith("SHPH-ZX-")


@pytest.mark.rule("G27")
def test_the_same_request_again_is_the_same_cancellation(session: Session) -> None:
    debt = owing(session)
    first = debt.meet(session, 30)
    assert debt.meet(session, 30).id == first.id
    assert (debt.row.settled_g, available(session, debt)) == (30, 70)
    with pytest.raises(Conflict, match="Another request"):
        debt.meet(session, 29)
    other = duty(session, entries.published(session, next(factories.NUMBERS), debt.user), debt.party, 30)
    with pytest.raises(Conflict, match="Another request"):
        debt.meet(session, 30, duty_id=other.id)
    assert other.settled_g == 0


@pytest.mark.rule("G27")
def test_refusals_say_what_can_be_done(session: Session) -> None:
    debt = owing(session, grams=200_000, held=150_000)
    with pytest.raises(Invalid) as more:
        debt.meet(session, 200_001, "1")
    assert "0.2 吨" in more.value.problems[0].msg.zh
    with pytest.raises(Conflict) as short:
        debt.meet(session, 160_000, "2")
    assert "0.15 吨" in short.value.problems[0].msg.zh
    ledger.freeze(
        session,
        None,
        key=f"{debt.lot.number}/f",
        lot=debt.lot,
        source=debt.account,
        amount=50_000,
        reason="查",
    )
    with pytest.raises(Conflict) as frozen:
        debt.meet(session, 150_000, "3")
    assert "0.1 吨" in frozen.value.problems[0].msg.zh
    debt.row.settled_g, debt.row.state = debt.row.grams, "settled"
    session.flush()
    with pytest.raises(Conflict, match="nothing is owed"):
        debt.meet(session, 1, "4")
    assert available(session, debt) == 100_000


@pytest.mark.rule("M07", "G27")
def test_what_was_of_class_one_is_not_replaced_by_class_two(session: Session) -> None:
    debt = owing(session, method_class="II")
    ground = ledger_storm.lay(session, 1)
    debt.row.lot_number = ground.lot.number
    session.flush()
    with pytest.raises(Conflict, match="class I"):
        debt.meet(session, 30)
    assert (debt.row.settled_g, available(session, debt)) == (0, 100)


@pytest.mark.rule("G27", "M10")
def test_duty_of_another_does_not_exist_for_you(session: Session) -> None:
    mine, theirs = owing(session), owing(session)
    said = set()
    for wrong in (theirs.row.id, 10**9):
        with pytest.raises(Invalid) as error:
            mine.meet(session, 10, f"{wrong}", duty_id=wrong)
        said.add(error.value.problems)
    assert len(said) == 1
    with pytest.raises(NotAllowed):
        mine.meet(session, 10, "theirs", duty_id=theirs.row.id, source=theirs.account)
    assert [d.id for d in replacements.of_party(session, mine.party.id or 0)] == [mine.row.id]
    assert theirs.row.settled_g == 0


@pytest.mark.rule("G27")
def test_ordinary_cancellation_is_no_replacement(session: Session) -> None:
    debt = owing(session)
    with pytest.raises(Invalid):
        ledger.cancel(
            session, actor_of(debt.user), key="plain", lot=debt.lot, source=debt.account, amount=10,
            purpose=CancelPurpose.REPLACEMENT,
        )  # fmt: skip
    assert available(session, debt) == 100


@pytest.mark.rule("G27")
@pytest.mark.usefixtures("database")
def test_two_at_once_never_replace_more_than_is_owed() -> None:
    with transaction() as session:
        debt = owing(session)
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def meet(key: str) -> None:
        try:
            with transaction() as mine:
                ready.wait(60)
                debt.meet(mine, 20, key)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(type(error).__name__)

    both = [threading.Thread(target=meet, args=(key,)) for key in ("a", "b")]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert sorted(outcomes) == ["Invalid", "done"]
    with reading() as session:
        row = session.get_one(ReplacementDuty, debt.row.id)
        assert (row.settled_g, row.state) == (20, "open")
        assert available(session, debt) == 80
        acts = session.exec(select(Act).where(col(Act.purpose) == "replacement", Act.case_id == row.case_id))
        assert len(acts.all()) == 1


@pytest.mark.rule("G27")
def test_what_was_cancelled_is_not_netted_again(session: Session) -> None:
    debt = owing(session)
    debt.meet(session, 25)
    case = session.get_one(Case, debt.row.case_id)
    assert corrections.settle(session, case, debt.party, 100) == 5
    assert debt.row.state == "settled"


@pytest.mark.rule("G27")
def test_whoever_owes_is_asked_once(session: Session) -> None:
    debt = owing(session)
    assert ledger_told.of_debt(session, debt.row, "SHTPH-PG-2026-0001") == 1
    assert ledger_told.of_debt(session, debt.row, "SHTPH-PG-2026-0001") == 0
    (told,) = session.exec(select(Notification).where(Notification.user_id == debt.user.id)).all()
    assert debt.row.lot_number in told.text_zh
    assert told.link == "/ledger"
