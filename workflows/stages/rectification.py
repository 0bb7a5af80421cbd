"""Rectification 限期整改: asked for in writing, checked, asked for again or escalated (S04)."""

from workflows.procedure import Procedure
from workflows.stages.nouns import RectificationNouns


async def rectification(case: Procedure, its: RectificationNouns) -> str:
    """Until it is settled, or two persons agree that it will not be.

    Returns:
        "ok" or "escalate".
    """
    while True:
        round_ = case.next_round(its.RECTIFICATION)
        await case.ask(its.RECTIFICATION, round_, letter="rectification_notice")
        checked = (await case.ask(its.RECTIFICATION_CHECK, round_)).outcome
        if checked == "escalate" and await _sent_back(case, its, round_):
            continue
        if checked != "again":
            return checked


async def _sent_back(case: Procedure, its: RectificationNouns, round_: int) -> bool:
    """Does the supervisor give the holder one more chance?"""
    return (await case.ask(its.ESCALATION_APPROVAL, round_)).outcome == "return"
