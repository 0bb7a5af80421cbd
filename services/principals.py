"""Whom an applicant files for 委托方: a party of its own, made from the form when nobody knows it yet."""

from sqlmodel import Session, select

from models.tables import Case, Party
from services import paths
from services.alone import found_or_made


def party(session: Session, uscc: str, case: Case) -> Party:
    """The principal's party row."""
    name = paths.named(case.procedure, case.form, "principal_name")
    return found_or_made(
        session,
        f"party/uscc:{uscc}",
        lambda: session.exec(select(Party).where(Party.uscc == uscc)).first(),
        lambda: Party(key=f"uscc:{uscc}", uscc=uscc, name=str(name or uscc)),
    )
