"""What answers change in the review of an application: findings, versions, the panel, objections."""

from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.procedures.shared.codes import FINDING_TYPES
from models.tables import Case, Party, Submission, TaskRow
from models.vocabulary.statuses import SeatState
from services import cases, checks, clock, filings, findings, objections, panels
from services.access import Actor
from services.effects.kinds import Effect


def formal_review(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """Acceptance dates the case; a correction request lists its findings, all at once (G09, I27)."""
    if outcome == "accept":
        case.accepted_at = clock.now()
    if task.round > 1:
        findings.judge(session, case, "correction", task.round - 1, {}, outcome != "request_correction")
    if outcome == "request_correction":
        items = [(d["target"], d["requirement"], d.get("basis", "")) for d in data.get("defects", [])]
        findings.add(session, case, stage="correction", round_=task.round, source="formal", items=items)


def resubmitted(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """The changed fields make a new version; the one before stays as it was (G10, I29)."""
    findings.answer(session, case, task.key, task.round, data.get("replies", []))
    form, _ = checks.with_changes(case.form, data.get("changes", []))
    case.form = form
    cases.take_form(session, case)
    filings.taken(session, case)
    case.version += 1
    cases.add_version(session, actor, case, task.key, {"replies": len(data.get("replies", []))})


def triage(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """A complex case goes to a technical service institution (G11)."""
    case.complex = outcome == "complex"
    case.agency_id = None
    if case.complex:
        code = data.get("agency_uscc")
        row = (
            session.exec(select(Party).where(Party.uscc == code)).first()
            if code
            else checks.propose_agency(session, case)
        )
        case.agency_id = row.id if row else None


def agency_review(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """Findings of the institution are answered in the revision (G11, SM-C)."""
    items = [
        (str(f.get("target") or ""), str(f.get("text") or ""), FINDING_TYPES[f["type"]].zh)
        for f in data.get("findings", [])
    ]
    if outcome == "pass_with_findings" and items:
        findings.add(
            session, case, stage="revision", round_=next_revision(session, case), source="agency", items=items
        )


def next_revision(session: Session, case: Case) -> int:
    """The number of the revision round that comes next."""
    last = session.exec(
        select(func.coalesce(func.max(TaskRow.round), 0)).where(
            TaskRow.case_id == case.id, TaskRow.key == "revision"
        )
    ).one()
    return int(last) + 1


def panel_setup(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """Keep the size, quota and meeting of the panel; the draw is the next step of the course."""
    panels.prepare(session, case, task.round, data)


def expert_invitation(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """The seat's state follows the expert's reply (G12)."""
    state = {"accept": SeatState.ACCEPTED, "decline": SeatState.DECLINED, "conflict": SeatState.CONFLICTED}[
        outcome
    ]
    panels.mark(session, task, state, str(data.get("reason") or ""))


def expert_opinion(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """The seat holds a valid opinion (G12, G13)."""
    panels.mark(session, task, SeatState.SUBMITTED, "")


def group_opinion(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """Consolidated changes become the findings of the revision (G13, SM-C); a silent lead hands over."""
    if outcome == "another_lead":
        panels.next_lead(session, case, task.slot)
    items = [(str(c.get("target") or ""), str(c.get("text") or ""), "") for c in data.get("changes", [])]
    if outcome in ("pass_after_revision", "pass_after_re_review") and items:
        findings.add(
            session, case, stage="revision", round_=next_revision(session, case), source="expert", items=items
        )


def revision_check(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """Each reply gets a verdict; what is not settled goes into the next round."""
    verdicts = {
        int(v["finding"]): (v["verdict"] == "accepted", str(v.get("note") or ""))
        for v in data.get("verdicts", [])
    }
    findings.judge(session, case, "revision", task.round, verdicts, outcome == "ok")
    if outcome == "not_ok":
        again = [f for f in findings.of(session, case, "revision", task.round) if f.verdict == "rejected"]
        again = again or findings.of(session, case, "revision", task.round)
        _carry_over(
            session,
            case,
            task.round + 1,
            [(f.target, f.text + (f"（{f.note}）" if f.note else ""), f.basis) for f in again],
        )


def _carry_over(session: Session, case: Case, round_: int, items: list[tuple[str, str, str]]) -> None:
    if not findings.of(session, case, "revision", round_):
        findings.add(session, case, stage="revision", round_=round_, source="officer", items=items)


def objection_answer(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """The objector gets an answer; a curable one becomes a finding of a new revision (M05, SM-P)."""
    if outcome != "upheld_fatal":  # that one is told when the supervisor has confirmed the refusal
        objections.record_answer(session, case, task.slot, outcome, data)
    if outcome == "upheld_curable":
        items = [(str(c.get("target") or ""), str(c.get("text") or ""), "") for c in data.get("changes", [])]
        findings.add(
            session,
            case,
            stage="revision",
            round_=next_revision(session, case),
            source="objection",
            items=items,
        )


def rejection_approval(
    session: Session, actor: Actor, case: Case, task: TaskRow, outcome: str, data: dict[str, Any]
) -> None:
    """Confirmed by a second person, a fatal finding becomes the answer to its objection (M05)."""
    found = _last_answer(session, case, "objection_answer", task.slot)
    if outcome == "confirm" and found is not None and found.outcome == "upheld_fatal":
        objections.record_answer(session, case, task.slot, found.outcome, found.form)


def _last_answer(session: Session, case: Case, key: str, slot: str) -> Submission | None:
    return session.exec(
        select(Submission)
        .join(TaskRow, col(TaskRow.id) == col(Submission.task_id))
        .where(Submission.case_id == case.id, TaskRow.key == key, TaskRow.slot == slot)
        .order_by(col(Submission.id).desc())
    ).first()


EFFECTS: dict[str, Effect] = {
    "formal_review": formal_review,
    "correction": resubmitted,
    "revision": resubmitted,
    "triage": triage,
    "agency_review": agency_review,
    "panel_setup": panel_setup,
    "expert_invitation": expert_invitation,
    "expert_opinion": expert_opinion,
    "group_opinion": group_opinion,
    "revision_check": revision_check,
    "revision_recheck": revision_check,
    "objection_answer": objection_answer,
    "rejection_approval": rejection_approval,
}
