"""What answers change in an issuance: amounts, findings, the institution asked (G19, I04)."""

from typing import Any

from sqlmodel import Session, select

from models.tables import Case, Party, TaskRow
from services import checks, findings, issuing
from services.access import Actor
from services.effects.kinds import Effect
from services.effects.review import next_revision


def quantity_review(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """The amounts and what they rest on; what has to be mended; whom to ask."""
    coming = next_revision(session, case)
    findings.judge(session, case, "revision", coming - 1, {}, outcome != "needs_revision")
    issuing.reviewed(session, case, outcome, data)
    if outcome == "needs_revision":
        items = [(str(c.get("target") or ""), str(c.get("text") or ""), "") for c in data.get("changes", [])]
        findings.add(session, case, stage="revision", round_=coming, source="officer", items=items)
    if outcome == "complex":
        code = data.get("agency_uscc")
        named = session.exec(select(Party).where(Party.uscc == code)).first() if code else None
        chosen = named or checks.propose_agency(session, case)
        case.complex, case.agency_id = True, chosen.id if chosen else None


EFFECTS: dict[str, Effect] = {"quantity_review": quantity_review}
