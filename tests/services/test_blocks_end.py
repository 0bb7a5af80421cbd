"""Days blocked for a correction are free again when its case ends, however it ends (G27, I09)."""

from datetime import date

import pytest
from sqlmodel import Session, select

from models.tables import AuditEvent
from models.vocabulary.events import Event
from services import clock, corrections, issuance_data
from tests import entries, factories

YEAR = date(2025, 1, 1), date(2025, 12, 31)


@pytest.mark.rule("G27")
def test_correction_ended_by_two_persons_blocks_no_issuance_any_more(session: Session) -> None:
    holder = factories.user(session, "applicant")
    entry = entries.published(session, next(factories.NUMBERS), holder)
    case = factories.case(
        session, holder, status="in_progress", procedure="tracking_evaluation", project_id=entry.id
    )
    corrections.block(session, case, entry, *YEAR)
    said = session.exec(select(AuditEvent).where(AuditEvent.event == Event.PERIOD_BLOCKED.value)).one()
    days = "2025年1月1日至2025年12月31日"
    assert said.data["text"]["zh"] == f"数据修正期间，{entry.number} {days}的减排量暂停签发"
    assert issuance_data.blocked(session, entry, *YEAR)
    case.status, case.ended_at = "lapsed", clock.now()
    session.flush()
    assert not corrections.blocked(session, entry, *YEAR)
    assert not issuance_data.blocked(session, entry, *YEAR)
