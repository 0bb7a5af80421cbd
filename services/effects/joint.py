"""What answers change in a joint review: the preparation, either side's requests, the decision of both."""

from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from services import findings
from services.access import Actor
from services.effects.kinds import Effect
from services.effects.review import next_revision, resubmitted, revision_check


def readiness_check(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """What the exchange does not confirm is asked of the applicant (S01)."""
    findings.judge(session, case, "readiness_supplement", task.round - 1, {}, outcome == "ready")
    items = [
        (f"readiness.{i['subject']}", str(i.get("note") or ""), "前期对接自查")
        for i in data.get("items", [])
        if not i.get("confirmed")
    ]
    if outcome == "supplement":
        findings.add(
            session, case, stage="readiness_supplement", round_=task.round, source="exchange", items=items
        )


def side_review(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """One side's finding in a joint review: its mark of complexity, its requests (G23, G24)."""
    case.complex = case.complex or bool(data.get("complex"))
    if outcome == "needs_revision":
        source = "exchange" if task.key == "exchange_review" else "officer"
        _ask_for_changes(session, case, source, data)


def joint_decision(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """What conference or bureau decides takes the place of what a side had asked for (G23)."""
    if outcome in ("pass", "revise"):
        findings.set_aside(session, case, "revision", next_revision(session, case))
    if outcome == "revise":
        _ask_for_changes(session, case, "bureau" if task.key == "bureau_decision" else "conference", data)


def _ask_for_changes(session: Session, case: Case, source: str, data: dict[str, Any]) -> None:
    items = [(str(c.get("target") or ""), str(c.get("text") or ""), "") for c in data.get("changes", [])]
    round_ = next_revision(session, case)
    findings.add(session, case, stage="revision", round_=round_, source=source, items=items)


EFFECTS: dict[str, Effect] = {
    "readiness_check": readiness_check,
    "readiness_supplement": resubmitted,
    "centre_review": side_review,
    "exchange_review": side_review,
    "conference": joint_decision,
    "bureau_decision": joint_decision,
    "revision_exchange_check": revision_check,
}
