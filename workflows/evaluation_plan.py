"""The yearly plan of evaluations 年度跟踪评估计划: a short workflow that a schedule starts (M13)."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities import plans as act
from models.vocabulary.facts import PlanStep


@workflow.defn(name="evaluation_plan")
class EvaluationPlanning:
    """Make the plan of the year it is, and open its cases; a year that is planned already stays as it is."""

    @workflow.run
    async def run(self) -> int:
        """How many evaluations the plan of the year holds."""
        made = await workflow.execute_activity(
            act.plan_evaluations,
            PlanStep(at=workflow.now()),
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
        )
        return made.cases
