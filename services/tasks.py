"""Answering tasks. Everything that makes an answer count is checked here, under the row's lock."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session, select

from models.tables import Case, Submission, TaskDraft, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, Problem, Stale
from models.vocabulary.events import Event
from models.vocabulary.facts import DeadlineMoved, TaskClosed
from models.vocabulary.roles import Role
from models.vocabulary.specs import Task
from models.vocabulary.statuses import ENDS, CaseStatus, TaskState
from models.vocabulary.text import Text
from services import access, audit, checks, clock, deadlines, effects, forms, holders, outbox
from services.access import Actor, spec_of, task_for
from services.cases import fingerprint


def case_of(session: Session, task: TaskRow) -> Case:
    """The task's case."""
    return session.get_one(Case, task.case_id)


def claim(session: Session, actor: Actor, task_id: object) -> TaskRow:
    """Take an unclaimed task in hand. Raises Conflict (taken, ended), NotAllowed (role, four eyes)."""
    task = _open(session, actor, task_id)
    if task.assignee_id == actor.user_id:
        return task
    if task.assignee_id is not None:
        raise holders.taken(session, task)
    _must(access.may_claim(session, actor, task))
    _hand_to(task, actor.user_id)
    _started(session, task)
    audit.record(
        session,
        Event.TASK_CLAIMED,
        case=case_of(session, task),
        actor=actor,
        task=task,
        data={"key": task.key},
    )
    return task


def _hand_to(task: TaskRow, user_id: int) -> None:
    task.assignee_id, task.claimed_at, task.state = user_id, clock.now(), TaskState.CLAIMED.value
    task.version += 1


def _started(session: Session, task: TaskRow) -> None:
    case = case_of(session, task)
    if case.status == CaseStatus.SUBMITTED.value:
        case.status = CaseStatus.IN_PROGRESS.value
    case.changed_at = clock.now()


def _must(refusal: Text | None) -> None:
    if refusal is not None:
        raise NotAllowed(refusal)


def _open(session: Session, actor: Actor, task_id: object) -> TaskRow:
    """The task, locked and still open; each other state has its own conflict."""
    task = task_for(session, actor, task_id, lock=True)  # type: ignore[arg-type]
    case = case_of(session, task)
    if CaseStatus(case.status) in ENDS:
        raise Conflict(
            Text(
                f"Case {case.case_no} has ended; nothing can be decided any more.",
                f"{case.case_no} 已办结，不能再办理其中的事项。",
            ),
            "case_ended",
        )
    if task.state not in (TaskState.OPEN.value, TaskState.CLAIMED.value):
        raise holders.ended(session, task)
    return task


def release(session: Session, actor: Actor, task_id: object, reason: str = "") -> TaskRow:
    """Give a task back to its group."""
    task = _open(session, actor, task_id)
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
    task = _open(session, actor, task_id)
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
    return _pass_on(session, actor, _open(session, actor, task_id), to, reason, Event.TASK_REASSIGNED)


def _pass_on(session: Session, actor: Actor, task: TaskRow, to: str, reason: str, event: Event) -> TaskRow:
    receiver = holders.receiver(session, to)
    if task.reserved_for is not None:
        raise NotAllowed(
            Text(
                "This task is for one named person and cannot be passed on.",
                "本事项指定由特定人员办理，不能转交；如需更换请使用“补选”。",
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
    _hand_to(task, receiver.user_id)
    audit.record(
        session,
        event,
        case=case_of(session, task),
        actor=actor,
        task=task,
        data={"key": task.key, "to": receiver.username, "to_name": receiver.name, "reason": reason.strip()},
    )
    holders.tell(session, task, receiver, reason)
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
    return task


def _mine(session: Session, actor: Actor, task_id: object) -> TaskRow:
    task = _open(session, actor, task_id)
    if task.assignee_id != actor.user_id:
        raise NotAllowed(Text("You do not hold this task; claim it first.", "本事项不在您名下，请先领取。"))
    return task


def save_draft(
    session: Session,
    actor: Actor,
    task_id: object,
    outcome: str,
    form: dict[str, Any],
    version: int | None = None,
) -> TaskDraft:
    """Keep what a person has typed; it belongs to (task, person) and survives whatever happens to the task."""
    task = task_for(session, actor, task_id)  # type: ignore[arg-type]
    row = session.get(TaskDraft, (task.id, actor.user_id))
    if row is None:
        row = TaskDraft(task_id=task.id, user_id=actor.user_id, base_version=version or task.version)
        session.add(row)
    row.outcome, row.form, row.saved_at = outcome, form, clock.now()
    session.flush()
    return row


def draft_of(session: Session, actor: Actor, task: TaskRow) -> TaskDraft | None:
    """The person's saved draft of this task."""
    return session.get(TaskDraft, (task.id, actor.user_id))


def complete(
    session: Session,
    actor: Actor,
    task_id: object,
    outcome: str,
    form: dict[str, Any],
    *,
    idempotency_key: str | None = None,
    version: int | None = None,
) -> TaskRow:
    """Answer a task: the decision counts when the transaction commits, and counts once.

    Args:
        outcome: one of the task's outcomes.
        form: plain data of the task's form.
        idempotency_key: the same key again answers with the first result.
        version: row version the person saw; None = do not compare.

    Raises:
        NotFound, NotAllowed, Conflict (taken | ended | suspended | case_ended), Stale, Invalid.
    """
    repeated = _repeated(session, actor, task_id, idempotency_key)
    if repeated is not None:
        return repeated
    task = _open(session, actor, task_id)
    case = case_of(session, task)
    _not_suspended(case)
    if task.assignee_id is not None and task.assignee_id != actor.user_id and not _same_party(actor, task):
        raise holders.taken(session, task)
    _must(access.may_claim(session, actor, task))
    if version is not None and version != task.version:
        raise Stale(
            Text(
                "The task changed while you were writing; your text is kept as a draft.",
                "办理期间本事项内容已更新，您填写的内容已存为草稿，请核对后再提交。",
            )
        )
    spec = spec_of(task)
    answer = _valid(session, actor, case, task, spec, outcome, form)
    return _close(session, actor, case, task, outcome, answer, idempotency_key=idempotency_key)


def _same_party(actor: Actor, task: TaskRow) -> bool:
    """Colleagues of the filing party may finish what one of them has opened."""
    return task.party_id is not None and task.party_id == actor.party_id and task.role in actor.roles


def _repeated(session: Session, actor: Actor, task_id: object, key: str | None) -> TaskRow | None:
    """The task as answered before, when this is a repetition of the same request."""
    if not key:
        return None
    task = task_for(session, actor, task_id)  # type: ignore[arg-type]
    done = session.exec(
        select(Submission).where(
            Submission.task_id == task.id,
            Submission.by_user == actor.user_id,
            Submission.idempotency_key == key,
        )
    ).first()
    return task if done is not None else None


def _not_suspended(case: Case) -> None:
    if case.suspended_at is not None:
        raise Conflict(
            Text(
                f"Case {case.case_no} is suspended; decisions wait until it is resumed.",
                f"{case.case_no} 已中止办理，恢复后方可继续。您填写的内容可先存为草稿。",
            ),
            "suspended",
        )


def _valid(
    session: Session, actor: Actor, case: Case, task: TaskRow, spec: Task, outcome: str, form: dict[str, Any]
) -> BaseModel:
    if spec.outcome(outcome) is None:
        known = "、".join(f"{o.key}（{o.label.zh}）" for o in spec.outcomes)
        raise Invalid(
            (
                Problem(
                    "outcome",
                    Text(
                        f"Choose one of: {', '.join(o.key for o in spec.outcomes)}.",
                        f"请选择办理结果：{known}。",
                    ),
                ),
            )
        )
    answer, problems = forms.validate(spec.form, form, outcome)
    if answer is not None:
        problems = problems + checks.run(session, case, task, spec, outcome, answer)
    if problems or answer is None:
        raise Invalid(tuple(problems))
    return answer


def _close(
    session: Session,
    actor: Actor,
    case: Case,
    task: TaskRow,
    outcome: str,
    answer: BaseModel | None,
    *,
    idempotency_key: str | None = None,
    reason: str = "",
    event: Event = Event.TASK_COMPLETED,
) -> TaskRow:
    data = answer.model_dump(mode="json") if answer is not None else {}
    submission = Submission(
        task_id=task.id,
        case_id=case.id,
        outcome=outcome,
        form=data,
        form_key=f"{task.procedure}.{task.key}",
        by_user=actor.user_id,
        on_behalf=task.delegations[-1]["from"] if task.delegations else None,
        role=task.role,
        reason=reason,
        idempotency_key=idempotency_key,
        case_version=case.version,
        sha256=fingerprint([outcome, data]),
        at=clock.now(),
    )
    session.add(submission)
    shut(task, TaskState.DONE, outcome, actor.user_id)
    _started(session, task)
    session.flush()
    effects.apply(session, actor, case, task, outcome, data)
    _forget_draft(session, actor, task)
    audit.record(
        session,
        event,
        case=case,
        actor=actor,
        task=task,
        public=_is_public(task),
        role=task.role,
        on_behalf=submission.on_behalf,
        rests_on=submission.sha256,
        data={
            "key": task.key,
            "outcome": outcome,
            "round": task.round,
            **({"reason": reason} if reason else {}),
        },
    )
    outbox.send(
        session,
        case.id,
        "task_closed",
        TaskClosed(task_id=str(task.id), outcome=outcome, submission_id=submission.id),
    )
    return task


def shut(task: TaskRow, state: TaskState, outcome: str, user_id: int | None = None) -> None:
    """Close the row with its outcome."""
    task.state, task.outcome, task.closed_at, task.closed_by = state.value, outcome, clock.now(), user_id
    task.assignee_id = task.assignee_id or user_id
    task.held_until, task.hold_reason, task.extension_asked = None, "", {}
    task.version += 1


def _is_public(task: TaskRow) -> bool:
    """The applicant reads their own acts in the timeline; reviewers' acts show as stages and documents."""
    return task.role in (Role.APPLICANT.value, Role.MERCHANT.value)


def _forget_draft(session: Session, actor: Actor, task: TaskRow) -> None:
    row = session.get(TaskDraft, (task.id, actor.user_id))
    if row is not None:
        session.delete(row)


def override(session: Session, actor: Actor, task_id: object, outcome: str, reason: str) -> TaskRow:
    """A supervisor settles a wait that nobody answers, with a reason on record (pain P29)."""
    task = _open(session, actor, task_id)
    spec, case = spec_of(task), case_of(session, task)
    if not actor.is_any(Role.SUPERVISOR):
        raise NotAllowed(Text("Only a supervisor can settle a wait.", "仅审核负责人可以代为决定。"))
    if outcome not in spec.overrides:
        raise Invalid(
            (
                Problem(
                    "outcome",
                    Text(
                        f"This task can be settled as: {', '.join(spec.overrides) or 'nothing'}.",
                        f"本事项可代为决定的结果：{'、'.join(spec.overrides) or '无'}。",
                    ),
                ),
            )
        )
    if not reason.strip():
        raise Invalid((Problem("reason", Text("Please give the reason.", "请填写代为决定的理由。")),))
    _not_suspended(case)
    _must(access.four_eyes(session, actor, task))
    return _close(
        session, actor, case, task, outcome, None, reason=reason.strip(), event=Event.TASK_OVERRIDDEN
    )


def ask_extension(session: Session, actor: Actor, task_id: object, days: int, reason: str) -> TaskRow:
    """The party asked for an answer asks for more time; a supervisor or officer grants it."""
    task = _open(session, actor, task_id)
    if not access.in_group(actor, task) and not access.holds(actor, task):
        raise NotAllowed(Text("This task is not yours.", "本事项不由您办理。"))
    deadlines.may_extend(session, task, days, reason)
    task.extension_asked = {
        "days": days,
        "reason": reason.strip(),
        "by": actor.user_id,
        "at": clock.now().isoformat(),
    }
    case = case_of(session, task)
    audit.record(
        session,
        Event.EXTENSION_ASKED,
        case=case,
        actor=actor,
        task=task,
        public=_is_public(task),
        data={"key": task.key, "days": days, "reason": reason.strip()},
    )
    holders.tell_supervisors(session, case, task, days, reason)
    return task


def extend(session: Session, actor: Actor, task_id: object, days: int, reason: str) -> TaskRow:
    """Give a task more working days, within the rule: once, at most the setting. Raises Invalid, Conflict."""
    task = _open(session, actor, task_id)
    if not actor.is_any(Role.SUPERVISOR, Role.ADMIN):
        raise NotAllowed(Text("Only a supervisor can extend a limit.", "仅审核负责人可以延长期限。"))
    deadlines.may_extend(session, task, days, reason)
    deadlines.extend(session, deadlines.of_task(session, task), days, reason.strip(), actor.user_id)
    task.extension_asked = {}
    task.version += 1
    case = case_of(session, task)
    audit.record(
        session,
        Event.DEADLINE_EXTENDED,
        case=case,
        actor=actor,
        task=task,
        public=True,
        data={
            "key": task.key,
            "days": days,
            "reason": reason.strip(),
            "due": task.due_at.isoformat() if task.due_at else "",
        },
    )
    outbox.send(session, case.id, "deadline_moved", DeadlineMoved(task_id=str(task.id), due_at=task.due_at))
    return task


def remind(session: Session, actor: Actor, task_id: object, words: str = "") -> TaskRow:
    """Remind whoever is asked; shown on the case."""
    task = _open(session, actor, task_id)
    holders.remind(session, task, words)
    audit.record(
        session,
        Event.TASK_REMINDED,
        case=case_of(session, task),
        actor=actor,
        task=task,
        data={"key": task.key, "text_typed": words},
    )
    return task
