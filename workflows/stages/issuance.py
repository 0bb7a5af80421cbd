"""Issuance 签发: the amount reviewed, confirmed, approved by another person, entered into the ledger (G18, G19, M06)."""

from models.vocabulary.specs import OVERDUE
from workflows.procedure import Ended, Procedure
from workflows.stages.nouns import IssuanceNouns


async def issuance(case: Procedure, its: IssuanceNouns) -> bool:
    """From the review of the amount to the certificate.

    Returns:
        False when the issuance is refused.
    """
    while await _amount_agreed(case, its):
        await case.stage(its.APPROVING)
        round_ = case.next_round(its.ISSUANCE_APPROVAL)
        decision = (await case.ask(its.ISSUANCE_APPROVAL, round_)).outcome
        if decision == "refuse" and await _refused(case, its):
            return False
        if decision == "approve" and (await case.carry_out("post_issuance", round_)).outcome == "posted":
            await case.issue("issuance_notice", "issuance_certificate")
            return True
        # sent back, not confirmed, or something came in between: the amount is reviewed again
    return False


async def _amount_agreed(case: Procedure, its: IssuanceNouns) -> bool:
    """Review until an amount stands that the applicant knows of; False when the issuance is refused."""
    while True:
        await case.stage(its.REVIEWING)
        round_ = case.next_round(its.QUANTITY_REVIEW)
        review = (await case.ask(its.QUANTITY_REVIEW, round_)).outcome
        if review == "agree":
            await case.issue("quantity_opinion", round_=round_)
            if await _known_to_applicant(case, its, round_):
                return True
        elif review == "complex":
            await _asked_institution(case, its)
        elif review == "needs_revision":
            if not await _mended(case, its):
                return False
        elif await _refused(case, its):
            return False


async def _known_to_applicant(case: Procedure, its: IssuanceNouns, round_: int) -> bool:
    """Less than was asked for is confirmed by the applicant, or contested and reviewed again."""
    if (await case.carry_out("weigh_amount", round_)).outcome != "lower":
        return True
    return (await case.ask(its.AMOUNT_CONFIRMATION, round_)).outcome == "confirm"


async def _asked_institution(case: Procedure, its: IssuanceNouns) -> None:
    """A technical service institution looks at the amount; what it finds, the officer concludes from (G19)."""
    if (await case.ask(its.QUANTITY_AGENCY_APPROVAL)).outcome != "approve":
        return
    round_ = case.next_round(its.QUANTITY_AGENCY_REVIEW)
    if (await case.ask(its.QUANTITY_AGENCY_REVIEW, round_)).outcome != "another_institution":
        await case.issue("quantity_report", round_=round_)


async def _mended(case: Procedure, its: IssuanceNouns) -> bool:
    """The applicant mends D and E. Rounds beyond what the rules allow are refused, unless the supervisor sends it back."""
    round_ = case.next_round(its.REVISION)
    if round_ > (await case.round_limits()).revision_rounds and await _refused(case, its):
        return False
    await case.stage(its.REVISING)
    if (await case.ask(its.REVISION, round_)).outcome == OVERDUE:
        await case.issue("termination_notice")
        raise Ended("lapsed")
    await case.reissue(*its.APPENDICES)
    return True


async def _refused(case: Procedure, its: IssuanceNouns) -> bool:
    """A refusal takes two persons: does the supervisor confirm it?"""
    if (await case.ask(its.ISSUANCE_REFUSAL_APPROVAL)).outcome != "confirm":
        return False
    await case.issue("issuance_refusal")
    return True
