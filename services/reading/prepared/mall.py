"""What the tasks of a mall onboarding start with: what was agreed or counted before."""

from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from services import clock, mall
from services.reading.prepared.kinds import Fit, Start
from services.reading.prepared.review import again


def _report(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    """The report of the round before; in the first, what the platform has counted."""
    member = mall.of_case(session, case)
    return again(session, case, task) or ({"redeemed": member.redeemed} if member else {})


def _fit_report(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    """No more than the event put out."""
    member = mall.of_case(session, case)
    if member is None or member.quota is None:
        return example
    redeemed = min(int(example["redeemed"]), member.quota)
    return {**example, "redeemed": redeemed, "participants": min(int(example["participants"]), redeemed)}


def _assessment(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    return again(session, case, task) or {"assessed_on": clock.today().date().isoformat()}


STARTS: dict[str, Start] = {
    "mall_assessment": _assessment,
    "agreement_draft": again,
    "activity_report": _report,
}
FITS: dict[str, Fit] = {"activity_report": _fit_report}
