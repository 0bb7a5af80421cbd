"""Issuing documents: number, render, freeze, in one transaction; and reading them back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Case, DocumentRow
from models.vocabulary.errors import NotFound
from models.vocabulary.events import Event
from models.vocabulary.specs import Audience
from services import (
    audit,
    blobs,
    casefile_load,
    clock,
    document_templates,
    numbering,
    personal_data,
    tracing,
    troubles,
    voiding,
)
from services.access import Actor, case_for, visible_documents
from services.documents.build import build
from services.documents.render import render


class TemplateUnusable(Exception):
    """A letter cannot be made because its template cannot be read or filled; the words name letter and version."""


@contextmanager
def _usable(title: str, version: str = "") -> Iterator[None]:
    """Whatever goes wrong inside is told as a fault of the letter's template, without paths."""
    try:
        yield
    except SQLAlchemyError:  # the database's trouble, not the template's
        raise
    except Exception as error:
        which = f"模板（版本 {version}）" if version else "现行模板"
        why = troubles.readable(f"{type(error).__name__}: {_PATH.sub('', str(error))}")
        raise TemplateUnusable(
            f"文书“{title}”的{which}无法使用：{why[:200]}。请在“文书模板”中启用可用的版本，再“立即重试”。"
        ) from error


#: Where files lie is nothing for the office.
_PATH = re.compile(r"(?:at location )?(?:/[\w.@+-]+){2,}.*", re.DOTALL)


def issue(session: Session, case: Case, key: str, round_: int = 1, slot: str = "1") -> DocumentRow:
    """Make a document of the case, once for each (key, slot, round) that stands (I29).

    The number is reserved in this transaction: when rendering fails, it is given back and no gap is left.
    """
    existing = _standing(session, case, key, round_, slot)
    if existing is not None:
        return existing
    spec, at = procedure(case.procedure).document(key), clock.now()
    number = numbering.document_number(session, spec.series, at)
    with _usable(spec.title.zh):
        template = document_templates.in_force(session, case.procedure, key)
    context = build(
        key,
        casefile_load.load(session, case),
        number=number,
        issued_at=at,
        round=round_,
        slot=slot,
        template=template.version,
    )
    with (
        tracing.span(f"document {key}", case_no=case.case_no, template=template.version),
        _usable(spec.title.zh, template.version),
    ):
        content = render(case.procedure, key, context, template.content)
    row = DocumentRow(
        case_id=case.id,
        key=key,
        slot=slot,
        round=round_,
        number=number,
        title=spec.title.zh,
        title_en=spec.title.en,
        audience=spec.audience.value,
        sha256=blobs.put(content),
        size=len(content),
        template_version=template.version,
        check_code=context.check_code,
        issued_at=at,
        generation=case.generation,
    )
    session.add(row)
    session.flush()
    case.changed_at = at
    audit.record(
        session,
        Event.DOCUMENT_ISSUED,
        case=case,
        public=spec.audience is not Audience.STAFF,
        rests_on=row.sha256,
        data={"key": key, "number": number, "document": row.id, "slot": slot, "round": round_},
    )
    return row


def _standing(session: Session, case: Case, key: str, round_: int, slot: str) -> DocumentRow | None:
    return session.exec(
        select(DocumentRow).where(
            DocumentRow.case_id == case.id,
            DocumentRow.key == key,
            DocumentRow.slot == slot,
            DocumentRow.round == round_,
            voiding.standing(),
        )
    ).first()


def visible(session: Session, actor: Actor, case_no: str, document_id: int) -> tuple[Case, DocumentRow]:
    """A document of a case the actor may see, if they may read it. Raises NotFound."""
    case = case_for(session, actor, case_no)
    row = next((d for d in visible_documents(session, actor, case) if d.id == document_id), None)
    if row is None:
        raise NotFound
    return case, row


def content(session: Session, actor: Actor, case_no: str, document_id: int) -> tuple[DocumentRow, bytes]:
    """A document with its bytes; that it was taken away, or looked at, is kept (M10). Raises NotFound."""
    case, row = visible(session, actor, case_no, document_id)
    personal = procedure(case.procedure).document(row.key).personal
    title = f"{row.title}（{row.number}）"
    personal_data.taken(session, actor, case, f"documents.{row.key}", title, row.sha256, personal)
    return row, blobs.get(row.sha256)


def public_document(session: Session, document_id: int) -> tuple[DocumentRow, bytes]:
    """A document made for the public. Raises NotFound."""
    row = session.get(DocumentRow, document_id)
    if row is None or row.audience != Audience.PUBLIC.value:
        raise NotFound
    return row, blobs.get(row.sha256)


def of_case(session: Session, case: Case) -> list[DocumentRow]:
    """All documents of a case in the order they were issued."""
    return list(
        session.exec(select(DocumentRow).where(DocumentRow.case_id == case.id).order_by(col(DocumentRow.id)))
    )
