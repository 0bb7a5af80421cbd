"""A template printed with real cases, for those who may read these cases' letters anyway (M10, G12)."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Case, DocumentRow, TemplateVersion
from models.vocabulary.errors import NotFound
from services import access, casefile_load, document_templates, personal_data
from services.access import Actor
from services.documents.build import build
from services.documents.render import render

WANTED = 3


@dataclass(frozen=True)
class Sample:
    """A letter of a real case, to be printed on another template."""

    case: Case
    document: DocumentRow


def samples(session: Session, actor: Actor, row: TemplateVersion, wanted: int = WANTED) -> list[Sample]:
    """The newest cases whose letter of this kind the actor may read, one letter each."""
    owners = document_templates.procedures_of(row.procedure, row.key)
    newest = session.exec(
        select(DocumentRow, Case)
        .join(Case, col(Case.id) == col(DocumentRow.case_id))
        .where(DocumentRow.key == row.key, col(Case.procedure).in_(owners))
        .where(col(Case.id).in_(access.visible_cases(actor).with_only_columns(col(Case.id))))
        .order_by(col(DocumentRow.id).desc())
        .limit(60)
    ).all()
    found: dict[Any, Sample] = {}
    for document, case in newest:
        if len(found) < wanted and case.id not in found and _reads(session, actor, case, document):
            found[case.id] = Sample(case, document)
    return list(found.values())


def _reads(session: Session, actor: Actor, case: Case, document: DocumentRow) -> bool:
    return any(d.id == document.id for d in access.visible_documents(session, actor, case))


def printed(session: Session, actor: Actor, row: TemplateVersion, document_id: int) -> tuple[Sample, bytes]:
    """The letter of a real case on this template; nothing is issued, a look at personal data is kept.

    Raises:
        NotFound: no such letter, or not theirs to read.
    """
    document = session.get(DocumentRow, document_id)
    case = session.get(Case, document.case_id) if document is not None else None
    if document is None or case is None or document.key != row.key:
        raise NotFound
    access.case_for(session, actor, case.case_no)
    if not _reads(session, actor, case, document):
        raise NotFound
    if procedure(case.procedure).document(row.key).personal:
        personal_data.looked(session, actor, case, f"documents.{row.key}", row.sha256)
    context = build(
        row.key, casefile_load.load(session, case), number=document.number, issued_at=document.issued_at,
        round=document.round, slot=document.slot, template=row.version,
    )  # fmt: skip
    return Sample(case, document), render(
        case.procedure, row.key, context, document_templates.content_of(row)
    )


@dataclass(frozen=True)
class Block:
    """A paragraph (`text`) or a table (`rows`) of a Word file, for reading on a page."""

    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def plain(content: bytes) -> list[Block]:
    """What a Word file says, without its looks."""
    import docx  # late: loading it takes a while, and a start reads no Word files
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    out = []
    for part in docx.Document(BytesIO(content)).iter_inner_content():
        if isinstance(part, Paragraph) and part.text.strip():
            out.append(Block(part.text))
        elif isinstance(part, Table):
            out.append(Block("", tuple(_cells(row) for row in part.rows)))
    return out


def _cells(row: Any) -> tuple[str, ...]:
    """Merged cells once."""
    seen, out = set(), []
    for cell in row.cells:
        if cell._tc not in seen:
            seen.add(cell._tc)
            out.append(cell.text)
    return tuple(out)
