"""What a course was told once it is told again, when it begins anew after the loss of its engine (0005)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from activities import course as act
from models.tables import AuditEvent, Case, Expert, IssuanceRow, LimitSetting, Panel, PanelMember, TaskRow
from models.vocabulary.facts import TaskRequest
from models.vocabulary.statuses import SeatState
from services import clock, course, issuance_deeds, issuing, limits, mall_deeds, panels
from tests import entries, factories


def filed(session: Session, at: datetime, **values: Any) -> Case:
    return factories.case(
        session, factories.user(session, "applicant"), status="submitted", submitted_at=at, **values
    )


@pytest.mark.rule("G10")
def test_rounds_allowed_are_those_of_the_day_the_case_was_filed(session: Session) -> None:
    """Asked again months later, with fewer rounds, the course would put an old correction before the supervisor."""
    with clock.at(clock.now() - timedelta(days=40)):
        case = filed(session, clock.now())
    before = course.round_limits(session, str(case.id))
    for key in ("correction_rounds", "revision_rounds"):
        limits.change(session, key, 1, clock.today().date(), "", None)
    assert course.round_limits(session, str(case.id)) == before
    now = course.round_limits(session, str(filed(session, clock.now()).id))
    assert (now.correction_rounds, now.revision_rounds) == (1, 1)


@pytest.mark.rule("G10")
def test_rounds_set_later_on_the_day_of_filing_are_for_those_who_file_later(session: Session) -> None:
    case = filed(session, clock.now())
    limits.change(session, "correction_rounds", 1, clock.today().date(), "", None)
    assert course.round_limits(session, str(case.id)).correction_rounds == 2


@pytest.mark.rule("J09")
def test_gate_of_the_bureau_is_that_of_the_day_the_case_was_filed(session: Session) -> None:
    case = filed(session, clock.now(), procedure="mall_onboarding")
    session.add(LimitSetting(key="bureau_gate", value=2, effective_from=clock.today().date(), note=""))
    session.flush()
    assert mall_deeds.bureau_gate(session, case, 1, "1", clock.now()).outcome == "approve"


@pytest.mark.rule("G12")
@pytest.mark.rule("G13")
def test_panel_is_told_as_it_was_drawn_whoever_was_replaced_or_handed_over_the_lead(session: Session) -> None:
    """Otherwise a group opinion would be asked of the new lead a second time, or the library called too small."""
    case = filed(session, clock.now())
    panel = Panel(case_id=case.id, round=1, size=5, drawn_at=clock.now())
    session.add(panel)
    session.flush()
    for n in range(1, 6):
        seat(session, panel, n)
    first = act._seats(session, panel)
    assert (first.short, first.lead, first.slots) == (0, "1.1", ["1.1", "2.1", "3.1", "4.1", "5.1"])
    gone = panels.members(session, panel)
    gone[2].state = gone[3].state = SeatState.DECLINED.value
    seat(session, panel, 3, attempt=2)  # for seat 4 nobody is found yet
    panels.next_lead(session, case, "1.1")
    session.flush()
    assert act._seats(session, panel) == first


def seat(session: Session, panel: Panel, n: int, attempt: int = 1) -> None:
    user = factories.user(session, "expert")
    expert = Expert(user_id=user.id, key=f"E-{user.id}", name="专家", specialty="光伏", employer="示例大学")
    session.add(expert)
    session.flush()
    session.add(
        PanelMember(
            panel_id=panel.id or 0, case_id=panel.case_id, slot=f"{n}.{attempt}", seat=n, attempt=attempt,
            expert_id=expert.id or 0, is_lead=n == 1 and attempt == 1, changed_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()


def short(session: Session, drawn: int) -> tuple[Case, Panel]:
    """A panel of five, drawn as far as the library went, whose experts nobody can replace: it is empty now."""
    case = filed(session, clock.now())
    panel = Panel(case_id=case.id, round=1, size=5, seed="0" * 64, drawn_at=clock.now())
    session.add(panel)
    session.flush()
    for n in range(1, drawn + 1):
        seat(session, panel, n)
    for expert in session.exec(select(Expert)):
        expert.active = False
    session.flush()
    return case, panel


def found(session: Session) -> Expert:
    """An expert whom the library did not have before."""
    user = factories.user(session, "expert")
    expert = Expert(user_id=user.id, key=f"E-{user.id}", name="专家", specialty="光伏", employer="示例大学")
    session.add(expert)
    session.flush()
    return expert


def shortfall(session: Session, case: Case, slot: str, round_: int) -> TaskRow:
    """What the supervisor is asked, again or for the first time."""
    asked = [TaskRequest(key="panel_shortfall", slot=slot, round=round_)]
    course.project(session, str(case.id), None, asked)
    return session.exec(
        select(TaskRow).where(TaskRow.case_id == case.id, TaskRow.slot == slot, TaskRow.round == round_)
    ).one()


def drawn_again(session: Session, task: TaskRow) -> None:
    task.state, task.outcome, task.closed_at = "done", "draw_again", clock.now()
    session.flush()


@pytest.mark.rule("G12")
def test_seat_is_not_filled_beside_the_supervisor_who_is_asked_about_it(session: Session) -> None:
    """The library has grown while the shortfall was open; the course that begins again waits for the same answer."""
    case, panel = short(session, 5)
    panels.members(session, panel)[4].state = SeatState.DECLINED.value
    assert panels.refill(session, case, 1, "5.1") is None
    first = shortfall(session, case, "5.1", 1)
    expert = found(session)
    assert panels.refill(session, case, 1, "5.1") is None
    assert shortfall(session, case, "5.1", 1).id == first.id
    drawn_again(session, first)
    new = panels.refill(session, case, 1, "5.1")
    assert new is not None
    assert (new.slot, new.expert_id) == ("5.2", expert.id)
    assert panels.refill(session, case, 1, "5.1") == new


@pytest.mark.rule("G12")
def test_open_shortfall_of_one_seat_holds_no_other_up(session: Session) -> None:
    case, panel = short(session, 5)
    for member in panels.members(session, panel)[3:]:
        member.state = SeatState.DECLINED.value
    assert panels.refill(session, case, 1, "5.1") is None
    shortfall(session, case, "5.1", 1)
    found(session)
    assert getattr(panels.refill(session, case, 1, "4.1"), "slot", None) == "4.2"


@pytest.mark.rule("G12")
def test_panel_is_not_widened_beside_the_supervisor_who_is_asked_about_it(session: Session) -> None:
    """Asked twice, because one more expert was not enough; the answer to the first is known and is not the second's."""
    case, _ = short(session, 3)
    drawn_again(session, shortfall(session, case, "1", 1))
    found(session)
    assert act._seats(session, panels.widen(session, case, 1)).short == 1
    second = shortfall(session, case, "1", 2)
    found(session)
    assert act._seats(session, panels.widen(session, case, 1)).short == 1
    drawn_again(session, second)
    assert act._seats(session, panels.widen(session, case, 1)).short == 0


def issuance(session: Session) -> Case:
    """A case of issuance in its review, with nothing against it."""
    project = entries.published(session, next(factories.NUMBERS), factories.user(session, "applicant"))
    case = factories.case(
        session, factories.user(session, "applicant"), status="in_progress", procedure="issuance",
        project_id=project.id,
    )  # fmt: skip
    course.project(session, str(case.id), "formal_review", [TaskRequest(key="formal_review")], 1)
    return case


def another(session: Session, case: Case) -> Case:
    """A case of the same project."""
    by = factories.user(session, "applicant")
    return factories.case(session, by, status="in_progress", procedure="issuance", project_id=case.project_id)


def row_of(session: Session, project_of: Case, case: Case) -> IssuanceRow:
    """What a case asks for, pending."""
    row = IssuanceRow(
        case_id=case.id, project_id=project_of.project_id or 0, period_from=date(2025, 1, 1),
        period_to=date(2025, 12, 31), claimed_g=1000, recomputed_g=1000, approved_g=1000, at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def weighed(session: Session, case: Case, deed: str, round_: int = 1) -> str:
    return issuance_deeds.DEEDS[deed](session, case, round_, "1", clock.now()).outcome


@pytest.mark.rule("G18")
def test_issuance_that_was_no_exception_does_not_become_one_by_what_others_ask_for_later(
    session: Session,
) -> None:
    case = issuance(session)
    row_of(session, case, case)
    assert weighed(session, case, "weigh_exception") == "yearly"
    course.project(session, str(case.id), "quantity_review", [TaskRequest(key="quantity_review")], 2)
    row_of(session, case, another(session, case))
    assert issuing.is_exception(session, case)
    assert weighed(session, case, "weigh_exception") == "yearly"


@pytest.mark.rule("G18")
def test_issuance_that_was_an_exception_stays_one_when_the_other_case_has_ended(session: Session) -> None:
    case = issuance(session)
    row_of(session, case, case)
    other = row_of(session, case, another(session, case))
    assert weighed(session, case, "weigh_exception") == "exception"
    course.project(session, str(case.id), "exception", [TaskRequest(key="exception_decision")], 2)
    other.state = "ended"
    session.flush()
    assert weighed(session, case, "weigh_exception") == "exception"


@pytest.mark.rule("G19")
def test_amount_of_an_earlier_round_is_weighed_as_it_was(session: Session) -> None:
    """Round 1 was as claimed and sent back by the issuer; in round 2 less is approved. Round 1 is not asked about now."""
    case = issuance(session)
    row = row_of(session, case, case)
    asked(session, case, "quantity_review", 1)
    assert weighed(session, case, "weigh_amount") == "as_claimed"
    asked(session, case, "quantity_review", 2)
    row.approved_g = row.claimed_g - 1
    session.flush()
    assert [weighed(session, case, "weigh_amount", n) for n in (1, 2)] == ["as_claimed", "lower"]
    asked(session, case, "amount_confirmation", 2)
    asked(session, case, "quantity_review", 3)
    row.approved_g = row.claimed_g
    session.flush()
    assert [weighed(session, case, "weigh_amount", n) for n in (1, 2, 3)] == [
        "as_claimed",
        "lower",
        "as_claimed",
    ]


@pytest.mark.rule("M06")
def test_hindered_approval_posts_nothing_later_while_the_amount_is_reviewed_again(session: Session) -> None:
    case = issuance(session)
    asked(session, case, "quantity_review", 1, done=True)
    asked(session, case, "issuance_approval", 1, done=True)
    with clock.at(clock.now() + timedelta(minutes=1)):
        asked(session, case, "quantity_review", 2)
    before = len(hindrances(session, case))
    assert weighed(session, case, "post_issuance") == "hindered"
    assert len(hindrances(session, case)) == before  # nothing was tried


def hindrances(session: Session, case: Case) -> list[AuditEvent]:
    found = select(AuditEvent).where(AuditEvent.case_id == case.id, AuditEvent.event == "reduction.hindered")
    return list(session.exec(found))


def asked(session: Session, case: Case, key: str, round_: int, *, done: bool = False) -> None:
    course.project(session, str(case.id), None, [TaskRequest(key=key, round=round_)])
    if done:
        row = session.exec(select(TaskRow).where(TaskRow.case_id == case.id, TaskRow.key == key)).one()
        row.state, row.closed_at = "done", clock.now()
        session.flush()
