"""The issuance of reductions, turn by turn, in workflow time; each history is replayed."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from models.tables import (
    AuditEvent,
    Case,
    Claim,
    IssuanceRow,
    LedgerAccount,
    Lot,
    Project,
    ReplacementDuty,
    TaskRow,
)
from models.vocabulary.errors import Conflict, Invalid
from services import cases, corrections, issuance_facts, ledger_certificates, ledger_reading
from services.reading import endings
from services.session import transaction
from tests.scenarios import published, world
from tests.scenarios.conftest import Stage
from tests.scenarios.play import Cast, Played, Scenario, filing_form

pytestmark = pytest.mark.scenario
NUMBERS = itertools.count(700)
BEGUN = ["receipt", "appendix_d", "appendix_e", "monitoring_report", "acceptance_notice"]
STRAIGHT = ["formal_review", "quantity_review", "issuance_approval"]
ISSUED = ["quantity_opinion", "issuance_notice", "issuance_certificate"]
Change = Callable[[dict[str, Any]], None]


def entry(*, reported: bool = False) -> Project:
    """A published project of its own."""
    with transaction() as session:
        return published.project(session, filing_form(next(NUMBERS)), reported=reported)


def play(stage: Stage, project: Project, *changes: Change, reported: bool = False, **script: Any) -> Played:
    """File for the photovoltaic year 2025 of a project, changed, and play."""

    def fill(form: dict[str, Any]) -> None:
        form.update(published.application(project, reported))
        for change in changes:
            change(form)

    whole = Scenario(procedure="issuance", form=fill, **script)
    return stage.run(lambda cast: cast.play(whole, next(NUMBERS)))  # type: ignore[no-any-return]


def lot_of(case: Played) -> Lot:
    with transaction() as session:
        row = session.exec(select(IssuanceRow).where(IssuanceRow.case_id == case.case_id)).one()
        return session.exec(select(Lot).where(Lot.number == row.lot)).one()


def row_of(case: Played) -> IssuanceRow:
    with transaction() as session:
        return session.exec(select(IssuanceRow).where(IssuanceRow.case_id == case.case_id)).one()


@pytest.mark.rule("G19")
@pytest.mark.rule("M06")
def test_photovoltaic_year_is_issued(stage: Stage) -> None:
    case = play(stage, entry())
    assert (case.status, case.stages) == ("issued", STRAIGHT)
    assert case.documents == [*BEGUN, *ISSUED]
    lot = lot_of(case)
    assert (lot.approved_g, lot.recomputed_g, lot.vintage, lot.method_class) == (
        356_049_000,
        356_049_000,
        2025,
        "I",
    )
    with transaction() as session:
        facts = issuance_facts.of_case(session, session.get_one(Case, case.case_id))
        assert facts is not None
        assert [(h.account, h.grams) for h in facts.holders] == [
            ("SHJG-2026-639870", 213_629_400),
            ("SHJG-2026-028786", 142_419_600),
        ]
        assert ledger_certificates.verify(session, facts.certificate_code).facts["amount_t"] == "356.049"
        held = session.exec(select(LedgerAccount).where(LedgerAccount.number == "SHJG-2026-028786")).one()
        assert [h.posted_g for h in ledger_reading.holdings(session, held) if h.lot == lot.number] == [
            142_419_600
        ]


@pytest.mark.rule("G27")
def test_what_the_holder_owes_is_taken_out_of_its_own_part(stage: Stage) -> None:
    project = entry()
    with transaction() as session:
        origin = session.get_one(Case, project.case_id)
        session.add(
            ReplacementDuty(
                case_id=origin.id,
                project_id=project.id or 0,
                party_id=origin.filer_id,
                lot_number="SHER-EARLIER",
                grams=1_000_000,
            )
        )
    case = play(stage, project)
    lot = lot_of(case)
    with transaction() as session:
        held = {
            account.number: sum(
                h.posted_g for h in ledger_reading.holdings(session, account) if h.lot == lot.number
            )
            for account in session.exec(select(LedgerAccount))
        }
        assert held["SHJG-2026-639870"] == 213_629_400 - 1_000_000
        assert held["SHJG-2026-028786"] == 142_419_600
        assert corrections.owed(session, session.get_one(Project, project.id)) == 0
        told = endings.ending(session, session.get_one(Case, case.case_id))
        assert told is not None
        assert told.more.zh == (
            f"签发减排量 356.049 tCO₂e，批次 {lot.number}；其中 1 tCO₂e 扣抵数据修正后应补足的减排量，"
            "实际入账 355.049 tCO₂e。"
        )


@pytest.mark.rule("G17")
def test_lapsed_calibration_counts_conservatively_and_is_confirmed(stage: Stage) -> None:
    case = play(stage, entry(), published.lapsed)
    assert case.status == "issued"
    assert case.tasks["amount_confirmation/1/1"] == "confirm"
    assert lot_of(case).approved_g == 355_947_000
    assert row_of(case).claimed_g == 356_049_000


@pytest.mark.rule("G20")
def test_connected_project_is_issued_from_what_it_reported(stage: Stage) -> None:
    case = play(stage, entry(reported=True), reported=True)
    assert case.status == "issued"
    assert lot_of(case).approved_g == 355_947_000  # the verification of its application lapsed in November
    with transaction() as session:
        facts = issuance_facts.of_case(session, session.get_one(Case, case.case_id))
        assert facts is not None
        assert facts.data_source == "reported"


def test_contested_amount_is_reviewed_again(stage: Stage) -> None:
    case = play(stage, entry(), published.lapsed, answers={"amount_confirmation/1/1": "contest"})
    assert case.status == "issued"
    assert case.tasks["quantity_review/1/2"] == "agree"


def test_issuer_sends_back_and_amount_is_reviewed_again(stage: Stage) -> None:
    case = play(stage, entry(), answers={"issuance_approval/1/1": "return"})
    assert case.status == "issued"
    assert case.stages == [*STRAIGHT, *STRAIGHT[1:]]


@pytest.mark.rule("G19")
def test_refusal_takes_two_persons_and_frees_the_days(stage: Stage) -> None:
    project = entry()
    answers = {
        "quantity_review/1/1": "refuse",
        "issuance_refusal_approval/1/1": "return",
        "issuance_approval/.*": "refuse",
    }
    case = play(stage, project, answers=answers)
    assert (case.status, case.documents[-1]) == ("rejected", "issuance_refusal")
    assert row_of(case).state == "ended"
    assert play(stage, project).status == "issued"


@pytest.mark.rule("G11")
def test_complex_issuance_is_reviewed_by_an_institution(stage: Stage) -> None:
    answers = {"quantity_review/1/1": "complex", "quantity_agency_review/1/1": "pass_with_findings"}
    case = play(stage, entry(), answers=answers)
    assert case.status == "issued"
    assert case.documents == [*BEGUN, "quantity_report", *ISSUED]


def test_institution_chosen_again_or_silent_is_no_obstacle(stage: Stage) -> None:
    answers = {
        "quantity_review/1/[123]": "complex",
        "quantity_agency_approval/1/1": "return",
        "quantity_agency_review/1/1": "fail",
    }
    case = play(stage, entry(), answers=answers)
    assert case.status == "issued"
    assert case.tasks["quantity_review/1/4"] == "agree"
    assert case.tasks["quantity_agency_review/1/2"] == "pass"


def test_revision_changes_what_is_claimed(stage: Stage) -> None:
    def lower(cast: Cast, task: TaskRow) -> None:
        cast.complete(
            task,
            "resubmit",
            {
                "changes": [
                    {"path": "application.claim.0.tco2e", "value": "355.947"},
                    {"path": "calculation.er_total_t", "value": "355.947"},
                ]
            },
        )

    case = play(
        stage,
        entry(),
        published.lapsed,
        answers={"quantity_review/1/1": "needs_revision", "revision/1/1": lower},
    )
    assert case.status == "issued"
    assert case.stages == [
        "formal_review",
        "quantity_review",
        "revision",
        "quantity_review",
        "issuance_approval",
    ]
    assert "amount_confirmation/1/2" not in case.tasks
    assert (row_of(case).claimed_g, row_of(case).approved_g) == (355_947_000, 355_947_000)


def test_revision_nobody_files_lapses_and_frees_the_days(stage: Stage) -> None:
    case = play(stage, entry(), answers={"quantity_review/1/1": "needs_revision", "revision/.*": None})
    assert (case.status, case.documents[-1]) == ("lapsed", "termination_notice")
    assert row_of(case).state == "ended"


def test_rounds_of_revision_come_to_an_end(stage: Stage) -> None:
    case = play(stage, entry(), answers={"quantity_review/.*": "needs_revision"})
    assert case.status == "rejected"
    assert case.tasks["revision/1/3"] == "resubmit"
    assert "revision/1/4" not in case.tasks


@pytest.mark.rule("G18")
def test_second_issuance_in_a_year_needs_a_reason_and_the_supervisor(stage: Stage) -> None:
    project = entry()
    first = play(stage, project, lambda form: published.part_of(form, 1, 6, "178.024"))
    assert first.status == "issued"

    def second(form: dict[str, Any]) -> None:
        published.part_of(form, 7, 12, "178.024")

    with pytest.raises(Invalid) as refused:
        play(stage, project, second)
    assert [p.loc for p in refused.value.problems] == ["application.second_in_year_reason"]

    def reasoned(form: dict[str, Any]) -> None:
        second(form)
        form["application"]["second_in_year_reason"] = "计量表续检取证较晚，下半年数据单独申请。"

    case = play(stage, project, reasoned)
    assert case.status == "issued"
    assert case.stages == ["formal_review", "exception", *STRAIGHT[1:]]
    assert lot_of(case).number.endswith("-02")


@pytest.mark.rule("G18")
def test_second_issuance_in_a_year_can_be_refused(stage: Stage) -> None:
    project = entry()
    assert play(stage, project, lambda form: published.part_of(form, 1, 6, "178.024")).status == "issued"

    def reasoned(form: dict[str, Any]) -> None:
        published.part_of(form, 7, 12, "178.024")
        form["application"]["second_in_year_reason"] = "想早日取得减排量。"

    case = play(stage, project, reasoned, answers={"exception_decision/.*": "refuse"})
    assert (case.status, case.documents[-1]) == ("rejected", "issuance_refusal")


@pytest.mark.rule("M06")
def test_overlap_with_a_pending_case_names_it_to_its_applicant(stage: Stage) -> None:
    project = entry()
    numbers: list[str] = []

    def overlapping(cast: Cast, task: TaskRow) -> None:
        script = Scenario(procedure="issuance", form=lambda form: form.update(published.application(project)))
        with pytest.raises(Invalid) as refused:
            cast.file(script, next(NUMBERS))
        numbers.append(str(refused.value.problems))
        with transaction() as session:
            numbers.append(session.get_one(Case, task.case_id).case_no)
        cast.complete(task, "", {})

    case = play(stage, project, answers={"issuance_approval/1/1": overlapping})
    assert case.status == "issued"
    assert numbers[1] in numbers[0]


def test_withdrawal_before_posting_frees_the_days(stage: Stage) -> None:
    project = entry()

    def withdraw(cast: Cast, task: TaskRow) -> None:
        with transaction() as session:
            no = session.get_one(Case, task.case_id).case_no
            cases.withdraw(session, world.actor(session, "applicant"), no, "数据有误，重新整理后再申请。")

    case = play(stage, project, answers={"issuance_approval/1/1": withdraw})
    assert case.status == "withdrawn"
    with transaction() as session:
        claims = session.exec(select(Claim).where(Claim.case_id == case.case_id)).all()
        assert all(c.released_at is not None for c in claims)
        with pytest.raises(Conflict):
            cases.withdraw(session, world.actor(session, "applicant"), case.case_no, "再撤一次")
    assert play(stage, project).status == "issued"


def test_suspended_project_hinders_the_approval(stage: Stage) -> None:
    project = entry()
    told: list[str] = []

    def suspend(state: str) -> None:
        with transaction() as session:
            session.get_one(Project, project.id).state = state

    def approve(cast: Cast, task: TaskRow) -> None:
        suspend("suspended")
        with pytest.raises(Invalid) as refused:
            cast.complete(task, "approve", {})
        told.append(refused.value.problems[0].msg.zh)
        suspend("implementing")
        cast.complete(task, "approve", {})

    assert play(stage, project, answers={"issuance_approval/1/1": approve}).status == "issued"
    assert "不在实施状态" in told[0]


def test_formal_review_corrects_and_refuses_as_everywhere(stage: Stage) -> None:
    corrected = play(stage, entry(), answers={"formal_review/1/1": "request_correction"})
    assert corrected.status == "issued"
    answers = {"formal_review/.*": "refuse", "refusal_approval/1/1": "return"}
    assert play(stage, entry(), answers=answers).status == "not_accepted"
    for decided, end in (("one_more_round", "issued"), ("refuse", "not_accepted")):
        answers = {"formal_review/1/[123]": "request_correction", "extra_round/.*": decided}
        assert play(stage, entry(), answers=answers).status == end


def events(case: Played, event: str) -> list[AuditEvent]:
    with transaction() as session:
        found = select(AuditEvent).where(AuditEvent.case_id == case.case_id, AuditEvent.event == event)
        return list(session.exec(found.order_by(col(AuditEvent.id))))


def first(form: dict[str, Any]) -> None:
    """The application asks for its first issuance too, as its example does."""
    form["project"] |= {
        "apply_first_issuance": True,
        "first_period_from": "2025-01-01",
        "first_period_to": "2025-12-31",
        "first_amount_t": "356.049",
    }


def applied(stage: Stage, *changes: Change, **script: Any) -> Played:
    """An application that asks for the first issuance, played."""

    def fill(form: dict[str, Any]) -> None:
        first(form)
        for change in changes:
            change(form)

    whole = Scenario(procedure="project_application", form=fill, **script)
    return stage.run(lambda cast: cast.play(whole, next(NUMBERS)))  # type: ignore[no-any-return]


def valid_for_years(form: dict[str, Any]) -> None:
    form["design"]["meters"] = [m | {"valid_to": "2030-11-30"} for m in form["design"]["meters"]]


@pytest.mark.rule("G18")
def test_first_issuance_follows_publication_in_the_same_case(stage: Stage) -> None:
    case = applied(stage, valid_for_years)
    assert (case.status, case.stages[-2:]) == ("published", ["publication", "first_issuance"])
    assert case.documents[-4:] == ["publication_notice", *ISSUED]
    assert lot_of(case).approved_g == 356_049_000
    assert row_of(case).first_time


@pytest.mark.rule("G18")
@pytest.mark.rule("G17")
def test_first_issuance_with_a_lapsed_meter_is_confirmed_lower(stage: Stage) -> None:
    answers = {
        "amount_confirmation/1/1": "contest",
        "quantity_review/1/2": "complex",
        "quantity_agency_approval/1/1": "return",
        "quantity_review/1/3": "complex",
        "quantity_agency_review/1/1": "fail",
        "quantity_review/1/4": "complex",
        "quantity_agency_review/1/2": "pass_with_findings",
        "issuance_approval/1/1": "return",
    }
    case = applied(stage, answers=answers)
    assert case.status == "published"
    assert lot_of(case).approved_g == 355_947_000


@pytest.mark.rule("G18")
def test_refused_first_issuance_leaves_the_project_published(stage: Stage) -> None:
    answers = {
        "quantity_review/1/1": "refuse",
        "issuance_refusal_approval/1/1": "return",
        "quantity_review/1/2": "complex",
        "issuance_approval/1/1": "refuse",
    }
    case = applied(stage, answers=answers)
    assert (case.status, case.documents[-1]) == ("published", "issuance_refusal")
    assert row_of(case).state == "ended"


@pytest.mark.rule("G18")
def test_first_issuance_of_a_rejected_project_is_cancelled_by_itself(stage: Stage) -> None:
    case = applied(stage, answers={"technical_opinion/.*": "negative"})
    assert case.status == "rejected"
    [told] = events(case, "reduction.first_cancelled")
    assert told.public
    assert "首次签发随之取消" in told.data["text"]["zh"]
    with transaction() as session:
        assert session.exec(select(IssuanceRow).where(IssuanceRow.case_id == case.case_id)).first() is None
