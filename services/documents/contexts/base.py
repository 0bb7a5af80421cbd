"""What every document carries: its number, who issues it, and the line it can be checked by."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """One row of a printed table."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Issued(Row):
    """A document with a number.

    Args:
        number: document number, e.g. 沪碳普惠补〔2026〕0001号.
        case_no: number of the case it belongs to.
        issuing_body: who puts the seal under it.
        issued_on: date of issue in Chinese form, 2026年3月4日 (Asia/Shanghai).
        template_version: short hash of the Word template it was printed from.
        check_code: first 16 hex digits of the SHA-256 of everything else in this context.
    """

    DOCUMENT: ClassVar[str]

    number: str
    case_no: str
    issuing_body: str
    issued_on: str
    template_version: str
    check_code: str


class Letter(Issued):
    """A document addressed to somebody."""

    recipient: str


class MaterialRow(Row):
    """A paper of the package 申请材料. `digest` = first 16 hex digits of its SHA-256."""

    no: str
    title: str
    filename: str
    sealed: str
    digest: str


class FindingRow(Row):
    """A request of correction or revision with what became of it."""

    no: str
    source: str
    target: str
    text: str
    basis: str
    reply: str
    verdict: str


class TopicRow(Row):
    """The opinion on one subject (rule G13)."""

    no: str
    topic: str
    rating: str
    comment: str


class NamedValue(Row):
    """A line of a summary table."""

    name: str
    value: str
