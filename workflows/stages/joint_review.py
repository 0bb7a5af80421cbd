"""Joint review 会同审核: centre and exchange each give a finding, and only together they decide (G23, G24)."""

import asyncio

from workflows.procedure import Procedure
from workflows.stages.nouns import JointReviewNouns
from workflows.stages.signing import reject, rejected


async def joint_review(case: Procedure, its: JointReviewNouns) -> bool:
    """Two findings side by side until both agree, confer, or have the bureau decide.

    Returns:
        True when the applicant has something to revise.
    """
    while True:
        round_ = case.next_round(its.CENTRE_REVIEW)
        found = await asyncio.gather(
            case.ask(its.CENTRE_REVIEW, round_), case.ask(its.EXCHANGE_REVIEW, round_)
        )
        result = await _concluded(case, its, [side.outcome for side in found])
        await case.issue("joint_review_opinion", round_=round_)
        if result != "refuse":
            return result == "revise"
        await reject(case, its)  # sent back by the supervisor: both look again


async def _concluded(case: Procedure, its: JointReviewNouns, outcomes: list[str]) -> str:
    """pass, revise or refuse: what both say, or what a conference or the bureau makes of it."""
    if outcomes == ["disagree", "disagree"]:
        return "refuse"
    if "disagree" in outcomes:
        return await _conferred(case, its)
    return "revise" if "needs_revision" in outcomes else "pass"


async def _conferred(case: Procedure, its: JointReviewNouns) -> str:
    """The sides confer; minutes both stand by decide, else the bureau does."""
    while True:
        round_ = case.next_round(its.CONFERENCE)
        result = (await case.ask(its.CONFERENCE, round_)).outcome
        confirmed = (await case.ask(its.CONFERENCE_CONFIRMATION, round_)).outcome
        if confirmed == "return":
            continue
        await case.issue("conference_minutes", round_=round_)
        if confirmed == "confirm" and result != "unresolved":
            return result
        return await _decided(case, its)


async def _decided(case: Procedure, its: JointReviewNouns) -> str:
    """The bureau's decision is final; a refusal rests on a third body and needs no further hand."""
    decision = (await case.ask(its.BUREAU_DECISION)).outcome
    if decision == "refuse":
        await rejected(case)
    return decision
