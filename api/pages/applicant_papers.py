"""Papers of a case and its documents: upload, look, download."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response

from api.dependencies import Me, Reader, Writer
from api.downloads import download
from api.pages.applicant import is_filer, own_case, see_other
from api.templating import page
from models.procedures import procedure
from models.tables import Case
from models.vocabulary.errors import BadUpload, Invalid
from models.vocabulary.statuses import CaseStatus
from models.vocabulary.text import Text
from services import documents_issue, materials
from services.access import visible_documents
from services.documents.convert import converter_available, to_pdf
from services.settings import settings

router = APIRouter()

NO_FILE = Text("Please choose a file first.", "请先选择要上传的文件。")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@router.get("/cases/{case_no}/materials")
def papers(request: Request, me: Me, session: Reader, case_no: str) -> Response:
    """The materials list with what has been uploaded."""
    return _page(request, me, session, own_case(session, me, case_no))


def _page(
    request: Request,
    me: Me,
    session: Reader,
    case: Case,
    *,
    failed: str = "",
    why: Text | None = None,
    sealed: bool = False,
    status_code: int = 200,
) -> Response:
    rows = materials.listed(session, case)
    listed: list[dict[str, Any]] = [
        {
            "spec": m,
            "needed": m.needed(case.form),
            "rows": [r for r in rows if r.kind == m.kind],
            "error": why if m.kind == failed else None,
            "sealed": sealed and m.kind == failed,
        }
        for m in procedure(case.procedure).materials
    ]
    return page(
        request,
        "applicant/materials.html",
        actor=me,
        status_code=status_code,
        case=case,
        listed=listed,
        limit=settings().max_upload_mb,
        draft=case.status == CaseStatus.DRAFT.value,
    )


@router.post("/cases/{case_no}/materials")
def upload(
    request: Request,
    me: Me,
    session: Writer,
    case_no: str,
    kind: Annotated[str, Form()],
    file: Annotated[UploadFile | None, File()] = None,
    sealed: Annotated[str, Form()] = "",
) -> Response:
    """Keep a paper; what is wrong with it is said at its place."""
    case = own_case(session, me, case_no)
    try:
        if file is None or not file.filename:
            raise BadUpload(NO_FILE, 422)
        materials.add(session, me, case_no, kind, file.filename, file.file.read(), sealed == "true")
    except (BadUpload, Invalid) as error:
        why, marked = error.problems[0].msg if error.problems else error.detail, sealed == "true"
        return _page(
            request, me, session, case, failed=kind, why=why, sealed=marked, status_code=error.status
        )
    return see_other(f"/cases/{case_no}/materials#m-{kind}")


@router.post("/cases/{case_no}/materials/{attachment_id}/remove")
def remove(me: Me, session: Writer, case_no: str, attachment_id: int) -> Response:
    """Take a paper out."""
    materials.remove(session, me, case_no, attachment_id)
    return see_other(f"/cases/{case_no}/materials")


@router.get("/cases/{case_no}/materials/{attachment_id}")
def paper(me: Me, session: Writer, case_no: str, attachment_id: int, show: int = 0) -> Response:
    """The paper itself; PDF and pictures may be looked at in the browser."""
    row, content = materials.content(session, me, case_no, attachment_id)
    return download(content, row.filename, row.mime, row.sha256, inline=bool(show))


@router.get("/cases/{case_no}/documents/{document_id}")
def document(request: Request, me: Me, session: Reader, case_no: str, document_id: int) -> Response:
    """A document shown in the page, with the file and a PDF beside it."""
    case, row = documents_issue.visible(session, me, case_no, document_id)
    return page(
        request,
        "applicant/document.html",
        actor=me,
        case=case,
        document=row,
        pdf=converter_available(),
        others=visible_documents(session, me, case),
        mine=is_filer(me, case),
    )


@router.get("/cases/{case_no}/documents/{document_id}/file")
def document_file(me: Me, session: Writer, case_no: str, document_id: int, kind: str = "docx") -> Response:
    """The Word file as issued, or a PDF copy of it."""
    row, content = documents_issue.content(session, me, case_no, document_id)
    name = f"{row.title}（{row.number}）"
    made = to_pdf(content) if kind == "pdf" else None
    if made is not None:
        return download(made, f"{name}.pdf", "application/pdf")
    return download(content, f"{name}.docx", DOCX, row.sha256)
