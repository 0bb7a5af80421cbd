"""Notices to the public. They never show identity numbers or telephones of persons (rule M10)."""

from typing import ClassVar

from services.documents.contexts.base import Issued, NamedValue, Row


class DayRow(Row):
    no: str
    date: str
    weekday: str


class PublicityNotice(Issued):
    """公示公告: five working days, listed one by one (rule M05)."""

    DOCUMENT: ClassVar[str] = "公示公告"

    subject: str
    reviewed: str
    title: str
    project_name: str
    applicant_name: str
    summary: str
    facts: list[NamedValue]
    period_text: str
    days: list[DayRow]
    contact_phone: str
    contact_email: str
    note: str
    result: str


class PublishedRow(Row):
    no: str
    project_no: str
    name: str
    applicant: str
    methodology: str
    crediting: str
    est_annual_t: str


class PublicationNotice(Issued):
    """公布公告 (rule G15)."""

    DOCUMENT: ClassVar[str] = "公布公告"

    subject: str
    title: str
    publicity_text: str
    opinion_number: str
    projects: list[PublishedRow]
    effective_on: str
    note: str
