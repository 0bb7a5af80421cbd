"""The course of the benchmark: ten questions, one after another, asked by the engine every procedure runs on."""

from temporalio import workflow

from models.procedures import project_application as its
from workflows.procedure import Procedure

TASKS = 10


@workflow.defn(name=its.KEY)
class TenTasks(Procedure):
    """A project application that is asked about ten times by two people and nothing else."""

    @workflow.run
    async def run(self, case_id: str) -> str:
        """Conduct the case; the result is its final status."""
        return await self.conduct(self.course())

    async def course(self) -> str:
        """Formal review and triage in turn."""
        await self.stage("formal_review")
        for _ in range(TASKS // 2):
            await self.ask(its.FORMAL_REVIEW)
            await self.ask(its.TRIAGE)
        return its.SPEC.success
