"""The procedures of the house, by key: one line a procedure."""

from typing import Any

from models.procedures import (
    issuance,
    mall_onboarding,
    project_application,
    scenario_application,
    tracking_evaluation,
)
from models.procedures.shared.answers import Answer
from models.vocabulary.forms import example_data
from models.vocabulary.specs import ProcedureSpec, Task

PROCEDURES: dict[str, ProcedureSpec] = {
    project_application.KEY: project_application.SPEC,
    scenario_application.KEY: scenario_application.SPEC,
    issuance.KEY: issuance.SPEC,
    mall_onboarding.KEY: mall_onboarding.SPEC,
    tracking_evaluation.KEY: tracking_evaluation.SPEC,
}


def procedure(key: str) -> ProcedureSpec:
    """The nouns of the procedure `key`. Raises KeyError."""
    return PROCEDURES[key]


def examples_for(task: Task, outcome: str) -> dict[str, Any]:
    """A full valid answer to `task` that ends in `outcome`.

    Raises:
        KeyError: the task has no such outcome.
    """
    if task.outcome(outcome) is None:
        raise KeyError(f"{task.key} has no outcome {outcome}")
    if (
        outcome != task.outcomes[0].key
        and issubclass(task.form, Answer)
        and outcome in task.form.OUTCOME_EXAMPLES
    ):
        return dict(task.form.OUTCOME_EXAMPLES[outcome])
    return example_data(task.form)
