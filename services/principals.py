"""Whom an applicant files for 委托方: a party of its own, made from the form when nobody knows it yet."""

from sqlmodel import Session, select

from models.tables import Case, Party
from services import paths


def party(session: Session, uscc: str, case: Case) -> Party:
    """The principal's party row."""
    row = session.exec(select(Party).where(Party.uscc == uscc)).first()
    if row is None:
        name = paths.named(case.procedure, case.form, "principal_name")
        row = Party(key=f"uscc:{uscc}", uscc=uscc, name=str(name or uscc))
        session.add(row)
        session.flush()
    return row
