"""The register of methodologies: taken in from files, looked at, put into force and ended by two persons (M04)."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.dependencies import Reader
from api.downloads import download, kept
from api.errors import language
from api.pages import methodologies as public
from api.pages.admin import Admin, Watcher, show
from api.templating import page
from models.tables import MethodologyVersion, User
from models.vocabulary.errors import DomainError, Invalid, NotFound, Problem
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import clock, methodology_ends, methodology_rows, methodology_versions, setting_changes
from services.access import Actor
from services.methodology_ends import ACTS, Ending
from services.methodology_versions import Asked, Publication
from services.quantification import checking, examples
from services.quantification.comparing import KINDS, PARTS
from services.reading import methodologies
from services.session import reading, transaction

router = APIRouter(prefix="/admin/methodologies")
Line = Annotated[str, Form()]
#: A character may take four bytes; more cannot be a calculator.
LARGEST = checking.LARGEST * 4


@router.get("")
def listed(request: Request, session: Reader, me: Watcher) -> Response:
    """What is published, what waits, and what to do where there is nothing yet."""
    today = clock.today().date()
    rows = methodology_rows.published(session)
    newer: set[str] = set()
    shown = []
    for row in rows:
        shown.append((row, methodologies.state_of(row, row.code in newer, today)))
        if row.effective_from <= today and row.status == "published":
            newer.add(row.code)
    return show(
        request,
        me,
        "methodologies",
        with_years=True,
        rows=shown,
        uploaded=[(v, session.get(User, v.by_user)) for v in methodology_rows.uploaded(session)],
        waiting=_waiting(session),
        kinds=methodology_rows.kinds_in_force(session),
        states=methodologies.STATES,
        tones=public.TONES,
        titles=public.TITLES,
        classes=public.CLASSES,
        administers=me.is_any(Role.ADMIN),
    )


def _waiting(session: Session) -> dict[str, int]:
    """The proposals that nobody has decided, by number and version."""
    found = [c for k in methodology_rows.KINDS for c in setting_changes.history(session, k)]
    return {c.subject: c.id or 0 for c in found if c.state == "proposed"}


# ---- taking in -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Texts:
    """Both files as they were typed or sent."""

    calculator: str = ""
    description: str = ""
    note: str = ""
    filename: str = ""


@router.get("/new")
def new(
    request: Request, session: Reader, me: Admin, uploaded: int = 0, code: str = "", version: str = ""
) -> Response:
    """The form, empty or with the texts of a version to begin with."""
    texts = Texts()
    if uploaded:
        row = methodology_rows.one(session, uploaded)
        texts = Texts(row.calculator, row.description, row.note, row.filename)
    elif code:
        texts = Texts(*methodology_rows.texts_of(session, code, version))
    return _form(request, session, me, texts)


def _form(
    request: Request, session: Session, me: Actor, texts: Texts, faults: tuple[checking.Fault, ...] = ()
) -> Response:
    lines = {"calculator": texts.calculator.splitlines(), "description": texts.description.splitlines()}
    told = [
        (f, lines[f.file][f.line - 1].strip()[:120] if 0 < f.line <= len(lines[f.file]) else "")
        for f in faults
    ]
    return show(
        request,
        me,
        "methodology_new",
        texts=texts,
        told=told,
        files=checking.FILES,
        most=checking.LARGEST,
        begin=methodology_rows.begin_with(session),
        status_code=422 if faults else 200,
    )


@router.post("")
def take_in(
    request: Request,
    me: Admin,
    calculator: Line = "",
    description: Line = "",
    note: Line = "",
    calculator_file: Annotated[UploadFile | None, File()] = None,
    description_file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Check both at once; with faults everything typed comes back with all of them."""
    first, bad = _read("calculator", calculator_file, calculator)
    second, worse = _read("description", description_file, description)
    name = calculator_file.filename or "" if calculator_file is not None else ""
    texts = Texts(first, second, note, name)
    faults: tuple[checking.Fault, ...] = (*bad, *worse)
    if not faults:
        with reading() as session:
            faults = methodology_versions.checked(session, first, second).faults
    if not faults:
        try:
            with transaction() as session:
                row = methodology_versions.take_in(session, me, first, second, name, note)
            return RedirectResponse(f"/admin/methodologies/version/{row.id}", 303)
        except Invalid as error:  # taken in the meantime
            faults = tuple(checking.Fault(p.loc, 0, Text("", ""), p.msg) for p in error.problems)
    with reading() as session:
        return _form(request, session, me, texts, faults)


def _read(name: str, file: UploadFile | None, typed: str) -> tuple[str, list[checking.Fault]]:
    """A file goes before what was typed; what cannot be read as text leaves the typed words there."""
    typed = typed.replace("\r\n", "\n")
    if file is None or not file.filename:
        return typed, []
    content = file.file.read(LARGEST + 1)
    nowhere = Text("", "")
    if len(content) > LARGEST:
        words = Text(
            f"{file.filename} is too large for one; choose the JSON file of the version.",
            f"“{file.filename}”过大，不是计算文件或者说明文件，请选择该版本的 JSON 文件。",
        )
        return typed, [checking.Fault(name, 0, nowhere, words)]
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n"), []
    except UnicodeDecodeError:
        words = Text(
            f"{file.filename} is no UTF-8 text; save it as UTF-8 and choose it again.",
            f"“{file.filename}”不是 UTF-8 文本，请另存为 UTF-8 编码的 JSON 文件后重新选择。",
        )
        return typed, [checking.Fault(name, 0, nowhere, words)]


# ---- a version that was taken in ----------------------------------------------------------------


@router.get("/version/{version_id}")
def version(request: Request, session: Reader, me: Watcher, version_id: int) -> Response:
    """What was found, what changes, and the document it rests on."""
    return _version(request, session, me, version_id)


def _version(
    request: Request,
    session: Session,
    me: Actor,
    version_id: int,
    error: DomainError | None = None,
    said: dict[str, str] | None = None,
) -> Response:
    row = methodology_rows.one(session, version_id)
    checked = methodology_versions.checked(session, row.calculator, row.description)
    found = methodologies.preview(session, row)
    today = clock.today().date()
    return show(
        request,
        me,
        "methodology_version",
        with_years=True,
        row=row,
        by=session.get(User, row.by_user),
        found=found,
        checked=checked,
        examples=examples.examples(found.method) if found.method else (),
        older=[v for v in found.versions if v.row.version != row.version and v.row.status == "published"],
        waiting=setting_changes.waiting(
            session, methodology_versions.KIND, methodology_rows.subject(row.code, row.version)
        ),
        titles=public.TITLES,
        classes=public.CLASSES,
        states=methodologies.STATES,
        tones=public.TONES,
        parts=PARTS,
        kinds=KINDS,
        today=today.isoformat(),
        said=said or {},
        problems=(error.problems or (Problem("", error.detail),)) if error else (),
        administers=me.is_any(Role.ADMIN),
        status_code=error.status if error else 200,
    )


@router.get("/version/{version_id}/preview")
def preview(request: Request, session: Reader, me: Watcher, version_id: int) -> Response:
    """The public page as it would be."""
    row = methodology_rows.one(session, version_id)
    found = methodologies.preview(session, row)
    context = public.context_of(found, language(request))
    return page(request, "public/methodology.html", actor=me, preview=row, **context)


@router.get("/version/{version_id}/{file}.json")
def file_of(session: Reader, me: Watcher, version_id: int, file: str) -> Response:
    """The calculator or the description, as it was sent."""
    row = methodology_rows.one(session, version_id)
    if file not in checking.FILES:
        raise NotFound
    kept(me, "methodology", code=row.code, version=row.version, file=file)
    return _json(row, file)


def _json(row: MethodologyVersion, file: str) -> Response:
    content = (row.calculator if file == "calculator" else row.description).encode()
    return download(content, f"{row.code.lower()}-{row.version}-{file}.json", "application/json")


@router.post("/version/{version_id}/propose")
def propose(
    request: Request,
    me: Admin,
    version_id: int,
    body: Line = "",
    document: Line = "",
    published_on: Line = "",
    effective_from: Line = "",
    replaces: Line = "",
    ends_on: Line = "",
    reason: Line = "",
) -> Response:
    """Propose the version to a second person, on the document it was published by."""
    said = {
        "body": body, "document": document, "published_on": published_on, "effective_from": effective_from,
        "replaces": replaces, "ends_on": ends_on, "reason": reason,
    }  # fmt: skip
    publication = Publication(body, document, _day(published_on))
    asked = Asked(publication, _day(effective_from), replaces, _day(ends_on), reason)
    try:
        with transaction() as session:
            change = methodology_versions.propose(session, me, version_id, asked)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        with reading() as session:
            return _version(request, session, me, version_id, error, said)
    return RedirectResponse(f"/admin/changes/{change.id}?did=propose", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


# ---- the end of a version ------------------------------------------------------------------------


@router.get("/{methodology_id}/end")
def end(request: Request, session: Reader, me: Admin, methodology_id: int) -> Response:
    """The form to end or abolish a version."""
    return _end(request, session, me, methodology_id)


def _end(
    request: Request,
    session: Session,
    me: Actor,
    methodology_id: int,
    error: DomainError | None = None,
    said: dict[str, str] | None = None,
) -> Response:
    row = methodology_ends.row_of(session, methodology_id)
    found = methodologies.one(session, row.code, row.version)
    subject = methodology_rows.subject(row.code, row.version)
    return show(
        request,
        me,
        "methodology_end",
        with_years=True,
        row=row,
        found=found,
        acts={k: v for k, v in ACTS.items() if methodology_ends.may_end(row, k) is None},
        refusal=methodology_ends.may_end(row, "withdraw"),
        waiting=setting_changes.waiting(session, methodology_ends.KIND, subject),
        states=methodologies.STATES,
        tones=public.TONES,
        today=clock.today().date().isoformat(),
        said=said or {},
        problems=(error.problems or (Problem("", error.detail),)) if error else (),
        status_code=error.status if error else 200,
    )


@router.post("/{methodology_id}/end")
def propose_end(
    request: Request,
    me: Admin,
    methodology_id: int,
    act: Line = "",
    ends_on: Line = "",
    body: Line = "",
    document: Line = "",
    published_on: Line = "",
    reason: Line = "",
) -> Response:
    """Propose the end to a second person."""
    said = {"act": act, "ends_on": ends_on, "body": body, "document": document,
            "published_on": published_on, "reason": reason}  # fmt: skip
    asked = Ending(act, _day(ends_on), Publication(body, document, _day(published_on)), reason)
    try:
        with transaction() as session:
            change = methodology_ends.propose(session, me, methodology_id, asked)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        with reading() as session:
            return _end(request, session, me, methodology_id, error, said)
    return RedirectResponse(f"/admin/changes/{change.id}?did=propose", 303)
