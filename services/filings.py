"""What a submission lays hold of besides its own case: by procedure, in the transaction that takes the form."""

from collections.abc import Callable

from sqlmodel import Session

from models.tables import Case
from services import issuing

#: (session, case with the form just taken). Raises what stands against it.
Taken = Callable[[Session, Case], None]

TAKEN: dict[str, Taken] = {"issuance": issuing.form_taken}


def taken(session: Session, case: Case) -> None:
    """The form of the case was submitted, or submitted anew."""
    take = TAKEN.get(case.procedure)
    if take is not None:
        take(session, case)
