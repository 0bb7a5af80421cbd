"""Words searched for: somewhere in a number, a title or a name, found by the pairs of letters they are made of.

The index of pairs (`search_pairs`, revision 0013) knows Chinese words of two characters and needs no extension of
the database; it only tells where to look, and the words themselves decide.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, any_, func, literal_column, or_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from models.tables import Case, Party

_SPACE: Any = literal_column("' '")


def in_case(word: str) -> ColumnElement[bool]:
    """Cases with the word in their number, their title or the name of who files them.

    Two conditions side by side: the second is answered by indexes alone and narrows; the first decides.
    """
    party = col(Party.name).icontains(word, autoescape=True)
    if _is_paired(word):
        party = and_(party, _paired(word, col(Party.name)))
    filers = select(Party.id).where(party).scalar_subquery()
    named: ColumnElement[bool] = col(Case.filer_id) == any_(func.array(filers, type_=ARRAY(BigInteger)))
    texts = (col(Case.case_no), col(Case.title))
    found = or_(*(text.icontains(word, autoescape=True) for text in texts), named)
    if not _is_paired(word):
        return found
    return and_(found, or_(_paired(word, texts[0] + _SPACE + texts[1]), named))


def _is_paired(word: str) -> bool:
    return len(word) >= 2


def _paired(word: str, indexed: Any) -> ColumnElement[bool]:
    """All pairs of the word are among those of the text. `indexed`: the expression the index keeps."""
    return func.search_pairs(indexed).op("@>")(func.search_pairs(word))
