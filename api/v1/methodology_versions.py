"""Methodologies taken in, over JSON: checked, kept, proposed, ended; and the second person's word (M04)."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Has, Reader, Writer
from api.errors import language
from api.v1.task_out import shanghai
from models.tables import MethodologyVersion, SettingChange
from models.vocabulary.errors import NotFound
from models.vocabulary.roles import Role
from services import methodology_ends, methodology_rows, methodology_versions, setting_changes
from services.access import Actor
from services.methodology_ends import Ending
from services.methodology_versions import Asked, Publication
from services.quantification.checking import Checked

router = APIRouter(prefix="/api/v1/admin", tags=["admin"])
Watcher = Annotated[Actor, Depends(Has(Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR))]
Admin = Annotated[Actor, Depends(Has(Role.ADMIN))]
Decider = Annotated[Actor, Depends(Has(Role.ADMIN, Role.SUPERVISOR))]

_DOCUMENT: dict[str, Any] = {
    "body": "上海市生态环境局",
    "document": "沪环气候〔2026〕1号",
    "published_on": "2026-01-01",
}


class TextsIn(BaseModel):
    """Both files of a version, as text: numbers stay exact, and faults name lines."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "calculator": '{"code": "SHCER-01-001", "version": "1.0", …}',
                    "description": '{"code": "SHCER-01-001", "version": "1.0", …}',
                    "note": "按公布文本编写",
                }
            ]
        }
    )

    calculator: str = Field(max_length=200_000, description="as methodologies/*.json")
    description: str = Field(max_length=200_000, description="as methodologies/descriptions/*.json")
    note: str = Field("", max_length=300)


class FaultOut(BaseModel):
    """What keeps a version from being taken in."""

    file: str = Field(description="calculator | description", examples=["calculator"])
    line: int = Field(description="from 1; 0 where the fault is of no line", examples=[81])
    where: str = Field(examples=["参数 parameters › 第 3 项（EF） › 单位 unit"])
    what: str = Field(examples=["“florins”不是可识别的计量单位。"])


class CheckedOut(BaseModel):
    """The result of a look at both files; nothing is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ok": True, "faults": [], "hints": []}]})

    ok: bool
    faults: list[FaultOut]
    hints: list[str] = Field(description="no hindrance; the pages get better by them")


class UploadedOut(BaseModel):
    """A version that passed every check. `published` once two persons put it into force."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "number": "SHCER-01-001",
                    "version": "1.0",
                    "name": "分布式光伏发电减排项目方法学",
                    "sha256": "9f…",
                    "at": "2026-11-20T10:00:00+08:00",
                    "published": False,
                    "url": "/admin/methodologies/version/7",
                }
            ]
        }
    )

    id: int
    number: str
    version: str
    name: str
    sha256: str = Field(description="of the calculator as a document, whatever its spacing")
    at: datetime
    published: bool
    url: str


class UploadedList(BaseModel):
    items: list[UploadedOut] = Field(description="what is not published yet, the newest first")


class DocumentIn(BaseModel):
    """The document that a version, or its end, was published by."""

    body: str = Field(max_length=120, examples=[_DOCUMENT["body"]])
    document: str = Field(max_length=120, examples=[_DOCUMENT["document"]])
    published_on: date = Field(examples=[_DOCUMENT["published_on"]])

    def publication(self) -> Publication:
        """As the services take it."""
        return Publication(self.body, self.document, self.published_on)


class ProposeIn(DocumentIn):
    """`effective_from` is what the calculator says; `replaces` ends with `ends_on` as its last day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_DOCUMENT,
                    "effective_from": "2026-01-01",
                    "replaces": "1.0",
                    "ends_on": "2026-12-31",
                    "reason": "依据公布文件收录",
                }
            ]
        }
    )

    effective_from: date
    replaces: str = Field("", max_length=20)
    ends_on: date | None = None
    reason: str = Field(max_length=500)


class EndIn(DocumentIn):
    """`ends_on` is the last day in force; not needed to abolish what has not begun or is over."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_DOCUMENT, "act": "end", "ends_on": "2026-12-31", "reason": "已有新版本"}]
        }
    )

    act: Literal["end", "withdraw"]
    ends_on: date | None = None
    reason: str = Field(max_length=500)


class NoteIn(BaseModel):
    note: str = Field("", max_length=500, description="needed to refuse", examples=["内容与公布文件一致。"])


class SettingChangeOut(BaseModel):
    """A change of a setting with both persons' part in it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 12,
                    "kind": "methodology",
                    "subject": "SHCER-01-001 1.0",
                    "title": "方法学：分布式光伏发电减排项目方法学（SHCER-01-001 第 1.0 版）",
                    "state": "proposed",
                    "effective_from": "2026-11-22",
                    "reason": "依据公布文件收录",
                    "note": "",
                    "before": {"version": ""},
                    "after": {"version": "1.0", **_DOCUMENT},
                    "url": "/admin/changes/12",
                }
            ]
        }
    )

    id: int
    kind: str
    subject: str
    title: str
    state: str = Field(description="proposed | confirmed | rejected | withdrawn")
    effective_from: date
    reason: str
    note: str
    before: dict[str, Any]
    after: dict[str, Any]
    url: str


@router.get("/methodologies", summary="Versions that were uploaded and are not published")
def listed(session: Reader, me: Watcher) -> UploadedList:
    """Published ones are in `/api/v1/public/methodologies`."""
    return UploadedList(items=[_uploaded(r) for r in methodology_rows.uploaded(session)])


@router.post("/methodologies/check", summary="Check a calculator and its description; nothing is kept")
def check(request: Request, session: Reader, me: Admin, body: TextsIn) -> CheckedOut:
    """Every fault at once, with its place, and every worked example compared."""
    found = methodology_versions.checked(session, body.calculator, body.description)
    return _checked(found, language(request))


def _checked(found: Checked, lang: str) -> CheckedOut:
    faults = [
        FaultOut(file=f.file, line=f.line, where=f.where.of(lang), what=f.what.of(lang)) for f in found.faults
    ]
    return CheckedOut(ok=not faults, faults=faults, hints=[h.of(lang) for h in found.hints])


@router.post("/methodologies", status_code=201, summary="Take a version in; it is in force for nothing yet")
def take_in(session: Writer, me: Admin, body: TextsIn) -> UploadedOut:
    """422 with every fault in `errors`; the same content sent twice is kept once."""
    row = methodology_versions.take_in(session, me, body.calculator, body.description, "", body.note)
    return _uploaded(row)


@router.get("/methodologies/{version_id}", summary="One version that was uploaded")
def one(session: Reader, me: Watcher, version_id: int) -> UploadedOut:
    """Before and after its publication."""
    return _uploaded(methodology_rows.one(session, version_id))


def _uploaded(row: MethodologyVersion) -> UploadedOut:
    return UploadedOut(
        id=row.id or 0,
        number=row.code,
        version=row.version,
        name=row.name,
        sha256=row.sha256,
        at=shanghai(row.at) or row.at,
        published=row.activated_at is not None,
        url=f"/admin/methodologies/version/{row.id}",
    )


@router.post(
    "/methodologies/{version_id}/propose", status_code=201, summary="Propose a version to a second person"
)
def propose(
    request: Request, session: Writer, me: Admin, version_id: int, body: ProposeIn
) -> SettingChangeOut:
    """On the document it was published by."""
    asked = Asked(body.publication(), body.effective_from, body.replaces, body.ends_on, body.reason)
    return _change(methodology_versions.propose(session, me, version_id, asked), language(request))


@router.post(
    "/methodologies/{number}/{version}/end",
    status_code=201,
    summary="Propose that a version ends or is abolished",
)
def end(
    request: Request, session: Writer, me: Admin, number: str, version: str, body: EndIn
) -> SettingChangeOut:
    """Cases filed until its last day keep it."""
    row = methodology_rows.row_of(session, number.replace("\x00", ""), version.replace("\x00", ""))
    if row is None:
        raise NotFound
    asked = Ending(body.act, body.ends_on, body.publication(), body.reason)
    return _change(methodology_ends.propose(session, me, row.id or 0, asked), language(request))


# ---- the second person ---------------------------------------------------------------------------


@router.get("/changes/{change_id}", summary="A change of a setting")
def change(request: Request, session: Reader, me: Watcher, change_id: int) -> SettingChangeOut:
    """Of any kind: limits, the calendar, roles, templates, the quota list, methodologies."""
    return _change(setting_changes.one(session, change_id), language(request))


@router.post("/changes/{change_id}/confirm", summary="The second person confirms a change")
def confirm(request: Request, session: Writer, me: Decider, change_id: int, body: NoteIn) -> SettingChangeOut:
    """It holds from its day on, or from today where that has passed."""
    return _change(setting_changes.confirm(session, me, change_id, body.note), language(request))


@router.post("/changes/{change_id}/reject", summary="The second person refuses a change")
def reject(request: Request, session: Writer, me: Decider, change_id: int, body: NoteIn) -> SettingChangeOut:
    """Nothing changes; the note says why."""
    return _change(setting_changes.reject(session, me, change_id, body.note), language(request))


@router.post("/changes/{change_id}/withdraw", summary="Take one's own proposal back")
def withdraw(request: Request, session: Writer, me: Decider, change_id: int) -> SettingChangeOut:
    """Only who proposed it."""
    return _change(setting_changes.withdraw(session, me, change_id), language(request))


def _change(row: SettingChange, lang: str) -> SettingChangeOut:
    return SettingChangeOut(
        id=row.id or 0,
        kind=row.kind,
        subject=row.subject,
        title=row.title_en if lang == "en" else row.title_zh,
        state=row.state,
        effective_from=row.effective_from,
        reason=row.reason,
        note=row.note,
        before=row.before,
        after=row.after,
        url=f"/admin/changes/{row.id}",
    )
