"""Evaluation 评估论证 by the exchange, and its report to the bureau (J08, J09)."""

from models.vocabulary.specs import OVERDUE
from workflows.procedure import Procedure
from workflows.stages.nouns import AssessmentNouns
from workflows.stages.signing import rejected


async def assessed(case: Procedure, its: AssessmentNouns) -> int:
    """Evaluated by one person, signed by another; a negative opinion ends the case. Returns its round."""
    await case.stage("assessment")
    round_, outcome = await case.signed(its.MALL_ASSESSMENT, its.MALL_ASSESSMENT_SIGNATURE)
    await case.issue("mall_assessment_opinion", round_=round_)
    if outcome == "negative":
        await rejected(case)
    return round_


async def approved_by_bureau(case: Procedure, its: AssessmentNouns, round_: int) -> bool:
    """The opinion is reported and the bureau decides; False when it wants another evaluation."""
    await reported(case, round_)
    decision = (await case.ask(its.BUREAU_RECEIPT, round_)).outcome
    await case.issue("bureau_reply", round_=round_)
    if decision == "refuse":
        await rejected(case)
    return decision == "approve"


async def acknowledged_by_bureau(case: Procedure, its: AssessmentNouns, round_: int) -> None:
    """The bureau acknowledges what was reported; its silence is put down and stops nothing."""
    if (await case.ask(its.BUREAU_ACKNOWLEDGEMENT, round_)).outcome != OVERDUE:
        await case.issue("bureau_reply", round_=round_)


async def reported(case: Procedure, round_: int) -> None:
    """The opinion goes to the bureau with a letter."""
    await case.stage("bureau_report")
    await case.issue("bureau_report", round_=round_)
