"""What somebody owes after a correction is taken out of what the next issuance gives to them, once (G27, I34)."""

import threading
from datetime import date

import pytest
from sqlmodel import Session, col, select

from models.tables import Act, Case, LedgerAccount, Lot, Notification, Party, Project, ReplacementDuty
from services import corrections, ledger, ledger_issuance, ledger_reading, replacements
from services.ledger_issuance import Issuance
from services.session import reading, transaction
from tests import entries, factories
from tests.system import wait_for


class Agreed:
    """A published project of an agent and an owner, and an issuance to those who share in it."""

    def __init__(self, session: Session, *grams: int) -> None:
        """`grams` of the agent, the owner and a third party; nothing for whoever gets nothing."""
        self.session = session
        user = factories.user(session, "applicant")
        self.project: Project = entries.published(session, next(factories.NUMBERS), user)
        self.agent = session.get_one(Party, user.party_id)
        self.owner, self.third = (factories.party(session, account_no=None) for _ in range(2))
        self.parties = [self.agent, self.owner, self.third]
        self.accounts: list[LedgerAccount] = [ledger.open_account(session, None, p) for p in self.parties]
        self.case: Case = factories.case(
            session, user, status="in_progress", procedure="issuance", project_id=self.project.id
        )
        first, second = (factories.user(session, "issuer").id or 0 for _ in range(2))
        self.approvers = first, second
        claim = ledger_issuance.claim(
            session, self.project, self.case.id, date(2025, 1, 1), date(2025, 12, 31)
        )
        shares = [(a.id or 0, n) for a, n in zip(self.accounts, grams, strict=False) if n]
        what = Issuance(
            f"{self.case.id}/issue", claim.id or 0, self.case.id, sum(grams), sum(grams), b"as reviewed",
            self.approvers, shares,
        )  # fmt: skip
        self.act: Act = ledger_issuance.issue(session, None, what)
        self.lot: Lot = ledger_issuance.lot_of_act(session, self.act)

    def owes(self, party: Party, grams: int) -> ReplacementDuty:
        return duty(self.session, self.project, party, grams)

    def net(self) -> int:
        return replacements.net(self.session, self.case, self.project, self.act, self.approvers)

    @property
    def held(self) -> list[int]:
        found = [ledger_reading.holdings(self.session, account) for account in self.accounts]
        return [sum(h.posted_g for h in rows if h.lot == self.lot.number) for rows in found]


def duty(session: Session, project: Project, party: Party, grams: int) -> ReplacementDuty:
    """What an earlier correction left short."""
    row = ReplacementDuty(
        case_id=project.case_id, project_id=project.id or 0, party_id=party.id or 0,
        lot_number=f"SHER-{next(factories.NUMBERS)}", grams=grams,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


@pytest.mark.rule("G27")
@pytest.mark.parametrize(("given", "held"), [((0, 100), [0, 70, 0]), ((40, 60), [40, 30, 0])])
def test_owner_who_owes_pays_out_of_its_own_part(
    session: Session, given: tuple[int, int], held: list[int]
) -> None:
    """The earlier lot went to the owner alone; the agent who files owes nothing of it, and may get nothing at all."""
    agreed = Agreed(session, *given)
    row = agreed.owes(agreed.owner, 30)
    assert agreed.net() == 30
    assert agreed.held == held
    assert (row.settled_g, row.state) == (30, "settled")
    assert ledger_reading.audit(session) == []


@pytest.mark.rule("G27")
def test_who_is_issued_less_because_it_owes_is_told(session: Session) -> None:
    agreed = Agreed(session, 60_000_000, 40_000_000)
    agreed.owes(agreed.agent, 10_500_000)
    agreed.net()
    told = session.exec(
        select(Notification.text_zh).where(col(Notification.dedupe).like(f"%netted/{agreed.case.case_no}/%"))
    ).one()
    assert "减排量 60 吨中，10.5 吨已扣抵数据修正后应补足的减排量，实际入账 49.5 吨" in told


@pytest.mark.rule("G27")
def test_each_who_owes_pays_its_own_and_what_its_part_does_not_cover_stays_owed(session: Session) -> None:
    agreed = Agreed(session, 40, 10, 50)
    mine, theirs = agreed.owes(agreed.agent, 15), agreed.owes(agreed.owner, 25)
    assert agreed.net() == 25
    assert agreed.held == [25, 0, 50]
    assert (mine.settled_g, theirs.settled_g) == (15, 10)
    assert corrections.owed(session, agreed.project) == corrections.owed(session, agreed.owner) == 15


@pytest.mark.rule("G27")
def test_what_a_former_holder_owes_goes_with_the_project(session: Session) -> None:
    agreed = Agreed(session, 40, 60)
    row = agreed.owes(factories.party(session), 30)
    assert agreed.net() == 30
    assert agreed.held == [10, 60, 0]
    assert row.state == "settled"


@pytest.mark.rule("G27")
def test_two_issuances_in_the_same_instant_replace_a_gram_once(database: str) -> None:
    with transaction() as session:
        user = factories.user(session, "applicant")
        project = entries.published(session, next(factories.NUMBERS), user)
        duty(session, project, session.get_one(Party, user.party_id), 30)
        cases = [factories.case(session, user, procedure="issuance", project_id=project.id) for _ in range(2)]
    took: list[int] = []

    def second() -> None:
        with transaction() as mine:
            took.append(corrections.settle(mine, cases[1], project, 30))

    late = threading.Thread(target=second)
    with transaction() as first:
        took.append(corrections.settle(first, cases[0], project, 30))
        late.start()
        wait_for("the other waits", lambda: _waiting(database) or None, 10, 0.02)
    late.join(10)
    assert sorted(took) == [0, 30]
    with reading() as session:
        found = session.exec(select(ReplacementDuty).where(ReplacementDuty.project_id == project.id)).one()
        assert (found.settled_g, found.state) == (30, "settled")


def _waiting(url: str) -> bool:
    from tests.races import office

    query = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    [(n,)] = office.rows(query)
    return bool(n)
