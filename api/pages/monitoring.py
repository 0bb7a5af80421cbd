"""Monitoring data for the owner of a project: charts, devices, deliveries, keys (G16, G17, R23-R25)."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import Response

from api import once
from api.dependencies import Me, Posted, Reader, Writer
from api.downloads import download, kept
from api.errors import language
from api.pages.applicant import see_other
from api.templating import page
from models.tables import Project
from models.vocabulary.errors import BadUpload, Conflict, Invalid, Problem
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from services import blobs, clock, exports, materials
from services.access import Actor
from services.monitoring import access, batches, devices, duties, keys, sheets, uploads
from services.monitoring.rows import COLUMNS, MOST_ROWS
from services.reading import monitoring
from services.reading.measured import by_meter

router = APIRouter()

#: Rows of a preview shown on the page; the rest is counted.
SHOWN = 50
#: Deliveries of a page.
BATCHES = 20


def deliveries(session: Reader, project: Project, before: str) -> dict[str, Any]:
    """A page of a project's deliveries, the newest first, and where it goes on."""
    found = batches.listed(session, project, BATCHES + 1, before)
    more = str(found[BATCHES - 1].id) if len(found) > BATCHES else ""
    return {"batches": found[:BATCHES], "more_batches": more}


def view(session: Reader, project: Project, year: int | None, before: str = "") -> dict[str, Any]:
    """What both pages, the owner's and the staff's, show of a project's data."""
    years = monitoring.years(session, project)
    wanted = year if year in years else years[0]
    found = monitoring.overview(session, project, wanted)
    if year is None and not found.data.readings and not found.data.apart and len(years) > 1:
        wanted = years[1]
        found = monitoring.overview(session, project, wanted)
    return {
        "project": project,
        "year": wanted,
        "years": years,
        "overview": found,
        "units": by_meter(session, project),
        "state_today": monitoring.calibration_today(found.data),
        "devices": devices.of_project(session, project),
        "calibrations": devices.calibrations(session, project),
        "duties": duties.of_project(session, project),
        "duty_states": duties.STATES,
        **deliveries(session, project, before),
        "today": clock.today().date(),
    }


def owner_page(
    request: Request,
    me: Actor,
    session: Reader,
    project: Project,
    *,
    year: int | None = None,
    before: str = "",
    status_code: int = 200,
    **more: Any,
) -> Response:
    """The page, with what went wrong at its place."""
    template = "monitoring/scenario.html" if project.kind == "scenario" else "monitoring/owner.html"
    shown = {"problems": (), "typed": {}, "made": None, "upload_error": None, **more}
    return page(
        request,
        template,
        actor=me,
        status_code=status_code,
        keys=keys.listed(session, project),
        limit_mb=sheets.LARGEST_MB,
        limit_rows=MOST_ROWS,
        nonce=once.fresh(),
        **view(session, project, year, before),
        **shown,
    )


@router.get("/my/projects")
def mine(request: Request, me: Me, session: Reader) -> Response:
    """Published projects and scenarios of the reader's party, with what is due."""
    owed = duties.waiting(session, me.party_id) if me.party_id is not None else []
    return page(
        request,
        "monitoring/mine.html",
        actor=me,
        projects=monitoring.mine(session, me),
        owed=owed,
        duty_states=duties.STATES,
        period=duties.period_of,
    )


@router.get("/my/projects/{number}/data")
def data(
    request: Request,
    me: Me,
    session: Reader,
    number: str,
    year: Annotated[int | None, Query(ge=2000, le=2200)] = None,
    batches: str = "",
) -> Response:
    """Charts, devices, duties, deliveries and keys."""
    project = access.owned(session, me, number)
    return owner_page(request, me, session, project, year=year, before=batches)


@router.get("/my/projects/{number}/data/template.xlsx")
def template(request: Request, me: Me, session: Reader, number: str) -> Response:
    """The workbook to fill in, in the reader's language."""
    project = access.owned(session, me, number, "project")
    lang = language(request)
    content = sheets.template(project, devices.of_project(session, project), lang)
    kept(me, "readings_form", project=project.number)
    return download(content, f"{sheets.TITLE.of(lang)}_{project.number}.xlsx", exports.MEDIA_TYPE)


@router.post("/my/projects/{number}/data/upload")
def upload(
    request: Request,
    me: Me,
    session: Writer,
    number: str,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Look at a workbook before anything of it counts."""
    project = access.owned(session, me, number, "project", sending=True)
    try:
        if file is None or not file.filename:
            raise BadUpload(Text("Please choose a file first.", "请先选择要上传的文件。"), 422)
        content = file.file.read(sheets.LARGEST_MB * 1024 * 1024 + 1)
        batch = uploads.preview(session, me, project, file.filename, content)
    except BadUpload as error:
        return owner_page(request, me, session, project, upload_error=error.detail, status_code=error.status)
    return see_other(f"/my/projects/{number}/data/batches/{batch.id}")


@router.get("/my/projects/{number}/data/batches/{batch_id}")
def batch(request: Request, me: Me, session: Reader, number: str, batch_id: str) -> Response:
    """A delivery: what was kept and refused, or, before it is confirmed, what would be."""
    project = access.owned(session, me, number)
    return _batch_page(request, me, session, project, batch_id)


def _batch_page(request: Request, me: Actor, session: Reader, project: Project, batch_id: str) -> Response:
    row = batches.one(session, project, batch_id)
    look = uploads.look(session, project, row) if row.state == "preview" else None
    rejected = look.rejected if look else batches.rejected_of(session, row)
    kept = [*look.good, *(a.reading for a in look.apart)] if look else []
    return page(
        request,
        "monitoring/batch.html",
        actor=me,
        project=project,
        batch=row,
        look=look,
        sums={m: sum(r.quantity for r in kept if r.meter == m) for m in dict.fromkeys(r.meter for r in kept)},
        units=by_meter(session, project),
        rejected=rejected,
        shown=SHOWN,
        columns=COLUMNS,
        refused_rows=len({r.row for r in rejected}),
    )


@router.post("/my/projects/{number}/data/batches/{batch_id}/confirm")
def confirm(me: Me, session: Writer, number: str, batch_id: str) -> Response:
    """Take the good rows."""
    project = access.owned(session, me, number, sending=True)
    uploads.confirm(session, me, project, batches.one(session, project, batch_id))
    return see_other(f"/my/projects/{number}/data/batches/{batch_id}")


@router.post("/my/projects/{number}/data/batches/{batch_id}/discard")
def discard(me: Me, session: Writer, number: str, batch_id: str) -> Response:
    """Let a preview go; what was typed is on its page again, to be changed."""
    project = access.owned(session, me, number, sending=True)
    row = batches.one(session, project, batch_id)
    uploads.discard(session, project, row)
    typed = row.channel == "page"
    return see_other(f"/my/projects/{number}/data" + (f"/typed?batch={row.id}" if typed else "#upload"))


@router.get("/my/projects/{number}/data/batches/{batch_id}/rejected.xlsx")
def rejected(request: Request, me: Me, session: Reader, number: str, batch_id: str) -> Response:
    """The refused rows with their reasons, in the reader's language."""
    project = access.seen(session, me, number)
    row = batches.one(session, project, batch_id)
    lang = language(request)
    content = sheets.refused(row, batches.rejected_rows(session, row), lang)
    kept(me, "rejected_rows", project=project.number, batch=str(row.id))
    return download(content, f"{sheets.REFUSED.of(lang)}_{row.key[:40]}.xlsx", exports.MEDIA_TYPE)


@router.post("/my/projects/{number}/data/keys")
def make_key(
    request: Request,
    me: Me,
    session: Writer,
    number: str,
    label: Annotated[str, Form()] = "",
    nonce: Annotated[str, Form()] = "",
) -> Response:
    """A new key; its secret is on the answer, also of the same form sent twice, and never again."""
    project = access.owned(session, me, number, sending=True)
    try:
        made = keys.make(session, me, project, label, once.key_of(me, nonce, f"key/{number}"))
    except (Invalid, Conflict) as error:
        problems = error.problems or (Problem("label", error.detail),)
        return owner_page(
            request, me, session, project, problems=problems, typed={"label": label}, status_code=error.status
        )
    return owner_page(request, me, session, project, made=made)


@router.post("/my/projects/{number}/data/keys/{key_id}/revoke")
def revoke_key(me: Me, session: Writer, number: str, key_id: int) -> Response:
    """A key works no longer."""
    project = access.owned(session, me, number, sending=True)
    keys.revoke(session, me, project, key_id)
    return see_other(f"/my/projects/{number}/data#keys")


@router.post("/my/projects/{number}/data/devices")
def change_device(
    request: Request,
    me: Me,
    session: Writer,
    number: str,
    form: Posted,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A new or replaced device, or a further verification of one, with the certificate (G17)."""
    project = access.owned(session, me, number, "project", sending=True)
    typed = {k: v for k, v in form.items() if isinstance(v, str)}
    try:
        name, sha256 = _certificate(file)
        renewed, key = typed.get("renews", ""), once.key_of(me, typed.get("nonce"), f"device/{number}")
        if is_whole(renewed, 17):
            devices.file_calibration(session, me, project, int(renewed), typed, name, sha256, key)
        else:
            devices.change(session, me, project, typed, name, sha256, key)
    except (Invalid, Conflict) as error:
        problems = error.problems or (Problem("", error.detail),)
        return _device_form(request, me, session, project, problems, typed, error.status)
    except BadUpload as error:
        problems = (Problem("file", error.detail),)
        return _device_form(request, me, session, project, problems, typed, error.status)
    return see_other(f"/my/projects/{number}/data#devices")


@router.get("/my/projects/{number}/data/devices/new")
def device_form(request: Request, me: Me, session: Reader, number: str, renews: str = "") -> Response:
    """The form of a change of devices, or of a further verification."""
    project = access.owned(session, me, number, "project", sending=True)
    return _device_form(request, me, session, project, (), {"renews": renews}, 200)


def _device_form(
    request: Request,
    me: Actor,
    session: Reader,
    project: Project,
    problems: tuple[Problem, ...],
    typed: dict[str, str],
    status_code: int,
) -> Response:
    return page(
        request,
        "monitoring/device.html",
        actor=me,
        status_code=status_code,
        project=project,
        devices=devices.of_project(session, project),
        problems=problems,
        typed=typed,
        nonce=once.fresh(),
    )


def _certificate(file: UploadFile | None) -> tuple[str, str]:
    """Name and hash of the uploaded certificate; empty where there is none. Raises BadUpload."""
    if file is None or not file.filename:
        return "", ""
    content = file.file.read()
    name, mime = materials.checked(file.filename, content)
    if mime not in {"application/pdf", "image/png", "image/jpeg"}:
        raise BadUpload(Text("A PDF or a picture, please.", "检定证书请上传 PDF 或图片（JPG、PNG）。"))
    return name, blobs.put(content)


@router.get("/my/projects/{number}/data/calibrations/{calibration_id}/file")
def certificate(me: Me, session: Reader, number: str, calibration_id: int) -> Response:
    """The certificate as uploaded, for the owner and for staff."""
    project = access.seen(session, me, number)
    return certificate_file(session, me, project, calibration_id)


def certificate_file(session: Reader, me: Me, project: Project, calibration_id: int) -> Response:
    """The bytes. Raises NotFound where nothing was uploaded."""
    row = devices.calibration(session, project, calibration_id)
    content = devices.evidence(row)
    kept(me, "calibration", project=project.number, calibration=calibration_id)
    return download(content, row.filename, devices.mime_of(row), row.sha256)
