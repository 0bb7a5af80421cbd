"""The verbs of the ledger: what they post, what a repeat does, who may."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models.tables import EtsUnit, Party
from models.vocabulary.amounts import CancelPurpose
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound
from runtime import ledger_storm
from runtime.ledger_storm import ISSUED, Ground
from services import clock, ledger, ledger_certificates, ledger_issuance, ledger_reading
from services.ledger_issuance import Issuance
from services.ledger_posting import legs_of
from services.ledger_reading import Circulation, holdings
from tests import factories


def held(session: Session, ground: Ground, n: int) -> tuple[int, int]:
    """(posted, frozen) of the n-th account in the lot."""
    found = [
        (h.posted_g, h.frozen_g) for h in holdings(session, ground.accounts[n]) if h.lot == ground.lot.number
    ]
    return found[0] if found else (0, 0)


def move(session: Session, ground: Ground, amount: int = 100, key: str = "t1", **more: Any) -> Any:
    ends = {"source": ground.accounts[0], "target": ground.accounts[1]} | more
    return ledger.transfer(session, None, key=f"{ground.key}/{key}", lot=ground.lot, amount=amount, **ends)


@pytest.mark.rule("M03", "M06")
def test_issued_units_keep_their_particulars(session: Session, ground: Ground) -> None:
    move(session, ground)
    for n in (0, 1):
        (holding,) = holdings(session, ground.accounts[n])
        assert (holding.method_class, holding.origin_kind, holding.methodology) == (
            "I",
            "project",
            "DEMO-PV-2024 1.0",
        )
        assert (holding.origin, holding.vintage) == (ground.project.number, 2025)
        assert (holding.period_from, holding.period_to) == (date(2025, 1, 1), date(2025, 12, 31))


def test_repeated_request_changes_nothing(session: Session, ground: Ground) -> None:
    first = move(session, ground)
    assert move(session, ground).id == first.id
    assert held(session, ground, 1) == (100, 0)
    with pytest.raises(Conflict, match="Another request was recorded"):
        move(session, ground, 101)
    assert held(session, ground, 1) == (100, 0)


@pytest.mark.rule("M06")
def test_repeated_issuance_answers_with_the_first(session: Session, ground: Ground) -> None:
    what = Issuance(
        ground.key, ground.lot.claim_id, ground.case.id, ISSUED, ISSUED, b"calculation", ground.approvers,
        ((ground.accounts[0].id or 0, ISSUED),),
    )  # fmt: skip
    act = ledger_issuance.issue(session, None, what)
    assert ledger_issuance.lot_of_act(session, act).number == ground.lot.number
    assert held(session, ground, 0) == (ISSUED, 0)


@pytest.mark.parametrize("amount", [0, -1, 1.0, True, "5", 2**63])
@pytest.mark.rule("J01")
def test_amount_that_is_no_whole_grams_is_refused(session: Session, ground: Ground, amount: Any) -> None:
    with pytest.raises(Invalid):
        move(session, ground, amount)


def test_overdraft_is_refused_in_words(session: Session, ground: Ground) -> None:
    with pytest.raises(Conflict) as caught:
        move(session, ground, ISSUED + 1)
    assert caught.value.detail.zh == "账户可用数量不足（冻结部分不可使用），请核对余额。"
    assert held(session, ground, 0) == (ISSUED, 0)


def test_only_the_holder_or_the_exchange_moves(session: Session, ground: Ground) -> None:
    party = session.get(Party, ground.accounts[0].party_id)
    owner = factories.actor(session, "applicant", party=party)
    stranger = factories.actor(session, "applicant")
    ends = {"source": ground.accounts[0], "target": ground.accounts[1], "lot": ground.lot, "amount": 1}
    with pytest.raises(NotAllowed):
        ledger.transfer(session, stranger, key="a", **ends)  # type: ignore[arg-type]
    ledger.transfer(session, owner, key="a", **ends)  # type: ignore[arg-type]
    ledger.transfer(session, factories.actor(session, "exchange"), key="b", **ends)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        ledger.freeze(
            session, owner, key="c", lot=ground.lot, source=ground.accounts[0], amount=1, reason="x"
        )


def test_frozen_amount_waits_for_release(session: Session, ground: Ground) -> None:
    bureau = factories.actor(session, "bureau")
    frozen = ledger.freeze(
        session, bureau, key="f", lot=ground.lot, source=ground.accounts[0], amount=ISSUED - 50, reason="核查"
    )
    assert held(session, ground, 0) == (ISSUED, ISSUED - 50)
    with pytest.raises(Conflict):
        move(session, ground, 51)
    for _ in range(2):
        ledger.release(session, bureau, key="r", frozen=frozen)
    assert held(session, ground, 0) == (ISSUED, 0)
    with pytest.raises(Conflict, match="settled or released already"):
        ledger.release(session, bureau, key="r2", frozen=frozen)


def test_hold_is_settled_in_part_and_the_rest_comes_back(session: Session, ground: Ground) -> None:
    act = ledger.hold(
        session,
        None,
        key="h",
        lot=ground.lot,
        source=ground.accounts[0],
        target=ground.accounts[1],
        amount=500,
    )
    ledger.settle(session, None, key="s", held=act, amount=300)
    assert (held(session, ground, 0), held(session, ground, 1)) == ((ISSUED - 300, 0), (300, 0))


def test_expired_hold_is_released_by_itself(session: Session, ground: Ground) -> None:
    ledger.hold(
        session, None, key="h", lot=ground.lot, source=ground.accounts[0], target=ground.accounts[1], amount=500,
        until=datetime.now(UTC) - timedelta(minutes=1),
    )  # fmt: skip
    assert held(session, ground, 0) == (ISSUED, 500)
    assert (ledger.release_expired(session), ledger.release_expired(session)) == (1, 0)
    assert held(session, ground, 0) == (ISSUED, 0)


@pytest.mark.rule("M09")
def test_cancelled_units_are_gone_for_good(session: Session, ground: Ground) -> None:
    act = ledger.cancel(
        session, None, key="c", lot=ground.lot, source=ground.accounts[0], amount=400,
        purpose=CancelPurpose.EVENT, beneficiary="上海马拉松",
    )  # fmt: skip
    assert held(session, ground, 0) == (ISSUED - 400, 0)
    assert ledger_reading.circulation(session, ground.lot.number) == Circulation(
        ISSUED, ISSUED, ISSUED - 400, 0, 400, 0, 0
    )
    (leg,) = legs_of(session, act)
    with pytest.raises(Conflict):
        ledger.correct(session, None, key="x", original=leg, amount=1, approvers=ground.approvers, reason="x")


@pytest.mark.rule("M07")
def test_compliance_takes_class_one_from_quota_units_only(session: Session) -> None:
    for method_class, listed, good in (("I", True, True), ("I", False, False), ("II", True, False)):
        ground = ledger_storm.lay(session, 1, method_class=method_class)
        party = session.get(Party, ground.accounts[0].party_id)
        assert party is not None
        party.uscc = f"91310199MA{ground.key[:8].upper()}"
        session.add(party)
        if listed:
            session.add(EtsUnit(name=party.name, uscc=party.uscc, year=clock.today().year))
        session.flush()
        asked = {
            "lot": ground.lot,
            "source": ground.accounts[0],
            "amount": 1,
            "purpose": CancelPurpose.COMPLIANCE,
        }
        if good:
            ledger.cancel(session, None, key=f"{ground.key}/c", **asked)  # type: ignore[arg-type]
        else:
            with pytest.raises(Conflict):
                ledger.cancel(session, None, key=f"{ground.key}/c", **asked)  # type: ignore[arg-type]


@pytest.mark.rule("G27")
@pytest.mark.parametrize(
    ("spent", "wanted", "reversed_g", "shortfall_g"),
    [(0, 300, 300, 0), (ISSUED - 100, 300, 100, 200), (ISSUED, 300, 0, 300)],
)
def test_correction_is_linked_and_leaves_third_parties_alone(
    session: Session, ground: Ground, spent: int, wanted: int, reversed_g: int, shortfall_g: int
) -> None:
    if spent:
        move(session, ground, spent)
    statement = ledger_reading.statement(
        session, ground.accounts[0], datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    )
    issued = next(line for line in statement if line.kind == "issue")
    original = legs_of(session, _act(session, issued.act_id))[0]
    for _ in range(2):
        done = ledger.correct(
            session,
            None,
            key="corr",
            original=original,
            amount=wanted,
            approvers=ground.approvers,
            reason="数据异常",
        )
        assert (done.reversed_g, done.shortfall_g) == (reversed_g, shortfall_g)
    assert [leg.reverses for leg in legs_of(session, done.act)] == ([original.id] if reversed_g else [])
    assert held(session, ground, 1) == (spent, 0)
    assert held(session, ground, 0) == (ISSUED - spent - reversed_g, 0)
    assert ledger_reading.circulation(session, ground.lot.number).withdrawn_g == reversed_g
    assert ledger_reading.audit(session) == []


def _act(session: Session, number: Any) -> Any:
    from models.tables import Act

    return session.exec(select(Act).where(Act.id == number)).one()


def test_serial_numbers_follow_the_units(session: Session, ground: Ground) -> None:
    move(session, ground, 400, "a")
    move(session, ground, 100, "b", source=ground.accounts[1], target=ground.accounts[2])
    words = [ledger_reading.serials(session, account, ground.lot) for account in ground.accounts]
    head = f"SH-PH-I-{ground.project.number}-1.0-2025-01"
    assert words == [[f"{head}-401-{ISSUED}"], [f"{head}-101-400"], [f"{head}-1-100"]]


def test_certificate_is_found_by_its_code(session: Session, ground: Ground) -> None:
    act = ledger.cancel(
        session, None, key="c", lot=ground.lot, source=ground.accounts[0], amount=356_049,
        purpose=CancelPurpose.VOLUNTARY,
    )  # fmt: skip
    made = ledger_certificates.of_act(session, act)
    assert made is not None
    typed = "-".join(made.code[n : n + 4].lower() for n in range(0, 16, 4))
    found = ledger_certificates.verify(session, typed)
    assert (found.number, found.facts["amount_t"], found.facts["purpose_zh"]) == (
        made.number,
        "0.356049",
        "自愿碳注销",
    )
    assert found.facts["serials"] == [f"SH-PH-I-{ground.project.number}-1.0-2025-01-1-356049"]
    for code in ("", "AAAA-BBBB-CCCC-DDDD", "' or 1=1 --", "\x00"):
        with pytest.raises(NotFound):
            ledger_certificates.verify(session, code)


def test_account_is_opened_once(session: Session) -> None:
    party = factories.party(session)
    first = ledger.open_account(session, factories.actor(session, "officer"), party)
    assert first.number == party.account_no
    assert (
        ledger.open_account(session, factories.actor(session, "applicant", party=party), party).id == first.id
    )
    with pytest.raises(NotAllowed):
        ledger.open_account(session, factories.actor(session, "applicant"), party)


def test_suspended_account_neither_gives_nor_receives(session: Session, ground: Ground) -> None:
    party = session.get(Party, ground.accounts[1].party_id)
    assert party is not None
    party.account_active = False
    session.flush()
    with pytest.raises(Conflict):
        move(session, ground)


def test_issuing_is_the_issuers_and_approvers_are_strangers_to_the_holder(
    session: Session, ground: Ground
) -> None:
    case = ledger_storm.another_case(session, ground)
    claim = ledger_issuance.claim(session, ground.project, case.id, date(2026, 1, 1), date(2026, 6, 30))
    mine = factories.user(session, "applicant", party=session.get(Party, ground.accounts[0].party_id))
    shares = ((ground.accounts[0].id or 0, 10),)
    base = (claim.id or 0, case.id, 10, 10, b"c")
    good = Issuance("k", *base, ground.approvers, shares)
    with pytest.raises(NotAllowed):
        ledger_issuance.issue(session, factories.actor(session, "officer"), good)
    with pytest.raises(NotAllowed):
        ledger_issuance.issue(
            session, None, Issuance("k", *base, (ground.approvers[0], mine.id or 0), shares)
        )
    with pytest.raises(Conflict, match="Two different persons"):
        ledger_issuance.issue(session, None, Issuance("k", *base, (ground.approvers[0],) * 2, shares))
    with pytest.raises(Invalid):
        ledger_issuance.issue(
            session, None, Issuance("k", *base, ground.approvers, (*shares, (ground.accounts[1].id or 0, 1)))
        )
    assert ledger_issuance.issue(session, factories.actor(session, "issuer"), good).kind == "issue"


#: second_issuance_tests of the sample photovoltaic project: its first period is the year 2025.
@pytest.mark.parametrize(
    ("first", "last", "problems", "warnings"),
    [
        (date(2026, 1, 1), date(2026, 10, 31), 0, 0),
        (date(2025, 7, 1), date(2026, 6, 30), 1, 0),
        (date(2024, 6, 1), date(2024, 12, 31), 1, 0),
        (date(2026, 2, 1), date(2026, 10, 31), 0, 1),
    ],
)
@pytest.mark.rule("M06")
def test_second_period_is_measured_against_the_first(
    session: Session, ground: Ground, first: date, last: date, problems: int, warnings: int
) -> None:
    ground.project.crediting_from, ground.project.crediting_to = "2025-01-01", "2034-12-31"
    with clock.at(datetime(2026, 11, 15, tzinfo=UTC)):
        found = ledger_issuance.check_period(session, ground.project, first, last)
    assert (len(found.problems), len(found.warnings)) == (problems, warnings)
    overlaps = first <= date(2025, 12, 31) and last >= date(2025, 1, 1)
    case = ledger_storm.another_case(session, ground)
    if overlaps:
        assert "2025年1月1日至2025年12月31日" in found.problems[0].msg.zh
        with pytest.raises(Conflict, match="covers some of these days"):
            ledger_issuance.claim(session, ground.project, case.id, first, last)
    else:
        claim = ledger_issuance.claim(session, ground.project, case.id, first, last)
        assert ledger_issuance.claim(session, ground.project, case.id, first, last).id == claim.id


@pytest.mark.rule("M06")
def test_released_days_can_be_claimed_again(session: Session, ground: Ground) -> None:
    one, two = (ledger_storm.another_case(session, ground) for _ in range(2))
    days = (date(2026, 1, 1), date(2026, 6, 30))
    claim = ledger_issuance.claim(session, ground.project, one.id, *days)
    with pytest.raises(Conflict):
        ledger_issuance.claim(session, ground.project, two.id, *days)
    for _ in range(2):
        ledger_issuance.release_claim(session, claim)
    assert ledger_issuance.claim(session, ground.project, two.id, *days).id != claim.id


def test_statement_and_past_balance(database: str) -> None:
    from services import session as sessions

    with sessions.transaction() as session:
        ground = ledger_storm.lay(session, 2)
    with sessions.transaction() as session:
        first = move(session, ground, 100, "a")
    with sessions.transaction() as session:
        move(session, ground, 50, "b")
    with sessions.reading() as session:
        lines = ledger_reading.statement(
            session, ground.accounts[1], datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
        )
        assert [(x.kind, x.in_g, x.out_g, x.balance_g, x.counterparty) for x in lines] == [
            ("transfer", 100, 0, 100, ground.accounts[0].number),
            ("transfer", 50, 0, 150, ground.accounts[0].number),
        ]
        assert [h.posted_g for h in holdings(session, ground.accounts[1], first.at)] == [100]
        assert [h.posted_g for h in holdings(session, ground.accounts[1])] == [150]
        assert holdings(session, ground.accounts[1], first.at - timedelta(microseconds=1)) == []


def test_new_account_never_takes_the_number_of_somebody_elses(session: Session) -> None:
    """A party may bring the number of its platform account; numbers given here go past it, whoever opens first."""
    probe = ledger.open_account(session, None, factories.party(session, account_no=None)).number
    prefix, last = probe.rsplit("-", 1)
    brought = [f"{prefix}-{int(last) + n:06d}" for n in (1, 2)]
    early, late = (factories.party(session, account_no=number) for number in brought)
    assert ledger.open_account(session, None, early).number == brought[0]
    between = ledger.open_account(session, None, factories.party(session, account_no=None))
    assert between.number == f"{prefix}-{int(last) + 3:06d}"
    assert ledger.open_account(session, None, late).number == brought[1]
