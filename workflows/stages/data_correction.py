"""Data correction 数据修正: self-check, recomputation, two persons decide, a linked reversal (G27, I34)."""

import asyncio

from models.vocabulary.facts import TaskClosed
from models.vocabulary.specs import Task
from workflows.procedure import Procedure
from workflows.stages.nouns import CorrectionNouns


async def data_correction(case: Procedure, its: CorrectionNouns) -> None:
    """The affected days are blocked for issuance until the decision is posted."""
    entry = (await case.carry_out("block_period")).outcome
    round_ = await _decided(case, its, entry)
    await case.carry_out("correct_lots", round_)
    await case.issue("correction_decision", round_=round_)
    await case.carry_out("lift_block")


async def _decided(case: Procedure, its: CorrectionNouns, entry: str) -> int:
    """The round of the recomputation that both persons agree to; whatever is sent back is recomputed."""
    await _self_check(case, its)
    while True:
        round_ = case.next_round(its.CORRECTION_REVIEW)
        if (await case.ask(its.CORRECTION_REVIEW, round_)).outcome == "again":
            await _self_check(case, its)
            continue
        if entry == "scenario" and _sent_back([await case.ask(its.EXCHANGE_CORRECTION_REVIEW, round_)]):
            continue
        if not _sent_back(
            await _both(case, its.CORRECTION_APPROVAL, its.CORRECTION_COUNTERSIGNATURE, round_)
        ):
            return round_


async def _self_check(case: Procedure, its: CorrectionNouns) -> None:
    """The holder looks into the data; silence leaves the centre with what is proven."""
    await case.ask(its.CORRECTION_ANSWER, letter="rectification_notice")


async def _both(case: Procedure, one: Task, other: Task, round_: int) -> list[TaskClosed]:
    return list(await asyncio.gather(case.ask(one, round_), case.ask(other, round_)))


def _sent_back(answers: list[TaskClosed]) -> bool:
    return "return" in [answer.outcome for answer in answers]
