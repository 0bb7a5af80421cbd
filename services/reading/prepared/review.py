"""What the tasks of a review start with: materials, findings, requests, the papers of a signature."""

from typing import Any

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Attachment, Case, Finding, TaskRow
from models.vocabulary.forms import inner_group
from models.vocabulary.statuses import SeatState
from services import answers, findings, materials, panels, paths
from services.reading.prepared.kinds import Fit, Rows, Start


def present(session: Session, case: Case) -> list[tuple[str, list[Attachment]]]:
    """(kind, papers) of every material that is needed or there."""
    papers = materials.listed(session, case)
    out = []
    for item in procedure(case.procedure).materials:
        mine = [p for p in papers if p.kind == item.kind]
        if item.needed(case.form) or mine:
            out.append((item.kind, mine))
    return out


def _review_rows(session: Session, case: Case, task: TaskRow, tick: bool) -> Rows:
    """A row a material with whatever the form asks to tick off; the seal starts as it was declared."""
    ticks = {name: tick for name in _ticked(case, task) if name != "sealed"}
    return [
        {
            "kind": kind,
            **ticks,
            "sealed": tick or (bool(papers) and all(p.sealed for p in papers)),
            "note": "",
        }
        for kind, papers in present(session, case)
    ]


def _ticked(case: Case, task: TaskRow) -> list[str]:
    """The ticks of a row of the review: complete, conforming, sealed, and what a procedure adds."""
    row, _ = inner_group(procedure(case.procedure).task(task.key).form.model_fields["items"].annotation)
    return [name for name, info in row.model_fields.items() if info.annotation is bool] if row else []


def _formal_review(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    """One row a material; the seal tick starts as the applicant declared it (G07)."""
    return {"items": _review_rows(session, case, task, tick=False), "defects": []}


def _fit_review(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    return {**example, "items": _review_rows(session, case, task, tick=True)}


def _open_findings(session: Session, case: Case, task: TaskRow) -> list[Finding]:
    stage = "revision" if task.key.startswith("revision") else task.key
    return findings.of(session, case, stage, task.round)


def _reply(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    return {"replies": [{"finding": f.number, "reply": f.reply} for f in _open_findings(session, case, task)]}


def _fit_reply(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    words = next((str(r["reply"]) for r in example.get("replies", [])), "已更正，见修改后的内容")
    return {
        **example,
        "replies": [{"finding": f.number, "reply": words} for f in _open_findings(session, case, task)],
    }


def _verdicts(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    return {
        "verdicts": [
            {"finding": f.number, "verdict": "", "note": ""} for f in _open_findings(session, case, task)
        ]
    }


def _fit_verdicts(session: Session, case: Case, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
    given = next((v for v in example.get("verdicts", [])), {"verdict": "accepted", "note": ""})
    rows = [{**given, "finding": f.number} for f in _open_findings(session, case, task)]
    return {**example, "verdicts": rows or example.get("verdicts", [])}


def _group_opinion(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    """The meeting as planned, and the members' changes drawn together, the same words once."""
    panel = panels.current(session, case)
    meeting = panel.meeting if panel else {}
    return {
        "meeting_place": meeting.get("meeting_place", ""),
        "meeting_date": meeting.get("meeting_at", ""),
        "mode": meeting.get("mode", ""),
        "changes": _members_changes(session, case),
    }


def _members_changes(session: Session, case: Case) -> Rows:
    panel = panels.current(session, case)
    if panel is None:
        return []
    valid = {m.slot for m in panels.seated(session, panel) if m.state == SeatState.SUBMITTED.value}
    wanted: dict[tuple[str, str], dict[str, Any]] = {}
    for answer, row in answers.of_case(session, case.id):
        if row.key == "expert_opinion" and row.slot in valid:
            for change in answer.form.get("required_changes", []):
                wanted.setdefault((change["target"], change["text"]), change)
    return list(wanted.values())


def _technical_opinion(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    """The estimates as filed, as far as the form of this procedure asks for them."""
    asked = procedure(case.procedure).task(task.key).form.model_fields
    filed = {
        f"verified_{what}_t": paths.named(case.procedure, case.form, f"est_{what}_t")
        for what in ("annual", "total")
    }
    return {name: value for name, value in filed.items() if name in asked}


def _release(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    before = answers.latest(session, case.id, "publicity_release")
    if before is not None:
        return dict(before[0].form)
    return {
        "title": f"关于{case.title}的公示",
        "hidden_fields": [
            "applicant.legal_rep_id_no",
            "applicant.contact_mobile",
            "applicant.contact_tel",
            "applicant.contact_email",
        ],
    }


def _publication(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    return {"title": f"关于公布{case.title}的公告"}


def again(session: Session, case: Case, task: TaskRow) -> dict[str, Any]:
    """What was answered in the round before, to go on from."""
    before = session.exec(
        select(TaskRow)
        .where(
            TaskRow.case_id == case.id,
            TaskRow.key == task.key,
            TaskRow.slot == task.slot,
            TaskRow.round < task.round,
        )
        .order_by(col(TaskRow.round).desc())
    ).first()
    found = answers.latest(session, case.id, task.key, task.slot, before.round) if before else None
    return dict(found[0].form) if found else {}


STARTS: dict[str, Start] = {
    "formal_review": _formal_review,
    "correction": _reply,
    "revision": _reply,
    "revision_check": _verdicts,
    "revision_recheck": _verdicts,
    "group_opinion": _group_opinion,
    "technical_opinion": _technical_opinion,
    "publicity_release": _release,
    "publication": _publication,
    "panel_setup": again,
    "triage": again,
    "readiness_supplement": _reply,
    "revision_exchange_check": _verdicts,
    "conference": again,
    "connection_spec": again,
    "connection_test": again,
}
FITS: dict[str, Fit] = {
    "formal_review": _fit_review,
    "correction": _fit_reply,
    "revision": _fit_reply,
    "revision_check": _fit_verdicts,
    "revision_recheck": _fit_verdicts,
    "readiness_supplement": _fit_reply,
    "revision_exchange_check": _fit_verdicts,
}
