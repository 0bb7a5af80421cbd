"""The living trail held against its chains, its signed roots and the heads in the kept files (M10)."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.tables import AuditRoot, Case
from services import audit, audit_export, audit_seal
from services.audit_verifier import SYSTEM, Damaged, Reader, Report

Told = Callable[[int, int], None]
STEP = 5000


def check(session: Session, told: Told) -> dict[str, Any]:
    """Recompute everything; `told(done, total)` is called now and then. The result is what the page shows.

    The heads are taken from the newest daily file where that still gives the signed root, so that an event or a
    chain that is gone from the table is named and not merely missed.
    """
    roots, total = audit_seal.roots(session), audit.count(session)
    if not roots:
        return {"intact": None, "events": total, "findings": []}
    root = roots[-1]
    reader = Reader(key=audit_seal.public_key(), growing=True)
    try:
        _walk(session, reader, roots, total, told)
        report = reader.finish()
    except Damaged as error:
        report = reader.report
        report.found("format", str(error))
    missing = [r.number for r in roots if not audit_export.file_of(r).exists()]
    return _result(session, report) | {"files_missing": missing, "root_hash": root.hash}


def _walk(session: Session, reader: Reader, roots: list[AuditRoot], total: int, told: Told) -> None:
    root = roots[-1]
    for raw in audit_export.head_lines(roots, "full"):
        reader.feed(raw)
    ends = audit_export.kept_heads(root) or audit_seal.heads(session, root.upto)
    for raw in audit_export.chain_lines(ends, []):
        reader.feed(raw)
    done = 0
    for event in audit_export.events(session, 0, 2**62):
        reader.take(event)
        done += 1
        if done % STEP == 0:
            told(done, total)
    reader.feed(audit_export.line("end", events=done))


def _result(session: Session, report: Report) -> dict[str, Any]:
    """The report as it is kept and shown, with case numbers in place of keys."""
    ids = {UUID(f.chain) for f in report.findings if f.chain and f.chain != SYSTEM}
    numbers = (
        {str(i): no for i, no in session.exec(select(Case.id, Case.case_no).where(col(Case.id).in_(ids)))}
        if ids
        else {}
    )
    for item in report.findings:
        item.case_no = numbers.get(item.chain, "")
    return {k: v for k, v in asdict(report).items() if k != "roots"} | {"intact": report.intact}
