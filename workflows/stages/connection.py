"""Connection 数据对接: agreed, tested, accepted by both sides, live (G25)."""

import asyncio

from workflows.procedure import Procedure
from workflows.stages.nouns import ConnectionNouns


async def connection(case: Procedure, its: ConnectionNouns) -> None:
    """Fields and credentials, test records, two acceptances; whatever fails is agreed and tested again."""
    while True:
        await case.signed(its.CONNECTION_SPEC, its.CONNECTION_AGREEMENT)
        if await _accepted(case, its):
            break
    await case.carry_out("go_live")
    await case.issue("connection_acceptance")


async def _accepted(case: Procedure, its: ConnectionNouns) -> bool:
    """Test until both sides accept; False when the agreement itself has to change."""
    while True:
        round_ = case.next_round(its.CONNECTION_TEST)
        if (await case.ask(its.CONNECTION_TEST, round_)).outcome == "failed":
            return False
        sides = await asyncio.gather(
            case.ask(its.CENTRE_ACCEPTANCE, round_), case.ask(its.EXCHANGE_ACCEPTANCE, round_)
        )
        if "return" not in [side.outcome for side in sides]:
            return True
