"""Shapes of the public interface."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class NoticeItem(BaseModel):
    """A publicity notice. `closes_at` is the end, exclusive; null while its clock stands still."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 1,
                    "title": "关于示例职业技术学校屋顶分布式光伏发电项目的公示",
                    "case_no": "SHTPH-XM-2026-0001",
                    "procedure": "project_application",
                    "applicant": "上海浦晖新能源科技有限公司",
                    "district": "闵行区",
                    "methodology": "DEMO-PV-2024",
                    "est_annual_t": "356.049",
                    "round": 1,
                    "state": "open",
                    "opened_at": "2026-09-28T10:00:00+08:00",
                    "closes_at": "2026-10-11T00:00:00+08:00",
                    "closed_at": None,
                    "objections": 0,
                    "sha256": "9f…",
                    "url": "/notices/1",
                }
            ]
        }
    )

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
    outcomes: list[AnsweredObjection] = Field(
        description="objections made in time, once the notice has ended"
    )


class ObjectionReceipt(BaseModel):
    """The receipt of an objection. Keep `lookup`: it opens the tracking page and the answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt_no": "YY-2026-0001",
                    "reply_due": "2026-10-24T00:00:00+08:00",
                    "lookup": "6mX…",
                    "late": False,
                    "detail": "异议已受理。",
                    "url": "/objections/6mX…",
                }
            ]
        }
    )

    receipt_no: str
    reply_due: datetime | None
    lookup: str
    late: bool
    detail: str
    url: str


class ObjectionPaperItem(BaseModel):
    """A paper beside an objection; only the officers in charge open it."""

    filename: str
    size: int = Field(description="bytes")
    sha256: str
    at: datetime


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
    papers: list[ObjectionPaperItem]


class ProjectItem(BaseModel):
    """A published project (rule G15)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": "SHPH-XM-2026-0001",
                    "name": "示例职业技术学校屋顶分布式光伏发电项目",
                    "kind": "project",
                    "applicant": "上海浦晖新能源科技有限公司",
                    "owner": "上海市示例职业技术学校",
                    "district": "闵行区",
                    "address": "上海市闵行区示例路300号",
                    "methodology": "DEMO-PV-2024",
                    "methodology_version": "1.0",
                    "method_class": "I",
                    "crediting_from": "2025-01-01",
                    "crediting_to": "2034-12-31",
                    "est_annual_g": 356049000,
                    "state": "implementing",
                    "case_no": "SHTPH-XM-2026-0001",
                    "published_at": "2026-11-02T10:00:00+08:00",
                    "url": "/projects/SHPH-XM-2026-0001",
                }
            ]
        }
    )

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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": "沪碳普惠布〔2026〕0001号",
                    "title": "公布公告",
                    "sha256": "4f…",
                    "issued_at": "2026-11-02T10:00:00+08:00",
                    "void_at": None,
                }
            ]
        }
    )

    number: str
    title: str
    sha256: str
    issued_at: datetime
    void_at: datetime | None = Field(default=None, description="since when a letter is no longer valid")
    kind: str = Field(default="", description="issuance | cancellation | donation; empty for a letter")
    facts: dict[str, Any] = Field(default={}, description="what a certificate of the ledger says")
