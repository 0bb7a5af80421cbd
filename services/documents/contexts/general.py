"""The letter a document gets that has no context of its own: everything the case says, by name."""

from services.documents.contexts.base import Letter, NamedValue, Row


class AnswerRow(Row):
    """One answered task: who said what, and what was written into its form."""

    no: str
    task: str
    outcome: str
    answered_by: str
    answered_on: str
    lines: list[NamedValue]


class GeneralLetter(Letter):
    """A letter of any procedure.

    Args:
        title: of the document, as the nouns have it.
        procedure: name of the procedure. case_title: name of the case. filed_on: day of submission.
        filed: the plain fields of the application. answers: every answer so far, in order.
    """

    DOCUMENT = "通用文书"

    title: str
    procedure: str
    case_title: str
    filed_on: str
    filed: list[NamedValue]
    answers: list[AnswerRow]
