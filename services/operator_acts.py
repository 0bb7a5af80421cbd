"""Acts from the console 督办措施: ordered with a reason, carried out at once where rows decide, verified by what is seen.

An act is a row. What the program can see in the rows right away is judged in the same request; what only the engine
can tell is judged by the worker (`operator_verify`). The page never says "done" because something was asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from models.procedures import procedure
from models.tables import AuditEvent, Case, EngineTrouble, OperatorAct, TaskRow, User
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.facts import CaseEnded
from models.vocabulary.operator import ACTS, ActKind, ActState
from models.vocabulary.roles import Role
from models.vocabulary.statuses import ENDS, CaseStatus
from models.vocabulary.text import Text
from services import (
    audit,
    cases,
    clock,
    filings,
    handing,
    nudges,
    operator_reading,
    outbox,
    replacing,
    restoring,
    returning,
    tasks,
)
from services.access import Actor, case_for, task_for

#: The status of a case two persons have ended before anything came of it: neither granted nor refused.
ENDED_BY_CENTRE = CaseStatus.LAPSED


@dataclass(frozen=True)
class Order:
    """What somebody wants done.

    Args:
        case_no, task_id: what it is about; a task names its case.
        to: user name, for reassign. days: working days, for extend. stage: for return.
    """

    kind: str
    reason: str
    case_no: str = ""
    task_id: str = ""
    to: str = ""
    days: int = 0
    stage: str = ""


def ask(session: Session, actor: Actor, order: Order) -> OperatorAct:
    """Order an act.

    Raises:
        NotFound: no such kind, case or task. NotAllowed: another role's.
        Invalid: no reason, or a field is missing. Conflict: the state does not allow it.
    """
    kind = kind_of(order.kind)
    may_order(actor, kind)
    if not order.reason.strip():
        raise Invalid((Problem("reason", Text("Please give the reason.", "请填写理由。")),))
    case, task = target_of(session, actor, order, kind)
    act = row_of(actor, order, case, task)
    session.add(act)
    session.flush()
    act.data = _DO[kind](session, actor, case, task, order, act)
    told(session, actor, case, act)
    return act


def row_of(actor: Actor, order: Order, case: Case, task: TaskRow | None) -> OperatorAct:
    """The order as it is kept, before anything is done."""
    return OperatorAct(
        kind=kind_of(order.kind).value,
        case_id=case.id,
        task_id=task.id if task else None,
        reason=order.reason.strip()[:1000],
        by_user=actor.user_id,
        asked_at=clock.now(),
    )


def kind_of(name: str) -> ActKind:
    if name not in set(ActKind):
        raise NotFound
    return ActKind(name)


def may_order(actor: Actor, kind: ActKind) -> None:
    """Raises NotAllowed when the act belongs to another role."""
    if not actor.roles & ACTS[kind].roles:
        title = ACTS[kind].title
        raise NotAllowed(Text(f"“{title.en}” is not for your role.", f"您的角色不能进行“{title.zh}”。"))


def may_confirm(actor: Actor, kind: ActKind) -> None:
    """Raises NotAllowed when the second person has to be of another role."""
    if not actor.roles & ACTS[kind].second:
        title = ACTS[kind].title
        raise NotAllowed(
            Text(f"“{title.en}” is not for your role to confirm.", f"您的角色不能确认“{title.zh}”。")
        )


def target_of(session: Session, actor: Actor, order: Order, kind: ActKind) -> tuple[Case, TaskRow | None]:
    if not ACTS[kind].on_task:
        case = case_for(session, actor, order.case_no, lock=True)
        if kind not in _OF_ENDED:
            _under_way(case)
        return case, None
    task = task_for(session, actor, order.task_id, lock=True)
    return session.get_one(Case, task.case_id), task


#: The very state may be what was changed; and nobody is left to hear a message only where the course has ended.
_OF_ENDED = frozenset({ActKind.RESTORE, ActKind.SET_ASIDE})


def _under_way(case: Case) -> None:
    if CaseStatus(case.status) in ENDS or case.status == CaseStatus.DRAFT.value:
        raise Conflict(
            Text(f"{case.case_no} is not under way.", f"{case.case_no} 不在办理中，无需采取措施。"),
            "case_ended",
        )


def told(session: Session, actor: Actor, case: Case, act: OperatorAct) -> AuditEvent:
    title = ACTS[ActKind(act.kind)].title
    return audit.record(
        session,
        Event.OPERATOR_ASKED,
        case=case,
        actor=actor,
        task=session.get(TaskRow, act.task_id) if act.task_id else None,
        data={
            "act": act.id,
            "kind": act.kind,
            "state": act.state,
            "reason": act.reason,
            "text": {"zh": f"{title.zh}：{act.reason}", "en": f"{title.en}: {act.reason}"},
            **{k: act.data[k] for k in ("messages",) if k in act.data},
        },
    )


# ---- what each does ------------------------------------------------------------------------------

Row = TaskRow | None


def _task(task: Row) -> TaskRow:
    if task is None:
        raise NotFound
    return task


def _remind(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    tasks.remind(s, a, _task(t).id, o.reason)
    return {}


def _reassign(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    if not o.to.strip():
        raise Invalid((Problem("to", Text("Choose who takes it over.", "请选择接办人员。")),))
    before = _task(t).assignee_id
    row = handing.reassign(s, a, _task(t).id, o.to, o.reason)
    return {"from": before, "to": row.assignee_id}


def _extend(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    before = _task(t).due_at
    row = tasks.extend(s, a, _task(t).id, o.days, o.reason)
    return {
        "due": row.due_at.isoformat() if row.due_at else "",
        "before": before.isoformat() if before else "",
    }


def _suspend(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    cases.suspend(s, a, c.case_no, o.reason)
    return {}


def _resume(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    cases.resume(s, a, c.case_no, o.reason)
    return {}


def _replace(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    return replacing.take_seat(s, a, _task(t).id, o.reason)


def _retry(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    rows = s.exec(
        select(EngineTrouble).where(EngineTrouble.case_id == c.id, EngineTrouble.kind == "activity")
    ).all()
    if not rows:
        raise Conflict(
            Text("No step of this case is failing now.", "本件当前没有失败的步骤，无需重试。"), "changed"
        )
    return {
        "steps": [r.what for r in rows],
        "failed_at": rows[0].seen_at.isoformat(),
        "attempts": rows[0].attempts,
    }


def _nudge(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    return {"resent": nudges.nudge(s, a, c.case_no).resent}


def _restore(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    return {"mended": restoring.restore(s, c)}


def _set_aside(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    if CaseStatus(c.status) not in ENDS:
        raise Conflict(
            Text(
                f"{c.case_no} has not ended: wake its course, which sends the messages again.",
                f"{c.case_no} 尚未办结，其消息仍须送达，请使用“唤起流程”重新发送。",
            ),
            "changed",
        )
    messages = outbox.set_aside(s, c.id)
    if not messages:
        raise Conflict(Text("No dead letter of this case is left.", "本件没有死信，无需核销。"), "changed")
    return {"messages": messages}


def _end(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    _propose(s, c, act)
    return {"supervisor": a.is_any(Role.SUPERVISOR)}


def _propose(s: Session, c: Case, act: OperatorAct) -> None:
    """One proposal of a kind at a time; nothing happens before the second person."""
    others = s.exec(
        select(OperatorAct).where(
            OperatorAct.case_id == c.id, OperatorAct.kind == act.kind, OperatorAct.id != act.id
        )
    )
    title = ACTS[ActKind(act.kind)].title
    for other in others:
        if other.state == ActState.PROPOSED.value:
            raise Conflict(
                Text(f"“{title.en}” has been proposed already.", f"已有“{title.zh}”的提议等待确认。"),
                "changed",
            )
        if act.kind == ActKind.RETURN.value and other.state == ActState.ASKED.value:
            raise Conflict(
                Text("The case is being returned already.", "本件正在退回，请待核实后再提议。"), "changed"
            )
    act.state = ActState.PROPOSED.value


def _return(s: Session, a: Actor, c: Case, t: Row, o: Order, act: OperatorAct) -> dict[str, Any]:
    against = returning.hindrance(s, c)
    if against is not None:
        raise Conflict(against, "changed")
    if not o.stage.strip():
        raise Invalid((Problem("stage", Text("Choose the step to return to.", "请选择退回到哪个环节。")),))
    returning.entry(s, c, o.stage)
    _propose(s, c, act)
    return {"to": o.stage, "supervisor": a.is_any(Role.SUPERVISOR)}


_Do = Callable[[Session, Actor, Case, Row, Order, OperatorAct], dict[str, Any]]
_DO: dict[ActKind, _Do] = {
    ActKind.REMIND: _remind,
    ActKind.REASSIGN: _reassign,
    ActKind.EXTEND: _extend,
    ActKind.SUSPEND: _suspend,
    ActKind.RESUME: _resume,
    ActKind.REPLACE: _replace,
    ActKind.RETRY: _retry,
    ActKind.NUDGE: _nudge,
    ActKind.RESTORE: _restore,
    ActKind.SET_ASIDE: _set_aside,
    ActKind.END: _end,
    ActKind.RETURN: _return,
}


# ---- the second person ---------------------------------------------------------------------------


def confirm(session: Session, actor: Actor, act_id: int, agree: bool, reason: str = "") -> OperatorAct:
    """The second person confirms or refuses what needs two (four eyes by natural person).

    Raises:
        NotAllowed: the same person, or no supervisor among the two. Conflict: not proposed any more.
        Invalid: refused without a reason.
    """
    act = operator_reading.one(session, actor, act_id)
    case = operator_reading.case_of(session, actor, act, lock=True)
    session.refresh(act, with_for_update=True)
    may_confirm(actor, ActKind(act.kind))
    if act.state != ActState.PROPOSED.value:
        raise Conflict(Text("This is settled already.", "该提议已有结论。"), "changed")
    if agree:
        _second(session, actor, act)
        _under_way(case)
    elif not reason.strip():
        raise Invalid((Problem("reason", Text("Please say why not.", "请填写不予确认的理由。")),))
    act.second_user, act.second_at = actor.user_id, clock.now()
    if not agree:
        settle(
            act,
            ActState.WITHDRAWN,
            Text(f"Not confirmed: {reason.strip()}", f"未予确认，理由：{reason.strip()}"),
        )
        told(session, actor, case, act)
        return act
    act.state = ActState.ASKED.value
    _CONFIRMED[ActKind(act.kind)](session, actor, case, act)
    return act


def _ends(session: Session, actor: Actor, case: Case, act: OperatorAct) -> None:
    """What is public or in the ledger already stays, and so does the word for it; only the rest of the course ends."""
    data: dict[str, Any] = {"reason": act.reason, "act": act.id}
    result = ENDED_BY_CENTRE.value
    if cases.is_published(case) or filings.is_kept(session, case):
        result = procedure(case.procedure).ended_public
        data["text"] = {
            "zh": "终止其余环节，已公布、已登记的结果不变",
            "en": "What is left of the course has ended; what was published or posted stays",
        }
    cases.end(session, case, result, Event.CASE_ENDED, actor, data)
    outbox.send(session, case.id, "case_ended", CaseEnded(result=case.status))


def _returns(session: Session, actor: Actor, case: Case, act: OperatorAct) -> None:
    """From here on the case's messages wait (`outbox.claim`); the worker stops the run and changes the rows."""
    against = returning.hindrance(session, case)
    if against is not None:
        raise Conflict(against, "changed")
    returning.entry(session, case, str(act.data["to"]))
    told(session, actor, case, act)


_CONFIRMED: dict[ActKind, Callable[[Session, Actor, Case, OperatorAct], None]] = {
    ActKind.END: _ends,
    ActKind.RETURN: _returns,
}


def _second(session: Session, actor: Actor, act: OperatorAct) -> None:
    first = session.get_one(User, act.by_user)
    if first.person_key == actor.person_key:
        raise NotAllowed(
            Text("You proposed it; another person must confirm.", "本提议由您提出，须由另一人确认。")
        )
    if not (act.data.get("supervisor") or actor.is_any(Role.SUPERVISOR)):
        raise NotAllowed(
            Text("One of the two must be a supervisor.", "两人中至少一人须为审核负责人，请由审核负责人确认。")
        )


def settle(act: OperatorAct, state: ActState, text: Text) -> None:
    act.state, act.outcome_zh, act.outcome_en, act.verified_at = state.value, text.zh, text.en, clock.now()
