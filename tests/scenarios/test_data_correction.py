"""The data correction, turn by turn, in workflow time; each history is replayed."""

import pytest
from sqlmodel import select

from models.tables import (
    Case,
    CorrectionBlock,
    DataCorrection,
    Party,
    Project,
    ReplacementDuty,
    TaskRow,
)
from models.vocabulary.errors import Invalid
from models.vocabulary.specs import OVERDUE
from services import corrections, ledger_reading
from services.session import transaction
from tests import entries
from tests.scenarios.conftest import Stage
from tests.scenarios.evaluating import CHECKED, REPORTED, YEAR, Setting, play, rows
from tests.scenarios.play import Cast

pytestmark = pytest.mark.scenario


@pytest.mark.rule("G27")
def test_correction_of_what_the_holder_still_has_is_reversed_in_the_same_lot(stage: Stage) -> None:
    setting = Setting(grams=YEAR)
    case = play(
        stage,
        setting,
        evaluation_report__1__1=("correct", {"affected_from": "2025-07-01", "affected_to": "2025-07-31"}),
        correction_review__1__1=("recomputed", setting.lots(355_947_000)),
    )
    assert case.status == "closed"
    assert case.stages == [*CHECKED, "data_correction"]
    assert case.documents == [*REPORTED, "rectification_notice", "correction_decision"]
    [done] = rows(DataCorrection, case)
    assert (done.old_g, done.new_g, done.reversed_g, done.shortfall_g) == (YEAR, 355_947_000, 102_000, 0)
    assert setting.holding() == 355_947_000
    assert rows(ReplacementDuty, case) == []


@pytest.mark.rule("G27")
def test_correction_above_what_the_holder_still_has_leaves_a_duty(stage: Stage) -> None:
    setting = Setting(grams=YEAR)
    setting.spend(YEAR - 1_000_000)
    case = play(
        stage,
        setting,
        evaluation_report__1__1="correct",
        correction_review__1__1=("recomputed", setting.lots(YEAR - 3_000_000)),
    )
    [done] = rows(DataCorrection, case)
    assert (done.reversed_g, done.shortfall_g) == (1_000_000, 2_000_000)
    assert setting.holding() == 0
    with transaction() as session:
        entry = session.exec(select(Project).where(Project.number == setting.number)).one()
        [duty] = rows(ReplacementDuty, case)
        party = session.get_one(Party, duty.party_id)
        row = session.get_one(Case, case.case_id)
        assert corrections.owed(session, entry) == 2_000_000
        assert party.id == row.filer_id
        assert corrections.settle(session, row, entry, 1_500_000) == 1_500_000
        assert corrections.owed(session, entry) == 500_000
        assert corrections.settle(session, row, entry, 9_000_000) == 500_000
        assert corrections.owed(session, entry) == 0


@pytest.mark.rule("G27")
def test_correction_upwards_notes_a_top_up_and_posts_nothing(stage: Stage) -> None:
    setting = Setting(grams=YEAR)
    case = play(
        stage,
        setting,
        {"way": "correction"},
        correction_review__1__1=("recomputed", setting.lots(YEAR + 5_000_000)),
    )
    assert case.stages == ["data_correction"]
    [done] = rows(DataCorrection, case)
    assert (done.top_up_g, done.reversed_g, done.shortfall_g) == (5_000_000, 0, 0)
    assert setting.holding() == YEAR


@pytest.mark.rule("G27")
def test_correction_of_what_is_not_issued_yet_reverses_nothing(stage: Stage) -> None:
    setting = Setting()
    case = play(stage, setting, {"way": "correction"}, correction_answer__1__1="dispute")
    assert case.documents == ["rectification_notice", "correction_decision"]
    assert rows(DataCorrection, case) == []


@pytest.mark.rule("G27")
def test_issuance_of_the_affected_days_is_blocked_meanwhile(stage: Stage) -> None:
    setting, seen = Setting(grams=YEAR), []
    first, last = entries.PERIOD

    def look(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            entry = session.exec(select(Project).where(Project.number == setting.number)).one()
            seen.append(corrections.blocked(session, entry, first, last))
            seen.append(corrections.blocked(session, entry, last.replace(year=2026), last.replace(year=2026)))
        cast.complete(task, "correct", {})

    case = play(
        stage,
        setting,
        {"way": "correction"},
        correction_answer__1__1=look,
        correction_review__1__1=("recomputed", setting.lots(YEAR)),
    )
    assert seen == [True, False]
    with transaction() as session:
        entry = session.exec(select(Project).where(Project.number == setting.number)).one()
        assert not corrections.blocked(session, entry, first, last)
    [block] = rows(CorrectionBlock, case)
    assert block.lifted_at is not None


@pytest.mark.rule("G27")
def test_correction_sent_back_is_recomputed_and_silence_leaves_what_is_proven(stage: Stage) -> None:
    setting = Setting(grams=YEAR)
    given = ("recomputed", setting.lots(YEAR - 1_000_000))
    case = play(
        stage,
        setting,
        {"way": "correction"},
        correction_answer__1__1=None,
        correction_review__1__1="again",
        **{"correction_review__1__[234]": given},
        correction_approval__1__2="return",
        correction_countersignature__1__3="return",
    )
    assert case.status == "closed"
    assert case.tasks["correction_answer/1/1"] == OVERDUE
    assert case.tasks["correction_review/1/4"] == "recomputed"
    [done] = rows(DataCorrection, case)
    assert done.reversed_g == 1_000_000
    assert case.documents == ["rectification_notice", "rectification_notice", "correction_decision"]


@pytest.mark.rule("G27")
def test_correction_of_a_scenario_is_confirmed_by_the_exchange(stage: Stage) -> None:
    case = play(
        stage,
        Setting("scenario"),
        {"way": "correction"},
        exchange_correction_review__1__1="return",
    )
    assert case.tasks["exchange_correction_review/1/2"] == "approve"
    assert "correction_approval/1/1" not in case.tasks


def test_recomputation_leaves_out_no_lot_of_the_period(stage: Stage) -> None:
    setting = Setting(grams=YEAR)

    def wrong(cast: Cast, task: TaskRow) -> None:
        for lots, where in (
            ([], "lots"),
            ([{"lot_number": setting.lot, "old_g": 1, "new_g": 1}], "lots.0.old_g"),
            ([*setting.lots(1)["lots"], {"lot_number": "X", "old_g": 1, "new_g": 1}], "lots.1.lot_number"),
        ):
            with pytest.raises(Invalid) as refused:
                cast.complete(task, "recomputed", {"lots": lots})
            assert [p.loc for p in refused.value.problems] == [where]
        cast.complete(task, "recomputed", setting.lots(YEAR))

    assert play(stage, setting, {"way": "correction"}, correction_review__1__1=wrong).status == "closed"


def test_accounts_stay_whole_after_corrections(stage: Stage) -> None:
    with transaction() as session:
        assert ledger_reading.audit(session) == []
