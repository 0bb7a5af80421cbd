"""How many tasks were answered in time: one number, on the console and in the statistics."""

import re
from datetime import timedelta
from typing import Any

import pytest

from models.tables import EngineHealth, TaskRow
from services import clock, tally
from services.session import transaction
from tests import factories

#: (state, hours from the end of the limit to the closing): in time, late, lapsed in the very instant, cancelled.
OVER = (("done", -1), ("done", 1), ("overdue", 0), ("cancelled", -1))


@pytest.fixture
def over(database: str) -> None:
    """Tasks with a limit that are over; the console has nothing else to say."""
    now = clock.now()
    with transaction() as session:
        session.add(EngineHealth(key="reachable", ok=True, at=now))
        filer, expert = factories.user(session, "applicant"), factories.user(session, "expert")
        case = factories.case(session, filer, status="published", ended_at=now)
        for slot, (state, hours) in enumerate(OVER):
            session.add(
                TaskRow(
                    case_id=case.id, procedure=case.procedure, key="expert_invitation", slot=str(slot),
                    role="expert", state=state, opened_at=now - timedelta(days=2), due_at=now,
                    closed_at=now + timedelta(hours=hours), closed_by=expert.id,
                )
            )  # fmt: skip


@pytest.mark.rule("W02")
def test_console_and_statistics_say_the_same_number_answered_in_time(browser: Any, over: None) -> None:
    chief = browser("supervisor")
    said = r"有期限的事项中 (\d+)／(\d+) 项按期办结"
    tile = r"按期办结率</span><span[^>]*>(\d+)/(\d+)<"
    for _ in ("counted from the rows", "added up beforehand"):
        told = re.findall(said, chief.get("/admin/stalled").text)
        counted = re.findall(tile, chief.get("/admin/statistics").text)
        assert (told, counted) == ([("1", "3")], [("1", "3")])
        with transaction() as session:
            tally.rebuild(session)
