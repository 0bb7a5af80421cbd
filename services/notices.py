"""Publicity 公示: opened from the approved release, five full working days, closed by its own clock (M05, G14)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.tables import Case, CaseVersion, Notice, Objection, Submission, TaskRow
from models.vocabulary.errors import Conflict, NotFound
from models.vocabulary.events import Event
from models.vocabulary.statuses import CASE_STATUS_TITLES, CaseStatus
from models.vocabulary.text import Text
from services import audit, calendar, clock, deadlines, limits, redaction, voiding
from services.counting import Pause

RELEASE = "publicity_release"

#: What a bigint holds; a longer number in an address names nothing.
BIGGEST_ID = 2**63


def open_publicity(session: Session, case: Case, round: int) -> Notice:
    """Publish the notice of `round`; opening twice is opening once.

    The text comes from the approved release and the submitted form, and never changes (I19).

    Raises:
        Conflict: there is no release to publish, or the case has ended.
    """
    case = _locked(session, case)
    found = session.exec(select(Notice).where(Notice.case_id == case.id, Notice.round == round)).first()
    if found is not None:
        return found
    if case.ended_at is not None:
        raise Conflict(
            Text(
                f"{case.case_no} has ended; nothing is published.",
                f"办件 {case.case_no} 已办结，不再发布公示。",
            )
        )
    notice = _written(session, case, round)
    deadline = deadlines.open_for_notice(session, notice, "publicity_wd", notice.opened_at)
    notice.closes_at = deadline.due_at
    session.flush()
    audit.record(
        session,
        Event.NOTICE_PUBLISHED,
        case=case,
        public=True,
        rests_on=notice.sha256,
        data={
            "notice": notice.id,
            "round": round,
            "text": {
                "zh": f"发布公示（第 {round} 次）：{notice.title}",
                "en": f"Notice {round} published: {notice.title}",
            },
        },
    )
    return notice


def _written(session: Session, case: Case, round: int) -> Notice:
    answer = release(session, case, round)
    text = redaction.public_text(
        case.procedure, submitted_form(session, case), case_no=case.case_no, release=answer
    )
    notice = Notice(
        case_id=case.id,
        round=round,
        procedure=case.procedure,
        title=text["title"],
        text=text,
        sha256=redaction.fingerprint(text),
        opened_at=clock.now(),
    )
    session.add(notice)
    session.flush()
    return notice


def preview(session: Session, case: Case, answer: dict[str, Any]) -> dict[str, Any]:
    """The text as it would be published, for the officer who releases and the supervisor who approves."""
    return redaction.public_text(
        case.procedure, submitted_form(session, case), case_no=case.case_no, release=answer
    )


def _locked(session: Session, case: Case) -> Case:
    """The case row under its lock; everything about one case is written in order."""
    return session.exec(
        select(Case).where(Case.id == case.id).with_for_update().execution_options(populate_existing=True)
    ).one()


def submitted_form(session: Session, case: Case) -> dict[str, Any]:
    """The latest submitted version; edits after it are not public."""
    form = session.exec(
        select(CaseVersion.form)
        .where(CaseVersion.case_id == case.id)
        .order_by(col(CaseVersion.number).desc())
        .limit(1)
    ).first()
    return dict(form) if form is not None else case.form


def release(session: Session, case: Case, round: int) -> dict[str, Any]:
    """The latest answer to the release task: of this round, or the last one before it."""
    form = session.exec(
        select(Submission.form)
        .join(TaskRow, col(TaskRow.id) == col(Submission.task_id))
        .where(Submission.case_id == case.id, TaskRow.key == RELEASE)
        .order_by((col(TaskRow.round) == round).desc(), col(Submission.id).desc())
        .limit(1)
    ).first()
    if form is None:
        raise Conflict(
            Text(f"{case.case_no} has no approved release.", f"办件 {case.case_no} 尚无公示发布稿。"),
            "changed",
        )
    return dict(form)


def close_publicity(
    session: Session, case: Case, round: int, at: datetime
) -> tuple[bool, datetime | None, list[str]]:
    """Close the notice when its days are over.

    Returns:
        (over, until when it still runs (None while the clock stands), slots of objections made in time).
        Asking again gives the same answer; an objection and the closing meet at the case row's lock, so none is lost.
    """
    case = _locked(session, case)
    notice = _of_round(session, case, round)
    if notice.state == "open" and (notice.closes_at is None or at < notice.closes_at):
        return False, notice.closes_at, []
    if notice.state == "open":
        _close(session, case, notice, at)
    return True, notice.closes_at, _in_time(session, notice)


def _of_round(session: Session, case: Case, round: int) -> Notice:
    notice = session.exec(
        select(Notice)
        .where(Notice.case_id == case.id, Notice.round == round)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if notice is None:
        raise NotFound
    return notice


def _close(session: Session, case: Case, notice: Notice, at: datetime) -> None:
    slots = _in_time(session, notice)
    notice.state, notice.closed_at = "closed", at
    for objection in session.exec(
        select(Objection).where(Objection.notice_id == notice.id, col(Objection.late).is_(False))
    ):
        promise(session, notice, objection)  # the days may have stood still since it was made
    count = len(slots)
    zh = f"公示期满，收到异议 {count} 条" if count else "公示期满，未收到异议"
    en = f"Publicity ended with {count} objection(s)" if count else "Publicity ended without objections"
    audit.record(
        session,
        Event.NOTICE_CLOSED,
        case=case,
        public=True,
        rests_on=notice.sha256,
        data={"notice": notice.id, "round": notice.round, "objections": count, "text": {"zh": zh, "en": en}},
    )


def _in_time(session: Session, notice: Notice) -> list[str]:
    return list(
        session.exec(
            select(Objection.slot)
            .where(Objection.notice_id == notice.id, col(Objection.late).is_(False))
            .order_by(col(Objection.id))
        )
    )


def withdraw_publicity(session: Session, case: Case, why: str) -> list[Notice]:
    """End the open notice of a case that ended meanwhile; the page stays and says why (SM-W).

    The caller holds the case row's lock.

    Args:
        why: the status the case ended with, or a sentence for the public.
    """
    rows = open_of(session, case)
    for notice in rows:
        notice.state, notice.closed_at = "withdrawn", clock.now()
        notice.result = redaction.Scrubber().text(why)
        words = result_words(notice)
        audit.record(
            session,
            Event.NOTICE_CLOSED,
            case=case,
            public=True,
            rests_on=notice.sha256,
            data={
                "notice": notice.id,
                "round": notice.round,
                "withdrawn": True,
                "text": {"zh": f"公示终止：{words.zh}", "en": f"Publicity ended early: {words.en}"},
            },
        )
    return rows


def open_of(session: Session, case: Case, *, lock: bool = True) -> list[Notice]:
    """The notices of a case that are running; locked for those who change them, not for those who read."""
    query = (
        select(Notice).where(Notice.case_id == case.id, Notice.state == "open").order_by(col(Notice.round))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(session.exec(query))


_WHY = {
    "withdrawn": Text("the applicant withdrew the application", "申请主体已撤回申请"),
    "lapsed": Text("the procedure was ended", "办理程序已终止"),
    "rejected": Text("the application was not approved", "申请不予通过"),
    "returned": Text(
        "the case went back to an earlier step and is handled anew; this notice is void, and a new one may follow",
        "本件退回此前环节重新办理，本次公示作废；再次公示的，另行发布",
    ),
}


def result_words(notice: Notice) -> Text:
    """Why a notice ended early, in words; empty for one that ran its days."""
    return _WHY.get(notice.result, Text(notice.result, notice.result))


def ended_unanswered(session: Session, notice: Notice) -> Text | None:
    """Why objections that have no answer get none any more; None while the case goes on."""
    if notice.state == "withdrawn":
        return result_words(notice)
    case = session.get_one(Case, notice.case_id)
    if case.ended_at is None:
        return None
    return _WHY.get(case.status, CASE_STATUS_TITLES[CaseStatus(case.status)])


def promise(session: Session, notice: Notice, objection: Objection, pauses: Sequence[Pause] = ()) -> None:
    """Count anew until when an answer is promised (`reply_due`): what is asked later is answered later, never earlier."""
    known = [day for day in (objection.reply_due, reply_due(session, notice, pauses)) if day]
    objection.reply_due = max(known, default=None)


def reply_due(session: Session, notice: Notice, pauses: Sequence[Pause] = ()) -> datetime | None:
    """Until when objectors are promised an answer: the applicant's whole time to reply, then the officer's to answer.

    Each is counted as its task will be, from the instant it is asked at, so that who keeps the limits keeps the promise.
    None while the clock of the publicity stands.

    Args:
        pauses: when the case stood still since; the promise moves with it.
    """
    if notice.closes_at is None:
        return None
    by, days = calendar.current(session), limits.values(session)
    replied = by.due(notice.closes_at, days["objection_reply_wd"], pauses)
    return by.due(replied, days["objection_wd"], pauses)


def is_intact(notice: Notice) -> bool:
    """Is the stored text byte for byte the published one (I19)?"""
    return redaction.fingerprint(notice.text) == notice.sha256


def one(session: Session, notice_id: int) -> Notice:
    """A notice by its id. Raises NotFound."""
    notice = session.get(Notice, notice_id) if 0 < notice_id < BIGGEST_ID else None
    if notice is None:
        raise NotFound(Text("There is no such notice.", "未找到该公示。请在公示列表中查找。"))
    return notice


def objections_of(session: Session, notice: Notice) -> list[Objection]:
    """All objections to a notice in the order received. Names and contacts in them are not for the public."""
    return list(
        session.exec(
            select(Objection)
            .where(Objection.notice_id == notice.id)
            .order_by(col(Objection.id))
            .execution_options(**voiding.SHOWN)
        )
    )


def ledger(session: Session, notice: Notice) -> deadlines.Explanation | None:
    """How the end of publicity is counted, day by day: the page, the letter and the timer use this one (pain P28)."""
    row = deadlines.of_notice(session, notice.id or 0)
    return deadlines.explain(session, row) if row is not None else None


def counted_days(session: Session, notice: Notice) -> list[str]:
    """The working days that count, as ISO dates."""
    row = deadlines.of_notice(session, notice.id or 0)
    return deadlines.counted_days(session, row) if row is not None else []
