"""Nothing is issued for days on which a party or site was under quota management, asked or approved (G03, I13)."""

from typing import Any

import pytest
from sqlmodel import Session, select

from models.tables import AuditEvent, Case, EtsUnit, Party, Project
from services import clock, eligibility, issuance_hindrances
from services import issuing as issuing_acts
from tests import issuing
from tests.services.test_issuance_vintages import over_new_year, year_form


@pytest.fixture(autouse=True)
def _in_april() -> Any:
    with clock.at(issuing.AFTER):
        yield


def listed(session: Session, project: Project, year: int, *others: int) -> None:
    """The holder is on the list of a year, and only somebody else on those of others."""
    holder = session.get_one(Party, session.get_one(Case, project.case_id).filer_id)
    session.add(EtsUnit(name=holder.name, uscc=holder.uscc or "", year=year))
    session.add_all(EtsUnit(name="别家", year=other) for other in others)
    session.flush()


@pytest.mark.rule("G03")
@pytest.mark.parametrize(
    ("year", "others", "refused"),
    [
        (2023, (), True),  # stands until the next list
        (2023, (2024,), False),
        (2024, (2025,), True),  # half of the period is in that year
        (2025, (), True),
        (2026, (), False),  # of the year after the period
    ],
)
def test_lists_of_the_years_of_the_period_decide(
    session: Session, year: int, others: tuple[int, ...], refused: bool
) -> None:
    project = over_new_year(session, *["100"] * 12)
    case = issuing.asked(session, project, year_form(session, project))
    assert issuing.reviewed(session, case, "0.504") == []
    listed(session, project, year, *others)
    assert ["application.period_from" in [p.loc for p in eligibility.run(session, case)]] == [refused]
    assert bool(issuance_hindrances.of_case(session, case)) is refused


@pytest.mark.rule("G03")
def test_unit_that_came_onto_the_list_since_it_asked_is_not_issued_to(session: Session) -> None:
    project = over_new_year(session, *["100"] * 12)
    case = issuing.asked(session, project, year_form(session, project))
    assert issuing.reviewed(session, case, "0.504") == []
    listed(session, project, 2025)
    assert issuing_acts.post(session, case) == "hindered"
    told = session.exec(
        select(AuditEvent).where(AuditEvent.case_id == case.id, AuditEvent.event == "reduction.hindered")
    ).one()
    assert "配额管理单位名单" in told.data["text"]["zh"]
