"""The course of the bare design: a message, a local activity that writes rows, and nothing of an office."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

TASKS = 10
QUEUE = "bench-bare"


@workflow.defn
class BareCase:
    """Ten questions, each answered by a message."""

    def __init__(self) -> None:
        self.closed: set[int] = set()

    @workflow.signal
    def decided(self, no: int) -> None:
        self.closed.add(no)

    @workflow.run
    async def run(self, case_id: str) -> None:
        """Ask, wait, ask the next."""
        for no in range(1, TASKS + 2):
            await workflow.execute_local_activity(
                "bare_write",
                args=[case_id, no],
                start_to_close_timeout=timedelta(seconds=2),
                retry_policy=RetryPolicy(maximum_attempts=2),
            )
            if no <= TASKS:
                await workflow.wait_condition(lambda no=no: no in self.closed)  # type: ignore[misc]
