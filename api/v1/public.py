"""What anybody may ask without signing in: notices, objections, published projects, issued letters."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, File, Query, Request, UploadFile
from sqlmodel import Session

from api.dependencies import Reader, Writer, address
from api.errors import language
from api.v1.public_models import (
    AnsweredObjection,
    Certificate,
    NoticeDetail,
    NoticeItem,
    NoticeList,
    ObjectionPaperItem,
    ObjectionReceipt,
    ObjectionStatus,
    ProjectDetail,
    ProjectItem,
    ProjectList,
    PublicDocument,
)
from models.tables import Certificate as LedgerCertificate
from models.tables import DocumentRow, Notice, Objection, ObjectionPaper, Project
from models.vocabulary.errors import NotFound
from models.vocabulary.forms import example_data
from models.vocabulary.text import Text, day_in_words
from services import (
    ledger_certificates,
    ledger_papers,
    notices,
    objection_papers,
    objections,
    projects,
    redaction,
)
from services.clock import SHANGHAI
from services.objections import ObjectionForm
from services.reading import public

router = APIRouter(prefix="/api/v1/public", tags=["public"])

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[
    str | None, Query(description="`next_cursor` of the page before", max_length=18, pattern=r"^[0-9]+$")
]
Search = Annotated[str, Query(max_length=80)]


def _here(moment: datetime | None) -> datetime | None:
    return moment.astimezone(SHANGHAI) if moment is not None else None


def _item(card: public.NoticeCard) -> dict[str, Any]:
    row: Notice = card.notice
    text = {
        k: row.text.get(k, "") for k in ("case_no", "applicant", "district", "methodology", "est_annual_t")
    }
    return {
        **text,
        "id": row.id,
        "title": row.title,
        "procedure": row.procedure,
        "round": row.round,
        "state": row.state,
        "opened_at": _here(row.opened_at),
        "closes_at": _here(row.closes_at),
        "closed_at": _here(row.closed_at),
        "objections": card.objections,
        "sha256": row.sha256,
        "url": f"/notices/{row.id}",
    }


def _papers(rows: list[DocumentRow]) -> list[PublicDocument]:
    return [
        PublicDocument(
            id=d.id or 0,
            kind=d.key,
            title=d.title,
            number=d.number,
            sha256=d.sha256,
            url=f"/public/documents/{d.id}",
        )
        for d in rows
    ]


def _outcomes(rows: list[Objection]) -> list[AnsweredObjection]:
    scrub = redaction.Scrubber().text
    return [
        AnsweredObjection(
            receipt_no=o.receipt_no,
            topics=o.topics,
            state=o.state,
            finding=o.finding,
            answer=scrub(o.answer),
            answered_at=_here(o.answered_at),
            reply_due=_here(o.reply_due),
        )
        for o in rows
        if not o.late
    ]


@router.get("/notices")
def notice_list(
    session: Reader,
    state: Annotated[str, Query(pattern="^(open|closed|objections)?$")] = "",
    q: Search = "",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> NoticeList:
    """Notices, newest first."""
    cards = public.notices_below(
        session, state=state, q=q, below=int(cursor) if cursor else None, limit=limit + 1
    )
    last = str(cards[limit - 1].notice.id) if len(cards) > limit else None
    return NoticeList(items=[NoticeItem(**_item(c)) for c in cards[:limit]], next_cursor=last)


@router.get("/notices/{notice_id}")
def notice(session: Reader, notice_id: int) -> NoticeDetail:
    """One notice with its text, its counted days and, once it has ended, the outcome of each objection."""
    row = notices.one(session, notice_id)
    papers = public.public_documents(
        session, row.case_id, ("publicity_notice",), row.round, row.void_at is not None
    )
    ended = row.state != "open"
    return NoticeDetail(
        **_item(public.cards(session, [row])[0]),
        text=row.text,
        days=notices.counted_days(session, row),
        result=notices.result_words(row).zh,
        documents=_papers(papers),
        outcomes=_outcomes(notices.objections_of(session, row)) if ended else [],
    )


_FORM = ObjectionForm.model_json_schema()
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {**_FORM, "examples": [example_data(ObjectionForm)]}}},
    }
}


@router.post("/notices/{notice_id}/objections", status_code=201, openapi_extra=_BODY)
def object_to(
    request: Request, session: Writer, notice_id: int, data: Annotated[dict[str, Any], Body()]
) -> ObjectionReceipt:
    """Object to a notice. After its end the objection is kept as late, and says so."""
    made = objections.file(session, notice_id, data, address(request))
    return ObjectionReceipt(
        receipt_no=made.receipt_no,
        reply_due=_here(made.reply_due),
        lookup=made.lookup,
        late=made.late,
        detail=_sentence(session, made).of(language(request)),
        url=f"/objections/{made.lookup}",
    )


def _sentence(session: Session, made: Objection) -> Text:
    if not made.late:
        return Text("Your objection is registered; it will be answered.", "异议已受理，将按承诺日期答复。")
    ended = notices.one(session, made.notice_id).closes_at
    last = (
        day_in_words((ended - timedelta(microseconds=1)).astimezone(SHANGHAI).date())
        if ended
        else Text("", "")
    )
    return Text(
        f"The notice ended on {last.en}; your remark is registered as late.",
        f"公示已于{last.zh}截止，您的意见已登记为逾期意见，由经办人员核实参考。",
    )


@router.get("/objections/{lookup}")
def objection(session: Reader, lookup: str) -> ObjectionStatus:
    """How far an objection is, for whoever has its link."""
    row, _ = objections.by_lookup(session, lookup)
    return ObjectionStatus(
        receipt_no=row.receipt_no,
        notice_id=row.notice_id,
        state=row.state,
        late=row.late,
        at=row.at,
        reply_due=_here(row.reply_due),
        finding=row.finding,
        answer=row.answer,
        answered_at=_here(row.answered_at),
        papers=[_objected(p) for p in objection_papers.of(session, row)],
    )


@router.post("/objections/{lookup}/papers", status_code=201)
def add_paper(
    session: Writer,
    lookup: str,
    file: Annotated[UploadFile, File(description="pdf, docx, xlsx, jpg or png; 10 MB at most")],
) -> list[ObjectionPaperItem]:
    """Put a paper beside an objection that waits for its answer, five at most. 409 once it is answered.

    The papers that are there now; the same bytes sent again change nothing.
    """
    there = objection_papers.add(session, lookup, [(file.filename or "", file.file.read())])
    return [_objected(p) for p in there]


def _objected(row: ObjectionPaper) -> ObjectionPaperItem:
    return ObjectionPaperItem(filename=row.filename, size=row.size, sha256=row.sha256, at=row.at)


def _project(row: Project) -> dict[str, Any]:
    kept = {
        "number",
        "name",
        "kind",
        "applicant",
        "owner",
        "district",
        "address",
        "methodology",
        "methodology_version",
        "method_class",
        "crediting_from",
        "crediting_to",
        "est_annual_g",
        "state",
    }
    return {
        **row.model_dump(include=kept),
        "case_no": row.data.get("case_no", ""),
        "published_at": _here(row.published_at),
        "url": f"/projects/{row.number}",
    }


@router.get("/projects")
def project_list(
    session: Reader,
    q: Search = "",
    district: Annotated[str, Query(max_length=20)] = "",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> ProjectList:
    """Published projects, newest first."""
    rows = public.projects_below(
        session, q=q, district=district, below=int(cursor) if cursor else None, limit=limit + 1
    )
    last = str(rows[limit - 1].id) if len(rows) > limit else None
    return ProjectList(items=[ProjectItem(**_project(r)) for r in rows[:limit]], next_cursor=last)


@router.get("/projects/{number}")
def project(session: Reader, number: str) -> ProjectDetail:
    """One published project under its permanent number."""
    row = projects.one(session, number)
    papers = public.public_documents(session, row.case_id, ("publication_notice", "publicity_notice"))
    rounds = [n.id for n in public.rounds_of_case(session, row.case_id) if n.id is not None]
    return ProjectDetail(**_project(row), documents=_papers(papers), notices=rounds)


@router.get("/certificates/{code:path}")
def certificate(session: Reader, code: str) -> Certificate:
    """Was this letter issued here? `code`: its number, its check code, or at least 16 digits of its sha256.

    Certificates of the ledger (issuance, cancellation, donation) by their verification code, with their facts.
    """
    if not code.strip():
        raise NotFound
    if ledger_certificates.known(session, code):
        return _of_ledger(ledger_certificates.verify(session, code))
    row = public.letter(session, code)
    return Certificate(
        number=row.number,
        title=row.title,
        sha256=row.sha256,
        issued_at=row.issued_at.astimezone(SHANGHAI),
        void_at=_here(row.void_at),
    )


def _of_ledger(row: LedgerCertificate) -> Certificate:
    return Certificate(
        number=row.number,
        title=ledger_papers.title(row).zh,
        sha256=row.sha256,
        issued_at=row.at.astimezone(SHANGHAI),
        kind=row.kind,
        facts=row.facts,
    )
