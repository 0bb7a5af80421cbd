"""What answers change in an evaluation: what is asked to be mended, the replies, the verdicts (G29, S04)."""

from typing import Any

from sqlmodel import Session

from models.procedures.tracking_evaluation_forms.codes import SEVERITIES
from models.tables import Case, TaskRow
from services import findings
from services.access import Actor
from services.documents.builders.words import sentence
from services.effects.kinds import Effect

STAGE = "rectification"


def evaluation_report(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """What the report wants mended becomes what the holder answers; a new draft takes the place of the old."""
    findings.set_aside(session, case, STAGE, 1)
    if outcome == "rectify":
        items = [
            (
                SEVERITIES[s["severity"]].zh,
                wanted(s),
                str(s.get("basis") or ""),
            )
            for s in data.get("shortcomings", [])
        ]
        findings.add(session, case, stage=STAGE, round_=1, source="officer", items=items)


def wanted(shortcoming: dict[str, Any]) -> str:
    """What is wrong and what is to be done about it, in one text."""
    return f"{sentence(shortcoming['text'])}整改要求：{shortcoming['demand']}"


def rectification(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """Each reply stands with what was asked (S04)."""
    findings.answer(session, case, STAGE, task.round, data.get("replies", []))


def rectification_check(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """What is not settled is asked for again, with what is still missing."""
    given = {int(v["finding"]): v for v in data.get("verdicts", [])}
    verdicts = {n: (v["verdict"] == "accepted", str(v.get("note") or "")) for n, v in given.items()}
    findings.judge(session, case, STAGE, task.round, verdicts, outcome == "ok")
    if outcome == "ok":
        return
    left = [
        (
            f.target,
            f.text + (f"（{note}）" if (note := verdicts.get(f.number, (False, ""))[1]) else ""),
            f.basis,
        )
        for f in findings.of(session, case, STAGE, task.round)
        if f.verdict != "accepted"
    ]
    findings.add(session, case, stage=STAGE, round_=task.round + 1, source="officer", items=left)


EFFECTS: dict[str, Effect] = {
    "evaluation_report": evaluation_report,
    "rectification": rectification,
    "rectification_check": rectification_check,
}
