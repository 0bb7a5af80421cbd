"""Checks of an answer against the rows, by the names that nouns use (Task.checks)."""

from pydantic import BaseModel
from sqlmodel import Session

from models.tables import Case, TaskRow
from models.vocabulary.errors import Problem
from models.vocabulary.specs import Task
from services.checks import evaluation, issuance, mall, review
from services.checks.kinds import Check
from services.checks.review import changed_paths, propose_agency, with_changes

__all__ = ["CHECKS", "changed_paths", "propose_agency", "run", "with_changes"]

CHECKS: dict[str, Check] = {**review.CHECKS, **evaluation.CHECKS, **mall.CHECKS, **issuance.CHECKS}


def run(
    session: Session, case: Case, task: TaskRow, spec: Task, outcome: str, answer: BaseModel
) -> list[Problem]:
    """All defects the task's checks find, each once."""
    data = answer.model_dump(mode="json")
    found = [p for name in spec.checks for p in CHECKS[name](session, case, task, outcome, data)]
    return list(dict.fromkeys(found))
