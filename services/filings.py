"""What a case lays hold of besides its own rows: taken at submission, given back at its end, kept for good.

The one place where the life of a case meets what procedures keep elsewhere: claims in the ledger, entries in a register.
"""

from collections.abc import Callable

from sqlmodel import Session

from models.tables import Case
from models.vocabulary.errors import Conflict
from services import entry_states, issuing, mall, mall_deeds, projects

Hook = Callable[[Session, Case], None]

#: By procedure: lays hold of what the form just taken asks for; raises what stands against it.
TAKEN: dict[str, Hook] = {"issuance": issuing.form_taken}
#: Each looks for what the ended case holds and gives back what it did not get.
ENDED: tuple[Hook, ...] = (issuing.case_ended, mall.case_ended, entry_states.case_ended)
#: Each raises where the case has brought about what a withdrawal cannot undo.
KEPT: tuple[Hook, ...] = (issuing.refuse_posted, projects.refuse_published, mall_deeds.refuse_opened)


def taken(session: Session, case: Case) -> None:
    """The form of the case was submitted, or submitted anew."""
    take = TAKEN.get(case.procedure)
    if take is not None:
        take(session, case)


def ended(session: Session, case: Case) -> None:
    """The case has ended, whatever its result."""
    for give_back in ENDED:
        give_back(session, case)


def refuse_kept(session: Session, case: Case) -> None:
    """Raises Conflict where a withdrawal comes too late."""
    for refuse in KEPT:
        refuse(session, case)


def is_kept(session: Session, case: Case) -> bool:
    """Has the case brought about what no end of it undoes: an entry in a register, a posting in the ledger?"""
    try:
        refuse_kept(session, case)
    except Conflict:
        return True
    return False
