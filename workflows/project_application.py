"""Project application 碳普惠减排项目申请 — the course of the procedure, as the guideline lays it down.

形式审查 → 专业技术服务机构审查（复杂项目）→ 专家论证 → 文本完善 → 公示 → 技术审核意见 → 公开发布 → 首次签发（同步申请的）
"""

from temporalio import workflow

from models.procedures import project_application as its
from workflows.procedure import Procedure
from workflows.stages.agency_review import technical_review
from workflows.stages.expert_panel import expert_panel
from workflows.stages.formal_review import formal_review
from workflows.stages.issuance import issuance
from workflows.stages.publicity import publicity
from workflows.stages.revision import revision
from workflows.stages.signing import publication, technical_opinion


@workflow.defn(name=its.KEY)
class ProjectApplication(Procedure):
    """From submission to publication."""

    @workflow.run
    async def run(self, case_id: str) -> str:
        """Conduct the case; the result is its final status."""
        return await self.conduct(self.course())

    async def course(self) -> str:
        """The order of steps."""
        await self.stage("formal_review")  # G06 G07 G09 G10
        await self.issue("receipt", *its.APPENDICES)
        await formal_review(self, its)

        await self.stage("technical_review")  # G11: complex projects only
        findings = await technical_review(self, its)

        await self.stage("expert_review")  # G12 G13: at least five, all opinions in
        verdict = await expert_panel(self, its)

        if findings or verdict.needs_revision:  # G10 G14: improve the text
            await self.stage("revision")
            await revision(self, its, again_before=verdict.rechecking)

        await self.stage("publicity")  # G14 M05: five working days, every objection answered
        await publicity(self, its)

        await self.stage("opinion")  # G14: two signatures
        await technical_opinion(self, its)

        await self.stage("publication")  # G15: a number that never changes
        asked = await publication(self, its)

        if asked:  # G18: the first issuance, never before publication
            await issuance(self, its)
        return its.SPEC.success
