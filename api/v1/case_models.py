"""Shapes of the case calls, with examples, and how rows become them."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from api.errors import language
from models.procedures import procedure
from models.tables import Attachment, Case, Party, TaskRow, User
from models.vocabulary.text import Text
from services import cases
from services.access import Actor, visible_documents
from services.clock import SHANGHAI
from services.form_masking import masked
from services.reading.case_list import CaseLine
from services.reading.explain import title_for, waits
from services.reading.forecast import forecast
from services.reading.status import waiting_words
from services.reading.timeline import is_insider, timeline

_NO = "XM-2026-0001"

#: A moment as people here read it: with the offset of Shanghai.
Moment = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(SHANGHAI))]


class NewCase(BaseModel):
    procedure: str = Field(examples=["project_application"])
    form: dict[str, Any] = Field(
        default_factory=dict, examples=[{"project": {"project_name": "示例光伏发电项目"}}]
    )


class CaseState(BaseModel):
    case_no: str = Field(examples=[_NO])
    status: str = Field(examples=["draft"])
    stage: str = Field("", examples=["formal_review"])
    version: int = Field(examples=[1])
    changed_at: Moment
    submitted_at: Moment | None = None


class CaseItem(CaseState):
    procedure: str = Field(examples=["project_application"])
    title: str = Field(examples=["示例职业技术学校屋顶分布式光伏发电项目"])
    applicant: str = Field(examples=["上海浦晖新能源科技有限公司"])
    created_at: Moment
    due_at: Moment | None = Field(None, description="nearest limit of what is open")


class CasePage(BaseModel):
    items: list[CaseItem]
    next_cursor: str | None = None


class TimelineEntry(BaseModel):
    at: Moment
    event: str = Field(examples=["case.submitted"])
    stage: str = Field(examples=["formal_review"])
    by: str = Field(
        description="a person for staff and colleagues, else the office", examples=["市减污降碳中心"]
    )
    text: str = Field(examples=["申请已提交。"])


class OpenTask(BaseModel):
    id: str
    kind: str = Field(examples=["formal_review"])
    title: str = Field(examples=["形式审查"])
    due_at: Moment | None
    assignee: str | None = Field(description="username; only staff and colleagues read it")


class DocumentItem(BaseModel):
    id: int
    kind: str = Field(examples=["receipt"])
    title: str = Field(examples=["申请材料接收回执"])
    number: str = Field(examples=["沪碳普惠收〔2026〕0001号"])
    sha256: str
    issued_at: Moment
    url: str
    void_at: Moment | None = Field(
        default=None, description="since when it is void: the case went back to an earlier step"
    )


class ForecastItem(BaseModel):
    stage: str = Field(examples=["formal_review"])
    title: str = Field(examples=["形式审查"])
    starts_on: date
    ends_on: date


class CaseDetail(CaseState):
    """`form` has personal fields masked for everybody but the filing party."""

    procedure: str
    title: str
    waiting_for: str = Field(description="one sentence", examples=["中心正在开展形式审查。"])
    applicant: str
    accepted_at: Moment | None
    form: dict[str, Any]
    timeline: list[TimelineEntry] = Field(description="oldest first")
    open_tasks: list[OpenTask]
    documents: list[DocumentItem]
    forecast: list[ForecastItem]


class Defect(BaseModel):
    loc: str = Field(examples=["project.lon"])
    msg: str


class CheckResult(BaseModel):
    ready: bool
    errors: list[Defect]


class VersionItem(BaseModel):
    number: int
    kind: str = Field(examples=["submission"])
    at: Moment
    sha256: str


class AttachmentItem(BaseModel):
    id: int
    kind: str = Field(examples=["licence"])
    filename: str = Field(examples=["营业执照.pdf"])
    mime: str = Field(examples=["application/pdf"])
    size: int = Field(description="bytes")
    sha256: str
    sealed: bool
    at: Moment


class DeclarationBody(BaseModel):
    accepted: bool = Field(False, examples=[True])
    signatory: str = Field("", examples=["张明"])


class SubmitBody(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"declaration": {"accepted": True, "signatory": "张明"}}]}
    )

    declaration: DeclarationBody = Field(default_factory=DeclarationBody)


class Reason(BaseModel):
    reason: str = Field("", max_length=2000, examples=["项目方案调整，拟重新申报。"])


def language_of(request: Request) -> str:
    """The language of sentences in the answer."""
    return language(request)


def state_of(case: Case) -> CaseState:
    return CaseState(
        case_no=case.case_no,
        status=case.status,
        stage=case.stage,
        version=case.version,
        changed_at=case.changed_at,
        submitted_at=case.submitted_at,
    )


def item_of(line: CaseLine) -> CaseItem:
    case = line.case
    return CaseItem(
        **state_of(case).model_dump(),
        procedure=case.procedure,
        title=case.title,
        applicant=line.applicant,
        created_at=case.created_at,
        due_at=line.due_at,
    )


def attachment_of(row: Attachment) -> AttachmentItem:
    return AttachmentItem(
        id=row.id or 0,
        kind=row.kind,
        filename=row.filename,
        mime=row.mime,
        size=row.size,
        sha256=row.sha256,
        sealed=row.sealed,
        at=row.at,
    )


def detail_of(session: Session, actor: Actor, case: Case, lang: str) -> CaseDetail:
    """The whole case as this reader may see it."""
    spec = procedure(case.procedure)
    events = reversed(timeline(session, actor, case))
    return CaseDetail(
        **state_of(case).model_dump(),
        procedure=case.procedure,
        title=case.title,
        waiting_for=waiting_words(case, waits(session, actor, case)).of(lang),
        applicant=session.get_one(Party, case.filer_id).name,
        accepted_at=case.accepted_at,
        form=case.form if is_owner(actor, case) else masked(spec.form, case.form),
        timeline=[
            TimelineEntry(at=e.at, event=e.event, stage=e.stage, by=e.by.of(lang), text=e.text.of(lang))
            for e in events
        ],
        open_tasks=_open_tasks(session, actor, case, lang),
        documents=_documents(session, actor, case, lang),
        forecast=[
            ForecastItem(
                stage=f.stage,
                title=spec.stage(f.stage).title.of(lang),
                starts_on=f.starts_on,
                ends_on=f.ends_on,
            )
            for f in forecast(session, case)
        ],
    )


def is_owner(actor: Actor, case: Case) -> bool:
    """The filing party reads its own personal data."""
    return actor.party_id is not None and actor.party_id == case.filer_id


def _open_tasks(session: Session, actor: Actor, case: Case, lang: str) -> list[OpenTask]:
    tasks, spec = cases.open_tasks(session, case.id), procedure(case.procedure)
    ids = {t.assignee_id for t in tasks if t.assignee_id is not None}
    people = {u.id: u for u in session.exec(select(User).where(col(User.id).in_(ids)))} if ids else {}
    return [
        OpenTask(
            id=str(t.id),
            kind=t.key,
            title=title_for(actor, spec.task(t.key)).of(lang),
            due_at=t.due_at,
            assignee=_assignee(actor, t, people.get(t.assignee_id)),
        )
        for t in tasks
    ]


def _assignee(actor: Actor, task: TaskRow, user: User | None) -> str | None:
    """Who has it, for those who may know names; who sits on a panel stays with the panel's page."""
    if user is None:
        return None
    if (
        is_insider(actor)
        or user.id == actor.user_id
        or (actor.party_id is not None and user.party_id == actor.party_id)
    ):
        return user.username
    return None


def _documents(session: Session, actor: Actor, case: Case, lang: str) -> list[DocumentItem]:
    return [
        DocumentItem(
            id=d.id or 0,
            kind=d.key,
            title=Text(d.title_en or d.title, d.title).of(lang),
            number=d.number,
            sha256=d.sha256,
            issued_at=d.issued_at,
            url=f"/api/v1/cases/{case.case_no}/documents/{d.id}",
            void_at=d.void_at,
        )
        for d in visible_documents(session, actor, case)
    ]
