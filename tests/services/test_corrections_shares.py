"""What a correction takes back is borne by each holder as it was given, to the gram, and never beyond it (G27, I34)."""

import random
from datetime import date
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from models.tables import (
    Act,
    Case,
    Claim,
    DataCorrection,
    LedgerAccount,
    Lot,
    Position,
    Project,
    ReplacementDuty,
    Transfer,
)
from services import corrections, ledger, ledger_issuance, ledger_reading, replacements
from services.corrections import Revised
from services.ledger_issuance import Issuance
from tests import entries, factories


def given(*grams: int) -> list[Transfer]:
    return [
        Transfer(id=uuid4(), act_id=uuid4(), move="direct", book_id=1, from_id=1, to_id=n, amount=g)
        for n, g in enumerate(grams, 2)
    ]


@pytest.mark.rule("G27")
@pytest.mark.parametrize(
    ("amounts", "back", "borne"),
    [
        ([60, 40], 50, [30, 20]),
        ([1] * 1000, 999, [1] * 999 + [0]),
        ([10] * 100 + [11], 500, None),
        ([7, 7, 7], 20, [7, 7, 6]),
        ([5], 5, [5]),
        ([3, 1], 1, [1, 0]),
    ],
)
def test_no_holder_bears_more_than_it_was_given(
    amounts: list[int], back: int, borne: list[int] | None
) -> None:
    issued = given(*amounts)
    parts = {transfer.id: grams for transfer, grams in corrections._parts(issued, amounts, back)}
    each = [parts.get(t.id, 0) for t in issued]
    assert sum(each) == back
    assert all(0 <= g <= t.amount for g, t in zip(each, issued, strict=True))
    exact = [back * t.amount / sum(amounts) for t in issued]
    assert all(abs(g - e) < 1 for g, e in zip(each, exact, strict=True))
    if borne is not None:
        assert each == borne


@pytest.mark.rule("G27")
def test_one_correction_after_the_other_never_takes_more_than_is_left() -> None:
    """A hundred lots of small holders, each corrected down in steps until nothing of it stands."""
    chance = random.Random(27)
    for _ in range(100):
        issued = given(*(chance.randint(1, 9) for _ in range(chance.randint(1, 12))))
        left = [t.amount for t in issued]
        while any(left):
            back = chance.randint(1, sum(left))
            parts = {t.id: grams for t, grams in corrections._parts(issued, left, back)}
            assert sum(parts.values()) == back
            left = [n - parts.get(t.id, 0) for t, n in zip(issued, left, strict=True)]
            assert min(left) >= 0


def shared(session: Session, *grams: int) -> tuple[Project, Lot]:
    """A lot given to several organisations."""
    holder = factories.user(session, "applicant")
    project = entries.published(session, next(factories.NUMBERS), holder)
    case = factories.case(session, holder, status="issued", procedure="issuance", project_id=project.id)
    accounts = [ledger.open_account(session, None, factories.party(session, account_no=None)) for _ in grams]
    claim = ledger_issuance.claim(session, project, case.id, date(2025, 1, 1), date(2025, 12, 31))
    what = Issuance(
        f"{case.id}/issue", claim.id or 0, case.id, sum(grams), sum(grams), b"as reviewed", approvers(session),
        [(account.id or 0, n) for account, n in zip(accounts, grams, strict=True)],
    )  # fmt: skip
    return project, ledger_issuance.lot_of_act(session, ledger_issuance.issue(session, None, what))


def approvers(session: Session) -> tuple[int, int]:
    first, second = (factories.user(session, "issuer").id for _ in range(2))
    return first or 0, second or 0


@pytest.mark.rule("G27")
def test_second_correction_of_a_lot_of_several_holders_is_posted(session: Session) -> None:
    """Split by what was given, the gram that rounding laid on the first holder twice would be refused by the ledger."""
    project, lot = shared(session, 3, 3, 1)
    for old, new in ((7, 6), (6, 0)):
        done = corrected(session, project, lot, old, new)
        assert (done.reversed_g, done.shortfall_g) == (old - new, 0)
    assert ledger_reading.circulation(session, lot.number).held_g == 0
    assert ledger_reading.audit(session) == []


def corrected(session: Session, project: Project, lot: Lot, old: int, new: int) -> DataCorrection:
    """What two persons decided about a lot, posted by a case of its own."""
    case = factories.case(
        session, factories.user(session, "applicant"), status="in_progress",
        procedure="tracking_evaluation", project_id=project.id,
    )  # fmt: skip
    revised = [Revised(lot.number, old, new)]
    (done,) = corrections.correct(session, case, project, revised, approvers(session), "数据修正")
    return done


def netted(session: Session, owed: int, *grams: int) -> tuple[Project, Lot, list[LedgerAccount]]:
    """A lot out of which the first holder's earlier debt was taken as it was issued."""
    project, lot = shared(session, *grams)
    accounts = [
        session.get_one(LedgerAccount, session.get_one(Position, leg.to_id).account_id)
        for leg in sorted(corrections._issued(session, lot.number), key=lambda leg: leg.to_id)
    ]
    claim = session.get_one(Claim, lot.claim_id)
    case = session.get_one(Case, claim.case_id)
    case.filer_id = accounts[0].party_id
    session.add(
        ReplacementDuty(
            case_id=case.id, project_id=project.id or 0, party_id=case.filer_id, lot_number="SHER-EARLIER", grams=owed
        )
    )  # fmt: skip
    session.flush()
    act = session.exec(select(Act).where(Act.key == f"{case.id}/issue")).one()
    assert replacements.net(session, case, project, act, approvers(session)) == owed
    return project, lot, accounts


@pytest.mark.rule("G27")
@pytest.mark.parametrize(
    ("bought", "taken", "owed"),
    [(0, 70, 30), (20, 50, 50), (40, 30, 70)],
)
def test_grams_netted_before_are_owed_again_when_their_lot_falls(
    session: Session, bought: int, taken: int, owed: int
) -> None:
    """Of 60 and 40 g, 30 were netted. Bought back grams of the other do not make up for them: they were not given here."""
    project, lot, (first, second) = netted(session, 30, 60, 40)
    if bought:
        ledger.transfer(session, None, key="bought", lot=lot, source=second, target=first, amount=bought)
    done = corrected(session, project, lot, 100, 0)
    assert (done.reversed_g, done.shortfall_g) == (taken, owed)
    assert corrections.owed(session, project) == owed
    assert corrections.standing_g(session, lot) == 0
    flow = ledger_reading.circulation(session, lot.number)
    assert (flow.withdrawn_g, flow.held_g) == (30 + taken, 70 - taken)
    assert ledger_reading.audit(session) == []


@pytest.mark.rule("G27")
def test_correction_of_what_was_reversed_whole_is_owed_whole(session: Session) -> None:
    """Everything the holder was given was netted; it bought the lot's other grams, which stay its own."""
    project, lot, (first, second) = netted(session, 60, 60, 40)
    ledger.transfer(session, None, key="bought", lot=lot, source=second, target=first, amount=40)
    for old, new in ((100, 50), (50, 0)):
        done = corrected(session, project, lot, old, new)
        assert (done.reversed_g, done.shortfall_g) == (0, 50)
    assert ledger_reading.circulation(session, lot.number).held_g == 40
    assert ledger_reading.audit(session) == []


@pytest.mark.rule("G27")
def test_lot_that_another_case_has_corrected_meanwhile_comes_to_what_was_decided(session: Session) -> None:
    """Both cases recomputed it from 100 g; the second is posted from what the first has left, not from 100 g again."""
    project, lot = shared(session, 60, 40)
    first = corrected(session, project, lot, 100, 50)
    same = corrected(session, project, lot, 100, 50)
    assert (first.reversed_g, same.old_g, same.reversed_g, same.shortfall_g) == (50, 50, 0, 0)
    lower = corrected(session, project, lot, 100, 30)
    assert (lower.old_g, lower.new_g, lower.reversed_g) == (50, 30, 20)
    higher = corrected(session, project, lot, 100, 45)
    assert (higher.old_g, higher.reversed_g, higher.top_up_g) == (30, 0, 15)
    assert (
        corrections.standing_g(session, lot) == ledger_reading.circulation(session, lot.number).held_g == 30
    )
