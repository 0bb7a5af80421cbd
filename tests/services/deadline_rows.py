"""Rows that tests of limits need: a case with its filer, tasks and notices whose clocks run."""

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session

from models.tables import Case, Notice, Party, TaskRow, User
from services import calendar, deadlines, limits
from services.access import spec_of
from services.clock import SHANGHAI

MONDAY = "2026-11-16T09:00:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def user(session: Session, name: str, role: str, party: Party | None = None) -> User:
    row = User(
        username=f"{name}-{uuid4().hex[:6]}",
        name=name,
        person_key=uuid4().hex,
        roles=[role],
        party_id=party.id if party else None,
    )
    session.add(row)
    session.flush()
    return row


def a_case(session: Session) -> Iterator[Case]:
    """A case under way; afterwards the calendars that are rolled back with it are forgotten."""
    calendar.seed(session)
    limits.seed(session)
    party = Party(key=uuid4().hex, name="示范单位")
    session.add(party)
    session.flush()
    filer = user(session, "filer", "applicant", party)
    row = Case(
        case_no=f"SHTPH-XM-{uuid4().hex[:8]}",
        procedure="project_application",
        title="示范项目",
        status="in_progress",
        filer_id=party.id,
        created_by=filer.id,
        filed_by=filer.id,
        submitted_at=at(MONDAY),
    )
    session.add(row)
    session.flush()
    yield row
    calendar._latest.clear()


def open_task(
    session: Session, case: Case, key: str = "formal_review", opened: str = MONDAY, slot: str = "1"
) -> TaskRow:
    task = TaskRow(
        case_id=case.id, procedure=case.procedure, key=key, role="", slot=slot, opened_at=at(opened)
    )
    task.role = spec_of(task).by.value
    session.add(task)
    deadlines.open_for_task(session, task, spec_of(task), at(opened))
    return task


def open_notice(session: Session, case: Case, opened: str) -> Notice:
    notice = Notice(case_id=case.id, procedure=case.procedure, title="公示", opened_at=at(opened))
    session.add(notice)
    deadlines.open_for_notice(session, notice, "publicity_wd", at(opened))
    return notice
