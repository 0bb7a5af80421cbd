"""Consultation 政策咨询 — the course."""

from temporalio import workflow

from tests.architecture.sixth import nouns as its
from workflows.procedure import Procedure


@workflow.defn(name=its.KEY)
class Consultation(Procedure):
    """From question to acknowledgement."""

    @workflow.run
    async def run(self, case_id: str) -> str:
        return await self.conduct(self.course())

    async def course(self) -> str:
        await self.stage("consultation_answer")
        round_, _ = await self.signed(its.REPLY, its.SIGNATURE)
        await self.issue("consultation_letter", round_=round_)

        await self.stage("consultation_end")
        await self.ask(its.ACKNOWLEDGEMENT)
        return its.SPEC.success
