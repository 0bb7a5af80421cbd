"""A case that ends well says what it has come to and where that is found."""

import pytest
from sqlmodel import Session

from models.tables import Case, Claim, ReplacementDuty
from models.vocabulary.statuses import CaseStatus
from services import mall, notices, projects
from services.access import Actor
from services.reading.endings import Ending, ending
from tests import entries, factories
from tests import public_rows as rows
from tests.ledger.test_points import Citizen
from tests.services.test_mall import BEFORE, case_of


def told(found: Ending | None) -> tuple[str, tuple[str, ...], list[str]]:
    assert found is not None
    return found.title.zh, found.numbers, [address for _, address in found.links]


@pytest.mark.parametrize(
    ("kind", "status", "title"),
    [
        ("project", "published", "项目已向社会公布"),
        ("scenario", "published", "减排场景已向社会公布"),
        ("scenario", "online", "减排场景已公布并上线"),
    ],
)
def test_entry_leads_to_its_page_and_its_data(session: Session, kind: str, status: str, title: str) -> None:
    made = rows.a_notice(session)
    case = rows.case_of(session, made)
    notices.close_publicity(session, case, 1, rows.at(rows.OVER))
    entry = projects.publish(session, case)
    entry.kind, case.status = kind, status
    addresses = [f"/projects/{entry.number}", f"/my/projects/{entry.number}/data"]
    assert told(ending(session, case)) == (title, (entry.number,), addresses)


def test_member_of_the_mall_leads_to_goods_and_orders(session: Session) -> None:
    merchant: Actor = factories.actor(session, "merchant")
    case = case_of(session, merchant)
    member = mall.admit(session, case, BEFORE)
    assert ending(session, case) is None
    mall.open_up(session, case, BEFORE)
    case.status = "online"
    addresses = ["/ledger/goods", f"/mall/{member.number}"]
    assert told(ending(session, case)) == ("已入驻碳积分商城", (member.number,), addresses)


def test_issuance_leads_to_the_ledger(session: Session) -> None:
    lot = Citizen(session, 5_000_000).lot
    claim = session.get_one(Claim, lot.claim_id)
    case = Case(id=claim.case_id, procedure="issuance", status=CaseStatus.ISSUED.value)
    assert told(ending(session, case)) == ("减排量已签发并登记入账", (lot.number,), ["/ledger"])
    assert ending(session, Case(id=claim.case_id, procedure="issuance", status="in_progress")) is None


@pytest.mark.rule("G27")
def test_corrected_holder_who_still_owes_is_told_so_on_the_closed_case(session: Session) -> None:
    user = factories.user(session, "applicant")
    entry = entries.published(session, next(factories.NUMBERS), user)
    case = factories.case(
        session, user, status="closed", procedure="tracking_evaluation", project_id=entry.id
    )
    assert ending(session, case) is None
    duty = ReplacementDuty(
        case_id=case.id, project_id=entry.id or 0, party_id=case.filer_id, lot_number="LOT", grams=106_431_800
    )
    session.add(duty)
    session.flush()
    found = ending(session, case)
    assert told(found) == ("数据修正后尚有减排量需要补足", ("106.4318 tCO₂e",), ["/ledger"])
    assert found is not None
    assert not found.good
    duty.settled_g, duty.state = duty.grams, "settled"
    session.flush()
    assert ending(session, case) is None
