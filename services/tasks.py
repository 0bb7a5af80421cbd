"""Answering tasks. Everything that makes an answer count is checked here, under the row's lock."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy import Integer, Uuid, bindparam, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, col, select

from models.tables import Case, Submission, TaskDraft, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, Problem, Stale
from models.vocabulary.events import Event
from models.vocabulary.facts import DeadlineMoved, TaskClosed
from models.vocabulary.roles import STAFF, Role
from models.vocabulary.specs import Task
from models.vocabulary.statuses import TaskState
from models.vocabulary.text import Text
from services import (
    access,
    audit,
    checks,
    clock,
    deadlines,
    direct,
    effects,
    forms,
    holders,
    outbox,
    sent,
    storable,
)
from services.access import Actor, spec_of, task_for
from services.cases import fingerprint
from services.handing import claim, delegate, hold, reassign, release, unhold
from services.task_rows import case_of, must, open_task, started

__all__ = [
    "ask_extension",
    "claim",
    "complete",
    "delegate",
    "draft_of",
    "extend",
    "hold",
    "override",
    "reassign",
    "release",
    "remind",
    "save_draft",
    "shut",
    "unhold",
]


def save_draft(
    session: Session,
    actor: Actor,
    task_id: object,
    outcome: str,
    form: dict[str, Any],
    version: int | None = None,
) -> TaskDraft:
    """Keep what a person has typed; it belongs to (task, person) and survives whatever happens to the task.

    Raises:
        Invalid: it holds something that no draft can keep.
    """
    if found := storable.problems(form):
        raise Invalid(tuple(found))
    task = task_for(session, actor, task_id)  # type: ignore[arg-type]
    if session.get(TaskDraft, (task.id, actor.user_id)) is None:
        must(access.not_theirs(actor, task))
    typed = {"outcome": outcome, "form": form, "saved_at": clock.now()}
    first = {"task_id": task.id, "user_id": actor.user_id, "base_version": version or task.version}
    session.connection().execute(  # one statement: another window may save, or decide and forget it, in the same instant
        insert(TaskDraft)
        .values(first | typed)
        .on_conflict_do_update(constraint="task_draft_pkey", set_=typed)
    )
    return session.get_one(TaskDraft, (task.id, actor.user_id), populate_existing=True)


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
    repeated = _repeated(session, actor, task_id, outcome, form, idempotency_key)
    if repeated is not None:
        return repeated
    task = open_task(session, actor, task_id)
    case = case_of(session, task)
    must(access.not_theirs(actor, task))
    _not_suspended(case)
    if task.assignee_id is not None and task.assignee_id != actor.user_id and not _same_party(actor, task):
        raise holders.taken(session, task)
    must(access.may_claim(session, actor, task))
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


def _repeated(
    session: Session, actor: Actor, task_id: object, outcome: str, form: dict[str, Any], key: str | None
) -> TaskRow | None:
    """The task as answered before, when this is the same request again; another answer under the key is none.

    The rows are locked first: a repetition sent in the same instant waits for the first to be committed.
    """
    if not key:
        return None
    task = task_for(session, actor, task_id, lock=True)  # type: ignore[arg-type]
    answer, _ = forms.validate(spec_of(task).form, form, outcome)
    if answer is None:
        return None
    done = session.exec(
        select(Submission).where(
            Submission.task_id == task.id,
            Submission.by_user == actor.user_id,
            Submission.idempotency_key == key,
            Submission.sha256 == fingerprint([outcome, answer.model_dump(mode="json")]),
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


#: A page offers the ways by their names; only a program can send one that there is not, and is told the codes.
_NONE_CHOSEN = Text("Choose an outcome.", "请在“办理结果”中选择一项。")


def _ways(spec: Task) -> Text:
    known = "、".join(f"{o.key}（{o.label.zh}）" for o in spec.outcomes)
    return Text(f"Choose one of: {', '.join(o.key for o in spec.outcomes)}.", f"请选择办理结果：{known}。")


def _valid(
    session: Session, actor: Actor, case: Case, task: TaskRow, spec: Task, outcome: str, form: dict[str, Any]
) -> BaseModel:
    if spec.outcome(outcome) is None:
        raise Invalid((Problem("outcome", _ways(spec) if outcome else _NONE_CHOSEN),))
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
    _gone(session, actor, task)
    direct.put(session, submission, _NEW_SUBMISSION, "id", typed_in=task.id, typed_by=actor.user_id)
    shut(task, TaskState.DONE, outcome, actor.user_id)
    started(session, task)
    effects.apply(session, actor, case, task, outcome, data)
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
            "round": task.round,
            **(
                {} if spec_of(task).blind else {"outcome": outcome}
            ),  # the submission has it; the trail is read by many
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


#: Written, and the draft it was typed in forgotten: one statement.
_NEW_SUBMISSION = (
    insert(Submission)
    .add_cte(
        delete(TaskDraft)
        .where(
            col(TaskDraft.task_id) == bindparam("typed_in", type_=Uuid),
            col(TaskDraft.user_id) == bindparam("typed_by", type_=Integer),
        )
        .cte("typed")
    )
    .returning(col(Submission.id))
)


def shut(task: TaskRow, state: TaskState, outcome: str, user_id: int | None = None) -> None:
    """Close the row with its outcome."""
    task.state, task.outcome, task.closed_at, task.closed_by = state.value, outcome, clock.now(), user_id
    task.assignee_id = task.assignee_id or user_id
    task.held_until, task.hold_reason, task.extension_asked = None, "", {}
    task.version += 1


def _is_public(task: TaskRow) -> bool:
    """The applicant reads their own acts in the timeline; reviewers' acts show as stages and documents."""
    return task.role in (Role.APPLICANT.value, Role.MERCHANT.value)


def _gone(session: Session, actor: Actor, task: TaskRow) -> None:
    """The session need not know the draft any more."""
    kept = session.identity_map.get(identity_key(TaskDraft, (task.id, actor.user_id)))
    if kept is not None:
        session.expunge(kept)


def override(session: Session, actor: Actor, task_id: object, outcome: str, reason: str) -> TaskRow:
    """A supervisor settles a wait that nobody answers, with a reason on record (pain P29)."""
    task = open_task(session, actor, task_id)
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
    must(access.four_eyes(session, actor, task))
    return _close(
        session, actor, case, task, outcome, None, reason=reason.strip(), event=Event.TASK_OVERRIDDEN
    )


def ask_extension(session: Session, actor: Actor, task_id: object, days: int, reason: str) -> TaskRow:
    """The party asked for an answer asks for more time; a supervisor or officer grants it."""
    task = open_task(session, actor, task_id)
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
    task = open_task(session, actor, task_id)
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
    outbox.send(
        session,
        case.id,
        "deadline_moved",
        DeadlineMoved(task_id=str(task.id), due_at=task.due_at, moved_at=clock.now()),
    )
    return task


def remind(session: Session, actor: Actor, task_id: object, words: str = "", key: str = "") -> TaskRow:
    """Remind whoever is asked; shown on the case. Staff, administrators, and whoever has passed the task on.

    Args:
        key: of the form, which is carried out once (`services.sent`); empty for none.
    """
    asked = {"task": str(task_id), "words": words}
    if sent.earlier(session, key, asked) is not None:
        return task_for(session, actor, str(task_id))
    task = open_task(session, actor, task_id)
    passed_on = any(d.get("from") == actor.user_id for d in task.delegations)
    if not passed_on and not actor.is_any(*STAFF, Role.ADMIN):
        raise NotAllowed(Text("Only the staff can remind.", "仅经办机构工作人员可以催办。"))
    holders.remind(session, task, words)
    audit.record(
        session,
        Event.TASK_REMINDED,
        case=case_of(session, task),
        actor=actor,
        task=task,
        data={"key": task.key, "text_typed": words},
    )
    sent.keep(session, actor, key, asked, case_of(session, task).case_no)
    return task
