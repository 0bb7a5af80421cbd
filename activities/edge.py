"""The edge of every activity: one transaction, at the right moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlmodel import Session

from services import clock
from services.session import transaction

#: In the time-skipping test server the workflow's clock is the only one; elsewhere the real one is.
follow_workflow_time = False


@contextmanager
def work(at: datetime) -> Iterator[Session]:
    """A transaction; `at` is the workflow's own time, used only when tests move time."""
    with clock.at(at if follow_workflow_time else None), transaction() as session:
        yield session


def moment(at: datetime) -> datetime:
    """The instant a limit is judged by: never before the workflow's timer rang."""
    return at if follow_workflow_time else max(at, clock.now())
