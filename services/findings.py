"""Findings: what the applicant is asked to mend, their replies, and the verdict on each (G10)."""

from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.tables import Case, Finding
from services import audit, clock


def add(
    session: Session, case: Case, *, stage: str, round_: int, source: str, items: list[tuple[str, str, str]]
) -> list[Finding]:
    """List findings for one round.

    Args:
        stage: "correction" or "revision".
        items: (target, text, basis) each; numbered on from those already in the round.
    """
    start = session.exec(
        select(func.coalesce(func.max(Finding.number), 0)).where(
            Finding.case_id == case.id, Finding.stage == stage, Finding.round == round_
        )
    ).one()
    made = audit.position(session, case)
    rows = [
        Finding(
            case_id=case.id,
            stage=stage,
            round=round_,
            number=start + i,
            source=source,
            target=target,
            text=text,
            basis=basis,
            made_seq=made,
        )
        for i, (target, text, basis) in enumerate(items, 1)
    ]
    session.add_all(rows)
    session.flush()
    return rows


def open_in(session: Session, case: Case, stage: str, round_: int | None = None) -> list[Finding]:
    """Findings of a stage that still want an answer."""
    return [f for f in of(session, case, stage, round_) if f.verdict in ("open", "rejected")]


def of(session: Session, case: Case, stage: str, round_: int | None = None) -> list[Finding]:
    """All findings of a stage (and round), as listed."""
    query = select(Finding).where(Finding.case_id == case.id, Finding.stage == stage)
    if round_ is not None:
        query = query.where(Finding.round == round_)
    return list(session.exec(query.order_by(col(Finding.round), col(Finding.number))))


def latest_round(session: Session, case: Case, stage: str) -> int:
    """The newest round of a stage, 0 when there is none."""
    return session.exec(
        select(func.coalesce(func.max(Finding.round), 0)).where(
            Finding.case_id == case.id, Finding.stage == stage
        )
    ).one()


def answer(session: Session, case: Case, stage: str, round_: int, replies: list[dict[str, Any]]) -> None:
    """Keep the applicant's reply to each finding."""
    texts = {int(r["finding"]): str(r["reply"]) for r in replies}
    for row in of(session, case, stage, round_):
        if row.number in texts:
            row.reply, row.replied_at, row.verdict = texts[row.number], clock.now(), "answered"


def judge(
    session: Session,
    case: Case,
    stage: str,
    round_: int,
    verdicts: dict[int, tuple[bool, str]],
    default: bool,
) -> None:
    """Settle the answered findings of a round: verdicts by number, the rest by `default`."""
    for row in of(session, case, stage, round_):
        if row.verdict != "answered":
            continue
        accepted, note = verdicts.get(row.number, (default, ""))
        row.verdict, row.note = ("accepted" if accepted else "rejected"), note


def set_aside(session: Session, case: Case, stage: str, round_: int) -> None:
    """Drop requests the applicant has not been asked yet: a decision above the two sides takes their place.

    What each side wanted stays readable in its own finding.
    """
    for row in of(session, case, stage, round_):
        if row.verdict == "open":
            session.delete(row)
    session.flush()
