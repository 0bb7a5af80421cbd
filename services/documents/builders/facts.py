"""What is applied for in a summary table, for the public and for the opinion."""

from collections.abc import Callable, Collection

from models.procedures import procedure
from services.casefile import CaseFile, PartyInfo
from services.documents.builders import reading
from services.documents.builders.reading import get, label
from services.documents.builders.words import BLANK, part_of_name, text, tonnes, zh_date
from services.documents.contexts.base import NamedValue
from services.redaction import WITHHELD


def public_name(party: PartyInfo | None) -> str:
    """A party as the public may see it: organisations in full, persons in part (rule M10)."""
    if party is None:
        return BLANK
    return text(party.name) if party.uscc else part_of_name(party.name)


def crediting(file: CaseFile) -> str:
    first, last = reading.fact(file, "crediting_from"), reading.fact(file, "crediting_to")
    return f"{zh_date(first)}至{zh_date(last)}" if first and last else BLANK


def project_facts(file: CaseFile, hidden: Collection[str]) -> list[NamedValue]:
    """The summary table the nouns lay out; what is kept back keeps its title and says so."""
    shown = [(row, _said(file, row.path)) for row in procedure(file.procedure).highlights]
    return [
        NamedValue(name=row.title.zh, value=WITHHELD.zh if _is_hidden(row.path, hidden) else value)
        for row, value in shown
        if value != BLANK
    ]


#: Lines that say more than one field.
_SAID: dict[str, Callable[[CaseFile], str]] = {
    "project_name": reading.project_name,
    "applicant_name": lambda file: public_name(file.filer),
    "principal_name": lambda file: public_name(file.principal),
    "methodology": reading.methodology,
    "crediting_from": crediting,
    "scale_kw": lambda file: reading.scale(reading.filed(file)),
}


def _said(file: CaseFile, path: str) -> str:
    """One line in words: as the nouns name the fact, else by the kind of its field."""
    spec = procedure(file.procedure)
    known = next((name for name, place in spec.fact_paths.items() if place == path and name in _SAID), None)
    if known is not None:
        return _SAID[known](file)
    value = get(reading.filed(file), path)
    if path.endswith("_t"):
        return tonnes(value)
    return zh_date(value) if path.endswith("_on") else label(spec.form, path, value)


def _is_hidden(path: str, hidden: Collection[str]) -> bool:
    return any(path == kept or path.startswith(f"{kept}.") for kept in hidden if kept)
