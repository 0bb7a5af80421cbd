"""Return to a step 退回环节: what the course did from the first entry of a stage on becomes void, and is done again.

Nothing is rewritten. Rows of the part that was gone back on are marked void and stay; documents keep their numbers,
which are never used again; the form stays as it was last submitted. The run of the course is stopped, and a new one
catches up from what stands: it finds the steps before the stage answered, and asks for all else anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from models.procedures import procedure
from models.tables import (
    AuditEvent,
    Case,
    CaseVersion,
    DocumentRow,
    DocumentVoid,
    Finding,
    Notice,
    Objection,
    OperatorAct,
    Outbox,
    Panel,
    PanelMember,
    TaskRow,
    User,
)
from models.vocabulary.errors import Conflict
from models.vocabulary.events import Event
from models.vocabulary.operator import ActKind, ActState
from models.vocabulary.specs import Stage
from models.vocabulary.statuses import ENDS, OPEN_STATES, CaseStatus, TaskState
from models.vocabulary.text import Text
from services import audit, clock, course, notices, notifications, objections, outbox, voiding

#: What has an effect outside the case is not undone by going back in it.
LASTING = (
    Event.PROJECT_PUBLISHED,
    Event.PROJECT_LIVE,
    Event.REDUCTION_ISSUED,
    Event.LEDGER_POSTED,
    Event.MALL_ADMITTED,
    Event.MALL_ONLINE,
)


class Overtaken(Exception):
    """A run of the course from before a return: nothing it still does counts."""


@dataclass(frozen=True)
class Void:
    """What becomes void when a case returns to a stage, and who is told."""

    stage: Stage
    since: datetime
    seq: int  # of the entry, in the trail of the case
    tasks: list[TaskRow]
    documents: list[DocumentRow]
    notices: list[Notice]
    objections: list[Objection]
    told: list[User]


def hindrance(session: Session, case: Case) -> Text | None:
    """Why the case cannot be returned to an earlier step; None when it can."""
    if CaseStatus(case.status) in ENDS or case.status == CaseStatus.DRAFT.value:
        return Text("The case is not under way.", "本件不在办理中，不能退回。")
    if case.suspended_at is not None:
        return Text("The case is suspended; resume it first.", "本件已中止，请先恢复办理，再退回。")
    if procedure(case.procedure).ex_officio:
        return Text(
            "Measures of this procedure act on a published entry at once and are not undone by going back.",
            "本程序的措施直接作用于已公布的项目或场景，退回环节不能撤销其效力，请按程序另行决定。",
        )
    if _lasting(session, case):
        return Text(
            "The result has been published or posted to the ledger; it is not undone by going back.",
            "本件结果已向社会公布或已登记入账，退回环节不能撤销其效力，不能退回。",
        )
    if not course.path(session, case):
        return Text("The case has entered no stage yet.", "本件尚未进入任何环节，无需退回。")
    return None


def _lasting(session: Session, case: Case) -> bool:
    """Has the case an effect outside itself?"""
    told = select(AuditEvent.id).where(
        AuditEvent.case_id == case.id, col(AuditEvent.event).in_([e.value for e in LASTING])
    )
    return session.exec(told.limit(1)).first() is not None


def stages(session: Session, case: Case) -> list[Stage]:
    """The stages the case can be returned to: those it has entered, in the order of their first entry."""
    keys = dict.fromkeys(str(e.data["stage"]) for e in course.path(session, case))
    return [procedure(case.procedure).stage(k) for k in keys]


def entry(session: Session, case: Case, stage: str) -> tuple[int, AuditEvent]:
    """(how many entries stand before it, the first entry of the stage). Raises Conflict when it was not entered."""
    for before, event in enumerate(course.path(session, case)):
        if event.data["stage"] == stage:
            return before, event
    raise Conflict(Text("Choose a stage that the case has entered.", "请选择本件已进入过的环节。"), "changed")


def preview(session: Session, case: Case, stage: str) -> Void:
    """What would become void now. Raises Conflict when the stage was not entered."""
    _, at = entry(session, case, stage)
    tasks = _rows(session, TaskRow, case, _named(session, at, Event.TASK_OPENED, "task_id"))
    published = _rows(session, Notice, case, _named(session, at, Event.NOTICE_PUBLISHED, "notice"))
    waiting = objections.unanswered(session, case)
    return Void(
        procedure(case.procedure).stage(stage),
        at.at,
        at.seq,
        sorted(tasks, key=lambda t: t.opened_at),
        _documents(session, case, at),
        published,
        [o for o in waiting if o.notice_id in {n.id for n in published}],
        _told(session, case, tasks),
    )


def _named(session: Session, at: AuditEvent, event: Event, what: str) -> set[Any]:
    """What the events of a kind since an entry are about. The trail is in order, whatever the clocks say."""
    query = select(AuditEvent).where(
        AuditEvent.case_id == at.case_id, AuditEvent.event == event.value, AuditEvent.seq > at.seq
    )
    return {e.task_id if what == "task_id" else e.data.get(what) for e in session.exec(query)}


def _rows(session: Session, table: Any, case: Case, ids: Iterable[Any]) -> list[Any]:
    query = select(table).where(table.case_id == case.id, table.id.in_(list(ids)))
    return list(session.exec(query.order_by(table.id)))


def _documents(session: Session, case: Case, at: AuditEvent) -> list[DocumentRow]:
    """Issued since, and the applicant's own papers when the form has changed since: they are made from it anew."""
    since = _named(session, at, Event.DOCUMENT_ISSUED, "document")
    rows = session.exec(
        select(DocumentRow)
        .where(DocumentRow.case_id == case.id, voiding.standing())
        .order_by(col(DocumentRow.id))
    ).all()
    kinds = set(session.exec(select(CaseVersion.kind).where(CaseVersion.case_id == case.id)))
    if kinds & _named(session, at, Event.TASK_COMPLETED, "key"):
        own = [d for d in rows if procedure(case.procedure).document(d.key).own and d.id not in since]
        since |= {d.id for d in {d.key: d for d in own}.values()}
    return [d for d in rows if d.id in since]


def _told(session: Session, case: Case, tasks: list[TaskRow]) -> list[User]:
    """The sides of the case, and everybody whose work becomes void."""
    ids = set(notifications.sides(session, case))
    ids |= {i for t in tasks for i in (t.assignee_id, t.reserved_for, t.closed_by) if i is not None}
    query = select(User).where(col(User.id).in_(ids), col(User.active).is_(True))
    return list(session.exec(query.order_by(col(User.id))))


# ---- carried out by the worker, once the run has stopped ---------------------------------------------


def under_way(session: Session, case_id: UUID) -> bool:
    """Is a message of the case still on its way to the engine? It could begin a run from the old rows."""
    on_the_way = select(Outbox.id).where(
        Outbox.case_id == case_id, ~col(Outbox.dead), col(Outbox.lease_until) > func.clock_timestamp()
    )
    return session.exec(on_the_way.limit(1)).first() is not None


def carry_out(session: Session, act_id: int) -> None:
    """Carry out a confirmed return, once no run of the course is left; later, while a message is on its way.

    What came in between (the applicant has withdrawn, the result is published) makes the act fail with the reason.
    """
    act = session.get_one(OperatorAct, act_id)
    case = course.locked(session, str(act.case_id))
    session.refresh(act, with_for_update=True)
    if act.state != ActState.ASKED.value or "done" in act.data or under_way(session, case.id):
        return
    against = hindrance(session, case)
    if against is None:
        _go_back(session, case, act)
        return
    act.state, act.outcome_zh, act.outcome_en = ActState.FAILED.value, against.zh, against.en
    act.verified_at = clock.now()
    outbox.send(session, case.id, "start")


def _go_back(session: Session, case: Case, act: OperatorAct) -> None:
    """Make void what is behind the entry of the stage, enter it anew, and have the course begun again."""
    stage = str(act.data["to"])
    kept, at = entry(session, case, stage)
    gone = preview(session, case, stage)
    _make_void(session, case, act, gone)
    if case.accepted_at is not None and case.accepted_at > at.at:
        case.accepted_at = None
    case.generation, case.needs_operator = case.generation + 1, ""
    if case.status == CaseStatus.WAITING_APPLICANT.value:
        case.status = CaseStatus.IN_PROGRESS.value
    _written(session, case, act, gone, kept)
    act.data = {
        **act.data,
        "done": clock.now().isoformat(),
        "tasks": len(gone.tasks),
        "documents": len(gone.documents),
    }
    session.exec(delete(Outbox).where(col(Outbox.case_id) == case.id))  # they told of what is void
    outbox.send(session, case.id, "start")


def _make_void(session: Session, case: Case, act: OperatorAct, gone: Void) -> None:
    now = clock.now()
    for task in gone.tasks:
        if task.state in {s.value for s in OPEN_STATES}:
            task.state, task.closed_at = TaskState.CANCELLED.value, now
            audit.record(
                session,
                Event.TASK_CANCELLED,
                case=case,
                task=task,
                data={"key": task.key, "why": "returned"},
            )
        task.void_at = now
        task.version += 1
    _notices(session, case, gone)
    for finding in session.exec(select(Finding).where(Finding.case_id == case.id)):
        if finding.made_seq >= gone.seq:
            finding.void_at = now
        elif finding.replied_at is not None and finding.replied_at > gone.since:
            finding.reply, finding.replied_at, finding.verdict, finding.note = "", None, "open", ""
    for panel in session.exec(select(Panel).where(Panel.case_id == case.id, Panel.made_seq >= gone.seq)):
        panel.void_at = now
        for member in session.exec(select(PanelMember).where(PanelMember.panel_id == panel.id)):
            member.void_at = now
    for document in gone.documents:
        session.add(
            DocumentVoid(document_id=document.id or 0, at=now, reason=act.reason[:500], act_id=act.id)
        )
    session.flush()


def _notices(session: Session, case: Case, gone: Void) -> None:
    """What was put before the public is withdrawn and says why; who objected and has no answer is told."""
    notices.withdraw_publicity(session, case, "returned")
    for objection in gone.objections:
        objection.state, objection.answered_at = "answered", clock.now()
        objection.answer = (
            "本件退回此前环节重新办理，所涉公示作废。您的异议已载入案卷，供重新办理时参考；"
            "本件再次公示的，您可以再次提出异议。"
        )
        if "@" in objection.contact:
            objection.mail = notifications.mail_state()
    for notice in gone.notices:
        notice.state, notice.result, notice.void_at = "withdrawn", "returned", clock.now()
        notice.closed_at = notice.closed_at or clock.now()
        for objection in session.exec(select(Objection).where(Objection.notice_id == notice.id)):
            objection.void_at = clock.now()


def _written(session: Session, case: Case, act: OperatorAct, gone: Void, kept: int) -> None:
    """The trail, the stage, and a message to everybody concerned."""
    title, count = gone.stage.title, (len(gone.tasks), len(gone.documents))
    said = Text(
        f"Returned to “{title.en}”: {act.reason} ({count[0]} tasks and {count[1]} documents are void)",
        f"退回“{title.zh}”环节，原因：{act.reason}（{count[0]} 个事项、{count[1]} 份文书作废）",
    )
    data = {
        "to": gone.stage.key,
        "from": case.stage,
        "kept": kept,
        "act": act.id,
        "documents": [d.number for d in gone.documents],
        "text": {"zh": said.zh, "en": said.en},
    }
    audit.record(session, Event.CASE_RETURNED, case=case, public=True, data=data)
    before, case.stage = case.stage, gone.stage.key
    case.stage_since = case.changed_at = clock.now()
    audit.record(
        session,
        Event.STAGE_ENTERED,
        case=case,
        public=True,
        data={"stage": gone.stage.key, "from": before},
    )
    sides = set(notifications.sides(session, case))
    for people, link in (
        (sides, f"/cases/{case.case_no}"),
        ({u.id or 0 for u in gone.told} - sides, ""),
    ):
        notifications.notify(
            session,
            user_ids=sorted(people),
            kind="status_changed",
            dedupe=f"return:{act.id}",
            text=Text(
                f"{case.title} ({case.case_no}): {said.en}", f"{case.title}（{case.case_no}）：{said.zh}"
            ),
            case=case,
            link=link,
        )


def admit(session: Session, case_id: str, run: str) -> None:
    """Let a run of the course act on the rows: takes the case's lock. Raises Overtaken for one that was stopped."""
    case = course.locked(session, case_id)
    if not case.generation:
        return
    acts = select(OperatorAct).where(OperatorAct.case_id == case.id, OperatorAct.kind == ActKind.RETURN.value)
    if any(run in act.data.get("runs", ()) for act in session.exec(acts)):
        raise Overtaken
