"""Connection 数据对接: agreed, tested, accepted by both sides, live (G25)."""

import asyncio

from workflows.procedure import Procedure
from workflows.stages.nouns import ConnectionNouns


async def connection(case: Procedure, its: ConnectionNouns) -> None:
    """A published scenario goes live once its platform is connected."""
    await connected(case, its)
    await case.carry_out("go_live")
    await case.issue("connection_acceptance")


async def connected(case: Procedure, its: ConnectionNouns) -> None:
    """Fields and credentials, test records, acceptances; whatever fails is agreed and tested again."""
    while True:
        await case.signed(its.CONNECTION_SPEC, its.CONNECTION_AGREEMENT)
        if await _accepted(case, its):
            return


async def _accepted(case: Procedure, its: ConnectionNouns) -> bool:
    """Test until every side accepts; False when the agreement itself has to change."""
    while True:
        round_ = case.next_round(its.CONNECTION_TEST)
        if (await case.ask(its.CONNECTION_TEST, round_)).outcome == "failed":
            return False
        sides = await asyncio.gather(*(case.ask(acceptance, round_) for acceptance in its.ACCEPTANCES))
        if "return" not in [side.outcome for side in sides]:
            return True
