"""What the tasks of an evaluation start with: the checklist, what was found, what was asked, the lots (G27, G29)."""

from typing import Any

from sqlmodel import Session

from models.tables import Case, TaskRow
from services import answers, corrections, entry_states, evaluation_filed, findings
from services.evaluation_deeds import affected
from services.reading.prepared.kinds import Fit, Rows, Start


def _checklist(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    """What was filed and reported, to be compared one by one."""
    return {"items": evaluation_filed.checklist(session, case)}


def _fit_checklist(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    """Every row found as filed, and the deviations of the example."""
    rows = [
        {**row, "found": "与申报内容一致。", "result": "conform"}
        for row in evaluation_filed.checklist(session, case)
    ]
    return {**example, "items": rows + [r for r in example.get("items", []) if r["result"] == "deviates"]}


def _report(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    """The draft sent back, else every deviation that the team has found."""
    before = answers.latest(session, case.id, "evaluation_report")
    if before is not None:
        return dict(before[0].form)
    found: Rows = []
    for key in ("data_check", "exchange_data_check", "site_visit"):
        given = answers.latest(session, case.id, key)
        for item in given[0].form.get("items", []) if given else ():
            if item.get("result") == "deviates" or item.get("deviates"):
                text = f"{item['item']}：{item['found']}"
                found.append({"severity": "", "text": text, "basis": "", "demand": ""})
    return {"shortcomings": found}


def _measures(session: Session, case: Case, task: TaskRow, reply: str = "") -> dict[str, Any]:
    """One row for each problem of the notice."""
    rows = findings.of(session, case, "rectification", task.round)
    return {"replies": [{"finding": f.number, "requirement": f.text, "reply": reply} for f in rows]}


def _fit_measures(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    words = next((str(r["reply"]) for r in example.get("replies", [])), "已整改。")
    return {**example, **_measures(session, case, task, words)}


def _verdicts(
    session: Session, case: Case, task: TaskRow, verdict: str = "", note: str = ""
) -> dict[str, Any]:
    rows = findings.of(session, case, "rectification", task.round)
    return {
        "verdicts": [{"finding": f.number, "reply": f.reply, "verdict": verdict, "note": note} for f in rows]
    }


def _fit_verdicts(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    given = next(iter(example.get("verdicts", [])), {"verdict": "accepted", "note": ""})
    return {**example, **_verdicts(session, case, task, str(given["verdict"]), str(given["note"]))}


def _lots(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    """The lots of the affected days as they stand; the reviewer says what they should be."""
    before = answers.latest(session, case.id, "correction_review", round_=task.round - 1)
    if before is not None and before[0].outcome == "recomputed":
        return dict(before[0].form)
    return {"lots": _standing(session, case)}


def _standing(session: Session, case: Case) -> Rows:
    lots = corrections.lots_within(session, entry_states.about(session, case), *affected(session, case))
    return [{"lot_number": lot.number, "old_g": g, "new_g": g} for lot, g in _with_grams(session, lots)]


def _with_grams(session: Session, lots: list[Any]) -> list[tuple[Any, int]]:
    return [(lot, corrections.standing_g(session, lot)) for lot in lots]


def _fit_lots(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    """Each lot recomputed as it stands: whoever knows better says so."""
    return {**example, "lots": _standing(session, case)}


STARTS: dict[str, Start] = {
    "data_check": _checklist,
    "exchange_data_check": _checklist,
    "evaluation_report": _report,
    "rectification": _measures,
    "rectification_check": _verdicts,
    "correction_review": _lots,
}
FITS: dict[str, Fit] = {
    "data_check": _fit_checklist,
    "exchange_data_check": _fit_checklist,
    "rectification": _fit_measures,
    "rectification_check": _fit_verdicts,
    "correction_review": _fit_lots,
}
