"""Records of a scenario that come after their month was issued (G28)."""

import pytest
from sqlmodel import Session

from services import clock
from services.monitoring import records
from services.monitoring.access import Sender
from tests import issuing


@pytest.mark.rule("G28")
def test_record_of_a_month_that_was_issued_is_not_taken_in_silence(session: Session) -> None:
    project, _ = issuing.rides(session)
    issuing.issued(session, project)
    ride = {"user": "USR-02", "distance_m": 1000}
    march = ride | {
        "record_no": "late",
        "start_at": "2026-03-31T23:50:00+08:00",
        "end_at": "2026-04-01T00:10:00+08:00",
    }
    april = ride | {
        "record_no": "next",
        "start_at": "2026-04-01T00:30:00+08:00",
        "end_at": "2026-04-01T00:40:00+08:00",
    }
    with clock.at(issuing.AFTER):
        taken = records.take_records(session, Sender(), project, [march, april], "both")
    assert (taken.batch.accepted, [(r.row, r.column) for r in taken.rejected]) == (1, [(1, "start_at")])
    assert taken.rejected[0].reason.zh.startswith("2026年3月的减排量已签发，该月的行为记录不再接收")
