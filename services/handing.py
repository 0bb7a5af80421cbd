"""Passing tasks from hand to hand: claim, release, delegate, reassign, put aside."""

from datetime import datetime

from sqlmodel import Session

from models.tables import TaskRow
from models.vocabulary.errors import Invalid, NotAllowed, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.statuses import TaskState
from models.vocabulary.text import Text
from services import absences, access, audit, clock, holders, stand_ins
from services.access import Actor
from services.task_rows import case_of, hand_to, must, open_task, started

_HOLDS_IT = Text(
    "This person holds the task already; choose somebody else.", "本事项已由该人员承办，无需改派。"
)


def claim(session: Session, actor: Actor, task_id: object) -> TaskRow:
    """Take an unclaimed task in hand. Raises Conflict (taken, ended), NotAllowed (role, four eyes)."""
    task = open_task(session, actor, task_id)
    if task.assignee_id == actor.user_id:
        return task
    must(access.not_theirs(actor, task))
    if task.assignee_id is not None:
        raise holders.taken(session, task)
    must(access.may_claim(session, actor, task))
    hand_to(task, actor.user_id)
    started(session, task)
    audit.record(
        session,
        Event.TASK_CLAIMED,
        case=case_of(session, task),
        actor=actor,
        task=task,
        data={"key": task.key},
    )
    return task


def release(session: Session, actor: Actor, task_id: object, reason: str = "") -> TaskRow:
    """Give a task back to its group."""
    task = open_task(session, actor, task_id)
    if task.assignee_id != actor.user_id:
        raise NotAllowed(Text("You do not hold this task.", "本事项不在您名下，无需退回。"))
    if task.reserved_for is not None:
        raise NotAllowed(
            Text(
                "This task is yours alone; decline it instead.",
                "本事项指定由您办理，如不能办理请选择谢绝或联系经办人员。",
            )
        )
    task.assignee_id, task.claimed_at, task.state = None, None, TaskState.OPEN.value
    task.delegations = []  # whoever takes it next acts for nobody else
    task.version += 1
    audit.record(
        session,
        Event.TASK_RELEASED,
        case=case_of(session, task),
        actor=actor,
        task=task,
        data={"key": task.key, "reason": reason},
    )
    return task


def delegate(session: Session, actor: Actor, task_id: object, to: str, reason: str) -> TaskRow:
    """Hand a task on to a colleague, who then acts for the holder (four eyes count both)."""
    task = open_task(session, actor, task_id)
    if task.assignee_id != actor.user_id:
        raise NotAllowed(
            Text("Only the holder can delegate a task; claim it first.", "仅承办人可以委托，请先领取本事项。")
        )
    return _pass_on(session, actor, task, to, reason, Event.TASK_DELEGATED)


def reassign(session: Session, actor: Actor, task_id: object, to: str, reason: str) -> TaskRow:
    """Give a task to somebody else: supervisors and administrators, with a reason."""
    if not actor.is_any(Role.SUPERVISOR, Role.ADMIN, Role.EXCHANGE):
        raise NotAllowed(
            Text("Only a supervisor or an administrator can reassign.", "仅审核负责人或系统管理员可以改派。")
        )
    if not reason.strip():
        raise Invalid((Problem("reason", Text("Please give the reason.", "请填写改派原因。")),))
    return _pass_on(session, actor, open_task(session, actor, task_id), to, reason, Event.TASK_REASSIGNED)


def _pass_on(session: Session, actor: Actor, task: TaskRow, to: str, reason: str, event: Event) -> TaskRow:
    receiver = holders.receiver(session, to)
    if task.assignee_id == receiver.user_id:
        raise Invalid((Problem("to", _HOLDS_IT),))
    if task.reserved_for is not None:
        raise NotAllowed(
            Text(
                "This task is for one named person and cannot be passed on; an expert is replaced from the console.",
                "本事项指定由特定人员办理，不能转交。需要更换专家的，请在滞办督查台使用“更换专家”。",
            )
        )
    refusal = access.may_claim(session, receiver, task)
    if refusal is not None:
        raise NotAllowed(
            Text(
                f"{receiver.name} cannot take this task: {refusal.en}",
                f"{receiver.name} 不能办理本事项：{refusal.zh}",
            )
        )
    if event is Event.TASK_DELEGATED:
        task.delegations = [
            *task.delegations,
            {
                "from": actor.user_id,
                "to": receiver.user_id,
                "person": actor.person_key,
                "at": clock.now().isoformat(),
                "reason": reason,
            },
        ]
    else:
        task.delegations = []  # the new holder acts for nobody else
    stand_in = stand_ins.instead(session, receiver, task)
    if stand_in is None:
        hand_to(task, receiver.user_id)
        task.substitution = {}
    audit.record(
        session,
        event,
        case=case_of(session, task),
        actor=actor,
        task=task,
        data={"key": task.key, "to": receiver.username, "to_name": receiver.name, "reason": reason.strip()},
    )
    if stand_in is None:
        holders.tell(session, task, receiver, reason)
    elif absences.pass_to(session, task, stand_in, reason) and stand_in.by is not None:
        holders.tell(session, task, stand_in.by, f"{reason} {stand_in.words.zh}".strip())
    return task


def hold(
    session: Session,
    actor: Actor,
    task_id: object,
    until: datetime | None,
    reason: str,
    wakes_on_answer: bool = False,
) -> TaskRow:
    """Put a task aside until a date or an answer; its limit keeps running and stays visible."""
    task = _mine(session, actor, task_id)
    if not reason.strip():
        raise Invalid((Problem("reason", Text("Please say what you wait for.", "请填写搁置原因。")),))
    if until is None and not wakes_on_answer:
        raise Invalid(
            (
                Problem(
                    "until",
                    Text(
                        "Choose a date, or “until an answer comes”.", "请选择搁置到的日期，或“收到答复时”。"
                    ),
                ),
            )
        )
    task.held_until, task.hold_reason, task.hold_wakes_on_answer = until, reason.strip(), wakes_on_answer
    task.version += 1
    audit.record(
        session,
        Event.TASK_HELD,
        case=case_of(session, task),
        actor=actor,
        task=task,
        data={"key": task.key, "reason": reason.strip()},
    )
    return task


def unhold(session: Session, actor: Actor, task_id: object) -> TaskRow:
    """Take a task up again."""
    task = _mine(session, actor, task_id)
    task.held_until, task.hold_reason, task.hold_wakes_on_answer = None, "", False
    task.version += 1
    words = {"zh": "恢复办理搁置的事项", "en": "Taken up again after a hold"}
    audit.record(
        session,
        Event.TASK_HELD,
        case=case_of(session, task),
        actor=actor,
        task=task,
        data={"key": task.key, "held": False, "text": words},
    )
    return task


def _mine(session: Session, actor: Actor, task_id: object) -> TaskRow:
    task = open_task(session, actor, task_id)
    if task.assignee_id != actor.user_id:
        raise NotAllowed(Text("You do not hold this task; claim it first.", "本事项不在您名下，请先领取。"))
    return task
