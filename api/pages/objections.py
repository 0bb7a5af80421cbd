"""The pages of whoever objects to a notice: sending it, its receipt, how far it is, papers added to it (M05)."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from api.dependencies import Me, Posted, Reader, Writer, address
from api.downloads import download
from api.pages.public import notice_view
from api.templating import page
from models.tables import Case, Objection
from models.vocabulary.errors import Conflict, Invalid, NotKept, Problem, TooManyTries
from models.vocabulary.objections import FINDINGS
from models.vocabulary.text import Text
from services import notices, objection_papers, objections, redaction
from services.objection_papers import Upload
from services.settings import settings

router = APIRouter()


@router.post("/notices/{notice_id}/objections")
def object_to(request: Request, session: Writer, notice_id: int, form: Posted) -> Response:
    """Take an objection with its papers, once however often it is sent; with defects it comes back as it was typed."""
    typed, papers = _typed(form), _papers(form)
    key = str(form.get("sent_key", ""))[:40]
    try:
        with session.begin_nested():
            made = objections.file(session, notice_id, typed, address(request), papers, key)
    except (Invalid, TooManyTries, NotKept) as error:
        return notice_view(
            request,
            session,
            notices.one(session, notice_id),
            typed=typed | {"sent_key": key, "papers_lost": bool(papers)},
            problems=error.problems,
            refused=error.detail,
            status=error.status,
        )
    return RedirectResponse(f"/objections/{made.lookup}?new=1", 303)


def _typed(form: FormData) -> dict[str, Any]:
    """The posted fields as the objection form knows them."""
    data: dict[str, Any] = {
        name: str(form.get(name, "")).replace("\r\n", "\n")
        for name in ("content", "name", "organisation", "contact")
    }
    return {
        **data,
        "topics": [str(v) for v in form.getlist("topics")],
        "lead_only": bool(form.get("lead_only")),
    }


def _papers(form: FormData) -> list[Upload]:
    """(file name, bytes) of what was chosen."""
    files = [file for file in form.getlist("papers") if isinstance(file, UploadFile) and file.filename]
    return [(file.filename or "", file.file.read()) for file in files]


@router.get("/objections/{lookup}")
def objection_page(request: Request, session: Reader, lookup: str, new: bool = False) -> Response:
    """Receipt and tracking page of one objection, for whoever has the link."""
    return _view(request, session, lookup, new=new)


@router.post("/objections/{lookup}/papers")
def add_papers(request: Request, session: Writer, lookup: str, form: Posted) -> Response:
    """Add papers to an objection that waits for its answer."""
    try:
        with session.begin_nested():
            objection_papers.add(session, lookup, _papers(form))
    except (Invalid, Conflict, NotKept) as error:
        problems = error.problems or (Problem("papers", error.detail),)
        return _view(request, session, lookup, problems=problems, status=error.status)
    return RedirectResponse(f"/objections/{lookup}#papers", 303)


def _view(
    request: Request,
    session: Session,
    lookup: str,
    *,
    new: bool = False,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    objection, notice = objections.by_lookup(session, lookup)
    unanswered: Text | None = None
    if not objection.late and objection.state != "answered":
        unanswered = notices.ended_unanswered(session, notice)
    return page(
        request,
        "public/objection.html",
        status_code=status,
        objection=objection,
        notice=notice,
        unanswered=unanswered,
        suspended_at=_stands_still(session, objection) if not unanswered else None,
        new=new,
        findings=FINDINGS,
        papers=objection_papers.of(session, objection),
        takes_papers=objection_papers.takes(session, objection),
        most_papers=objection_papers.MOST,
        largest_mb=objection_papers.largest_mb(),
        problems=problems,
        at={"papers": [problem.msg for problem in problems]},
        contact_masked=redaction.blotted(objection.contact),
        address=f"{settings().base_url}/objections/{objection.lookup}",
        headers={"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"},
    )


def _stands_still(session: Session, objection: Objection) -> datetime | None:
    """Since when the case is suspended while an answer is still to come."""
    if objection.late or objection.state == "answered":
        return None
    return session.get_one(Case, objection.case_id).suspended_at


@router.get("/cases/{case_no}/objections/papers/{paper_id}")
def paper(me: Me, session: Writer, case_no: str, paper_id: int) -> Response:
    """A paper of an objection, for those whose work needs it; the look is written down (M10)."""
    row, content = objection_papers.content(session, me, case_no, paper_id)
    return download(content, row.filename, row.mime, row.sha256)
