"""An evaluation the office has opened can be ended by two persons, from the page of the case (G29)."""

from typing import Any

import pytest
from sqlmodel import Session, select

from models.tables import Case, OperatorAct
from services.session import reading, transaction
from tests import entries, factories


def evaluation(session: Session) -> str:
    holder = factories.user(session, "applicant")
    entry = entries.published(session, next(factories.NUMBERS), holder)
    return factories.case(
        session, holder, status="in_progress", procedure="tracking_evaluation", project_id=entry.id
    ).case_no


@pytest.mark.rule("G29")
def test_evaluation_ends_once_a_second_person_confirms(browser: Any) -> None:
    with transaction() as session:
        number = evaluation(session)
        application = factories.case(
            session, factories.user(session, "applicant"), status="in_progress"
        ).case_no
    chief, second, officer = browser("supervisor"), browser("supervisor"), browser("officer")
    address = f"/staff/cases/{number}/end"
    assert address in chief.get(f"/staff/cases/{number}").text
    assert "须由另一人确认" in chief.get(address).text
    assert (
        chief.get(f"/staff/cases/{application}/end").status_code == 404
    )  # what is applied for is not the office's
    empty = chief.post(address, {"reason": " "})
    assert (empty.status_code, "请填写理由" in empty.text) == (422, True)
    assert officer.post(address, {"reason": "重复启动"}).status_code == 403
    said = chief.post(address, {"reason": "与在办评估重复启动"})
    assert said.status_code == 303
    with reading() as session:
        act = session.exec(select(OperatorAct.id).order_by(OperatorAct.id.desc())).first()  # type: ignore[union-attr]
        assert session.exec(select(Case.status).where(Case.case_no == number)).one() == "in_progress"
    assert said.headers["location"] == f"/admin/stalled/acts/{act}"
    assert second.post(f"/admin/stalled/acts/{act}", {"agree": "yes"}).status_code == 303
    with reading() as session:
        assert session.exec(select(Case.status).where(Case.case_no == number)).one() == "lapsed"
