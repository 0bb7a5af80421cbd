"""The parts of a draft: what is wrong in what has been typed, and how much is missing still."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api.forms import FormView, form_view
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form


def typed(form_type: type[Form], form: dict[str, Any], found: Sequence[Problem]) -> list[Problem]:
    """Defects of what has been typed; what is still empty is counted, not marked."""
    view = form_view(form_type, form)
    return [p for p in found if p.loc and (field := view.find(p.loc)) is not None and field.typed]


def counted(view: FormView, found: Sequence[Problem]) -> FormView:
    """Parts with what only an answer elsewhere asks for (an entrustment, the first period) counted as missing."""
    owed: Counter[str] = Counter()
    for loc in {p.loc for p in found if p.loc}:
        field, section = view.find(loc), view.section_of(loc)
        if field is not None and section is not None and not field.typed and not field.spec.required:
            owed[section.key] += 1
    return replace(view, sections=tuple(replace(s, missing=s.missing + owed[s.key]) for s in view.sections))
