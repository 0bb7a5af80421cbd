"""What an answer changes besides closing its task, in the same transaction. Keyed by the kind of task."""

from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from services.access import Actor
from services.effects import evaluation, issuance, joint, review
from services.effects.kinds import Effect

EFFECTS: dict[str, Effect] = review.EFFECTS | joint.EFFECTS | evaluation.EFFECTS | issuance.EFFECTS


def apply(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """Run the effect of this kind of task, if it has one."""
    effect = EFFECTS.get(task.key)
    if effect is not None:
        effect(session, actor, case, task, outcome, data)
