"""The proof of the trail: what was last verified, the signed roots, and the files an auditor takes away."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from sqlmodel import col, func, select

from api.dependencies import Reader, Writer
from api.downloads import download
from api.errors import language
from api.pages.admin import Overseer, tabs_of, trail_of
from api.templating import page
from models.tables import AuditEvent, AuditRoot
from models.vocabulary.errors import Invalid, NotFound
from services import (
    audit,
    audit_export,
    audit_reading,
    audit_seal,
    audit_verifier,
    clock,
    exports,
    proof_jobs,
    timestamps,
)
from services.access import Actor
from services.session import reading, transaction

router = APIRouter(prefix="/admin/audit")
JSON_LINES = "application/x-ndjson"
SHOWN = 31


@router.get("/verify")
def proof(request: Request, session: Reader, me: Overseer) -> Response:
    """Intact? Complete? Since when? The newest check, and how a new one comes along."""
    roots = list(session.exec(select(AuditRoot).order_by(col(AuditRoot.number).desc()).limit(SHOWN)))
    context: dict[str, Any] = {
        "job": proof_jobs.latest(session, "verify"),
        "sealing": proof_jobs.latest(session, "seal"),
        "roots": roots,
        "files": {r.number for r in roots if audit_export.file_of(r).exists()},
        "stamps": {r.number: timestamps.stamped_at(r) for r in roots},
        "events": audit.count(session),
        "since": session.exec(select(func.min(AuditEvent.at))).one(),
        "public_key": audit_seal.public_key(),
        "words": audit_verifier.WORDS,
    }
    waiting = any(
        j is not None and j.state in proof_jobs.UNDER_WAY for j in (context["job"], context["sealing"])
    )
    return page(
        request,
        "admin/proof.html",
        actor=me,
        section="audit",
        sections=tabs_of(me),
        waiting=waiting,
        **context,
    )


@router.post("/verify")
def verify(session: Writer, me: Overseer) -> Response:
    """Have everything recomputed."""
    proof_jobs.ask(session, me, "verify")
    return RedirectResponse("/admin/audit/verify", 303)


@router.post("/seal")
def seal(session: Writer, me: Overseer) -> Response:
    """Have a root signed now, without waiting for the next day."""
    proof_jobs.ask(session, me, "seal")
    return RedirectResponse("/admin/audit/verify", 303)


@router.get("/search.xlsx")
def workbook(
    request: Request,
    session: Writer,
    me: Overseer,
    case_no: str = "",
    event: str = "",
    person: str = "",
    since: str = "",
    until: str = "",
) -> Response:
    """What a search finds, as an Excel workbook in the reader's language. Raises Invalid: what is asked for is no time."""
    wanted, problems = trail_of(case_no, event, person, since, until, None, audit_reading.LONGEST)
    if problems:
        raise Invalid(problems)
    lang = language(request)
    content = audit_reading.workbook(session, me, wanted, lang)
    name = f"{audit_reading.TITLE.of(lang)}-{clock.today():%Y%m%d-%H%M}.xlsx"
    return download(content, name, exports.MEDIA_TYPE)


@router.get("/verifier.py")
def verifier(me: Overseer) -> Response:
    """The program that verifies the files; needs Python alone."""
    content = Path(audit_verifier.__file__).read_bytes()
    return download(content, "audit_verifier.py", "text/x-python")


def _taken(me: Actor, number: int, place: Callable[[AuditRoot], Path], what: str) -> Path:
    """A file kept beside a root; that it is taken away is written down. Raises NotFound."""
    with transaction() as session:
        file = place(audit_reading.root_of(session, me, number))
        if not file.exists():
            raise NotFound
        audit_reading.exported(session, me, what, {"root": number})
    return file


@router.get("/roots/{number}")
def daily(me: Overseer, number: int) -> Response:
    """The daily file of a root, as it was written when the root was signed."""
    file = _taken(me, number, audit_export.file_of, "audit_day")
    return StreamingResponse(_bytes_of(file), media_type=JSON_LINES, headers=_named(file.name))


@router.get("/roots/{number}/timestamp")
def timestamp(me: Overseer, number: int) -> Response:
    """The timestamp authority's answer over a root, to be kept beside its file."""
    file = _taken(me, number, timestamps.token_file, "timestamp")
    return download(file.read_bytes(), file.name, "application/timestamp-reply")


@router.get("/full")
def full(me: Overseer) -> Response:
    """Everything from the first event to the newest root, in one file."""
    with transaction() as session:
        root = audit_seal.newest(session)
        if root is None:
            raise NotFound
        audit_reading.exported(session, me, "audit_full", {"root": root.number, "events": root.events})
    return StreamingResponse(
        _full(root), media_type=JSON_LINES, headers=_named(f"audit-full-{root.number:06d}.jsonl")
    )


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}


def _bytes_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(1 << 16):
            yield piece


def _full(root: AuditRoot) -> Iterator[bytes]:
    with reading() as session:
        yield from _pieces(audit_export.full(session, root))


def _pieces(lines: Iterator[bytes], size: int = 1 << 16) -> Iterator[bytes]:
    """Lines in pieces worth sending."""
    held = bytearray()
    for line in lines:
        held += line
        if len(held) >= size:
            yield bytes(held)
            held.clear()
    yield bytes(held)
