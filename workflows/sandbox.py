"""The sandbox of the courses: what it shares with the worker, and what it need not be asked.

`workflows` itself is never shared: the sandbox watches it for anything that a replay could not repeat.
"""

from dataclasses import dataclass
from typing import Any

from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

PASSED_THROUGH = (
    "activities",
    "models",
    "services",
    "pydantic",
    "pydantic_core",
    "pydantic_settings",
    "sqlmodel",
    "sqlalchemy",
    "psycopg",
    "stdnum",
    "obstore",
    "docxtpl",
    "docx",
    "jinja2",
    "lxml",
    "holidays",
    "annotated_types",
    "typing_extensions",
)


class ContextFree(WorkflowInstance):
    """One open case in its sandbox, whose payloads are all converted alike.

    The worker asks, several times for every payload, in which context it is to be converted, and each answer is code
    compiled and run in the sandbox. Our converter knows no contexts, and payloads are stored nowhere else than in the
    history, so the answer is always none: it is given here, outside.
    """

    def __init__(self, inner: WorkflowInstance) -> None:
        self.inner = inner

    def activate(self, act: Any) -> Any:
        """What the case does next."""
        return self.inner.activate(act)

    def get_serialization_context(self, command_info: Any) -> None:
        """No context."""

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        """No store outside the history."""
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> Info:
        """Which case it is."""
        return self.inner.get_info()

    def get_thread_id(self) -> int | None:
        """The thread that is in the sandbox now."""
        return self.inner.get_thread_id()


@dataclass(frozen=True)
class Runner(SandboxedWorkflowRunner):
    """The sandbox with payloads that need no context."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A new case in a sandbox of its own."""
        return ContextFree(super().create_instance(det))


def runner() -> SandboxedWorkflowRunner:
    """The sandbox every worker and every replay uses."""
    return Runner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
