"""Requests for long checks: a person asks, the worker does, the page follows (verify, replay, seal)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from models.tables import Case, ProofJob
from models.vocabulary.errors import Conflict, NotAllowed
from models.vocabulary.events import Event
from models.vocabulary.roles import OVERSIGHT
from models.vocabulary.statuses import CaseStatus
from models.vocabulary.text import Text
from services import audit, clock
from services.access import Actor, case_for

UNDER_WAY = ("waiting", "running")
#: A worker that has said nothing for so long is gone; another takes the job.
SILENT = timedelta(minutes=2)
WORDS: dict[str, tuple[Event, Text]] = {
    "verify": (
        Event.AUDIT_CHECKED,
        Text("Asked for a full verification of the trail.", "要求完整校验审计记录。"),
    ),
    "seal": (Event.AUDIT_CHECKED, Text("Asked for a root to be signed now.", "要求立即生成签名根。")),
    "replay": (
        Event.HISTORY_REPLAYED,
        Text("Asked for the course to be replayed.", "要求以现行程序重演流程。"),
    ),
}


def ask(session: Session, actor: Actor, kind: str, case_no: str = "") -> ProofJob:
    """Put a job up; one that is under way for the same thing is given instead. Administrators and auditors only.

    Raises:
        NotAllowed: another role. NotFound: no such case. Conflict: a draft has no course to replay.
    """
    if not actor.is_any(*OVERSIGHT):
        raise NotAllowed(Text("Administrators and auditors only.", "仅系统管理员和审计员可以进行此项操作。"))
    case = case_for(session, actor, case_no, lock=True) if kind == "replay" else None
    if case is not None and case.status == CaseStatus.DRAFT.value:
        raise Conflict(Text("A draft has no course yet.", "草稿尚未进入办理流程，没有可以重演的记录。"))
    same = and_(col(ProofJob.kind) == kind, col(ProofJob.case_id) == (case.id if case else None))
    known = session.exec(select(ProofJob).where(same, col(ProofJob.state).in_(UNDER_WAY))).first()
    if known is not None:
        return known
    job = ProofJob(kind=kind, case_id=case.id if case else None, asked_by=actor.user_id, asked_at=clock.now())
    session.add(job)
    event, words = WORDS[kind]
    audit.record(
        session,
        event,
        case=case,
        actor=actor,
        data={"what": kind, "text": {"zh": words.zh, "en": words.en}},
    )
    session.flush()
    return job


def latest(session: Session, kind: str, case: Case | None = None) -> ProofJob | None:
    """The newest job of a kind (of a case)."""
    query = select(ProofJob).where(ProofJob.kind == kind)
    if case is not None:
        query = query.where(ProofJob.case_id == case.id)
    return session.exec(query.order_by(col(ProofJob.id).desc()).limit(1)).first()


def take(session: Session) -> ProofJob | None:
    """The oldest job nobody works on, now marked as taken."""
    left = or_(
        col(ProofJob.state) == "waiting",
        and_(col(ProofJob.state) == "running", col(ProofJob.seen_at) < clock.now() - SILENT),
    )
    job = session.exec(
        select(ProofJob).where(left).order_by(col(ProofJob.id)).limit(1).with_for_update(skip_locked=True)
    ).first()
    if job is not None:
        job.state, job.seen_at, job.done, job.total = "running", clock.now(), 0, 0
        session.add(job)
    return job


def progress(session: Session, job_id: int, done: int, total: int) -> None:
    """How far a job has come."""
    job = session.get_one(ProofJob, job_id)
    job.done, job.total, job.seen_at = done, total, clock.now()
    session.add(job)


def finish(session: Session, job_id: int, state: str, result: dict[str, Any]) -> None:
    """The job is done, or has failed; what it found stays to be read, and the trail names it."""
    job = session.get_one(ProofJob, job_id)
    job.state, job.result, job.finished_at, job.seen_at = state, result, clock.now(), clock.now()
    session.add(job)
    if job.kind != "seal":
        case = session.get(Case, job.case_id, with_for_update=True) if job.case_id else None
        audit.record(session, WORDS[job.kind][0], case=case, data={"job": job_id, **_gist(job, result)})


def _gist(job: ProofJob, result: dict[str, Any]) -> dict[str, Any]:
    """What the trail keeps of a result."""
    fine = result.get("intact") if job.kind == "verify" else result.get("ok")
    zh, en = {
        True: ("结果：一致，未发现问题。", "Result: it fits, nothing was found."),
        False: ("结果：发现不一致。", "Result: something does not fit."),
    }.get(fine, ("结果：未能完成。", "Result: it could not be completed."))  # type: ignore[arg-type]
    return {"what": job.kind, "fine": fine, "text": {"zh": zh, "en": en}}
