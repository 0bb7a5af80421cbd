"""Evaluation 跟踪评估: checked by centre and exchange, put to the holder, signed by both (G29)."""

import asyncio

from workflows.procedure import Procedure
from workflows.stages.nouns import EvaluationNouns


async def data_check(case: Procedure, its: EvaluationNouns) -> bool:
    """Both members of the team check; True when either proposes a visit."""
    sides = await asyncio.gather(case.ask(its.DATA_CHECK), case.ask(its.EXCHANGE_DATA_CHECK))
    return "visit" in [side.outcome for side in sides]


async def concluded(case: Procedure, its: EvaluationNouns) -> str:
    """Draft, feedback, two signatures; either may send it back. A silent holder does not stop it.

    Returns:
        What the signed report proposes.
    """
    while True:
        round_ = case.next_round(its.EVALUATION_REPORT)
        report = await case.ask(its.EVALUATION_REPORT, round_)
        await case.ask(its.FEEDBACK, round_, letter="evaluation_findings")
        signed = await asyncio.gather(
            case.ask(its.REPORT_SIGNATURE, round_), case.ask(its.EXCHANGE_REPORT_SIGNATURE, round_)
        )
        if "return" not in [signature.outcome for signature in signed]:
            await case.issue("evaluation_report", round_=round_)
            return report.outcome
