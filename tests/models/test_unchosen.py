"""A decision among several answers is the person's: no form comes with one of them chosen."""

from collections.abc import Iterator

from models.procedures import PROCEDURES
from models.vocabulary.forms import Form
from services.forms import fields_of

FORMS = {p.form for p in PROCEDURES.values()} | {t.form for p in PROCEDURES.values() for t in p.tasks}


def chosen(form: type[Form], above: str) -> Iterator[str]:
    """Fields with several answers of which one is chosen from the start."""
    for spec in fields_of(form):
        if spec.group is not None:
            yield from chosen(spec.group, f"{above}.{spec.name}")
        elif spec.choices and spec.default not in (None, "", [], False):
            yield f"{above}.{spec.name}"


def test_no_field_with_several_answers_is_chosen_from_the_start() -> None:
    assert sorted({place for form in FORMS for place in chosen(form, form.__name__)}) == []
