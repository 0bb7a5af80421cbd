"""Cases: draft, submit, withdraw, suspend, end. The row decides; the workflow is told."""

import hashlib
import json
from typing import Any
from uuid import UUID

from sqlalchemy import text as sql
from sqlmodel import Session, col, func, select

from models.procedures import PROCEDURES, procedure
from models.tables import Case, CaseVersion, Project, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem, Stale
from models.vocabulary.events import STOOD_STILL, WENT_ON, Event
from models.vocabulary.facts import CaseEnded, DeadlineMoved
from models.vocabulary.roles import Role
from models.vocabulary.statuses import CASE_STATUS_TITLES, ENDS, OPEN_STATES, CaseStatus, TaskState
from models.vocabulary.text import Text, reasoned
from services import (
    audit,
    clock,
    deadlines,
    drafts,
    eligibility,
    ex_officio,
    filings,
    forms,
    materials,
    notices,
    notifications,
    numbering,
    objections,
    outbox,
    paths,
    pictures,
    principals,
    storable,
    turn,
)
from services.access import Actor, case_for, owns
from services.declaration import declaration_problems


def create(session: Session, actor: Actor, procedure_key: str, form: dict[str, Any]) -> Case:
    """Open a draft; an incomplete form is fine. Raises NotFound, NotAllowed."""
    if procedure_key not in PROCEDURES:
        raise NotFound(Text(f"There is no procedure “{procedure_key}”.", f"没有“{procedure_key}”这一事项。"))
    spec = procedure(procedure_key)
    _keepable(form)
    side = ex_officio.side_of(session, actor, spec)
    if not actor.roles & spec.filers or side is None:
        raise NotAllowed(
            Text(
                "Your account cannot file this application.",
                "您的账户不能申请本事项，请使用申请单位账户登录。",
            )
        )
    form = form or drafts.started(session, actor, procedure_key)
    case = Case(
        case_no=numbering.case_number(session, spec.prefix, clock.now()),
        procedure=procedure_key,
        filer_id=side,
        created_by=actor.user_id,
        form=form,
        title=_title(procedure_key, form),
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    session.add(case)
    session.flush()
    audit.record(session, Event.CASE_DRAFTED, case=case, actor=actor, public=True)
    return case


def _keepable(form: dict[str, Any]) -> None:
    """A draft may be as wrong as it likes, but it must be possible to keep it. Raises Invalid."""
    if found := storable.problems(form):
        raise Invalid(tuple(found))


def _title(procedure_key: str, form: dict[str, Any]) -> str:
    return str(paths.first(form, procedure(procedure_key).title_path) or "")[:200]


def _own(session: Session, actor: Actor, case_no: str) -> Case:
    """The case, locked, for acts of the filing party only."""
    case = case_for(session, actor, case_no, lock=True)
    if not owns(actor, case):
        raise NotAllowed(Text("Only the applicant can do this.", "仅申请主体可以进行此项操作。"))
    return case


def save(session: Session, actor: Actor, case_no: str, form: dict[str, Any], version: int) -> Case:
    """Save a draft as typed, valid or not.

    Raises:
        Stale: `version` is not the newest; nothing is overwritten.
        Conflict: it has been submitted already.
    """
    case = _own(session, actor, case_no)
    if case.status != CaseStatus.DRAFT.value:
        raise Conflict(
            Text(
                f"{case_no} has been submitted; changes go through a correction.",
                f"{case_no} 已提交，不能直接修改；如需更正请等待补正通知或联系经办部门。",
            )
        )
    if case.version != version:
        raise Stale(
            Text(
                f"Draft {case_no} was saved elsewhere in the meantime (version {case.version}).",
                f"草稿 {case_no} 已在其他窗口保存为第 {case.version} 版，请核对差异后再保存。",
            )
        )
    _keepable(form)
    case.form, case.title = form, _title(case.procedure, form)
    _touch(case)
    session.flush()
    return case


def _touch(case: Case) -> None:
    case.version += 1
    case.changed_at = clock.now()


def check(session: Session, case: Case) -> list[Problem]:
    """Every defect that would stop a submission now: form, materials, eligibility (I17)."""
    _, problems = forms.validate(procedure(case.procedure).form, case.form)
    return problems + materials.missing(session, case) + eligibility.run(session, case)


def submit(session: Session, actor: Actor, case_no: str, declaration: dict[str, Any]) -> Case:
    """File the application: everything is checked at once and frozen as version 1.

    Args:
        declaration: {"accepted": True, "signatory": name}; kept with the very text shown (G04).

    Raises:
        Invalid: with every defect. Conflict: it was submitted already.
    """
    case = _own(session, actor, case_no)
    if case.status != CaseStatus.DRAFT.value:
        raise Conflict(Text(f"{case_no} was submitted already.", f"{case_no} 此前已提交，无需重复提交。"))
    session.connection().execute(sql("select pg_advisory_xact_lock(hashtext('case identity'))"))
    problems = check(session, case) + declaration_problems(declaration)
    if problems:
        raise Invalid(tuple(problems))
    _freeze(session, actor, case)
    filings.taken(session, case)
    spec = procedure(case.procedure)
    kept = {
        "text": spec.declaration.zh,
        "text_en": spec.declaration.en,
        "accepted": True,
        "signatory": str(declaration["signatory"]).strip(),
        "accepted_at": clock.now().isoformat(),
    }
    version = add_version(session, actor, case, "submission", kept)
    audit.record(
        session,
        Event.CASE_SUBMITTED,
        case=case,
        actor=actor,
        public=True,
        rests_on=version.sha256,
        data={"signatory": kept["signatory"]},
    )
    outbox.send(session, case.id, "start")
    return case


def _freeze(session: Session, actor: Actor, case: Case) -> None:
    """Normalise the form; from now on it is filed."""
    take_form(session, case)
    case.status, case.submitted_at, case.filed_by = CaseStatus.SUBMITTED.value, clock.now(), actor.user_id
    if procedure(case.procedure).ex_officio:
        ex_officio.turn_to_holder(session, case)
    _touch(case)


def take_form(session: Session, case: Case) -> None:
    """Store the validated form in its normal form, with title and identity, and pin what later steps rest on."""
    valid, _ = forms.validate(procedure(case.procedure).form, case.form)
    if valid is not None:
        case.form = valid.model_dump(mode="json")
    case.methodology = str(_identity(case, "methodology") or "")
    case.methodology_version = str(_identity(case, "methodology_version") or "")
    principal = _identity(case, "principal_uscc")
    case.principal_id = principals.party(session, str(principal), case).id if principal else None
    case.title, case.identity = _title(case.procedure, case.form), eligibility.identity_of(case)
    case.district = str(paths.named(case.procedure, case.form, "district") or "")
    about = paths.named(case.procedure, case.form, "project_number")
    case.project_id = session.exec(select(Project.id).where(Project.number == str(about))).first()


def _identity(case: Case, what: str) -> Any:
    path = procedure(case.procedure).identity_paths.get(what)
    return paths.first(case.form, path) if path else None


def add_version(
    session: Session, actor: Actor, case: Case, kind: str, declaration: dict[str, Any]
) -> CaseVersion:
    """Freeze the present form as the next version (I29)."""
    last = session.exec(
        select(func.coalesce(func.max(CaseVersion.number), 0)).where(CaseVersion.case_id == case.id)
    ).one()
    papers = [
        {"id": a.id, "kind": a.kind, "file": a.filename, "sha256": a.sha256, "sealed": a.sealed}
        for a in materials.listed(session, case)
    ]
    row = CaseVersion(
        case_id=case.id,
        number=last + 1,
        kind=kind,
        form=case.form,
        materials=papers,
        declaration=declaration,
        sha256=fingerprint([case.form, papers]),
        by_user=actor.user_id,
        at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def fingerprint(data: Any) -> str:
    """sha256 of data in canonical JSON."""
    return hashlib.sha256(
        json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def may_withdraw(actor: Actor, case: Case) -> bool:
    """The same guard that `withdraw` executes, for the button (SM-W)."""
    return owns(actor, case) and CaseStatus(case.status) not in ENDS and not _stays(case)


def _stays(case: Case) -> bool:
    """What the office has opened, and what the public reads already, is not the party's to take back."""
    opened = procedure(case.procedure).ex_officio and case.status != CaseStatus.DRAFT.value
    return opened or is_published(case)


def is_published(case: Case) -> bool:
    """Is the result public already, though the course goes on? What is published is not withdrawn (SM-W)."""
    spec = procedure(case.procedure)
    stages = [stage.key for stage in spec.stages]
    return (
        case.stage in stages
        and spec.public_after in stages
        and stages.index(case.stage) > stages.index(spec.public_after)
    )


def withdraw(session: Session, actor: Actor, case_no: str, reason: str) -> Case:
    """The applicant takes the case back, any time before it ends (SM-W). Raises Conflict when it has ended."""
    case = _own(session, actor, case_no)
    if CaseStatus(case.status) in ENDS:
        raise Conflict(
            Text(
                f"{case_no} has ended ({CASE_STATUS_TITLES[CaseStatus(case.status)].en}).",
                f"{case_no} 已办结（{CASE_STATUS_TITLES[CaseStatus(case.status)].zh}），不能撤回。",
            ),
            "case_ended",
        )
    if _stays(case) and not is_published(case):
        raise NotAllowed(ex_officio.not_withdrawn(case))
    if is_published(case):
        raise Conflict(
            Text(
                f"{case_no} has been published; it can no longer be withdrawn.",
                f"{case_no} 已向社会公布，不能撤回；如需停止运行，请与中心联系。",
            ),
            "changed",
        )
    filings.refuse_kept(session, case)
    if not reason.strip():
        raise Invalid((Problem("reason", Text("Please say why.", "请填写撤回原因。")),))
    filed = case.status != CaseStatus.DRAFT.value
    end(session, case, CaseStatus.WITHDRAWN.value, Event.CASE_WITHDRAWN, actor, {"reason": reason.strip()})
    if filed:
        outbox.send(session, case.id, "case_ended", CaseEnded(result=case.status))
    return case


def end(
    session: Session,
    case: Case,
    result: str,
    event: Event,
    actor: Actor | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """End the row: status, tasks, clocks, notices. Ending twice changes nothing (I18)."""
    if CaseStatus(case.status) in ENDS:
        return
    case.status, case.ended_at, case.suspended_at = result, clock.now(), None
    cancel_tasks(session, case)
    notices.withdraw_publicity(session, case, result)
    filings.ended(session, case)
    _touch(case)
    audit.record(session, event, case=case, actor=actor, public=True, data={"result": result, **(data or {})})
    if case.submitted_at is not None:
        notifications.on_public_status(session, case, CASE_STATUS_TITLES[CaseStatus(result)])


def cancel_tasks(session: Session, case: Case) -> None:
    """Close what is still asked; typed drafts stay with their authors."""
    for task in open_tasks(session, case.id):
        task.state, task.closed_at = TaskState.CANCELLED.value, clock.now()
        task.version += 1
        audit.record(
            session, Event.TASK_CANCELLED, case=case, task=task, data={"key": task.key, "why": case.status}
        )


def open_tasks(session: Session, case_id: UUID) -> list[TaskRow]:
    """What the case waits for now."""
    query = (
        select(TaskRow)
        .where(TaskRow.case_id == case_id, col(TaskRow.state).in_([s.value for s in OPEN_STATES]))
        .order_by(col(TaskRow.opened_at))
    )
    return list(pictures.seen(session, ("open tasks", case_id), lambda: session.exec(query).all()))


def suspend(session: Session, actor: Actor, case_no: str, reason: str) -> Case:
    """Stop all clocks of a case, e.g. while a dispute is settled (SM-W). Supervisors only."""
    case = _supervised(session, actor, case_no, reason)
    if case.suspended_at is not None:
        raise Conflict(Text(f"{case_no} is suspended already.", f"{case_no} 已处于中止状态。"))
    case.suspended_status, case.status, case.suspended_at = (
        case.status,
        CaseStatus.SUSPENDED.value,
        clock.now(),
    )
    deadlines.pause_case(session, case, reason)
    _touch(case)
    audit.record(
        session, Event.CASE_SUSPENDED, case=case, actor=actor, public=True, data={"reason": reason.strip()}
    )
    notifications.on_public_status(session, case, reasoned(STOOD_STILL, reason), case.suspended_at)
    tell_deadlines(session, case)
    return case


def resume(session: Session, actor: Actor, case_no: str, reason: str) -> Case:
    """Let the clocks run again; every open limit moves by the time it stood still."""
    case = _supervised(session, actor, case_no, reason)
    if case.suspended_at is None:
        raise Conflict(Text(f"{case_no} is not suspended.", f"{case_no} 未处于中止状态。"))
    case.status, case.suspended_at = case.suspended_status or CaseStatus.IN_PROGRESS.value, None
    deadlines.resume_case(session, case)
    turn.settle_status(
        session, case
    )  # what was decided before the suspension may have asked somebody else since
    _touch(case)
    audit.record(
        session, Event.CASE_RESUMED, case=case, actor=actor, public=True, data={"reason": reason.strip()}
    )
    objections.move_promises(session, case)
    notifications.on_public_status(session, case, reasoned(WENT_ON, reason), clock.now())
    tell_deadlines(session, case)
    return case


def _supervised(session: Session, actor: Actor, case_no: str, reason: str) -> Case:
    case = case_for(session, actor, case_no, lock=True)
    if not actor.is_any(Role.SUPERVISOR):
        raise NotAllowed(Text("Only a supervisor can do this.", "仅审核负责人可以进行此项操作。"))
    if CaseStatus(case.status) in ENDS or case.status == CaseStatus.DRAFT.value:
        raise Conflict(Text(f"{case_no} is not under way.", f"{case_no} 不在办理中。"), "case_ended")
    if not reason.strip():
        raise Invalid((Problem("reason", Text("Please give the reason.", "请填写原因。")),))
    return case


def tell_deadlines(session: Session, case: Case) -> None:
    """Tell the workflow where each open limit, and the publicity's, lies now."""
    ends = {str(task.id): task.due_at for task in open_tasks(session, case.id)}
    ends |= {f"publicity/{notice.round}": notice.closes_at for notice in notices.open_of(session, case)}
    for name, due in ends.items():
        fact = DeadlineMoved(task_id=name, due_at=due, moved_at=clock.now())
        outbox.send(session, case.id, "deadline_moved", fact)
