"""Methodologies as rows: what was uploaded, what is published, and what a new version can begin with."""

from typing import Any

from sqlmodel import Session, col, select

from models.tables import Methodology, MethodologyVersion
from models.vocabulary.errors import NotFound
from models.vocabulary.specs import ProcedureSpec
from services import calculators, clock
from services.quantification import describing, loader
from services.quantification.definition import Definition
from services.quantification.source import parse

#: The kinds of changes that concern a methodology: taking in, and ending.
TAKE_IN, END = "methodology", "methodology_end"
KINDS = (TAKE_IN, END)


def row_of(session: Session, code: str, version: str) -> Methodology | None:
    """The row of a version, whatever its state."""
    query = select(Methodology).where(Methodology.code == code, Methodology.version == version)
    return session.exec(query).first()


def one(session: Session, version_id: int) -> MethodologyVersion:
    """Raises NotFound."""
    row = session.get(MethodologyVersion, version_id)
    if row is None:
        raise NotFound
    return row


def lacks(session: Session, spec: ProcedureSpec) -> bool:
    """Does the procedure ask for a methodology, and there is none in force to choose (G02)?"""
    return "methodology" in spec.identity_paths and spec.kind not in kinds_in_force(session)


def uploaded(session: Session, limit: int = 100) -> list[MethodologyVersion]:
    """What was uploaded and is not published, the newest first."""
    query = select(MethodologyVersion).where(col(MethodologyVersion.activated_at).is_(None))
    return list(session.exec(query.order_by(col(MethodologyVersion.id).desc()).limit(limit)))


def published(session: Session, code: str = "") -> list[Methodology]:
    """The versions people may have filed under, by number, the newest first."""
    query = select(Methodology).where(Methodology.status != "draft")
    if code:
        query = query.where(Methodology.code == code)
    order = (col(Methodology.code), col(Methodology.effective_from).desc(), col(Methodology.id).desc())
    return list(session.exec(query.order_by(*order)))


def texts_of(session: Session, code: str, version: str) -> tuple[str, str]:
    """Calculator and description of a version, to begin a new one with. Raises NotFound."""
    row = row_of(session, code, version)
    digest = row.data.get(calculators.CALCULATOR) if row is not None else None
    if digest:
        query = select(MethodologyVersion).where(
            MethodologyVersion.code == code, MethodologyVersion.version == version,
            MethodologyVersion.sha256 == str(digest), col(MethodologyVersion.activated_at).is_not(None),
        )  # fmt: skip
        kept = session.exec(query).first()
        return (kept.calculator, kept.description) if kept else ("", "")
    return loader.text_of(code, version), describing.text_of(code, version)


def begin_with(session: Session) -> list[tuple[str, str, str]]:
    """Versions to begin a new one with: those published, and those that come with the program (code, version, name)."""
    rows = [(r.code, r.version, r.name) for r in published(session)]
    known = {r[:2] for r in rows}
    files = loader.catalogue().values()
    return rows + [
        (d.code, d.version, d.name) for d in (m.definition for m in files) if (d.code, d.version) not in known
    ]


def kinds_in_force(session: Session) -> set[str]:
    """The kinds ("project", "scenario") a new application finds a methodology for today."""
    today = clock.today().date()
    query = select(Methodology).where(col(Methodology.effective_from) <= today)
    return {r.kind for r in session.exec(query) if r.is_in_force(today)}


def as_row(row: MethodologyVersion, publication: dict[str, str] | None = None) -> Methodology:
    """The row it is listed by, not added to any session."""
    source = parse(row.calculator, calculators.filename(row))
    d = loader.compiled(source).definition
    shown = {"code", "version", "name", "kind", "method_class", "status", "effective_from", "effective_to"}
    data: dict[str, Any] = {k: v for k, v in source.data.items() if k not in shown}
    data |= {calculators.CALCULATOR: row.sha256, calculators.WORDS: row.words_sha256}
    if publication:
        data["publication"] = publication
    return Methodology(
        code=d.code, version=d.version, name=d.name, kind=d.kind, method_class=d.method_class,
        status="published", effective_from=d.effective_from, effective_to=d.effective_to, data=data,
    )  # fmt: skip


def definition_of(row: MethodologyVersion) -> Definition:
    """What its calculator lays down. Raises Refused where the text is damaged."""
    return loader.compiled(parse(row.calculator, calculators.filename(row))).definition


def subject(code: str, version: str) -> str:
    """What a change of it is filed under."""
    return f"{code} {version}"
