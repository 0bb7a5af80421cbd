"""Pages anybody may read: notices, published projects, feeds, letters to verify (M05, G14, G15)."""

import hashlib
from email.utils import format_datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, UploadFile
from fastapi.responses import Response
from sqlmodel import Session

from api import once
from api.dependencies import MaybeMe, Posted, Reader
from api.downloads import download
from api.templating import environment, page
from models.tables import Notice
from models.vocabulary.errors import DomainError, NotFound, Problem
from models.vocabulary.objections import FINDINGS, TOPICS
from models.vocabulary.text import Text
from services import (
    clock,
    documents_issue,
    exports,
    ledger_certificates,
    ledger_papers,
    notices,
    objection_papers,
    projects,
    qr,
    redaction,
)
from services.reading import monitoring, public
from services.settings import settings

router = APIRouter()

PER_PAGE = 20
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

FILTERS = (
    ("", Text("All", "全部")),
    ("open", Text("Open", "公示中")),
    ("closed", Text("Ended", "已结束")),
    ("objections", Text("With objections", "有异议")),
)
SORTS = (("left", Text("Least time left", "剩余时间")), ("new", Text("Newest", "最新发布")))


@router.get("/notices")
def notice_list(
    request: Request,
    session: Reader,
    state: str = "",
    q: str = "",
    sort: str = "left",
    p: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The list of notices; all its state is in the address. There is nothing behind the last page."""
    asked: dict[str, Any] = {"state": state, "q": q, "sort": sort, "limit": PER_PAGE}
    rows, total = public.notices(session, **asked, offset=(p - 1) * PER_PAGE)
    if not rows and p > 1:
        p = _pages(total)
        rows, total = public.notices(session, **asked, offset=(p - 1) * PER_PAGE)
    return page(
        request,
        "public/notices.html",
        cards=rows,
        total=total,
        state=state,
        q=q,
        sort=sort,
        p=p,
        pages=_pages(total),
        filters=FILTERS,
        sorts=SORTS,
        state_titles=public.STATE_TITLES,
    )


@router.get("/notices.rss")
def notice_feed(request: Request, session: Reader) -> Response:
    """The newest notices as RSS."""
    return _feed(
        "public/notices.rss.xml",
        cards=public.notices_below(session, limit=50),
        state_titles=public.STATE_TITLES,
    )


@router.get("/notices/{notice_id}")
def notice_page(request: Request, session: Reader, notice_id: int) -> Response:
    """One notice; it stays when it has ended, with what became of it."""
    return notice_view(request, session, notices.one(session, notice_id))


def notice_view(
    request: Request,
    session: Session,
    notice: Notice,
    *,
    typed: dict[str, Any] | None = None,
    problems: tuple[Problem, ...] = (),
    refused: Text | None = None,
    status: int = 200,
) -> Response:
    """The page of a notice, with the objection as it was typed and what is wrong with it."""
    listed = notices.objections_of(session, notice)
    card = public.cards(session, [notice])[0]
    at: dict[str, list[Text]] = {}
    for defect in problems:
        at.setdefault(defect.loc.split(".")[0], []).append(defect.msg)
    return page(
        request,
        "public/notice.html",
        status_code=status,
        notice=notice,
        card=card,
        text=notice.text,
        state_title=public.STATE_TITLES[card.state],
        period=public.period(session, notice),
        listed=listed,
        in_time=[o for o in listed if not o.late],
        rounds=public.rounds(session, notice),
        project=projects.of_case(session, notice.case_id),
        intact=notices.is_intact(notice),
        result=notices.result_words(notice),
        unanswered=notices.ended_unanswered(session, notice),
        topics=TOPICS,
        findings=FINDINGS,
        documents=public.public_documents(
            session, notice.case_id, ("publicity_notice",), notice.round, void=notice.void_at is not None
        ),
        scrub=redaction.Scrubber().text,
        typed=typed or {},
        sent_key=(typed or {}).get("sent_key") or once.fresh(),
        most_papers=objection_papers.MOST,
        largest_mb=objection_papers.largest_mb(),
        problems=problems,
        at=at,
        refused=refused,
    )


@router.get("/notices/{notice_id}/text.json")
def notice_text(session: Reader, notice_id: int) -> Response:
    """The published text byte for byte: its sha256 is the one on the page (I19)."""
    notice = notices.one(session, notice_id)
    return Response(
        redaction.canonical(notice.text),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="notice-{notice.id}.json"'},
    )


@router.get("/projects")
def project_list(
    request: Request,
    session: Reader,
    q: str = "",
    district: str = "",
    methodology: str = "",
    state: str = "",
    year: str = "",
    p: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The register of published projects (G15). There is nothing behind the last page."""
    register = public.register_total(session)
    chosen = {"district": district, "methodology": methodology, "state": state, "year": year}
    asked: dict[str, Any] = {**chosen, "q": q, "limit": PER_PAGE, "whole": register.entries}
    rows, total = public.projects(session, **asked, offset=(p - 1) * PER_PAGE)
    if not rows and p > 1:
        p = _pages(total)
        rows, total = public.projects(session, **asked, offset=(p - 1) * PER_PAGE)
    return page(
        request,
        "public/projects.html",
        rows=rows,
        total=total,
        q=q,
        p=p,
        pages=_pages(total),
        chosen=chosen,
        choices=public.project_choices(session),
        states=projects.STATES,
        register=register,
    )


@router.get("/projects.rss")
def project_feed(request: Request, session: Reader) -> Response:
    """The newest published projects as RSS."""
    return _feed("public/projects.rss.xml", rows=public.projects_below(session, limit=50))


@router.get("/projects/{number}")
def project_page(request: Request, session: Reader, number: str, actor: MaybeMe) -> Response:
    """A published project under its permanent number."""
    project = projects.one(session, number)
    rounds = public.rounds_of_case(session, project.case_id)
    return page(
        request,
        "public/project.html",
        project=project,
        states=projects.STATES,
        rounds=rounds,
        notice=rounds[-1] if rounds else None,
        documents=public.public_documents(
            session, project.case_id, ("publication_notice", "publicity_notice")
        ),
        data_page=monitoring.page_for(session, actor, project),
    )


@router.get("/public/documents/{document_id}")
def document(session: Reader, document_id: int) -> Response:
    """A document made for the public, as a download."""
    if not 0 < document_id < notices.BIGGEST_ID:
        raise NotFound
    row, content = documents_issue.public_document(session, document_id)
    return Response(
        content,
        media_type=DOCX,
        headers={
            "Content-Disposition": f'attachment; filename="{row.key}-{row.id}.docx"',
            "ETag": f'"{row.sha256}"',
            "Cache-Control": "public, max-age=86400",
        },
    )


@router.get("/verify")
def verify_page(request: Request, session: Reader, code: str = "") -> Response:
    """Is this letter ours? By its number, its check code or its sha256."""
    if not code.strip():
        return page(request, "public/verify.html", code="", document=None, error=None)
    return _verified(request, session, code)


@router.get("/verify/{code}")
def verified(request: Request, session: Reader, code: str) -> Response:
    """The address printed on a certificate."""
    return _verified(request, session, code[:200])


@router.get("/verify/{code}/certificate.docx")
def certificate_file(session: Reader, code: str) -> Response:
    """A certificate of the ledger as a Word file."""
    row = ledger_certificates.verify(session, code[:200])
    content = ledger_papers.certificate(row, f"{settings().base_url}/verify/{row.code}")
    return download(content, f"{row.number}.docx", DOCX)


@router.post("/verify")
def verify_file(request: Request, session: Reader, form: Posted) -> Response:
    """The same for a file: only its sha256 is looked at, nothing is kept."""
    upload = form.get("file")
    if not isinstance(upload, UploadFile) and not hasattr(upload, "file"):
        error = Text("Choose a file first.", "请先选择要核验的文件。")
        return page(request, "public/verify.html", status_code=422, code="", document=None, error=error)
    digest = hashlib.file_digest(upload.file, "sha256").hexdigest()  # type: ignore[union-attr, arg-type]
    return _verified(request, session, digest, from_file=True)


def _verified(request: Request, session: Session, code: str, from_file: bool = False) -> Response:
    try:
        if not from_file and ledger_certificates.known(session, code):
            return _certificate(request, session, code)
        row = public.letter(session, code)
    except NotFound as error:
        return _unverified(request, code, error, from_file)
    return page(request, "public/verify.html", code="" if from_file else code, document=row, error=None)


def _certificate(request: Request, session: Session, code: str) -> Response:
    row = ledger_certificates.verify(session, code)
    words = {"title": ledger_papers.title(row), "lines": ledger_papers.lines(row)}
    return page(
        request,
        "public/verify.html",
        code=code,
        document=None,
        error=None,
        certificate=row,
        words=words,
        drawing=qr.image(f"{settings().base_url}/verify/{row.code}"),
    )


def _unverified(request: Request, code: str, error: DomainError, from_file: bool) -> Response:
    changed = Text(
        "No document with exactly this content was issued. The file may have been changed.",
        "未查到内容完全一致的文书，该文件可能已被改动，或并非本中心出具。",
    )
    return page(
        request,
        "public/verify.html",
        status_code=404,
        code="" if from_file else code,
        document=None,
        error=changed if from_file else error.detail,
    )


def _pages(total: int) -> int:
    return max(1, -(-total // PER_PAGE))


def _feed(template: str, **context: Any) -> Response:
    xml = (
        environment()
        .get_template(template)
        .render(base=settings().base_url, built=clock.now(), lang="zh", rfc822=format_datetime, **context)
    )
    return Response(
        _readable(xml),
        media_type="application/rss+xml; charset=utf-8",
        headers={"Cache-Control": "public, max-age=300"},
    )


def _readable(xml: str) -> str:
    """Without the characters that XML forbids."""
    return exports.ILLEGAL.sub("", xml)
