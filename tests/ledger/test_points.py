"""Points: one gram one point, donated, cancelled, bought back; the class goes with them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from models.tables import LedgerAccount, Lot, Party
from models.vocabulary.amounts import CancelPurpose
from models.vocabulary.errors import Conflict, Invalid, NotAllowed
from runtime import ledger_storm
from services import clock, experience, ledger, ledger_certificates, ledger_reading, points, purposes
from services import session as sessions
from services.access import Actor
from services.reading import ledger as reading
from services.reading.ledger import Wanted
from tests import factories

TONNE = 1_000_000


class Citizen:
    """A person with grams of a scenario's lot."""

    def __init__(self, session: Session, grams: int, method_class: str = "II") -> None:
        ground = ledger_storm.lay(session, 1, grams=grams, kind="scenario", method_class=method_class)
        self.session, self.lot = session, ground.lot
        self.party = factories.party(session, name="王小明", kind="person", account_no=None)
        self.account = ledger.open_account(session, None, self.party)
        self.actor: Actor = factories.actor(session, "resident", party=self.party)
        self.take(ground.lot, ground.accounts[0], grams)

    def take(self, lot: Lot, source: LedgerAccount, grams: int) -> None:
        ledger.transfer(
            self.session, None, key=f"to/{lot.number}/{self.account.number}", lot=lot, source=source,
            target=self.account, amount=grams,
        )  # fmt: skip

    def convert(self, grams: int, key: str = "c") -> Any:
        return points.convert(
            self.session, self.actor, key=f"{self.account.number}/{key}", account=self.account, lot=self.lot,
            amount=grams,
        )  # fmt: skip


@pytest.fixture
def citizen(session: Session) -> Citizen:
    return Citizen(session, 5 * TONNE)


def sound(session: Session) -> None:
    session.connection().execute(text("set constraints all immediate"))
    session.connection().execute(text("set constraints all deferred"))
    assert ledger_reading.audit(session) == []


@pytest.mark.rule("J01", "M11")
def test_a_gram_becomes_a_point_and_the_lot_still_adds_up(session: Session, citizen: Citizen) -> None:
    for _ in range(2):
        citizen.convert(1234)
    assert points.balance(session, citizen.account).of_class == {"II": 1234}
    (left,) = ledger_reading.holdings(session, citizen.account)
    assert left.available_g == 5 * TONNE - 1234
    told = ledger_reading.circulation(session, citizen.lot.number)
    assert (told.held_g, told.pooled_g) == (5 * TONNE - 1234, 1234)
    sound(session)


@pytest.mark.rule("M06")
def test_what_was_received_and_spent_at_once_stands_in_that_order(session: Session, citizen: Citizen) -> None:
    for n in range(12):  # whatever numbers the movements got
        citizen.convert(1000 + n, key=f"c{n}")
    shown = list(reading.movements(session, citizen.account, Wanted()))
    assert (len(shown), [m.balance for m in shown if m.balance < 0]) == (25, [])
    until = clock.now() + timedelta(days=1)
    lines = ledger_reading.statement(session, citizen.account, until - timedelta(days=2), until)
    assert [line.balance_g for line in lines if line.balance_g < 0] == []
    seen, cursor = [], ""
    while part := list(reading.movements(session, citizen.account, Wanted(cursor=cursor), 4)):
        seen += [m.id for m in part]
        cursor = part[-1].cursor
    assert seen == [m.id for m in shown]


def test_place_in_a_statement_is_exact_in_every_year(session: Session, citizen: Citizen) -> None:
    (row,) = reading.movements(session, citizen.account, Wanted())
    for micros in (2_195_000_000_123_457, 2_347_481_729_683_523, 2_410_044_931_210_019):
        at = reading.EPOCH + timedelta(microseconds=micros)
        assert replace(row, at=at).cursor.startswith(f"{micros}.")


@pytest.mark.rule("J01")
def test_points_and_reductions_are_not_converted_for_others_or_by_organisations(
    session: Session, citizen: Citizen
) -> None:
    stranger = factories.actor(session, "resident", party=factories.party(session, kind="person"))
    with pytest.raises(NotAllowed):
        points.convert(session, stranger, key="x", account=citizen.account, lot=citizen.lot, amount=1)
    firm = ledger.open_account(session, None, factories.party(session))
    with pytest.raises(NotAllowed):
        points.convert(session, None, key="y", account=firm, lot=citizen.lot, amount=1)
    with pytest.raises(Conflict):
        citizen.convert(5 * TONNE + 1)


@pytest.mark.rule("J03", "M09")
def test_cancelled_points_take_their_grams_with_them_and_give_a_certificate(
    session: Session, citizen: Citizen
) -> None:
    citizen.convert(1000)
    act = points.cancel(session, citizen.actor, key="pc", account=citizen.account, amount=400)
    again = points.cancel(session, citizen.actor, key="pc", account=citizen.account, amount=400)
    assert again.id == act.id
    assert points.balance(session, citizen.account).total == 600
    told = ledger_reading.circulation(session, citizen.lot.number)
    assert (told.cancelled_g, told.pooled_g) == (400, 600)
    paper = ledger_certificates.of_act(session, act)
    assert paper is not None
    assert ledger_certificates.verify(session, paper.code.lower()).facts["points"] == "400"
    assert paper.facts["holder"] == "王**"
    assert paper.facts["lots"] == [[citizen.lot.number, "II", "400"]]
    sound(session)


@pytest.mark.rule("M07")
def test_points_do_not_serve_compliance(session: Session, citizen: Citizen) -> None:
    citizen.convert(10)
    with pytest.raises(Conflict):
        points.cancel(
            session,
            citizen.actor,
            key="k",
            account=citizen.account,
            amount=1,
            purpose=CancelPurpose.COMPLIANCE,
        )


@pytest.mark.rule("J04")
def test_donation_names_its_purpose_and_is_cancelled_for_it_at_the_end(
    session: Session, citizen: Citizen
) -> None:
    citizen.convert(900)
    firm = factories.actor(session, "applicant")
    cause = purposes.found(
        session, firm, "2026 年城市马拉松碳中和", "event", clock.now() + timedelta(days=9), key="p"
    )
    act = points.donate(session, citizen.actor, key="d", account=citizen.account, purpose=cause, amount=700)
    paper = ledger_certificates.of_act(session, act)
    assert paper is not None
    assert (paper.kind, paper.facts["beneficiary"]) == ("donation", "2026 年城市马拉松碳中和")
    assert purposes.listed(session)[0][2] == 700
    ended = purposes.close(session, firm, cause.number)
    assert ended is not None
    assert purposes.close(session, firm, cause.number).id == ended.id  # type: ignore[union-attr]
    assert ledger_reading.circulation(session, citizen.lot.number).cancelled_g == 700
    with pytest.raises(Conflict, match="closed"):
        points.donate(session, citizen.actor, key="late", account=citizen.account, purpose=cause, amount=1)
    sound(session)


def test_purpose_past_its_day_ends_by_itself(session: Session, citizen: Citizen) -> None:
    firm = factories.actor(session, "merchant")
    cause = purposes.found(
        session, firm, "示例园区运营碳中和", "operations", clock.now() + timedelta(days=1), key="p"
    )
    with clock.at(clock.now() + timedelta(days=2)):
        assert (purposes.close_due(session), purposes.close_due(session)) == (1, 0)
    assert cause.closed_at is not None
    with pytest.raises(Invalid):
        purposes.found(session, firm, "x", "party", clock.now(), key="p")


@pytest.mark.rule("J05")
@pytest.mark.parametrize(("have", "tonnes"), [(999_999, 0), (1_000_000, 1), (3_456_789, 3)])
def test_whole_millions_are_bought_back_and_the_remainder_stays(
    session: Session, have: int, tonnes: int
) -> None:
    citizen = Citizen(session, 5 * TONNE)
    citizen.convert(have)
    merchant = _merchant(session)
    _give(session, citizen, merchant, have)
    act = points.buy_back(session, merchant)
    assert (act is not None) == bool(tonnes)
    assert points.buy_back(session, merchant) is None
    assert points.balance(session, merchant).total == have - tonnes * TONNE
    held = {h.lot: h.available_g for h in ledger_reading.holdings(session, merchant)}
    assert held == ({citizen.lot.number: tonnes * TONNE} if tonnes else {})
    sound(session)


@pytest.mark.rule("J05")
def test_a_tonne_of_both_classes_keeps_both(session: Session) -> None:
    merchant = _merchant(session)
    for method_class, grams in (("I", 700_000), ("II", 600_000)):
        citizen = Citizen(session, TONNE, method_class)
        citizen.convert(grams)
        _give(session, citizen, merchant, grams)
    points.buy_back(session, merchant)
    held = {h.method_class: h.available_g for h in ledger_reading.holdings(session, merchant)}
    assert held == {"I": 400_000, "II": 600_000}
    assert points.balance(session, merchant).of_class == {"I": 300_000, "II": 0}
    sound(session)


@pytest.mark.rule("M12")
def test_experience_stays_apart_and_standing_is_derived(session: Session, citizen: Citizen) -> None:
    before = experience.standing(session, citizen.account)
    for _ in range(2):
        experience.enter(session, None, citizen.party, "低碳出行打卡", "R-1", 500)
    experience.enter(session, None, citizen.party, "低碳出行打卡", "R-2", 250)
    assert experience.total(session, citizen.party.id or 0) == 750
    assert experience.standing(session, citizen.account) == before
    assert points.balance(session, citizen.account).total == 0
    with pytest.raises(Conflict):
        experience.enter(session, None, citizen.party, "低碳出行打卡", "R-1", 501)
    with pytest.raises(Invalid):
        experience.enter(session, None, citizen.party, "", "R-3", 0)
    with pytest.raises(NotAllowed):
        experience.enter(session, citizen.actor, citizen.party, "打卡", "R-4", 1)
    citizen.convert(10)
    assert experience.standing(session, citizen.account).points == 10


def test_no_way_leads_from_experience_into_the_ledger(session: Session) -> None:
    """No foreign key, trigger or function of the ledger knows the table."""
    rows = session.connection().execute(
        text("""select p.proname from pg_proc p where p.pronamespace = 'ledger'::regnamespace
                   and p.prosrc like '%experience%'
                union all select conname from pg_constraint where 'experience_entry'::regclass in (confrelid)""")
    )
    assert rows.all() == []


def _merchant(session: Session) -> LedgerAccount:
    party = factories.party(session, account_no=None)
    factories.user(session, "merchant", party=party)
    return ledger.open_account(session, None, party)


def _give(session: Session, citizen: Citizen, merchant: LedgerAccount, grams: int) -> None:
    """As a redemption posts it."""
    from services.ledger_posting import Order, post

    parts = points.split(session, citizen.account, grams)
    legs = points.between(session, parts, citizen.account, merchant.id or 0)
    post(session, Order(f"give/{citizen.account.number}", "redeem", {"g": grams}), legs)


def test_party_of_a_purpose_is_not_its_organiser(session: Session) -> None:
    firm = factories.actor(session, "applicant")
    cause = purposes.found(
        session, firm, "示例会议碳中和用途", "event", clock.now() + timedelta(days=1), key="p"
    )
    account = session.get_one(LedgerAccount, cause.account_id)
    assert account.party_id != firm.party_id
    assert session.get_one(Party, account.party_id).name == "示例会议碳中和用途"


@pytest.mark.rule("J04")
def test_donation_that_meets_the_end_of_its_purpose_is_refused(database: str) -> None:
    """What comes in after the end would be cancelled for nothing any more."""
    with sessions.transaction() as session:
        citizen, firm = Citizen(session, 900), factories.actor(session, "applicant")
        citizen.convert(900)
        ends = clock.now() + timedelta(days=9)
        number = purposes.found(session, firm, "示例论坛碳中和用途", "event", ends, key="p").number
    with sessions.transaction() as session:
        cause = purposes.one(session, number)
        with sessions.transaction() as meanwhile:
            purposes.close(meanwhile, firm, number)
        with pytest.raises(Conflict, match="closed"):
            points.donate(session, citizen.actor, key="d", account=citizen.account, purpose=cause, amount=700)
    with sessions.reading() as session:
        assert points.balance(session, citizen.account).total == 900


@pytest.mark.rule("J04")
def test_nothing_is_donated_after_the_last_day_though_nobody_has_ended_the_purpose(
    session: Session, citizen: Citizen
) -> None:
    citizen.convert(500)
    firm = factories.actor(session, "applicant")
    cause = purposes.found(
        session, firm, "示例会展碳中和用途", "event", clock.now() + timedelta(days=1), key="p"
    )
    with clock.at(cause.closes_at), pytest.raises(Conflict, match="closed"):
        points.donate(session, citizen.actor, key="late", account=citizen.account, purpose=cause, amount=100)
    assert points.balance(session, citizen.account).available == 500
