"""What a task's form starts with: one row for each material, finding or request that it has to speak to.

The same rows fit the examples of a schema to the case at hand, so that a client which knows nothing of the
domain can answer from the schema alone, and an officer does not type what the system knows.
"""

from copy import deepcopy
from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from services.reading.prepared import evaluation, issuance, mall, review
from services.reading.prepared.kinds import Fit, Start
from services.reading.prepared.review import present

__all__ = ["fitted", "present", "start"]

STARTS: dict[str, Start] = {**review.STARTS, **evaluation.STARTS, **mall.STARTS, **issuance.STARTS}
FITS: dict[str, Fit] = {**review.FITS, **evaluation.FITS, **mall.FITS, **issuance.FITS}


def start(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    """The form as first shown: rows laid out, nothing decided. A task answered in an earlier round starts from there."""
    make = STARTS.get(task.key)
    return make(session, case, task) if make else {}


def fitted(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    """An example answer made to fit this case: its materials, its findings."""
    fit = FITS.get(task.key)
    return fit(session, case, task, deepcopy(example)) if fit else example
