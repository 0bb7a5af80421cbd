"""Formal review 形式审查: complete and conforming, item by item (G07, G09, G10)."""

from models.vocabulary.specs import OVERDUE
from workflows.procedure import Ended, Procedure
from workflows.stages.nouns import FormalReviewNouns


async def formal_review(case: Procedure, its: FormalReviewNouns) -> None:
    """Accept, or ask for corrections with all defects at once, or refuse with two persons.

    More rounds than the rule allows are the supervisor's decision; a correction nobody files lapses.
    """
    allowed = (await case.round_limits()).correction_rounds
    round_ = corrections = 0
    while True:
        round_ += 1
        review = await case.ask(its.FORMAL_REVIEW, round_)
        if review.outcome == "accept":
            return await case.issue("acceptance_notice")
        if review.outcome == "refuse":
            if (await case.ask(its.REFUSAL_APPROVAL, round_)).outcome == "confirm":
                await _refused(case)
            continue
        corrections += 1
        if corrections > allowed and (await case.ask(its.EXTRA_ROUND, round_)).outcome == "refuse":
            await _refused(case)
        await _corrected(case, its, round_)


async def _corrected(case: Procedure, its: FormalReviewNouns, round_: int) -> None:
    """The notice, the applicant's answer, and the appendices as they read now."""
    if (await case.ask(its.CORRECTION, round_, letter="correction_notice")).outcome == OVERDUE:
        await case.issue("termination_notice")
        raise Ended("lapsed")
    await case.reissue(*its.APPENDICES)


async def _refused(case: Procedure) -> None:
    await case.issue("refusal_notice")
    raise Ended("not_accepted")
