"""Checks of answers in a mall onboarding against the rows (J06, J10)."""

from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services import clock, mall
from services.checks.kinds import Check, gathered


def mode_stays(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """The course follows the mode applied for: another mode is another application (J06)."""
    return [
        Problem(
            f"changes.{row}.path",
            Text(
                "The mode cannot be changed on the way; withdraw and apply anew.",
                "办理中不能变更入驻模式，如需变更请撤回后重新申请。",
            ),
        )
        for row, change in enumerate(data.get("changes", []))
        if change.get("path") == "mode" and change.get("value") != case.form.get("mode")
    ]


def event_still_ahead(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """An event whose days are over is not approved (J10)."""
    _, closes = mall.window(case.form, clock.now())
    if outcome != "positive" or closes is None or closes > clock.now():
        return []
    return [
        Problem(
            "subjects.rules",
            Text(
                "The days of this event are over; it cannot be approved.",
                "申请的活动期已过，不能同意入驻；请作出不同意的结论，权益方可以另行申请。",
            ),
        )
    ]


def within_quota(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """No event reports more pieces than it put out (I26)."""
    member = mall.of_case(session, case)
    if member is None or member.quota is None or int(data.get("redeemed") or 0) <= member.quota:
        return []
    return [
        Problem(
            "redeemed",
            Text(
                f"The event put out {member.quota} pieces; please check.",
                f"活动投放总量为 {member.quota} 件，兑换件数不能超过投放总量，请核对。",
            ),
        )
    ]


CHECKS: dict[str, Check] = gathered(mode_stays, event_still_ahead, within_quota)
