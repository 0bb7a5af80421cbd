"""Publicity 公示: five working days before the public, every objection answered (M05, G14)."""

import asyncio

from temporalio import workflow

from models.vocabulary.specs import Task
from workflows.procedure import Procedure
from workflows.stages.nouns import PublicityNouns
from workflows.stages.revision import revision
from workflows.stages.signing import refusal_confirmed, rejected


async def publicity(case: Procedure, its: PublicityNouns, also: Task | None = None) -> None:
    """Release, wait, answer. An objection upheld sends the text back, and the days count anew (I19).

    Args:
        also: the check of a second body that reviewed the case with the centre (会同审核).
    """
    while True:
        round_, _ = await case.signed(its.PUBLICITY_RELEASE, its.PUBLICITY_APPROVAL)
        objections = await case.publish_for_comment(round_)
        answers = await asyncio.gather(*(_answered(case, its, round_, slot) for slot in objections))
        if "upheld_fatal" in answers:
            await rejected(case)
        if "upheld_curable" not in answers:
            return
        if also is not None and workflow.patched("2026-11-both-check-what-an-objection-changed"):
            await revision(case, its, also=also)
        else:
            await revision(case, its)


async def _answered(case: Procedure, its: PublicityNouns, round_: int, slot: str) -> str:
    """The applicant is heard, the officer decides; what would end the case is two persons' decision."""
    await case.ask(its.OBJECTION_REPLY, slot=slot)
    while True:
        decision = await case.ask(its.OBJECTION_ANSWER, slot=slot)
        if decision.outcome != "upheld_fatal" or await refusal_confirmed(case, its, slot=slot):
            await case.issue("objection_answer", round_=round_, slot=slot)
            return decision.outcome
