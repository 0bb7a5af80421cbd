"""The capsule of a case: asked for with a reason, sent as one ZIP."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response, StreamingResponse

from api.dependencies import Reader
from api.errors import language
from api.forms import display, form_view
from api.pages.case_past import Staff
from api.templating import environment, page, role_title
from models.procedures import procedure
from models.vocabulary.errors import DomainError, Invalid
from models.vocabulary.statuses import OFFICE_STATUS_TITLES
from services import capsule, clock, form_diff
from services.access import Actor, case_for, reads_personal
from services.capsule import Capsule
from services.reading.case_versions import KINDS
from services.session import reading, transaction

# included before `cases_staff`, whose last route takes any word after the case number
router = APIRouter(prefix="/staff/cases")


@router.get("/{case_no}/capsule")
def ask(request: Request, session: Reader, me: Staff, case_no: str) -> Response:
    """What a capsule holds, and the reason for making one."""
    return _ask(request, session, me, case_no)


def _ask(
    request: Request,
    session: Reader,
    me: Actor,
    case_no: str,
    error: DomainError | None = None,
    reason: str = "",
    personal: str = "",
) -> Response:
    case = case_for(session, me, case_no)
    return page(
        request,
        "staff/capsule.html",
        actor=me,
        case=case,
        may_personal=reads_personal(me, case),
        problems=error.problems if error else (),
        reason=reason,
        personal=bool(personal),
        status_code=error.status if error else 200,
    )


@router.post("/{case_no}/capsule")
def make(
    request: Request,
    me: Staff,
    case_no: str,
    reason: Annotated[str, Form()] = "",
    personal: Annotated[str, Form()] = "",
) -> Response:
    """The ZIP; the export is in the trail before its first byte leaves."""
    try:
        with transaction() as session:
            made = capsule.gather(session, me, case_no, reason, bool(personal))
    except Invalid as error:
        with reading() as session:
            return _ask(request, session, me, case_no, error, reason, personal)
    headers = {
        "Content-Disposition": f'attachment; filename="{capsule.safe(made.case.case_no)}.zip"',
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(
        capsule.zipped(made, _index(request, made)), media_type="application/zip", headers=headers
    )


def _index(request: Request, made: Capsule) -> bytes:
    """The page that opens without the system: no address in it leads anywhere outside of the ZIP."""
    spec = procedure(made.case.procedure)
    forms = [(v, form_view(spec.form, made.forms[v.number])) for v in reversed(made.versions)]
    changes = {
        new.number: form_diff.diff(spec.form, made.forms[old.number], made.forms[new.number])
        for old, new in zip(made.versions, made.versions[1:], strict=False)
    }
    html = (
        environment()
        .get_template("capsule/index.html")
        .render(
            request=request,
            lang=language(request),
            c=made,
            case=made.case,
            spec=spec,
            forms=forms,
            changes=changes,
            kinds=KINDS,
            statuses=OFFICE_STATUS_TITLES,
            role_title=role_title,
            display=lambda s, value, lang: display(s, value, lang, True),
            made_at=clock.now(),
            with_years=True,
        )
    )
    return html.encode()
