"""The one list of packages that workflows share with the worker instead of loading them anew.

`workflows` itself is never in it: the sandbox watches it for anything that a replay could not repeat.
"""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

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


def runner() -> SandboxedWorkflowRunner:
    """The sandbox every worker and every replay uses."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    )
