"""Cases in JSON: draft, papers, submission, status, events, documents."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, File, Form, Header, HTTPException, Query, Request, Response, UploadFile

from api import live
from api.dependencies import CurrentLogin, Me, Reader, Writer
from api.downloads import download
from api.v1 import case_models as m
from models.vocabulary.errors import Invalid, Problem, Stale
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from services import cases, documents_issue, materials
from services.access import case_for
from services.documents.convert import to_pdf
from services.reading import case_list, case_versions

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@router.post("", status_code=201, summary="Open a draft")
def create(me: Me, session: Writer, body: m.NewCase, response: Response) -> m.CaseState:
    """An incomplete form is fine in a draft; nothing is checked but that you may file this procedure."""
    case = cases.create(session, me, body.procedure, body.form)
    response.headers["Location"] = f"/api/v1/cases/{case.case_no}"
    response.headers["ETag"] = f'"{case.version}"'
    return m.state_of(case)


@router.get("", summary="The cases I may see, newest first")
def list_cases(
    me: Me,
    session: Reader,
    procedure: str = "",
    status: Annotated[str, Query(description="one, or several with commas")] = "",
    stage: str = "",
    q: Annotated[str, Query(description="number, title or applicant", max_length=200)] = "",
    overdue: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
) -> m.CasePage:
    """Filters are combined; `cursor` is the `next_cursor` of the page before."""
    wanted = case_list.CaseFilter(procedure, status, stage, q, overdue)
    lines, following = case_list.listed(session, me, wanted, limit, cursor)
    return m.CasePage(items=[m.item_of(line) for line in lines], next_cursor=following)


@router.get("/{case_no}", summary="One case")
def one(me: Me, session: Reader, case_no: str, request: Request, response: Response) -> m.CaseDetail:
    """Status, form, timeline, open tasks, documents and forecast, as far as you may read them."""
    case = case_for(session, me, case_no)
    response.headers["ETag"] = f'"{case.version}"'
    return m.detail_of(session, me, case, m.language_of(request))


@router.put("/{case_no}/form", summary="Save a draft")
def save_form(
    me: Me,
    session: Writer,
    case_no: str,
    response: Response,
    body: Annotated[
        dict[str, Any],
        Body(description='the form, or {"form": …}', examples=[{"project": {"project_name": "…"}}]),
    ],
    if_match: Annotated[str, Header(description="the version you read")] = "",
) -> m.CaseState:
    """Kept as typed, valid or not. 412 when somebody saved a newer version in between."""
    form = body["form"] if set(body) == {"form"} and isinstance(body["form"], dict) else body
    case = cases.save(session, me, case_no, form, _version(session, me, case_no, if_match))
    response.headers["ETag"] = f'"{case.version}"'
    return m.state_of(case)


def _version(session: Writer, me: Me, case_no: str, if_match: str) -> int:
    """The version named by the header. Raises Invalid when it is missing, Stale when it is none."""
    tag = if_match.strip().removeprefix("W/").strip('"')
    if tag == "*":
        return case_for(session, me, case_no).version
    if not tag:
        raise Invalid(
            (
                Problem(
                    "If-Match",
                    Text(
                        "Send the version you read in the header If-Match.",
                        "请在请求头 If-Match 中提供所读取的版本号。",
                    ),
                ),
            )
        )
    if not is_whole(tag):
        raise Stale(Text(f"“{tag}” is not a version of this case.", f"“{tag}”不是本件的版本号。"))
    return int(tag)


@router.get("/{case_no}/check", summary="Every defect that would stop a submission now")
def check(me: Me, session: Reader, case_no: str, request: Request) -> m.CheckResult:
    """Form, materials and eligibility, all at once; nothing is changed."""
    lang = m.language_of(request)
    problems = cases.check(session, case_for(session, me, case_no))
    return m.CheckResult(
        ready=not problems, errors=[m.Defect(loc=p.loc, msg=p.msg.of(lang)) for p in problems]
    )


@router.get("/{case_no}/versions", summary="Submitted versions of the form")
def versions(me: Me, session: Reader, case_no: str) -> list[m.VersionItem]:
    """Never changed once submitted; `sha256` covers form and papers."""
    rows = case_versions.of_case(session, case_for(session, me, case_no))
    return [m.VersionItem(number=r.number, kind=r.kind, at=r.at, sha256=r.sha256) for r in rows]


@router.get("/{case_no}/attachments", summary="Papers of a case")
def list_attachments(me: Me, session: Reader, case_no: str) -> list[m.AttachmentItem]:
    return [m.attachment_of(a) for a in materials.readable(session, me, case_for(session, me, case_no))]


@router.post("/{case_no}/attachments", status_code=201, summary="Upload a paper")
def add_attachment(
    me: Me,
    session: Writer,
    case_no: str,
    kind: Annotated[str, Form(description="of the procedure's materials list", examples=["licence"])],
    file: Annotated[UploadFile, File(description="pdf, docx, xlsx, jpg or png")],
    sealed: Annotated[bool, Form(description="carries the official and the cross-page seal")] = False,
) -> m.AttachmentItem:
    """413 when too large, 415 when the content is not what the name says."""
    row = materials.add(session, me, case_no, kind, file.filename or "", file.file.read(), sealed)
    return m.attachment_of(row)


@router.get("/{case_no}/attachments/{attachment_id}", summary="Download a paper", response_class=Response)
def get_attachment(me: Me, session: Writer, case_no: str, attachment_id: int) -> Response:
    row, content = materials.content(session, me, case_no, attachment_id)
    return download(content, row.filename, row.mime, row.sha256)


@router.delete("/{case_no}/attachments/{attachment_id}", status_code=204, summary="Take a paper out")
def remove_attachment(me: Me, session: Writer, case_no: str, attachment_id: int) -> None:
    materials.remove(session, me, case_no, attachment_id)


@router.post("/{case_no}/submit", status_code=202, summary="File the application")
def submit(me: Me, session: Writer, case_no: str, body: m.SubmitBody) -> m.CaseState:
    """Everything is validated at once; 422 lists every defect of form, materials, eligibility and declaration."""
    return m.state_of(cases.submit(session, me, case_no, body.declaration.model_dump()))


@router.post("/{case_no}/withdraw", status_code=202, summary="Take the application back")
def withdraw(me: Me, session: Writer, case_no: str, body: m.Reason) -> m.CaseState:
    return m.state_of(cases.withdraw(session, me, case_no, body.reason))


@router.post("/{case_no}/suspend", status_code=202, summary="Suspend (supervisor)")
def suspend(me: Me, session: Writer, case_no: str, body: m.Reason) -> m.CaseState:
    return m.state_of(cases.suspend(session, me, case_no, body.reason))


@router.post("/{case_no}/resume", status_code=202, summary="Resume (supervisor)")
def resume(me: Me, session: Writer, case_no: str, body: m.Reason) -> m.CaseState:
    return m.state_of(cases.resume(session, me, case_no, body.reason))


@router.get("/{case_no}/events", summary="Server-sent events", response_class=live.Stream, status_code=200)
async def events(login: CurrentLogin, case_no: str, request: Request) -> live.Stream:
    """`stage`, `task`, `document`, `status`; resumes after the header Last-Event-ID."""
    return await live.case_stream(request, login, case_no)


@router.get("/{case_no}/documents/{document_id}", summary="Download a document", response_class=Response)
def get_document(
    me: Me,
    session: Writer,
    case_no: str,
    document_id: int,
    format: Annotated[str, Query(pattern="^(docx|pdf)$")] = "docx",
) -> Response:
    """The Word file as issued; `format=pdf` where a converter is installed, else 501."""
    row, content = documents_issue.content(session, me, case_no, document_id)
    name = f"{row.title}（{row.number}）"
    if format == "docx":
        return download(content, f"{name}.docx", DOCX, row.sha256)
    made = to_pdf(content)
    if made is None:
        raise HTTPException(
            501, "本机未安装 PDF 转换程序，请下载 Word 文件。No PDF converter is installed here."
        )
    return download(made, f"{name}.pdf", "application/pdf")
