"""Named eligibility guards of the nouns, told before and at submission.

Each takes the case as typed and answers with every defect it finds; the registry is `CHECKS`.
"""

from sqlmodel import Session

from models.procedures import procedure
from models.tables import Case
from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services.eligibility import application, evaluation, issuance, mall
from services.eligibility.application import ets_matches, identity_of
from services.eligibility.kinds import Guard
from services.eligibility.words import WORDS

__all__ = ["CHECKS", "WORDS", "ets_matches", "identity_of", "run", "words_of"]

CHECKS: dict[str, Guard] = {**application.CHECKS, **evaluation.CHECKS, **mall.CHECKS, **issuance.CHECKS}


def run(session: Session, case: Case) -> list[Problem]:
    """All eligibility defects of the case, in the order of the nouns."""
    return [p for name in procedure(case.procedure).eligibility for p in CHECKS[name](session, case)]


def words_of(key: str) -> list[Text]:
    """What is checked of a case of this procedure, in the order of the nouns."""
    return [WORDS[name] for name in procedure(key).eligibility]
