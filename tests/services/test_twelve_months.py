"""Twelve months between two issuances are twelve months, leap day or not (G18, I25)."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session

from models.tables import IssuanceRow
from services import issuing
from services.clock import SHANGHAI
from services.reading.forecast import forecast
from tests import entries, factories


@pytest.mark.rule("G18")
@pytest.mark.parametrize(
    ("done", "asked", "within"),
    [
        ("2027-03-01T12:00", "2028-02-29T13:00", True),  # the leap day belongs to these twelve months
        ("2027-03-01T12:00", "2028-03-01T23:59", True),  # the last day, to its end
        ("2027-03-01T12:00", "2028-03-02T00:00", False),
        ("2026-03-01T12:00", "2027-02-28T13:00", True),
        ("2026-03-01T23:59", "2027-03-01T00:00", True),
        ("2026-03-01T23:59", "2027-03-02T00:00", False),
        ("2028-02-29T12:00", "2029-02-28T13:00", True),  # no such day: the last of that February
        ("2028-02-29T12:00", "2029-03-01T11:00", False),
        ("2027-02-28T12:00", "2028-02-28T13:00", True),
        ("2027-02-28T12:00", "2028-02-29T11:00", False),
    ],
)
def test_second_issuance_within_twelve_months_is_seen(
    session: Session, done: str, asked: str, within: bool
) -> None:
    holder = factories.user(session, "applicant")
    project = entries.published(session, next(factories.NUMBERS), holder)
    at = datetime.fromisoformat(done).replace(tzinfo=SHANGHAI)
    first = factories.case(session, holder, status="closed", procedure="issuance", project_id=project.id)
    session.add(
        IssuanceRow(
            case_id=first.id, project_id=project.id or 0, first_time=False, period_from=at.date(),
            period_to=at.date() + timedelta(days=1), claimed_g=1, recomputed_g=1, approved_g=1,
            lot="L", act_id=uuid4(), state="issued", at=at, ended_at=at,
        )
    )  # fmt: skip
    second = factories.case(
        session, holder, status="submitted", procedure="issuance", stage="formal_review", project_id=project.id,
        submitted_at=datetime.fromisoformat(asked).replace(tzinfo=SHANGHAI),
    )  # fmt: skip
    session.add(
        IssuanceRow(
            case_id=second.id, project_id=project.id or 0, first_time=False, period_from=at.date(),
            period_to=at.date() + timedelta(days=1), claimed_g=1, recomputed_g=1, at=at,
        )
    )  # fmt: skip
    session.flush()
    assert bool(issuing.within_a_year(session, project, second)) is within
    # who has filed it reads so at once
    assert ("exception" in [s.stage for s in forecast(session, second)]) is within
