"""Tracking evaluation 跟踪评估 and data correction 数据修正 — the course, opened by the office.

资料核查 → 现场踏勘（视情况）→ 评估报告与反馈 → 共同签署 → 符合 / 限期整改 / 数据修正 / 暂停 / 提请撤销
"""

from temporalio import workflow

from models.procedures import tracking_evaluation as its
from workflows.procedure import Procedure
from workflows.stages.data_correction import data_correction
from workflows.stages.evaluation import concluded, data_check
from workflows.stages.rectification import rectification
from workflows.stages.suspension import revocation, suspension


@workflow.defn(name=its.KEY)
class TrackingEvaluation(Procedure):
    """From the opening to what came of it."""

    @workflow.run
    async def run(self, case_id: str) -> str:
        """Conduct the case; the result is its final status."""
        return await self.conduct(self.course())

    async def course(self) -> str:
        """The order of steps."""
        found = await self.found()

        if found == "rectify":  # S04: a task with a deadline both sides see
            await self.stage("rectification")
            found = "suspend" if await rectification(self, its) == "escalate" else "closed"
        if found == "correct":  # G27: by linked reversal, issuance blocked meanwhile
            await self.stage("data_correction")
            await data_correction(self, its)
        if found == "suspend":  # G29: neither records nor issuance
            await self.stage("suspension")
            found = await suspension(self, its)
        if found == "revoke":
            await self.stage("revocation")
            await revocation(self, its)
        return its.SPEC.success

    async def found(self) -> str:
        """What the evaluation comes to; a clear anomaly of data is corrected without one."""
        if (await self.carry_out("open_evaluation")).outcome == "correction":
            return "correct"
        await self.stage("data_check")  # G29: four criteria, centre and exchange
        if await data_check(self, its):
            await self.stage("site_visit")
            await self.ask(its.SITE_VISIT)
        await self.stage("evaluation_report")  # feedback of the holder, two signatures
        return await concluded(self, its)
