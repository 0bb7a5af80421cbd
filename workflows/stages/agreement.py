"""Cooperation agreement 合作协议: drafted by the exchange, signed by both sides (J10)."""

from workflows.procedure import Procedure
from workflows.stages.nouns import AgreementNouns


async def agreement(case: Procedure, its: AgreementNouns) -> None:
    """The merchant signs the draft it was shown, and the exchange countersigns; either may send it back."""
    await case.stage("agreement")
    while True:
        round_ = case.next_round(its.AGREEMENT_DRAFT)
        await case.ask(its.AGREEMENT_DRAFT, round_)
        await case.issue("agreement_draft", round_=round_)
        if (await case.ask(its.AGREEMENT, round_)).outcome == "return":
            continue
        if (await case.ask(its.AGREEMENT_COUNTERSIGNATURE, round_)).outcome == "return":
            continue
        return await case.issue("cooperation_agreement", round_=round_)
