"""What anybody may ask without signing in: notices, objections, published projects, issued letters."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api.dependencies import Reader, Writer, address
from api.errors import language
from models.tables import DocumentRow, Notice, Objection, Project
from models.vocabulary.errors import NotFound
from models.vocabulary.forms import example_data
from models.vocabulary.text import Text
from services import notices, objections, projects, redaction
from services.clock import SHANGHAI
from services.objections import ObjectionForm
from services.reading import public

router = APIRouter(prefix="/api/v1/public", tags=["public"])

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before", max_length=20, pattern=r"^\d+$")]
Search = Annotated[str, Query(max_length=80)]


class NoticeItem(BaseModel):
    """A publicity notice. `closes_at` is the end, exclusive; null while its clock stands still."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "id": 1, "title": "关于示例职业技术学校屋顶分布式光伏发电项目的公示", "case_no": "SHTPH-XM-2026-0001",
        "procedure": "project_application", "applicant": "上海浦晖新能源科技有限公司", "district": "闵行区",
        "methodology": "DEMO-PV-2024", "est_annual_t": "356.049", "round": 1, "state": "open",
        "opened_at": "2026-09-28T10:00:00+08:00", "closes_at": "2026-10-11T00:00:00+08:00", "closed_at": None,
        "objections": 0, "sha256": "9f…", "url": "/notices/1"}]})

    id: int
    title: str
    case_no: str
    procedure: str
    applicant: str
    district: str
    methodology: str
    est_annual_t: str
    round: int
    state: str = Field(description="open | closed | withdrawn")
    opened_at: datetime
    closes_at: datetime | None
    closed_at: datetime | None
    objections: int
    sha256: str = Field(description="of the published text")
    url: str


class NoticeList(BaseModel):
    items: list[NoticeItem]
    next_cursor: str | None = None


class PublicDocument(BaseModel):
    id: int
    kind: str
    title: str
    number: str
    sha256: str
    url: str


class AnsweredObjection(BaseModel):
    """An objection as the public sees it once the notice has ended: never who made it, nor its wording."""

    receipt_no: str
    topics: list[str]
    state: str = Field(description="received | answered")
    finding: str = Field(description="not_upheld | upheld_curable | upheld_fatal, empty until answered")
    answer: str
    answered_at: datetime | None
    reply_due: datetime | None


class NoticeDetail(NoticeItem):
    """One notice in full."""

    text: dict[str, Any] = Field(description="the published text; sha256 is over its canonical JSON")
    days: list[str] = Field(description="the counted working days")
    result: str = Field(description="why it ended early, empty otherwise")
    documents: list[PublicDocument]
    outcomes: list[AnsweredObjection] = Field(description="objections made in time, once the notice has ended")


class ObjectionReceipt(BaseModel):
    """The receipt of an objection. Keep `lookup`: it opens the tracking page and the answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "receipt_no": "YY-2026-0001", "reply_due": "2026-10-24T00:00:00+08:00", "lookup": "6mX…", "late": False,
        "detail": "异议已受理。", "url": "/objections/6mX…"}]})

    receipt_no: str
    reply_due: datetime | None
    lookup: str
    late: bool
    detail: str
    url: str


class ObjectionStatus(BaseModel):
    """How far an objection is."""

    receipt_no: str
    notice_id: int
    state: str = Field(description="received | answered")
    late: bool
    at: datetime
    reply_due: datetime | None
    finding: str
    answer: str
    answered_at: datetime | None


class ProjectItem(BaseModel):
    """A published project (rule G15)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "number": "SHPH-XM-2026-0001", "name": "示例职业技术学校屋顶分布式光伏发电项目", "kind": "project",
        "applicant": "上海浦晖新能源科技有限公司", "owner": "上海市示例职业技术学校", "district": "闵行区",
        "address": "上海市闵行区示例路300号", "methodology": "DEMO-PV-2024", "methodology_version": "1.0",
        "method_class": "I", "crediting_from": "2025-01-01", "crediting_to": "2034-12-31", "est_annual_g": 356049000,
        "state": "implementing", "case_no": "SHTPH-XM-2026-0001", "published_at": "2026-11-02T10:00:00+08:00",
        "url": "/projects/SHPH-XM-2026-0001"}]})

    number: str
    name: str
    kind: str
    applicant: str
    owner: str
    district: str
    address: str
    methodology: str
    methodology_version: str
    method_class: str
    crediting_from: str
    crediting_to: str
    est_annual_g: int = Field(description="expected reduction a year, grams of CO2e")
    state: str
    case_no: str
    published_at: datetime
    url: str


class ProjectDetail(ProjectItem):
    documents: list[PublicDocument]
    notices: list[int]


class ProjectList(BaseModel):
    items: list[ProjectItem]
    next_cursor: str | None = None


class Certificate(BaseModel):
    """A document the centre has issued."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "number": "沪碳普惠布〔2026〕0001号", "title": "公布公告", "sha256": "4f…",
        "issued_at": "2026-11-02T10:00:00+08:00"}]})

    number: str
    title: str
    sha256: str
    issued_at: datetime


def _here(moment: datetime | None) -> datetime | None:
    return moment.astimezone(SHANGHAI) if moment is not None else None


def _item(card: public.NoticeCard) -> dict[str, Any]:
    row: Notice = card.notice
    text = {k: row.text.get(k, "") for k in ("case_no", "applicant", "district", "methodology", "est_annual_t")}
    return {**text, "id": row.id, "title": row.title, "procedure": row.procedure, "round": row.round,
            "state": row.state, "opened_at": _here(row.opened_at), "closes_at": _here(row.closes_at),
            "closed_at": _here(row.closed_at), "objections": card.objections, "sha256": row.sha256,
            "url": f"/notices/{row.id}"}


def _papers(rows: list[DocumentRow]) -> list[PublicDocument]:
    return [PublicDocument(id=d.id or 0, kind=d.key, title=d.title, number=d.number, sha256=d.sha256,
                           url=f"/public/documents/{d.id}") for d in rows]


def _outcomes(rows: list[Objection]) -> list[AnsweredObjection]:
    scrub = redaction.Scrubber().text
    return [AnsweredObjection(
        receipt_no=o.receipt_no, topics=o.topics, state=o.state, finding=o.finding, answer=scrub(o.answer),
        answered_at=_here(o.answered_at), reply_due=_here(o.reply_due)) for o in rows if not o.late]


@router.get("/notices")
def notice_list(
        session: Reader, state: Annotated[str, Query(pattern="^(open|closed|objections)?$")] = "", q: Search = "",
        limit: Limit = 20, cursor: Cursor = None) -> NoticeList:
    """Notices, newest first."""
    cards = public.notices_below(session, state=state, q=q, below=int(cursor) if cursor else None, limit=limit + 1)
    last = str(cards[limit - 1].notice.id) if len(cards) > limit else None
    return NoticeList(items=[NoticeItem(**_item(c)) for c in cards[:limit]], next_cursor=last)


@router.get("/notices/{notice_id}")
def notice(session: Reader, notice_id: int) -> NoticeDetail:
    """One notice with its text, its counted days and, once it has ended, the outcome of each objection."""
    row = notices.one(session, notice_id)
    papers = public.public_documents(session, row.case_id, ("publicity_notice",), row.round)
    ended = row.state != "open"
    return NoticeDetail(
        **_item(public.cards(session, [row])[0]), text=row.text, days=notices.counted_days(session, row),
        result=notices.result_words(row).zh, documents=_papers(papers),
        outcomes=_outcomes(notices.objections_of(session, row)) if ended else [])


_FORM = ObjectionForm.model_json_schema()
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/json": {
    "schema": {**_FORM, "examples": [example_data(ObjectionForm)]}}}}}


@router.post("/notices/{notice_id}/objections", status_code=201, openapi_extra=_BODY)
def object_to(request: Request, session: Writer, notice_id: int,
              data: Annotated[dict[str, Any], Body()]) -> ObjectionReceipt:
    """Object to a notice. After its end the objection is kept as late, and says so."""
    made = objections.file(session, notice_id, data, address(request))
    return ObjectionReceipt(receipt_no=made.receipt_no, reply_due=_here(made.reply_due), lookup=made.lookup,
                            late=made.late, detail=_sentence(session, made).of(language(request)),
                            url=f"/objections/{made.lookup}")


def _sentence(session: Session, made: Objection) -> Text:
    if not made.late:
        return Text("Your objection is registered; it will be answered.", "异议已受理，将按承诺日期答复。")
    ended = notices.one(session, made.notice_id).closes_at
    until = f"{ended.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if ended else ""
    return Text(f"The notice ended at {until}; your remark is registered as late.",
                f"公示已于 {until} 截止，您的意见已登记为逾期意见，由经办人员核实参考。")


@router.get("/objections/{lookup}")
def objection(session: Reader, lookup: str) -> ObjectionStatus:
    """How far an objection is, for whoever has its link."""
    row, _ = objections.by_lookup(session, lookup)
    return ObjectionStatus(
        receipt_no=row.receipt_no, notice_id=row.notice_id, state=row.state, late=row.late, at=row.at,
        reply_due=_here(row.reply_due), finding=row.finding, answer=row.answer, answered_at=_here(row.answered_at))


def _project(row: Project) -> dict[str, Any]:
    kept = {"number", "name", "kind", "applicant", "owner", "district", "address", "methodology",
            "methodology_version", "method_class", "crediting_from", "crediting_to", "est_annual_g", "state"}
    return {**row.model_dump(include=kept), "case_no": row.data.get("case_no", ""),
            "published_at": _here(row.published_at), "url": f"/projects/{row.number}"}


@router.get("/projects")
def project_list(session: Reader, q: Search = "", district: Annotated[str, Query(max_length=20)] = "",
                 limit: Limit = 20, cursor: Cursor = None) -> ProjectList:
    """Published projects, newest first."""
    rows = public.projects_below(session, q=q, district=district, below=int(cursor) if cursor else None,
                                 limit=limit + 1)
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
    """Was this letter issued here? `code`: its number, its check code, or at least 16 digits of its sha256."""
    if not code.strip():
        raise NotFound
    row = public.letter(session, code)
    return Certificate(number=row.number, title=row.title, sha256=row.sha256,
                       issued_at=row.issued_at.astimezone(SHANGHAI))
