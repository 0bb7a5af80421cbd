"""Checks of an evaluation's answers against the rows (G27, S04)."""

from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services import corrections, entry_states, findings
from services.checks.kinds import Check, gathered
from services.evaluation_deeds import affected


def every_demand_answered(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """A report of rectification speaks to every problem of the notice (S04)."""
    replied = {r["finding"] for r in data.get("replies", []) if str(r.get("reply", "")).strip()}
    return [
        Problem(
            "replies",
            Text(
                f"Please report on problem {f.number}: {f.text}",
                f"请报告第 {f.number} 项的整改情况：{f.text}",
            ),
        )
        for f in findings.of(session, case, "rectification", task.round)
        if f.number not in replied
    ]


def lots_of_the_period(
    session: Session, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> list[Problem]:
    """Exactly the lots that rest on the affected days, each starting from what it stands at now (I34)."""
    if outcome != "recomputed":
        return []
    lots = corrections.lots_within(session, entry_states.about(session, case), *affected(session, case))
    standing = {lot.number: corrections.standing_g(session, lot) for lot in lots}
    found: list[Problem] = []
    for no, given in enumerate(data.get("lots", [])):
        number = str(given["lot_number"])
        now = standing.pop(number, None)
        if now is None:
            where, what = f"lots.{no}.lot_number", _not_of_the_period(number)
        elif now != given["old_g"]:
            where, what = f"lots.{no}.old_g", _stands_at(number, now)
        else:
            continue
        found.append(Problem(where, what))
    return found + [Problem("lots", _left_out(number)) for number in standing]


def _not_of_the_period(number: str) -> Text:
    return Text(
        f"Lot {number} does not rest on the affected days.",
        f"批次 {number} 不涉及受影响期间，请删除。",
    )


def _stands_at(number: str, grams: int) -> Text:
    return Text(f"Lot {number} stands at {grams} g now.", f"批次 {number} 现有签发量为 {grams} 克，请核对。")


def _left_out(number: str) -> Text:
    return Text(
        f"Lot {number} rests on the affected days; please recompute it too.",
        f"批次 {number} 涉及受影响期间，请一并重新核算。",
    )


CHECKS: dict[str, Check] = gathered(every_demand_answered, lots_of_the_period)
