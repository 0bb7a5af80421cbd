"""Scenario application 碳普惠减排场景申请 — the course of the procedure, as the guideline lays it down.

前期对接 → 形式审查 → 会同审核 → 专家论证（复杂场景）→ 文本完善 → 公示 → 技术审核意见 → 公开发布 → 数据对接
"""

from temporalio import workflow

from models.procedures import scenario_application as its
from workflows.procedure import Procedure
from workflows.stages.connection import connection
from workflows.stages.expert_panel import Verdict, expert_panel
from workflows.stages.formal_review import formal_review
from workflows.stages.joint_review import joint_review
from workflows.stages.publicity import publicity
from workflows.stages.readiness import readiness
from workflows.stages.revision import revision
from workflows.stages.signing import publication, technical_opinion


@workflow.defn(name=its.KEY)
class ScenarioApplication(Procedure):
    """From the preparation to a connected platform."""

    @workflow.run
    async def run(self, case_id: str) -> str:
        """Conduct the case; the result is its final status."""
        return await self.conduct(self.course())

    async def course(self) -> str:
        """The order of steps."""
        await self.stage("readiness")  # S01: what was prepared, confirmed by the exchange
        await self.issue("receipt", *its.APPENDICES)
        await readiness(self, its)

        await self.stage("formal_review")  # G07 G09 G21 G22
        await formal_review(self, its)

        await self.stage("joint_review")  # G23: centre and exchange, both
        findings = await joint_review(self, its)

        verdict = await self.experts()  # G24: complex scenarios only
        if findings or verdict.needs_revision:  # G10: improve the text
            await self.stage("revision")
            await revision(self, its, again_before=verdict.rechecking, also=its.EXCHANGE_CHECK)

        await self.stage("publicity")  # G14 M05: five working days, every objection answered
        await publicity(self, its, also=its.EXCHANGE_CHECK)

        await self.stage("opinion")  # G14: two signatures
        await technical_opinion(self, its)

        await self.stage("publication")  # G15: public from now on, under a number that never changes
        await publication(self, its)

        await self.stage("connection")  # G25: online once both sides have accepted
        await connection(self, its)
        return its.SPEC.success

    async def experts(self) -> Verdict:
        """A panel, when either side has marked the scenario as complex."""
        if not (await self.marks()).complex:
            return Verdict(needs_revision=False)
        await self.stage("expert_review")
        return await expert_panel(self, its)
