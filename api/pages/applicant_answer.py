"""The applicant answers: corrections and revisions field by field, replies to objections, more time."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import select
from starlette.datastructures import UploadFile

from api.correction import Sheet, sheet_of
from api.dependencies import Me, Posted, Reader, Writer
from api.forms import display, form_view, parse, row_command
from api.pages.applicant import own_case, see_other
from api.pages.applicant_papers import NO_FILE
from api.templating import page
from models.procedures import procedure
from models.procedures.shared.revision import Mended
from models.tables import Case, Objection, TaskRow
from models.vocabulary.errors import BadUpload, Conflict, Invalid, NotFound, NotKept, Problem
from models.vocabulary.specs import Task
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole, whole
from services import checks, deadlines, forms, holders, issuance_facts, limits, materials, tasks
from services.access import Actor, spec_of, task_for, visible_documents

router = APIRouter()


def _mends(spec: Task) -> bool:
    """Is the application itself changed by the answer?"""
    return issubclass(spec.form, Mended)


_TWICE = Text(
    "You have asked for more time already; the centre will answer.", "已提交过延期申请，请等待经办部门答复。"
)


def _asked(session: Reader, me: Actor, case_no: str, task_id: UUID) -> tuple[Case, TaskRow, Task]:
    """The case and a task asked of its filing party. Raises NotFound."""
    case = own_case(session, me, case_no)
    task = task_for(session, me, task_id)
    if task.case_id != case.id or task.party_id != case.filer_id:
        raise NotFound
    return case, task, spec_of(task)


def _is_open(task: TaskRow) -> bool:
    return task.state in {s.value for s in OPEN_STATES}


@router.get("/cases/{case_no}/answer/{task_id}")
def answer_page(
    request: Request, me: Me, session: Reader, case_no: str, task_id: UUID, saved: int = 0
) -> Response:
    """What is asked, with only the fields concerned open; the typed draft comes back."""
    case, task, spec = _asked(session, me, case_no, task_id)
    if not _is_open(task):
        return see_other(f"/cases/{case_no}")
    draft = tasks.draft_of(session, me, task)
    data = draft.form if draft else {}
    if _mends(spec):
        return _sheet_page(
            request, me, case, task, spec, sheet_of(session, case, task, data), saved=bool(saved)
        )
    chosen = draft.outcome if draft else ""
    return _plain_page(request, me, session, case, task, spec, data, chosen, saved=bool(saved))


def _common(case: Case, task: TaskRow, spec: Task) -> dict[str, Any]:
    return {
        "case": case,
        "task": task,
        "task_spec": spec,
        "spec": procedure(case.procedure),
        "display": display,
    }


def _sheet_page(
    request: Request,
    me: Actor,
    case: Case,
    task: TaskRow,
    spec: Task,
    sheet: Sheet,
    *,
    saved: bool = False,
    status_code: int = 200,
    refused: dict[int, tuple[Text, bool]] | None = None,
) -> Response:
    return page(
        request,
        "applicant/answer.html",
        actor=me,
        status_code=status_code,
        sheet=sheet,
        refused=refused or {},
        saved=saved,
        bound=_bound,
        **_common(case, task, spec),
    )


def _bound(html: str) -> Markup:
    """Fields that stand between upload forms belong to the one form of the answer: HTML allows no nesting."""
    return Markup(re.sub(r"<(input|textarea|select|button) ", r'<\1 form="answer" ', str(html)))  # noqa: S704 - made by our own templates


@router.post("/cases/{case_no}/answer/{task_id}")
def answer(
    request: Request, me: Me, session: Writer, case_no: str, task_id: UUID, posted: Posted
) -> Response:
    """Keep the draft; then stay, open another field, or go on to the comparison."""
    case, task, spec = _asked(session, me, case_no, task_id)
    if not _mends(spec):
        return _plain_answer(request, me, session, case, task, spec, posted)
    sheet = sheet_of(session, case, task, {}, posted.multi_items())
    if not _is_open(task):
        tasks.save_draft(session, me, task_id, spec.outcomes[0].key, sheet.draft())
        return _too_late(request, me, case, task, spec, sheet.answer(), holders.ended(session, me, task))
    table = row_command(sheet.values, str(posted.get("_rows", "")))
    if table:
        sheet = sheet.with_values()
    tasks.save_draft(session, me, task_id, spec.outcomes[0].key, sheet.draft())
    here, do = f"/cases/{case_no}/answer/{task_id}", str(posted.get("_do"))
    refused = _papers(session, me, case, sheet, posted)
    if refused:
        there = replace(sheet, papers=tuple(materials.listed(session, case)))
        return _sheet_page(request, me, case, task, spec, there, status_code=422, refused=refused)
    if table:
        return see_other(f"{here}#f-{table.replace('.', '-')}")
    if do.startswith("paper:") or "_drop" in posted:
        return see_other(f"{here}#finding-{_place(sheet, posted)}")
    if do != "review":
        return see_other(f"{here}?saved=1")
    problems = _defects(session, case, task, spec, sheet.answer())
    if problems:
        return _sheet_page(request, me, case, task, spec, sheet.marked(problems), status_code=422)
    return see_other(f"{here}/review")


def _papers(
    session: Writer, me: Actor, case: Case, sheet: Sheet, posted: Posted
) -> dict[int, tuple[Text, bool]]:
    """Keep the papers chosen beside the findings, take out the one named; why one was not taken, and its seal."""
    refused: dict[int, tuple[Text, bool]] = {}
    for asked in sheet.asked:
        n = asked.finding.number
        file, sealed = posted.get(f"file.{n}"), posted.get(f"sealed.{n}") == "true"
        name = file.filename or "" if isinstance(file, UploadFile) else ""
        if not asked.material or not (name or posted.get("_do") == f"paper:{n}"):
            continue
        try:
            with session.begin_nested():
                if not name or not isinstance(file, UploadFile):
                    raise BadUpload(NO_FILE, 422)
                materials.add(session, me, case.case_no, asked.material, name, file.file.read(), sealed)
        except (BadUpload, Conflict, NotKept) as error:
            refused[n] = (error.detail, sealed)
    out = str(posted.get("_drop", ""))
    if is_whole(out, 17):
        with suppress(NotFound):  # taken out before, by the same button
            materials.remove(session, me, case.case_no, int(out))
    return refused


def _place(sheet: Sheet, posted: Posted) -> int:
    """The number of the finding beside which a paper was chosen or taken out."""
    pressed, out = str(posted.get("_do")).removeprefix("paper:"), str(posted.get("_drop", ""))
    beside = (a.finding.number for a in sheet.asked if out in {str(p.id) for p in a.papers})
    return next(beside, 1) if out else whole(pressed)


def _defects(session: Reader, case: Case, task: TaskRow, spec: Task, data: dict[str, Any]) -> list[Problem]:
    """What would be refused at submission, with nothing changed."""
    outcome = spec.outcomes[0].key
    answered, problems = forms.validate(spec.form, data, outcome)
    if answered is not None:
        problems = problems + checks.run(session, case, task, spec, outcome, answered)
    return problems


@router.get("/cases/{case_no}/answer/{task_id}/review")
def review(request: Request, me: Me, session: Reader, case_no: str, task_id: UUID) -> Response:
    """The changes before they are sent."""
    case, task, spec = _asked(session, me, case_no, task_id)
    draft = tasks.draft_of(session, me, task)
    if not _is_open(task) or draft is None:
        return see_other(f"/cases/{case_no}/answer/{task_id}")
    sheet = sheet_of(session, case, task, draft.form)
    return page(request, "applicant/answer_review.html", actor=me, sheet=sheet, **_common(case, task, spec))


@router.post("/cases/{case_no}/answer/{task_id}/submit")
def send(request: Request, me: Me, session: Writer, case_no: str, task_id: UUID) -> Response:
    """Send all answers at once."""
    case, task, spec = _asked(session, me, case_no, task_id)
    draft = tasks.draft_of(session, me, task)
    sheet = sheet_of(session, case, task, draft.form if draft else {})
    try:
        with session.begin_nested():  # a refusal leaves nothing half done behind
            tasks.complete(session, me, task_id, spec.outcomes[0].key, sheet.answer())
    except Conflict as error:
        return _too_late(request, me, case, task, spec, sheet.answer(), error)
    except Invalid as error:
        return _sheet_page(request, me, case, task, spec, sheet.marked(list(error.problems)), status_code=422)
    return see_other(f"/cases/{case_no}/answer/{task_id}/done")


@router.get("/cases/{case_no}/answer/{task_id}/done")
def done(request: Request, me: Me, session: Reader, case_no: str, task_id: UUID) -> Response:
    """Confirmation with the time of receipt."""
    case, task, spec = _asked(session, me, case_no, task_id)
    if task.closed_at is None:
        return see_other(f"/cases/{case_no}/answer/{task_id}")
    return page(request, "applicant/answer_done.html", actor=me, **_common(case, task, spec))


# ---- other questions: one form -------------------------------------------------------------------


def _plain_page(
    request: Request,
    me: Actor,
    session: Reader,
    case: Case,
    task: TaskRow,
    spec: Task,
    data: dict[str, Any],
    outcome: str,
    *,
    problems: tuple[Problem, ...] = (),
    saved: bool = False,
    status_code: int = 200,
) -> Response:
    objection = session.exec(
        select(Objection).where(Objection.case_id == case.id, Objection.slot == task.slot)
    ).first()
    return page(
        request,
        "applicant/reply.html",
        actor=me,
        status_code=status_code,
        saved=saved,
        outcome=outcome,
        view=form_view(spec.form, data, problems),
        objection=objection if task.key == "objection_reply" else None,
        issuance=issuance_facts.of_case(session, case) if task.key == "amount_confirmation" else None,
        letters=[d for d in visible_documents(session, me, case) if d.void_at is None][::-1],
        **_common(case, task, spec),
    )


def _plain_answer(
    request: Request, me: Actor, session: Writer, case: Case, task: TaskRow, spec: Task, posted: Posted
) -> Response:
    data = parse(spec.form, posted.multi_items())
    only = spec.outcomes[0].key if len(spec.outcomes) == 1 else ""  # among several nobody else chooses
    outcome = str(posted.get("_outcome") or only)
    if str(posted.get("_do")) != "send":
        tasks.save_draft(session, me, task.id, outcome, data)
        if not _is_open(task):
            return _too_late(request, me, case, task, spec, data, holders.ended(session, me, task), outcome)
        return see_other(f"/cases/{case.case_no}/answer/{task.id}?saved=1")
    try:
        with session.begin_nested():
            tasks.complete(session, me, task.id, outcome, data)
    except Conflict as error:
        tasks.save_draft(session, me, task.id, outcome, data)
        return _too_late(request, me, case, task, spec, data, error, outcome)
    except Invalid as error:
        tasks.save_draft(session, me, task.id, outcome, data)
        return _plain_page(
            request, me, session, case, task, spec, data, outcome, problems=error.problems, status_code=422
        )
    return see_other(f"/cases/{case.case_no}/answer/{task.id}/done")


def _too_late(
    request: Request,
    me: Actor,
    case: Case,
    task: TaskRow,
    spec: Task,
    data: dict[str, Any],
    error: Conflict,
    outcome: str = "",
) -> Response:
    """Why the answer cannot count any more, with the words that were typed: they are kept as the draft."""
    return page(
        request,
        "applicant/too_late.html",
        actor=me,
        status_code=error.status,
        error=error,
        typed=form_view(spec.form, data),
        chosen=spec.outcome(outcome),
        **_common(case, task, spec),
    )


# ---- more time -----------------------------------------------------------------------------------


@router.get("/cases/{case_no}/answer/{task_id}/extension")
def extension_page(request: Request, me: Me, session: Reader, case_no: str, task_id: UUID) -> Response:
    """Ask for more time: once, with a reason."""
    case, task, spec = _asked(session, me, case_no, task_id)
    return _extension(request, me, session, case, task, spec)


def _extension(
    request: Request,
    me: Actor,
    session: Reader,
    case: Case,
    task: TaskRow,
    spec: Task,
    *,
    days: str = "",
    reason: str = "",
    problems: tuple[Problem, ...] = (),
    status_code: int = 200,
) -> Response:
    ledger = deadlines.find(session, task.id)
    most = limits.value(session, spec.extension) if spec.extension else 0
    may = _is_open(task) and ledger is not None and not ledger.extensions and not task.extension_asked
    possible = most > 0 and may
    return page(
        request,
        "applicant/extension.html",
        actor=me,
        status_code=status_code,
        days=days,
        reason=reason,
        problems=problems,
        most=most,
        possible=possible,
        **_common(case, task, spec),
    )


@router.post("/cases/{case_no}/answer/{task_id}/extension")
def extension(
    request: Request,
    me: Me,
    session: Writer,
    case_no: str,
    task_id: UUID,
    days: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Hand the wish for more time to the centre."""
    case, task, spec = _asked(session, me, case_no, task_id)
    try:
        if task.extension_asked:
            raise Conflict(_TWICE)
        tasks.ask_extension(session, me, task_id, whole(days.strip()), reason)
    except (Invalid, Conflict) as error:
        return _extension(
            request,
            me,
            session,
            case,
            task,
            spec,
            days=days,
            reason=reason,
            problems=error.problems or (Problem("", error.detail),),
            status_code=error.status,
        )
    return see_other(f"/cases/{case_no}")
