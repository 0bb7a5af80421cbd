"""Mall onboarding 碳积分商城入驻 — the course of the procedure, as the points guide lays it down.

入驻方式确认（其他方式）→ 技术审查 → 评估论证 → 报送市生态环境局（商城、分平台）→ 签署合作协议 → 系统对接 → 上线；
特定活动：评估论证 → 活动期内开放 → 到期自动关闭 → 活动总结
"""

import asyncio

from temporalio import workflow

from models.procedures import mall_onboarding as its
from workflows.procedure import Procedure
from workflows.stages.agreement import agreement
from workflows.stages.assessment import acknowledged_by_bureau, approved_by_bureau, assessed, reported
from workflows.stages.connection import connected
from workflows.stages.event import event
from workflows.stages.formal_review import formal_review
from workflows.stages.signing import rejected


@workflow.defn(name=its.KEY)
class MallOnboarding(Procedure):
    """From the application to an open mall, or to the end of an event."""

    @workflow.run
    async def run(self, case_id: str) -> str:
        """Conduct the case; the result is its final status."""
        return await self.conduct(self.course())

    async def course(self) -> str:
        """The order of steps."""
        mode = (await self.carry_out("mall_mode")).outcome  # J06
        await self.issue("receipt", *its.APPENDICES)
        if mode == "other":  # J06: the bureau confirms the way first
            await self.mode_confirmed()

        await self.stage("formal_review")  # J07 J08: complete, conforming, reliable
        await formal_review(self, its)

        round_ = await assessed(self, its)  # J08
        if mode == "event":  # J09: not reported; J10: runs in its window and closes by itself
            await event(self, its)
            return "closed"
        if mode == "other":
            await self.joined()
        else:
            await self.reported_and_joined(round_)
        await self.carry_out("mall_online")
        await self.issue("mall_admission")
        return its.SPEC.success

    async def mode_confirmed(self) -> None:
        """Another way of joining is the bureau's to confirm."""
        await self.stage("mode_confirmation")
        if (await self.ask(its.MODE_CONFIRMATION)).outcome == "refuse":
            await rejected(self)

    async def reported_and_joined(self, round_: int) -> None:
        """J09: the opinion is reported; the bureau decides on it, or takes notice while the work goes on."""
        if (await self.carry_out("bureau_gate")).outcome == "notify":
            await reported(self, round_)
            await asyncio.gather(acknowledged_by_bureau(self, its, round_), self.joined())
            return
        while not await approved_by_bureau(self, its, round_):
            round_ = await assessed(self, its)
        await self.joined()

    async def joined(self) -> None:
        """J10: the agreement is signed and the systems are connected before anybody is online."""
        await agreement(self, its)
        await self.carry_out("mall_admit")
        await self.stage("connection")
        await connected(self, its)
