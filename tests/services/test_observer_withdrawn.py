"""The comparison of rows and engine tells a withdrawn case's workflow once more only while there is one to hear it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from activities import observer
from models.tables import Outbox
from services import clock
from services.session import reading, transaction
from tests import factories


@pytest.fixture
def withdrawn(database: str) -> str:
    """A case withdrawn a minute ago; its id."""
    with transaction() as session:
        case = factories.case(session, factories.user(session, "applicant"), status="withdrawn")
        case.ended_at = clock.now() - timedelta(minutes=1)
        session.flush()
        return str(case.id)


@pytest.mark.parametrize(("running", "told"), [(True, ["case_ended"]), (False, [])])
def test_withdrawn_case_is_told_again_only_where_its_workflow_runs(
    withdrawn: str, running: bool, told: list[str]
) -> None:
    observer._unheard({f"case-{withdrawn}"} if running else set())
    with reading() as session:
        assert list(session.exec(select(Outbox.signal).where(Outbox.case_id == UUID(withdrawn)))) == told
