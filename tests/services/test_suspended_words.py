"""A case that stands still says so to its applicant: why it was suspended, that it goes on, and nothing it cannot keep."""

import pytest
from sqlmodel import Session, select

from models.tables import Case, Notification, TaskRow
from services import cases
from services.reading.status import overview
from tests.services import desk_rows as rows


@pytest.fixture
def case(session: Session) -> Case:
    rows.city(session)
    return rows.filed(session)


@pytest.fixture
def triage(session: Session, case: Case) -> TaskRow:
    return rows.asked(session, case, "triage")


def _told(session: Session, case: Case) -> list[tuple[str, str]]:
    """What the one who filed was told about the state of the case, first to last."""
    query = select(Notification).where(
        Notification.case_id == case.id,
        Notification.user_id == case.filed_by,
        Notification.kind == "status_changed",
    )
    head = len(case.title) + len(case.case_no)
    found = sorted(session.exec(query), key=lambda n: n.id or 0)
    return [(n.text_zh[head + 3 :], n.text_en[head + 5 :]) for n in found]


def test_applicant_is_told_why_each_time_a_case_stops_and_goes_on(session, case, triage):
    boss = rows.who(session, "supervisor")
    before = len(_told(session, case))
    for again in ("", "（再次）"):
        cases.suspend(session, boss, case.case_no, f"权属争议{again}")
        cases.resume(session, boss, case.case_no, f"判决生效{again}")
    assert _told(session, case)[before:] == [
        ("办理已中止，各项期限暂停计算，原因：权属争议", "The procedure was suspended; all limits stand still: 权属争议"),
        ("恢复办理，各项期限继续计算，原因：判决生效", "The procedure was resumed; the limits run on: 判决生效"),
        ("办理已中止，各项期限暂停计算，原因：权属争议（再次）", "The procedure was suspended; all limits stand still: 权属争议（再次）"),
        ("恢复办理，各项期限继续计算，原因：判决生效（再次）", "The procedure was resumed; the limits run on: 判决生效（再次）"),
    ]  # fmt: skip


def test_case_that_stands_still_foretells_no_decision(session, case, triage):
    boss, applicant = rows.who(session, "supervisor"), rows.who(session, "applicant")
    case.form = {**case.form, "project": {**case.form["project"], "apply_first_issuance": True}}
    before = overview(session, applicant, case)
    assert before.header.latest is not None
    cases.suspend(session, boss, case.case_no, "权属争议")
    still = overview(session, applicant, case)
    assert [s.key for s in still.steps] == [s.key for s in before.steps]  # as many steps as before
    assert (still.header.latest, still.header.left) == (None, None)
    assert [s.ends_on for s in still.steps if s.ends_on] == []
    cases.resume(session, boss, case.case_no, "判决生效")
    assert overview(session, applicant, case).header.latest is not None
