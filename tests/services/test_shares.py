"""Who shares in the reductions of a project: known when it is filed, and never taken for somebody else (G08)."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session, select

from models.tables import AuditEvent, Case, LedgerAccount, Party, User
from models.vocabulary.errors import Invalid
from models.vocabulary.events import Event
from services import cases, eligibility, issuance_offers, issuing, ledger_reading, parties, shares
from tests import entries, factories
from tests import issuing as asking
from tests.services import desk_rows as rows

pytestmark = pytest.mark.rule("G08")
SCHOOL, AGENT = "上海市示例职业技术学校", "上海浦晖新能源科技有限公司"
THIRD = "上海示例社区能源合作社"


@pytest.fixture
def city(session: Session) -> None:
    rows.city(session)


def split(*named: tuple[str, str]) -> dict[str, Any]:
    return {"benefit_split": [{"party": name, "pct": pct} for name, pct in named]}


def told(session: Session, *named: tuple[str, str]) -> list[tuple[str, str]]:
    """What submitting says of the names, at their rows."""
    case = rows.draft(session, entrustment=split(*named))
    try:
        cases.submit(session, rows.who(session, "applicant"), case.case_no, rows.DECLARED)
    except Invalid as refused:
        return [(p.loc, p.msg.zh) for p in refused.problems]
    return []


def test_a_name_that_nobody_has_is_told_at_its_row(session: Session, city: None) -> None:
    (found,) = told(session, (SCHOOL, "40"), (AGENT, "50"), (THIRD, "10"))
    assert found[0] == "entrustment.benefit_split.2.party"
    assert f"未找到分配方“{THIRD}”" in found[1]


def test_a_registered_organisation_may_share(session: Session, city: None) -> None:
    factories.party(session, name=THIRD)
    assert told(session, (SCHOOL, "40"), (AGENT, "50"), (THIRD, "10")) == []


def test_a_natural_person_is_not_found_by_a_name(session: Session, city: None) -> None:
    factories.party(session, name="王小明", kind="person")
    assert [loc for loc, _ in told(session, (SCHOOL, "40"), ("王小明", "60"))] == [
        "entrustment.benefit_split.1.party"
    ]


def test_a_name_that_two_have_is_nobodys(session: Session, city: None) -> None:
    for _ in range(2):
        factories.party(session, name=THIRD)
    (found,) = told(session, (SCHOOL, "40"), (THIRD, "60"))
    assert (found[0], "不止一个" in found[1]) == ("entrustment.benefit_split.1.party", True)


def test_one_organisation_under_two_names_is_told(session: Session, city: None) -> None:
    agent = session.exec(select(Party).where(Party.key == "ORG-PV")).one()
    agent.name = "上海浦晖新能源集团有限公司"
    (found,) = told(session, (SCHOOL, "40"), (AGENT, "30"), (agent.name, "30"))
    assert (found[0], "同一单位" in found[1]) == ("entrustment.benefit_split.2.party", True)


# ---- after publication -------------------------------------------------------------------------------------------


def entrusted(session: Session, *named: tuple[str, str]) -> tuple[Case, Any]:
    """A published project whose letter of entrustment names these."""
    holder = factories.user(session, "applicant")
    project = entries.published(session, next(factories.NUMBERS), holder)
    case = session.get_one(Case, project.case_id)
    entrustment = {"principal_name": SCHOOL, **split(*named)}
    case.form = {**case.form, "entrustment": entrustment}
    case.principal_id = factories.party(session, name="上海市示例学校").id
    session.flush()
    return case, project


def found(session: Session, case: Case) -> list[tuple[str, Decimal, int | None]]:
    return [(s.name, s.pct, s.party.id if s.party else None) for s in shares.of_case(session, case)]


def test_nobody_gets_the_part_of_somebody_who_is_not_found(session: Session) -> None:
    case, project = entrusted(session, (SCHOOL, "40"), (AGENT, "50"), (THIRD, "10"))
    assert found(session, case) == [
        (SCHOOL, 40, case.principal_id), (AGENT, 50, case.filer_id), (THIRD, 10, None),
    ]  # fmt: skip
    issuing.open_accounts(session, case, project)
    opened = session.exec(select(LedgerAccount.party_id)).all()
    assert {case.principal_id, case.filer_id} <= set(opened)
    third = factories.party(session, name=THIRD)
    assert found(session, case)[2] == (THIRD, 10, third.id)


def test_an_organisation_that_is_called_otherwise_since_is_the_same(session: Session) -> None:
    case, _ = entrusted(session, (SCHOOL, "90"), (THIRD, "10"))
    third = factories.party(session, name=THIRD, uscc="91310199MARFNGNQ8F")
    admin = factories.actor(session, "admin")
    typed = parties.Typed("上海示例社区能源有限公司", third.uscc or "", reason="更名")
    parties.correct(session, admin, third.id or 0, typed)
    assert found(session, case)[1] == (THIRD, 10, third.id)


def test_an_application_for_issuance_says_whose_part_waits(session: Session) -> None:
    case, project = entrusted(session, (SCHOOL, "40"), (THIRD, "60"))
    issuing.open_accounts(session, case, project)
    form = issuance_offers.of_project(session, project).form
    filer = session.get_one(User, case.created_by)
    asked = factories.case(session, filer, procedure="issuance", form=form, project_id=project.id)
    problems = {p.loc: p.msg.zh for p in eligibility.run(session, asked)}
    assert THIRD in problems["application.receiving_accounts"]


def test_a_first_issuance_waits_for_the_party_and_is_posted_then(session: Session) -> None:
    case, project = entrusted(session, (SCHOOL, "40"), (AGENT, "50"), (THIRD, "10"))
    first = {
        "apply_first_issuance": True,
        "first_period_from": "2025-01-01",
        "first_period_to": "2025-12-31",
        "first_amount_t": "100",
    }
    case.form = {**case.form, "project": case.form["project"] | first}
    assert issuing.begin_first(session, case, project)
    assert asking.reviewed(session, case, "100.000") == []
    facts = asking.facts(session, case)
    assert [(h.name, h.pct, h.grams) for h in facts.holders] == [
        (SCHOOL, 40, 40_000_000), (AGENT, 50, 50_000_000), (THIRD, 10, 10_000_000),
    ]  # fmt: skip
    assert issuing.post(session, case) == "hindered"
    assert asking.row_of(session, case).state == "pending"
    why = select(AuditEvent.data).where(
        AuditEvent.case_id == case.id, AuditEvent.event == Event.ISSUANCE_HINDERED.value
    )
    assert THIRD in session.exec(why).one()["text"]["zh"]
    third = factories.party(session, name=THIRD)
    assert issuing.post(session, case) == "posted"
    held = {}
    for party_id in (case.principal_id, case.filer_id, third.id):
        account = session.exec(select(LedgerAccount).where(LedgerAccount.party_id == party_id)).one()
        held[party_id] = sum(h.posted_g for h in ledger_reading.holdings(session, account))
    assert held == {case.principal_id: 40_000_000, case.filer_id: 50_000_000, third.id: 10_000_000}
