"""The library of methodologies 方法学库: the list, and the page of each version. Anybody may read it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.dependencies import Reader
from api.errors import language
from api.templating import page
from models.vocabulary.text import Text
from services.quantification import wording
from services.quantification.comparing import KINDS, PARTS
from services.quantification.describing import FIELDS
from services.reading import methodologies
from services.reading import methodology_sheet as in_words
from services.reading.methodologies import Wanted

router = APIRouter()

PER_PAGE = 20
TITLES: dict[str, Text] = {
    "project": Text("Project", "减排项目"),
    "scenario": Text("Scenario", "减排场景"),
}
CLASSES: dict[str, Text] = {"I": Text("Class I", "I类"), "II": Text("Class II", "II类")}
FORCES: dict[str, Text] = {
    "in_force": Text("In force", "现行有效"),
    "not_in_force": Text("Not in force", "非现行有效"),
}
#: How a state looks.
TONES = {"in_force": "info", "coming": "act", "superseded": "plain", "ended": "plain", "withdrawn": "bad"}


@router.get("/methodologies")
def methodology_list(
    request: Request,
    session: Reader,
    q: str = "",
    kind: str = "",
    method_class: Annotated[str, Query(alias="class")] = "",
    field: str = "",
    state: str = "",
    p: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The list; all its state is in the address."""
    wanted = Wanted(q=q, kind=kind, method_class=method_class, field=field, force=state)
    every = methodologies.listed(session, Wanted())
    found = [card for card in every if methodologies.matches(card, wanted)]
    pages = max(1, -(-len(found) // PER_PAGE))
    p = min(p, pages)
    return page(
        request,
        "public/methodologies.html",
        cards=found[(p - 1) * PER_PAGE : p * PER_PAGE],
        total=len(found),
        every=every,
        q=q.replace("\x00", "")[:200],
        chosen={"kind": kind, "class": method_class, "field": field, "state": state},
        choices={
            "kind": TITLES,
            "class": CLASSES,
            "field": {f: FIELDS[f] for f in methodologies.fields(every)},
            "state": FORCES,
        },
        p=p,
        pages=pages,
        titles=TITLES,
        classes=CLASSES,
        states=methodologies.STATES,
        tones=TONES,
        with_years=True,
    )


@router.get("/methodologies/{methodology}")
def methodology_page(request: Request, session: Reader, methodology: str, version: str = "") -> Response:
    """One methodology, by the version asked for, the one in force, or the newest."""
    found = methodologies.one(session, methodology, version)
    return page(request, "public/methodology.html", **context_of(found, language(request)))


def context_of(found: methodologies.Page, lang: str) -> dict[str, Any]:
    """What the page of a version needs."""
    words, method = found.description, found.method
    return {
        "found": found,
        "row": found.shown.row,
        "words": words,
        "sheet": in_words.sheet(method, words) if method else None,
        "worked": in_words.worked(method, words, lang) if method else (),
        "uses": in_words.uses(found.shown.row.method_class),
        "titles": TITLES,
        "classes": CLASSES,
        "states": methodologies.STATES,
        "tones": TONES,
        "parts": PARTS,
        "kinds": KINDS,
        "unit_of": wording.unit,
        "with_years": True,
    }
