"""Decisions that carry two signatures, and refusals."""

from workflows.procedure import Ended, Procedure
from workflows.stages.nouns import Refusing, SigningNouns


async def refusal_confirmed(case: Procedure, its: Refusing, slot: str = "1") -> bool:
    """Does the supervisor confirm that the application is refused? No: it is sent back."""
    return (await case.ask(its.REJECTION_APPROVAL, slot=slot)).outcome == "confirm"


async def rejected(case: Procedure) -> None:
    """The end of an application that is refused. Raises Ended."""
    await case.issue("rejection_notice")
    raise Ended("rejected")


async def reject(case: Procedure, its: Refusing, slot: str = "1") -> None:
    """Refuse the application when the supervisor confirms; returns when the supervisor sends it back."""
    if await refusal_confirmed(case, its, slot):
        await rejected(case)


async def technical_opinion(case: Procedure, its: SigningNouns) -> None:
    """Technical review opinion 技术审核意见: drafted by the officer, signed by the supervisor (G14)."""
    round_, outcome = await case.signed(its.TECHNICAL_OPINION, its.TECHNICAL_OPINION_SIGNATURE)
    await case.issue("technical_opinion", round_=round_)
    if outcome == "negative":
        await rejected(case)


async def publication(case: Procedure, its: SigningNouns) -> bool:
    """Publication 公开发布: the public list and a permanent number (G15).

    Returns:
        True when the first issuance was asked for along with it (G18).
    """
    await case.signed(its.PUBLICATION, its.PUBLICATION_APPROVAL)
    published = await case.publish()
    await case.issue("publication_notice")
    return published.first_issuance
