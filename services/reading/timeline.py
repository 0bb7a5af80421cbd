"""What happened to a case, in sentences; outsiders read the public part without officers' names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import AuditEvent, Case, Objection, TaskRow, User
from models.vocabulary.events import EVENT_TITLES, STOOD_STILL, WENT_ON, Event
from models.vocabulary.roles import OVERSIGHT, STAFF, Role
from models.vocabulary.specs import ProcedureSpec
from models.vocabulary.statuses import CASE_STATUS_TITLES, SEAT_STATE_TITLES, CaseStatus, SeatState
from models.vocabulary.text import Text, day_in_words, reasoned
from services.access import Actor
from services.clock import SHANGHAI
from services.reading.offices import office_of
from services.settings import settings


@dataclass(frozen=True)
class TimelineItem:
    """One event. `by` is a person for staff and for one's own colleagues, else an office."""

    id: int
    at: datetime
    event: str
    stage: str
    by: Text
    title: Text
    text: Text
    public: bool
    document_id: int | None = None


def is_insider(actor: Actor) -> bool:
    """Staff and oversight read everything, with names."""
    return actor.is_any(*STAFF, *OVERSIGHT)


def timeline(session: Session, actor: Actor, case: Case, limit: int | None = None) -> list[TimelineItem]:
    """The events the actor may read, newest first. The actor must have come by `access.case_for`."""
    query = select(AuditEvent).where(AuditEvent.case_id == case.id).order_by(col(AuditEvent.id).desc())
    if not is_insider(actor):
        query = query.where(col(AuditEvent.public).is_(True))
    rows = list(session.exec(query.limit(limit) if limit else query))
    people = _people(session, rows)
    spec = procedure(case.procedure)
    several = _objections(session, spec, case, rows)
    return [_item(spec, actor, case, row, people, several) for row in rows]


def _objections(session: Session, spec: ProcedureSpec, case: Case, rows: list[AuditEvent]) -> dict[UUID, str]:
    """The number of the objection a task speaks to, where the case has several."""
    each = {t.key for t in spec.tasks if t.each_objection}
    asked = {r.task_id for r in rows if r.task_id is not None and r.data.get("key") in each}
    if not asked:
        return {}
    slots = set(session.exec(select(Objection.slot).where(Objection.case_id == case.id)))
    if len(slots) < 2:
        return {}
    return dict(session.exec(select(TaskRow.id, TaskRow.slot).where(col(TaskRow.id).in_(asked))).all())


def _people(session: Session, rows: list[AuditEvent]) -> dict[int, User]:
    ids = {r.user_id for r in rows if r.user_id is not None}
    return {u.id or 0: u for u in session.exec(select(User).where(col(User.id).in_(ids)))} if ids else {}


def _item(
    spec: ProcedureSpec,
    actor: Actor,
    case: Case,
    row: AuditEvent,
    people: dict[int, User],
    several: dict[UUID, str],
) -> TimelineItem:
    return TimelineItem(
        id=row.id or 0,
        at=row.at,
        event=row.event,
        stage=row.stage,
        by=_by(actor, row, people.get(row.user_id or 0)),
        title=EVENT_TITLES[Event(row.event)],
        text=sentence(spec, row, several.get(row.task_id, "") if row.task_id else ""),
        public=row.public,
        document_id=row.data.get("document") if row.event == Event.DOCUMENT_ISSUED.value else None,
    )


def _by(actor: Actor, row: AuditEvent, user: User | None) -> Text:
    if user is None:
        return office_of(row.role)
    colleague = actor.party_id is not None and user.party_id == actor.party_id
    if is_insider(actor) or colleague or user.id == actor.user_id:
        return Text(user.name, user.name)
    return office_of(row.role)


# ---- the sentences -------------------------------------------------------------------------------


def sentence(spec: ProcedureSpec, row: AuditEvent, objection: str = "") -> Text:
    """The event in one sentence; events written with their own text read as they were written.

    Args:
        objection: the number of the one it is about, where there are several.
    """
    said = row.data.get("text")
    if isinstance(said, dict) and said.get("zh"):
        return Text(str(said.get("en") or said["zh"]), str(said["zh"]))
    maker = _SENTENCES.get(Event(row.event))
    return (
        maker(spec, row.data | {"objection": objection})
        if maker is not None
        else EVENT_TITLES[Event(row.event)]
    )


def _task(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    key = str(data.get("key") or "")
    title = spec.task(key).title if spec.has_task(key) else Text(key, key)
    if nth := str(data.get("objection") or ""):
        title = Text(f"{title.en} (objection {nth})", f"{title.zh}（第 {nth} 件异议）")
    n = int(data.get("round") or 1)
    return title if n == 1 else Text(f"{title.en} (round {n})", f"{title.zh}（第 {n} 轮）")


def _stage_entered(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    stage = spec.stage(str(data["stage"]))
    return Text(
        f"The case entered the stage “{stage.title.en}”. {stage.public.en}",
        f"进入“{stage.title.zh}”环节。{stage.public.zh}",
    )


def _opened(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    title, due = _task(spec, data), _day(str(data.get("due") or ""))
    who = spec.task(str(data["key"])).by
    yours = who in (Role.APPLICANT, Role.MERCHANT)
    asked = "请被评估单位办理" if spec.ex_officio else "请申请主体办理"
    until = Text(f", due {due.en}", f"，期限至 {due.zh}") if due.zh else Text("", "")
    return Text(
        f"{'Asked of the applicant' if yours else 'Next'}: {title.en}{until.en}.",
        f"{asked if yours else '待办事项'}：{title.zh}{until.zh}。",
    )


def _day(due: str) -> Text:
    """The last day people may act on; a limit ends at its 24:00."""
    if not due:
        return Text("", "")
    end = datetime.fromisoformat(due)
    if settings().working_day_seconds:
        here = end.astimezone(SHANGHAI)
        return Text(f"{here:%-d %b %H:%M:%S}", f"{here.month}月{here.day}日 {here:%H:%M:%S}")
    last = (end - timedelta(seconds=1)).astimezone(SHANGHAI)
    return day_in_words(last)


#: An expert's opinion: what it says is not in the trail, which is read before the others have written theirs.
_UNSAID = Text("handed in", "已提交")


def _completed(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    title, key = _task(spec, data), str(data.get("outcome") or "")
    known = spec.task(str(data["key"])).outcome(key) if spec.has_task(str(data.get("key"))) else None
    label = known.label if known is not None else Text(key, key) if key else _UNSAID
    return Text(f"{title.en}: {label.en}.", f"{title.zh}：{label.zh}。")


def _overridden(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    """With an outcome the supervisor decided; without one an expert's seat was taken back."""
    if data.get("outcome"):
        return _completed(spec, data)
    title = _task(spec, data)
    return Text(
        f"The seat was taken back as “no reply”: {title.en}.", f"收回专家席位，记为逾期未复：{title.zh}。"
    )


def _drawn(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    size, eligible, out = (int(data.get(k) or 0) for k in ("size", "eligible", "excluded"))
    return Text(
        f"{size} drawn at random from {eligible} eligible experts; {out} left out.",
        f"从符合条件的 {eligible} 名专家中随机抽取 {size} 名，{out} 名因回避等原因不参加抽取。",
    )


def _replaced(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    left = str(data.get("left") or "")
    why = SEAT_STATE_TITLES[SeatState(left)] if left in set(SeatState) else Text(left, left)
    return Text(
        f"Seat {data.get('seat')}: another expert was drawn ({why.en}).",
        f"第 {data.get('seat')} 席补选专家，原专家{why.zh}。",
    )


def _reasoned(said: Text) -> Callable[[ProcedureSpec, dict[str, Any]], Text]:
    return lambda spec, data: reasoned(said, str(data.get("reason") or ""))


def _about_task(zh: str, en: str) -> Callable[[ProcedureSpec, dict[str, Any]], Text]:
    def say(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
        title, why, to = _task(spec, data), str(data.get("reason") or ""), str(data.get("to_name") or "")
        return Text(
            f"{en}: {title.en}{f' to {to}' if to else ''}{f' — {why}' if why else ''}",
            f"{zh}：{title.zh}{f'，交 {to}' if to else ''}{f'，原因：{why}' if why else ''}",
        )

    return say


def _ended(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    result = str(data.get("result") or "")
    words = CASE_STATUS_TITLES[CaseStatus(result)] if result in set(CaseStatus) else Text(result, result)
    return Text(f"The case ended: {words.en}.", f"办理终结：{words.zh}。")


def _issued(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    title, number = spec.document(str(data["key"])).title, str(data.get("number") or "")
    return Text(f"Issued “{title.en}”, {number}.", f"出具《{title.zh}》，文号 {number}。")


def _paper(zh: str, en: str) -> Callable[[ProcedureSpec, dict[str, Any]], Text]:
    def say(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
        title = next((m.title for m in spec.materials if m.kind == data.get("kind")), Text("file", "材料"))
        return Text(f"{en} “{title.en}”: {data.get('file', '')}", f"{zh}“{title.zh}”：{data.get('file', '')}")

    return say


def _extension(zh: str, en: str) -> Callable[[ProcedureSpec, dict[str, Any]], Text]:
    def say(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
        title, days, why = _task(spec, data), data.get("days"), str(data.get("reason") or "")
        return Text(
            f"{en} {days} working day(s) for “{title.en}”: {why}",
            f"“{title.zh}”{zh} {days} 个工作日，理由：{why}",
        )

    return say


def _submitted(spec: ProcedureSpec, data: dict[str, Any]) -> Text:
    who = data.get("signatory", "")
    if spec.ex_officio:
        return Text(f"Opened by the office; signed by {who}.", f"已启动，启动签署人：{who}。")
    return Text(
        f"The application was submitted; declaration signed by {who}.",
        f"申请已提交，申请人申明签署人：{who}。",
    )


_SENTENCES: dict[Event, Callable[[ProcedureSpec, dict[str, Any]], Text]] = {
    Event.CASE_DRAFTED: lambda s, d: (
        Text("The opening was drafted.", "起草启动事项。")
        if s.ex_officio
        else Text("The draft was created.", "创建申请草稿。")
    ),
    Event.CASE_SUBMITTED: _submitted,
    Event.CASE_WITHDRAWN: _reasoned(Text("The application was withdrawn", "申请已撤回")),
    Event.CASE_SUSPENDED: _reasoned(STOOD_STILL),
    Event.CASE_RESUMED: _reasoned(WENT_ON),
    Event.CASE_ENDED: _ended,
    Event.STAGE_ENTERED: _stage_entered,
    Event.TASK_OPENED: _opened,
    Event.TASK_COMPLETED: _completed,
    Event.TASK_OVERRIDDEN: _overridden,
    Event.PANEL_DRAWN: _drawn,
    Event.PANEL_REPLACED: _replaced,
    Event.TASK_OVERDUE: _about_task("期限届满未办理", "The limit passed without an answer"),
    Event.TASK_CLAIMED: _about_task("领取", "Claimed"),
    Event.TASK_RELEASED: _about_task("退回组内", "Released"),
    Event.TASK_DELEGATED: _about_task("委托办理", "Delegated"),
    Event.TASK_REASSIGNED: _about_task("改派", "Reassigned"),
    Event.TASK_HELD: _about_task("搁置", "Put on hold"),
    Event.TASK_REMINDED: _about_task("催办", "Reminded"),
    Event.TASK_ESCALATED: _about_task("逾期，已报审核负责人督办", "Overdue, told to the supervisor"),
    Event.EXTENSION_ASKED: _extension("申请延期", "Asked for"),
    Event.DEADLINE_EXTENDED: _extension("期限延长", "Extended by"),
    Event.DOCUMENT_ISSUED: _issued,
    Event.ATTACHMENT_ADDED: _paper("上传材料", "Uploaded"),
    Event.ATTACHMENT_REMOVED: _paper("移除材料", "Removed"),
}
