"""What the tasks and the draft of an issuance start with (G19, G20)."""

from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from models.vocabulary.amounts import tonnes
from services import issuance_facts
from services.reading.prepared.kinds import Fit, Start

LOWER = "按监测数据和计量器具检定情况复核计算，核定量取复核计算量与申请量中的较低者。"


def _supported(session: Session, case: Case) -> dict[str, Any]:
    """The lower of claimed and recomputed, with its reason where it is below the claim (I04)."""
    facts = issuance_facts.of_case(session, case)
    if facts is None or facts.recomputed_g is None:
        return {}
    approved = min(facts.claimed_g, facts.recomputed_g)
    return {"approved_t": tonnes(approved), "reason": LOWER if approved < facts.claimed_g else ""}


def _review(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    return _supported(session, case)


def _fit_review(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    """Examples that approve something approve what the data supports."""
    return example if example.get("approved_t") == "0" else {**example, **_supported(session, case)}


STARTS: dict[str, Start] = {"quantity_review": _review}
FITS: dict[str, Fit] = {"quantity_review": _fit_review}
