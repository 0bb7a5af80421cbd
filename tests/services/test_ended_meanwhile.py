"""A case that ended while its course was on the way to the next step: the step is not done any more (SM-W, I18)."""

from datetime import UTC, datetime

import pytest
from sqlmodel import Session, select

from activities import course as acts
from models.tables import Case, DocumentRow, MallMember, Project, User
from models.vocabulary.errors import Conflict
from models.vocabulary.facts import CaseStep, DocumentStep
from services import cases, clock, mall, notices, projects
from services.access import actor_of
from services.session import reading, transaction
from tests import factories
from tests import public_rows as rows

NOW = datetime(2026, 11, 2, 2, tzinfo=UTC)


def approved(session: Session) -> Case:
    """Publicity is over, the publication is approved."""
    case = rows.case_of(session, rows.a_notice(session))
    notices.close_publicity(session, case, 1, rows.at(rows.OVER))
    case.stage = "publication"
    session.flush()
    return case


def withdrawn(session: Session, case: Case) -> None:
    applicant = actor_of(session.get_one(User, case.created_by))
    cases.withdraw(session, applicant, case.case_no, "计划变更")


@pytest.mark.rule("G15")
def test_application_withdrawn_before_its_publication_is_not_published(database: str) -> None:
    with transaction() as session:
        case = approved(session)
        withdrawn(session, case)
    step = CaseStep(case_id=str(case.id), at=NOW)
    with pytest.raises(Conflict):
        acts.publish_result(step)
    with reading() as session:
        assert session.exec(select(Project).where(Project.case_id == case.id)).first() is None


def test_no_letter_is_made_in_a_case_that_has_ended(database: str) -> None:
    with transaction() as session:
        case = approved(session)
        withdrawn(session, case)
    with pytest.raises(Conflict):
        acts.issue_documents(DocumentStep(case_id=str(case.id), at=NOW, keys=["publication_notice"]))
    with reading() as session:
        assert session.exec(select(DocumentRow).where(DocumentRow.case_id == case.id)).all() == []


def test_no_deed_is_done_in_a_case_that_has_ended(database: str) -> None:
    from tests.services.test_mall import case_of

    with transaction() as session:
        case = case_of(session, factories.actor(session, "merchant"))
        withdrawn(session, case)
    with pytest.raises(Conflict):
        acts.carry_out(CaseStep(case_id=str(case.id), at=NOW, key="mall_admit"))
    with reading() as session:
        assert session.exec(select(MallMember).where(MallMember.case_id == case.id)).first() is None


@pytest.mark.rule("G15")
def test_published_application_is_not_withdrawn_while_its_notice_is_being_made(session: Session) -> None:
    case = approved(session)
    with clock.at(NOW):
        projects.publish(session, case)
    with pytest.raises(Conflict):
        withdrawn(session, case)
    assert case.status == "in_progress"


@pytest.mark.rule("J10")
def test_merchant_that_is_open_already_does_not_withdraw_its_application(session: Session) -> None:
    from tests.services.test_mall import case_of

    case = case_of(session, factories.actor(session, "merchant"))
    case.stage = "connection"
    mall.admit(session, case, NOW)
    mall.open_up(session, case, NOW)
    with pytest.raises(Conflict):
        withdrawn(session, case)
    assert mall.of_case(session, case).state == "online"  # type: ignore[union-attr]
