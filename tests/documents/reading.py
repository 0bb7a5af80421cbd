"""What a printed document says, read back with python-docx."""

from datetime import UTC, datetime
from io import BytesIO

from docx import Document
from docx.document import Document as DocumentType
from docx.oxml.ns import qn

from services.casefile import CaseFile
from services.documents.build import build
from services.documents.contexts import Issued
from services.documents.render import render
from tests.documents import sample

AT = datetime(2026, 11, 3, 16, 30, tzinfo=UTC)  # already the fourth of November in Shanghai
SLOTS = {"expert_opinion": "1.1"}


def context(key: str, file: CaseFile, round: int = 1, slot: str = "") -> Issued:
    """The context of a document of the sample case."""
    return build(key, file, number=sample.NUMBER, issued_at=AT, round=round, slot=slot or SLOTS.get(key, "1"))


def printed(key: str, file: CaseFile, round: int = 1, slot: str = "") -> DocumentType:
    """The document, rendered and opened again."""
    return Document(BytesIO(render(sample.PROCEDURE, key, context(key, file, round, slot))))


def paragraphs(document: DocumentType) -> list[str]:
    """All paragraphs of the body in reading order, those inside tables too."""
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in document.element.body.iter(qn("w:p"))]


def text(document: DocumentType) -> str:
    return "\n".join(paragraphs(document))


def footer(document: DocumentType) -> str:
    return "\n".join(p.text for p in document.sections[0].footer.paragraphs)
