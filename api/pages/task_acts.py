"""What can be done with a task besides answering it: claim, give back, pass on, put aside, remind, more time, settle."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from api import once
from api.dependencies import Me, Posted, Reader
from api.pages.desk import refused, typed
from api.templating import page
from models.tables import Case, TaskRow
from models.vocabulary.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.roles import FILERS, Role
from models.vocabulary.specs import SUPERVISED, Task
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from models.vocabulary.written import day_written
from services import calendar, clock, notifications, tasks
from services.access import Actor, spec_of, task_for
from services.reading.people import candidates
from services.session import reading, transaction

router = APIRouter()
Do = Callable[[Session, Actor, UUID, FormData], object]


@dataclass(frozen=True)
class Act:
    """An act with a page of its own: what it asks for and the sentence on its consequence.

    Args:
        fields: of "to", "reason", "until", "days", "outcome"; shown in this order.
        needs_reason: an empty reason is refused by the service.
    """

    key: str
    title: Text
    consequence: Text
    fields: tuple[str, ...]
    do: Do
    needs_reason: bool = True


def _said(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()


def _days(form: FormData) -> int:
    text = _said(form, "days")
    if not is_whole(text, 3) or int(text) == 0:
        raise Invalid(
            (Problem("days", Text("Give a whole number of working days.", "请填写延长的工作日数（整数）。")),)
        )
    return int(text)


def _until(form: FormData) -> datetime | None:
    """The beginning of the day chosen, in Shanghai."""
    text = _said(form, "until")
    if not text:
        return None
    try:
        day = date.fromisoformat(day_written(text))
    except ValueError as error:
        raise Invalid(
            (Problem("until", Text("Choose a date such as 2026-12-01.", "请选择日期，格式如 2026-12-01。")),)
        ) from error
    if day <= clock.today().date():
        raise Invalid((Problem("until", Text("Choose a day after today.", "请选择今天以后的日期。")),))
    return calendar.end_of(day - timedelta(days=1))


def _ask_holder(session: Session, actor: Actor, task_id: UUID, form: FormData) -> None:
    """Ask the holder to pass the task on; they decide."""
    task = task_for(session, actor, task_id)
    if task.assignee_id is None:
        raise Conflict(Text("Nobody has it; you can claim it.", "本事项无人办理，您可以直接领取。"), "ended")
    case, title = session.get_one(Case, task.case_id), spec_of(task).title
    notifications.notify(
        session,
        user_ids=[task.assignee_id],
        kind="action_needed",
        dedupe=f"task:{task.id}:wanted:{actor.user_id}:{task.version}",
        text=Text(
            f"{case.case_no}: {actor.name} asks you to pass on “{title.en}”: {_said(form, 'reason')}",
            f"{case.case_no}：{actor.name} 申请由其办理“{title.zh}”，理由：{_said(form, 'reason')}",
        ),
        case=case,
        task=task,
        link=f"/tasks/{task.id}",
    )


ACTS: dict[str, Act] = {
    a.key: a
    for a in (
        Act(
            "release",
            Text("Give back to the group", "退回组内"),
            Text(
                "Everybody of the group can claim it again. Your draft stays with you; the limit runs on.",
                "退回后组内人员均可领取；您的草稿仍为您保留，办理期限不变。",
            ),
            ("reason",),
            lambda s, a, i, f: tasks.release(s, a, i, _said(f, "reason")),
            needs_reason=False,
        ),
        Act(
            "delegate",
            Text("Pass on", "转交他人办理"),
            Text(
                "Your colleague decides for you; for separation of duties both of you count. The limit runs on.",
                "受托人代您办理，回避和双人复核要求对两人同时适用；办理期限不变。",
            ),
            ("to", "reason"),
            lambda s, a, i, f: tasks.delegate(s, a, i, _said(f, "to"), _said(f, "reason")),
        ),
        Act(
            "reassign",
            Text("Reassign", "改派"),
            Text(
                "The task leaves its present holder, who keeps a draft; the reason goes into the file.",
                "本事项将从现承办人处转出，其草稿仍予保留；改派原因载入案卷。",
            ),
            ("to", "reason"),
            lambda s, a, i, f: tasks.reassign(s, a, i, _said(f, "to"), _said(f, "reason")),
        ),
        Act(
            "hold",
            Text("Put aside", "搁置"),
            Text(
                "It moves to the end of your list until the day, or until an answer comes. The legal limit runs on.",
                "到期前或收到答复前，本事项排在列表末尾；法定期限照常计算。",
            ),
            ("until", "wakes", "reason"),
            lambda s, a, i, f: tasks.hold(
                s, a, i, _until(f), _said(f, "reason"), _said(f, "wakes") == "true"
            ),
        ),
        Act(
            "remind",
            Text("Remind", "催办"),
            Text(
                "Whoever is asked gets a message; it is kept in the file.",
                "将向承办人（未领取的向全组）发送催办消息，并载入案卷。",
            ),
            ("reason",),
            lambda s, a, i, f: tasks.remind(
                s, a, i, _said(f, "reason"), once.key_of(a, f.get("nonce"), f"remind/{i}")
            ),
            needs_reason=False,
        ),
        Act(
            "ask-extension",
            Text("Ask for more time", "申请延期"),
            Text(
                "A supervisor decides. Until then the present limit holds.",
                "由审核负责人决定；批准前仍按原期限办理。",
            ),
            ("days", "reason"),
            lambda s, a, i, f: tasks.ask_extension(s, a, i, _days(f), _said(f, "reason")),
        ),
        Act(
            "extend",
            Text("Extend the limit", "延长期限"),
            Text(
                "A limit can be extended once, within the rule. Everybody concerned sees the new end.",
                "每个期限只能延长一次，且不超过规定天数；新的期限将告知各方。",
            ),
            ("days", "reason"),
            lambda s, a, i, f: tasks.extend(s, a, i, _days(f), _said(f, "reason")),
        ),
        Act(
            "override",
            Text("Settle the wait", "代为决定"),
            Text(
                "The wait ends with the result you choose; your reason is kept in the file and cannot be undone.",
                "该等待事项将按您选择的结果结束，理由载入案卷，不可撤销。",
            ),
            ("outcome", "reason"),
            lambda s, a, i, f: tasks.override(s, a, i, _said(f, "outcome"), _said(f, "reason")),
        ),
        Act(
            "ask-for",
            Text("Ask for the task", "申请转交"),
            Text("The holder is asked to pass the task on to you.", "将向现承办人发送转交申请，由其决定。"),
            ("reason",),
            _ask_holder,
        ),
    )
}


@router.post("/tasks/{task_id:uuid}/claim")
def claim(request: Request, me: Me, task_id: UUID, form: Posted) -> Response:
    """Take it in hand; from a list, go back to the list."""
    try:
        with transaction() as session:
            tasks.claim(session, me, task_id)
    except NotFound:
        raise
    except DomainError as error:
        with reading() as session:
            spec = spec_of(task_for(session, me, task_id))
        return refused(request, me, task_id, typed(form, spec.form), error)
    return RedirectResponse(f"/tasks?{form['back']}" if form.get("back") else f"/tasks/{task_id}", 303)


@router.post("/tasks/{task_id:uuid}/unhold")
def unhold(me: Me, task_id: UUID) -> Response:
    """Take it up again."""
    with transaction() as session:
        tasks.unhold(session, me, task_id)
    return RedirectResponse(f"/tasks/{task_id}", 303)


@router.get("/tasks/{task_id:uuid}/{act}")
def ask(request: Request, session: Reader, me: Me, task_id: UUID, act: str) -> Response:
    """The page of an act: its consequence and what it needs."""
    return _page(request, session, me, task_for(session, me, task_id), _known(act))


def _known(act: str) -> Act:
    if act not in ACTS:
        raise NotFound
    return ACTS[act]


def _page(
    request: Request,
    session: Session,
    me: Actor,
    task: TaskRow,
    act: Act,
    error: DomainError | None = None,
    said: FormData | None = None,
) -> Response:
    spec: Task = spec_of(task)
    problems = error.problems or ((Problem("", error.detail),) if error else ()) if error else ()
    people = candidates(session, task) if "to" in act.fields else []
    filer = Role(task.role) in FILERS
    return page(
        request,
        "tasks/act.html",
        actor=me,
        status_code=error.status if error else 200,
        act=act,
        task=task,
        spec=spec,
        case=session.get_one(Case, task.case_id),
        people=people,
        problems=problems,
        said=said or {},
        nonce=once.fresh(),
        filer=filer,
        asked=task.extension_asked,
        tomorrow=(clock.today().date() + timedelta(days=1)).isoformat(),
        override_label=lambda key: _label(spec, key),
    )


def _label(spec: Task, key: str) -> Text:
    """An outcome a supervisor may set, in words."""
    found = spec.outcome(key)
    return found.label if found else SUPERVISED[key]


@router.post("/tasks/{task_id:uuid}/{act}")
def do(request: Request, me: Me, task_id: UUID, act: str, form: Posted) -> Response:
    """Carry the act out, or show its page again with what was typed."""
    known = _known(act)
    try:
        with transaction() as session:
            if known.needs_reason and not _said(form, "reason"):
                raise Invalid((Problem("reason", Text("Please give the reason.", "请填写理由。")),))
            known.do(session, me, task_id, form)
    except NotFound:
        raise
    except (Invalid, NotAllowed, Conflict) as error:
        with reading() as session:
            return _page(request, session, me, task_for(session, me, task_id), known, error, form)
    leaves = act in ("release", "delegate", "reassign")
    return RedirectResponse(f"/tasks?did={act}" if leaves else f"/tasks/{task_id}?did={act}", 303)
