"""The template workshop: upload, placeholders, preview with real cases, activation by a second person."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.dependencies import Reader, Writer
from api.downloads import kept
from api.pages.admin import Admin, Watcher, show
from models.procedures import PROCEDURES
from models.tables import User
from models.vocabulary.errors import DomainError, NotFound, Problem
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from models.vocabulary.written import day_written
from services import clock, document_templates, setting_changes, template_previews
from services.access import Actor
from services.document_templates import InForce, Reading
from services.documents import convert
from services.documents.render import built_in
from services.session import reading, transaction

router = APIRouter(prefix="/admin/templates")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@router.get("")
def listed(request: Request, session: Reader, me: Watcher) -> Response:
    """Every letter with the template in force."""
    today = clock.today().date()
    rows = []
    for (owner, key), title in document_templates.titles().items():
        now = document_templates.version_in_force(
            session, document_templates.procedures_of(owner, key)[0], key, today
        )
        rows.append((owner, key, title, now, len(document_templates.versions(session, owner, key))))
    return show(request, me, "templates", rows=rows, owners=_owners())


def _owners() -> dict[str, Text]:
    return {"shared": Text("All procedures", "各事项通用"), **{k: p.title for k, p in PROCEDURES.items()}}


@router.get("/version/{template_id}")
def version(request: Request, session: Reader, me: Watcher, template_id: int) -> Response:
    """An uploaded template: placeholders, real cases, activation."""
    return _version(request, session, me, template_id)


def _version(
    request: Request,
    session: Session,
    me: Actor,
    template_id: int,
    error: DomainError | None = None,
    said: dict[str, str] | None = None,
) -> Response:
    row = document_templates.one(session, template_id)
    broken = document_templates.printable(row)
    lost = any(p.msg is document_templates.LOST for p in broken)
    found = (
        Reading([], [], []) if lost else document_templates.read(row.key, document_templates.content_of(row))
    )
    shown: dict[str, Any] = {
        "row": row,
        "title": document_templates.titles()[row.procedure, row.key],
        "by": session.get(User, row.by_user),
        "found": found,
        "samples": [] if lost else template_previews.samples(session, me, row),
        "wanted": template_previews.WANTED,
        "waiting": setting_changes.waiting(session, "template", f"{row.procedure}/{row.key}"),
        "broken": broken,
        "today": clock.today().date().isoformat(),
        "said": said or {},
        "administers": me.is_any(Role.ADMIN),
    }
    problems = (error.problems or (Problem("", error.detail),)) if error else ()
    status = error.status if error else 200
    return show(request, me, "template_version", problems=problems, status_code=status, **shown)


@router.get("/version/{template_id}/file.docx")
def file_of(session: Reader, me: Watcher, template_id: int) -> Response:
    """The template itself."""
    row = document_templates.one(session, template_id)
    kept(me, "template", key=row.key, version=row.version)
    return _word(document_templates.content_of(row), f"{row.key}-{row.version}.docx")


@router.get("/version/{template_id}/case/{document_id}")
def preview(
    request: Request, session: Writer, me: Watcher, template_id: int, document_id: int, kind: str = ""
) -> Response:
    """A real case on the template: a page, the Word file, or PDF. Nothing is issued; looks are kept."""
    row = document_templates.one(session, template_id)
    sample, content = template_previews.printed(session, me, row, document_id)
    name = f"{sample.case.case_no}-{row.key}-{row.version}"
    if kind in ("docx", "pdf"):
        kept(me, "template_preview", case_no=sample.case.case_no, key=row.key, version=row.version)
    if kind == "docx":
        return _word(content, f"{name}.docx")
    if kind == "pdf":
        made = convert.to_pdf(content)
        if made is None:
            raise NotFound
        return Response(made, media_type="application/pdf", headers=_saved(f"{name}.pdf"))
    return show(
        request,
        me,
        "template_preview",
        row=row,
        sample=sample,
        blocks=template_previews.plain(content),
        pdf=convert.converter_available(),
        title=document_templates.titles()[row.procedure, row.key],
    )


@router.post("/version/{template_id}/activate")
def activate(
    request: Request,
    me: Admin,
    template_id: int,
    effective_from: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Propose the template to a second person, from a day on."""
    try:
        day = date.fromisoformat(day_written(effective_from))
    except ValueError:
        day = date.min
    try:
        with transaction() as session:
            change = document_templates.propose(session, me, template_id, day, reason)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        with reading() as session:
            said = {"effective_from": effective_from, "reason": reason}
            return _version(request, session, me, template_id, error, said)
    return RedirectResponse(f"/admin/changes/{change.id}?did=propose", 303)


@router.get("/{owner}/{key}")
def letter(request: Request, session: Reader, me: Watcher, owner: str, key: str) -> Response:
    """One letter: what fills it, its versions, and the upload."""
    return _letter(request, session, me, owner, key)


def _letter(
    request: Request,
    session: Session,
    me: Actor,
    owner: str,
    key: str,
    error: DomainError | None = None,
    note: str = "",
) -> Response:
    first = document_templates.procedures_of(owner, key)[0]
    rows = [(v, session.get(User, v.by_user)) for v in document_templates.versions(session, owner, key)]
    now = document_templates.version_in_force(session, first, key)
    content, lost = _content(first, key, now)
    return show(
        request,
        me,
        "template",
        owner=owner,
        key=key,
        title=document_templates.titles()[owner, key],
        owners=_owners(),
        now=now,
        found=document_templates.read(key, content),
        rows=rows,
        note=note,
        problems=(error.problems or (Problem("file", error.detail),)) if error else lost,
        administers=me.is_any(Role.ADMIN),
        status_code=error.status if error else 200,
    )


def _content(first: str, key: str, now: InForce) -> tuple[bytes, tuple[Problem, ...]]:
    """What the letter is printed on; the one delivered, and a word about it, where the file in force is lost."""
    try:
        return document_templates.content_of(now.row) if now.row else built_in(first, key), ()
    except NotFound as lost:
        return built_in(first, key), (Problem("", lost.detail),)


@router.get("/{owner}/{key}/builtin.docx")
def original(me: Watcher, owner: str, key: str) -> Response:
    """The template the system came with, to be edited in Word."""
    content = built_in(document_templates.procedures_of(owner, key)[0], key)
    kept(me, "template", key=key, version="")
    return _word(content, f"{key}.docx")


@router.post("/{owner}/{key}")
def upload(
    request: Request,
    me: Admin,
    owner: str,
    key: str,
    file: Annotated[UploadFile | None, File()] = None,
    note: Annotated[str, Form()] = "",
) -> Response:
    """Take a Word file in; it is in force for nothing yet."""
    name = file.filename or "" if file is not None else ""
    content = file.file.read(document_templates.LARGEST + 1) if file is not None else b""
    try:
        with transaction() as session:
            row = document_templates.upload(session, me, owner, key, name, content, note)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        with reading() as session:
            return _letter(request, session, me, owner, key, error, note)
    return RedirectResponse(f"/admin/templates/version/{row.id}", 303)


def _word(content: bytes, name: str) -> Response:
    return Response(content, media_type=WORD, headers=_saved(name))


def _saved(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
