"""Text revision 文本完善 and its check (G10, G14)."""

from models.vocabulary.specs import OVERDUE, Task
from workflows.procedure import Ended, Procedure
from workflows.stages.nouns import RevisionNouns
from workflows.stages.signing import reject


async def revision(
    case: Procedure,
    its: RevisionNouns,
    again_before: list[str] | None = None,
    also: Task | None = None,
) -> None:
    """The applicant answers every finding and the officer checks it, until it holds.

    Args:
        again_before: experts who look at the revised text as well (修改后复审).
        also: the check of a second body that reviewed the case with the centre (会同审核).
    """
    allowed = (await case.round_limits()).revision_rounds
    rounds = 0
    while True:
        rounds += 1
        round_ = case.next_round(its.REVISION)
        if (await case.ask(its.REVISION, round_)).outcome == OVERDUE:
            await case.issue("termination_notice")
            raise Ended("lapsed")
        await case.reissue(*its.APPENDICES)
        if await _holds(case, its, round_, again_before or [], also):
            return
        if rounds >= allowed:
            await reject(case, its)  # sent back by the supervisor: one more round


async def _holds(
    case: Procedure, its: RevisionNouns, round_: int, experts: list[str], also: Task | None
) -> bool:
    """Does the officer, the second body, and do the experts asked, find every finding answered?"""
    if (await case.ask(its.REVISION_CHECK, round_)).outcome != "ok":
        return False
    if also is not None and (await case.ask(also, round_)).outcome != "ok":
        return False
    return "not_ok" not in [a.outcome for a in await case.ask_each(its.REVISION_RECHECK, experts, round_)]
