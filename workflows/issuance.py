"""Issuance of reductions 项目减排量签发 — the course of the procedure, as the guideline lays it down.

形式审查 → 减排量审查（类型复杂的，由专业技术服务机构审查）→ 完善 → 签发审批 → 签发
"""

from temporalio import workflow

from models.procedures import issuance as its
from workflows.procedure import Ended, Procedure
from workflows.stages.formal_review import formal_review
from workflows.stages.issuance import issuance


@workflow.defn(name=its.KEY)
class Issuance(Procedure):
    """From the application for a monitoring period to its certificate."""

    @workflow.run
    async def run(self, case_id: str) -> str:
        """Conduct the case; the result is its final status."""
        return await self.conduct(self.course())

    async def course(self) -> str:
        """The order of steps."""
        await self.stage("formal_review")  # G07 G09 G19: Appendix D, Appendix E and the monitoring report
        await self.issue("receipt", *its.APPENDICES)
        await formal_review(self, its)

        await self.exception()  # G18: once a year, unless the supervisor allows another one

        if not await issuance(self, its):  # G19 M06: reviewed by one person, approved by another, posted once
            raise Ended("rejected")
        return its.SPEC.success

    async def exception(self) -> None:
        """A second issuance within twelve months is decided on before anything is reviewed."""
        if (await self.carry_out("weigh_exception")).outcome != "exception":
            return
        await self.stage("exception")
        if (await self.ask(its.EXCEPTION_DECISION)).outcome == "refuse":
            await self.issue("issuance_refusal")
            raise Ended("rejected")
