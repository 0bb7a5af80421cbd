"""Submitted versions of a case and what changed between them."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Case, CaseVersion, Finding
from models.vocabulary.errors import NotFound
from models.vocabulary.text import Text
from services.form_diff import Change, diff

KINDS: dict[str, Text] = {
    "submission": Text("First submission", "首次提交"),
    "correction": Text("Correction", "补正提交"),
    "revision": Text("Revision", "完善提交"),
}


@dataclass(frozen=True)
class Comparison:
    """Two versions side by side; `outside` are changed paths that no request had named."""

    old: CaseVersion
    new: CaseVersion
    changes: list[Change]
    outside: frozenset[str]


def of_case(session: Session, case: Case) -> list[CaseVersion]:
    """All submitted versions, oldest first."""
    return list(
        session.exec(
            select(CaseVersion).where(CaseVersion.case_id == case.id).order_by(col(CaseVersion.number))
        )
    )


def compare(session: Session, case: Case, old: int, new: int) -> Comparison:
    """What changed from version `old` to `new`. Raises NotFound."""
    rows = {r.number: r for r in of_case(session, case)}
    if old not in rows or new not in rows:
        raise NotFound
    changes = diff(procedure(case.procedure).form, rows[old].form, rows[new].form)
    asked = asked_paths(session, case)
    return Comparison(
        rows[old], rows[new], changes, frozenset(c.path for c in changes if not within(c.path, asked))
    )


def asked_paths(session: Session, case: Case) -> set[str]:
    """Every path a request has named so far."""
    return {t for t in session.exec(select(Finding.target).where(Finding.case_id == case.id)) if t}


def within(path: str, asked: set[str]) -> bool:
    """Is the path part of something that was asked for, or does it hold it?"""
    return any(path == a or path.startswith(f"{a}.") or a.startswith(f"{path}.") for a in asked)
