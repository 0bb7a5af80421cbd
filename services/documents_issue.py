"""Issuing documents: print, number, freeze, in one transaction; and reading them back."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

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
from services.casefile import CaseFile
from services.documents.build import build, numbered
from services.documents.contexts import Issued
from services.documents.render import Printed, printed


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
    """Make a document of the case, once for each (key, slot, round) that stands (I29)."""
    return issue_all(session, case, [key], round_, slot)[0]


def issue_all(
    session: Session, case: Case, keys: Sequence[str], round_: int = 1, slot: str = "1"
) -> list[DocumentRow]:
    """Make the documents of a step, each once for its (key, slot, round) that stands (I29).

    All are printed before the first takes its number: until this transaction ends, everybody waits for it who issues
    a letter of the same series. Each says what was before the step; none cites the number of another.
    When one cannot be made, the numbers are given back and no gap is left.
    """
    found = {key: _standing(session, case, key, round_, slot) for key in keys}
    missing = [key for key, row in found.items() if row is None]
    if missing:
        file, at = casefile_load.load(session, case), clock.now()
        drafts = [_printed(session, file, key, at, round_, slot) for key in missing]
        found |= {draft.key: _kept(session, case, draft, at, round_, slot) for draft in drafts}
    return [row for key in keys if (row := found[key]) is not None]


@dataclass(frozen=True)
class _Draft:
    """A document that has no number yet."""

    key: str
    context: Issued
    paper: Printed


def _printed(session: Session, file: CaseFile, key: str, at: datetime, round_: int, slot: str) -> _Draft:
    spec = procedure(file.procedure).document(key)
    with _usable(spec.title.zh):
        template = document_templates.in_force(session, file.procedure, key)
    context = build(key, file, number="", issued_at=at, round=round_, slot=slot, template=template.version)
    with (
        tracing.span(f"document {key}", case_no=file.case_no, template=template.version),
        _usable(spec.title.zh, template.version),
    ):
        return _Draft(key, context, printed(file.procedure, key, context, template.content))


def _kept(session: Session, case: Case, draft: _Draft, at: datetime, round_: int, slot: str) -> DocumentRow:
    """The document under its number, frozen; the number is reserved in this transaction."""
    spec = procedure(case.procedure).document(draft.key)
    context = numbered(draft.context, numbering.document_number(session, spec.series, at))
    content = draft.paper.completed(context)
    row = DocumentRow(
        case_id=case.id,
        key=draft.key,
        slot=slot,
        round=round_,
        number=context.number,
        title=spec.title.zh,
        title_en=spec.title.en,
        audience=spec.audience.value,
        sha256=blobs.put(content),
        size=len(content),
        template_version=context.template_version,
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
        data={"key": row.key, "number": row.number, "document": row.id, "slot": slot, "round": round_},
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
