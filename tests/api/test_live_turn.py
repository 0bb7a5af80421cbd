"""Whose turn it is changes on the applicant's page at once, though the officer's task itself stays hidden."""

import time
from typing import Any

from sqlmodel import select

from models.tables import Case, User
from models.vocabulary.facts import TaskRequest
from services import course, people
from services.session import transaction
from tests import factories
from tests.api.test_shell_live import address, listening

__all__ = ["address"]


def applicant(database: str) -> tuple[Case, str]:
    """A submitted case and the token of its filer."""
    with transaction() as session:
        filer = factories.user(session, "applicant", username=f"filer-{time.monotonic_ns()}")
        case = factories.case(session, filer, status="submitted", created_by=filer.id)
        return case, people.open_session(session, session.get_one(User, filer.id), ip="", kind="api").token


def opened(case: Case, key: str, stage: str | None = None) -> None:
    with transaction() as session:
        course.project(session, str(case.id), stage, [TaskRequest(key=key)])


def test_turn_of_an_officer_is_told_at_once_and_says_no_more_than_the_page(
    address: str, database: str
) -> None:
    took = []
    for _ in range(3):  # the quickest counts: another program may hold the processor at any one of them
        case, token = applicant(database)
        opened(case, "formal_review", "formal_review")
        with listening(f"{address}/api/v1/cases/{case.case_no}/events", token) as heard:
            began = time.monotonic()
            opened(case, "triage")  # a hidden event; no stage is entered
            event: dict[str, Any] = heard.get(timeout=120)
            took.append(time.monotonic() - began)
    assert min(took) < 1, took
    assert (event["event"], event["data"]["event"]) == ("status", "turn.changed")
    assert set(event["data"]) == {"id", "at", "event", "stage", "text"}
    assert "triage" not in str(event)
    assert "复杂" not in str(event)


def test_hidden_event_that_changes_nothing_for_the_reader_is_not_told(address: str, database: str) -> None:
    case, token = applicant(database)
    opened(case, "formal_review", "formal_review")
    with listening(f"{address}/api/v1/cases/{case.case_no}/events", token) as heard:
        with transaction() as session:
            row = session.exec(select(Case).where(Case.id == case.id).with_for_update()).one()
            from models.vocabulary.events import Event
            from services import audit

            audit.record(session, Event.TASK_CLAIMED, case=row)
            public = audit.record(session, Event.TASK_COMPLETED, case=row, public=True).id
        assert heard.get(timeout=120)["id"] == str(public)


def test_turn_that_changed_while_the_line_was_broken_is_told_on_return(address: str, database: str) -> None:
    case, token = applicant(database)
    opened(case, "formal_review", "formal_review")
    url = f"{address}/api/v1/cases/{case.case_no}/events"
    with transaction() as session:
        from sqlmodel import func

        from models.tables import AuditEvent

        last = session.exec(select(func.max(AuditEvent.id)).where(AuditEvent.case_id == case.id)).one()
    opened(case, "triage")
    with listening(url, token, **{"Last-Event-ID": str(last)}) as heard:
        assert heard.get(timeout=120)["data"]["event"] == "turn.changed"
