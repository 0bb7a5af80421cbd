"""Readiness 前期对接: confirmed by the exchange before the formal review begins (S01)."""

from models.vocabulary.specs import OVERDUE
from workflows.procedure import Ended, Procedure
from workflows.stages.nouns import ReadinessNouns


async def readiness(case: Procedure, its: ReadinessNouns) -> None:
    """Confirmed, or supplemented until it is; a supplement nobody files lapses."""
    round_ = 0
    while True:
        round_ += 1
        if (await case.ask(its.READINESS_CHECK, round_)).outcome == "ready":
            return
        if (await case.ask(its.READINESS_SUPPLEMENT, round_)).outcome == OVERDUE:
            await case.issue("termination_notice")
            raise Ended("lapsed")
        await case.reissue(*its.APPENDICES)
