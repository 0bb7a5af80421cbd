"""The draft wizard: sections, papers, check, declaration, confirmation. Works without JavaScript; saves by itself with it."""

import json
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import draft_sections
from api.dependencies import Me, Posted, Reader, Writer
from api.form_schema import fresh_example
from api.forms import FormView, SectionView, display, form_view, merge, parse, row_command
from api.pages.applicant import own_case, see_other
from api.templating import page
from models.procedures import procedure
from models.tables import Case
from models.vocabulary.errors import Conflict, Invalid, NotFound, Stale
from models.vocabulary.statuses import CaseStatus
from models.vocabulary.text import Text
from models.vocabulary.whole import whole
from services import cases, clock, eligibility, estimates, form_merge, forms, materials, methodology_rows
from services.reading.explain import waits
from services.reading.forecast import forecast
from services.reading.status import waiting_words
from services.settings import settings

router = APIRouter()


def _draft(session: Reader, me: Me, case_no: str) -> Case:
    """The draft. Raises Conflict when it has been submitted."""
    case = own_case(session, me, case_no)
    if case.status != CaseStatus.DRAFT.value:
        raise Conflict(
            Text(
                f"{case_no} has been submitted; see its progress.", f"{case_no} 已提交，请在办件进度页查看。"
            )
        )
    return case


# ---- sections ------------------------------------------------------------------------------------


@router.get("/cases/{case_no}/edit")
def edit(
    request: Request,
    me: Me,
    session: Reader,
    case_no: str,
    section: str = "s1",
    check: int = 0,
    saved: int = 0,
    known: int = 0,
) -> Response:
    """One section of the form, with the list of all."""
    case = own_case(session, me, case_no)
    if case.status != CaseStatus.DRAFT.value:
        return see_other(f"/cases/{case_no}")
    return _section_page(
        request, me, session, case, section, check=bool(check), saved=bool(saved), known=bool(known)
    )


def _section_page(
    request: Request,
    me: Me,
    session: Reader,
    case: Case,
    section: str,
    *,
    check: bool = False,
    saved: bool = False,
    known: bool = False,
    status_code: int = 200,
) -> Response:
    form_type = procedure(case.procedure).form
    _, found = forms.validate(form_type, case.form)
    problems = cases.check(session, case) if check else draft_sections.typed(form_type, case.form, found)
    view = draft_sections.counted(form_view(form_type, case.form, problems), found)
    here = view.section(section)
    inside = [p for p in problems if p.loc and view.section_of(p.loc) is here]
    shown = FormView(view.form, (here,), tuple(inside), view.values)
    return page(
        request,
        "applicant/edit.html",
        actor=me,
        status_code=status_code,
        case=case,
        view=view,
        here=here,
        shown=shown,
        base=_base(here, case.form),
        saved=saved,
        known=known,
        check=check,
        spec=procedure(case.procedure),
        neighbours=_neighbours(view, here),
        example=bool(settings().demo_password),
        no_methodology=_asks_in_vain(session, case, view, here),
    )


def _asks_in_vain(session: Reader, case: Case, view: FormView, here: SectionView) -> bool:
    """Does this section ask for a methodology while there is none to choose?"""
    spec = procedure(case.procedure)
    where = spec.identity_paths.get("methodology", "")
    return bool(where) and view.section_of(where) is here and methodology_rows.lacks(session, spec)


def _neighbours(view: FormView, here: SectionView) -> tuple[str, str]:
    keys = [s.key for s in view.sections]
    i = keys.index(here.key)
    return (keys[i - 1] if i else "", keys[i + 1] if i + 1 < len(keys) else "")


def _base(section: SectionView, form: dict[str, Any]) -> str:
    """What the section held when it was drawn, for a comparison should somebody else save meanwhile."""
    kept: dict[str, Any] = {}
    for field in section.fields:
        parts = field.path.split(".")
        value: Any = form
        for part in parts:
            value = value.get(part) if isinstance(value, dict) else None
        target = kept
        for part in parts[:-1]:
            target = target.setdefault(part, {})
        target[parts[-1]] = value
    return json.dumps(kept, ensure_ascii=False)


@router.put("/cases/{case_no}/draft")
def autosave(request: Request, me: Me, session: Writer, case_no: str, posted: Posted) -> Response:
    """Keep what has been typed so far; answers with the time, the new version and the new base."""
    case = own_case(session, me, case_no)
    data = merge(case.form, parse(procedure(case.procedure).form, posted.multi_items()))
    try:
        case = cases.save(session, me, case_no, data, _number(posted.get("_version")))
    except Stale:
        return page(request, "applicant/saved.html", actor=me, status_code=412, case=case, stale=True)
    here = form_view(procedure(case.procedure).form, case.form).section(str(posted.get("_section", "s1")))
    return page(
        request,
        "applicant/saved.html",
        actor=me,
        case=case,
        stale=False,
        at=clock.today(),
        here=here,
        base=_base(here, case.form),
    )


@router.post("/cases/{case_no}/edit")
def save(request: Request, me: Me, session: Writer, case_no: str, posted: Posted) -> Response:
    """Save the section and go where the button says; a newer version by somebody else is shown, not overwritten."""
    case = _draft(session, me, case_no)
    form_type = procedure(case.procedure).form
    mine = parse(form_type, posted.multi_items())
    data, section = merge(case.form, mine), str(posted.get("_section", "s1"))
    table = row_command(data, str(posted.get("_rows", "")))
    try:
        cases.save(session, me, case_no, data, _number(posted.get("_version")))
    except Stale:
        return _clash_page(request, me, case, mine, str(posted.get("_base", "")), section)
    if table:
        return see_other(f"/cases/{case_no}/edit?section={section}#f-{table.replace('.', '-')}")
    return see_other(_after(case_no, section, str(posted.get("_do", "save"))))


def _number(text: object) -> int:
    return whole(str(text))


def _after(case_no: str, section: str, do: str) -> str:
    """Where a button leads: stay, another section, the papers."""
    if do.startswith("go:"):
        return f"/cases/{case_no}/edit?section={do[3:]}"
    if do == "materials":
        return f"/cases/{case_no}/materials"
    return f"/cases/{case_no}/edit?section={section}&saved=1"


def _clash_page(
    request: Request,
    me: Me,
    case: Case,
    mine: dict[str, Any],
    base: str,
    section: str,
    picks: dict[str, str] | None = None,
    open_ones: frozenset[str] = frozenset(),
) -> Response:
    """Both versions side by side; `picks`: what was chosen before, `open_ones`: where a choice is still missing."""
    form_type, started = procedure(case.procedure).form, _json(base)
    clashes = form_merge.three_way(form_type, started, _same_keys(case.form, started), mine)
    return page(
        request,
        "applicant/clash.html",
        actor=me,
        status_code=422 if open_ones else 412,
        case=case,
        clashes=[replace(c, pick=(picks or {}).get(c.path, c.pick)) for c in clashes],
        open_ones=open_ones,
        display=display,
        mine=json.dumps(mine, ensure_ascii=False),
        base=base,
        section=section,
    )


def _same_keys(form: Any, like: Any) -> Any:
    """The part of the form that the section holds."""
    if isinstance(form, dict) and isinstance(like, dict):
        return {k: _same_keys(form.get(k), v) for k, v in like.items()}
    return form


def _json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


@router.post("/cases/{case_no}/merge")
def merge_versions(request: Request, me: Me, session: Writer, case_no: str, posted: Posted) -> Response:
    """Put the chosen fields of both versions together."""
    case = _draft(session, me, case_no)
    form_type, base, mine = (
        procedure(case.procedure).form,
        _json(str(posted.get("_base", ""))),
        _json(str(posted.get("_mine", ""))),
    )
    clashes = form_merge.three_way(form_type, base, _same_keys(case.form, base), mine)
    picks = {k.removeprefix("pick."): str(v) for k, v in posted.multi_items() if k.startswith("pick.")}
    section, typed = str(posted.get("_section", "s1")), str(posted.get("_base", ""))
    open_ones = frozenset(c.path for c in clashes if c.both and c.path not in picks)
    if open_ones:
        return _clash_page(request, me, case, mine, typed, section, picks, open_ones)
    try:
        cases.save(
            session,
            me,
            case_no,
            form_merge.merged(case.form, clashes, picks),
            _number(posted.get("_version")),
        )
    except Stale:
        return _clash_page(request, me, case, mine, typed, section, picks)
    return see_other(f"/cases/{case_no}/edit?section={section}&saved=1")


@router.post("/cases/{case_no}/example")
def fill_example(me: Me, session: Writer, case_no: str, posted: Posted) -> Response:
    """Fill what is still empty with the example of the form; only where there are demonstration accounts."""
    if not settings().demo_password:
        raise NotFound
    case = _draft(session, me, case_no)
    data = _completed(fresh_example(procedure(case.procedure).form), case.form)
    cases.save(session, me, case_no, data, case.version)
    return see_other(f"/cases/{case_no}/edit?section={posted.get('_section', 's1')}&saved=1")


def _completed(example: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
    """The example under what has been typed."""
    out = dict(example)
    for key, value in typed.items():
        under = example.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            out[key] = _completed(under, value)
        elif value not in (None, "", [], {}):
            out[key] = value
    return out


# ---- check and submit ----------------------------------------------------------------------------


@router.get("/cases/{case_no}/check")
def check(request: Request, me: Me, session: Reader, case_no: str) -> Response:
    """Every defect with the way to its field, the papers, and the eligibility in words."""
    case = _draft(session, me, case_no)
    spec = procedure(case.procedure)
    _, typed = forms.validate(spec.form, case.form)
    view = form_view(spec.form, case.form, typed)
    papers = materials.missing(session, case)
    rules = [(eligibility.WORDS[name], eligibility.CHECKS[name](session, case)) for name in spec.eligibility]
    return page(
        request,
        "applicant/check.html",
        actor=me,
        case=case,
        view=view,
        typed=typed,
        papers=papers,
        rules=rules,
        estimate=estimates.estimate(session, case.form),
        spec=spec,
        ready=not (typed or papers or any(found for _, found in rules)),
    )


@router.get("/cases/{case_no}/declare")
def declare(request: Request, me: Me, session: Reader, case_no: str) -> Response:
    """The declaration to sign; leads back while anything is missing."""
    case = _draft(session, me, case_no)
    if cases.check(session, case):
        return see_other(f"/cases/{case_no}/check")
    return page(
        request,
        "applicant/declare.html",
        actor=me,
        case=case,
        spec=procedure(case.procedure),
        problems=(),
        signatory="",
        accepted=False,
    )


@router.post("/cases/{case_no}/submit")
def submit(
    request: Request,
    me: Me,
    session: Writer,
    case_no: str,
    accepted: Annotated[str, Form()] = "",
    signatory: Annotated[str, Form()] = "",
) -> Response:
    """File it. What is wrong is told on the page where it can be mended."""
    try:
        cases.submit(session, me, case_no, {"accepted": accepted == "true", "signatory": signatory})
    except Invalid as error:
        if any(not p.loc.startswith("declaration.") for p in error.problems):
            return see_other(f"/cases/{case_no}/check")
        case = _draft(session, me, case_no)
        return page(
            request,
            "applicant/declare.html",
            actor=me,
            status_code=422,
            case=case,
            signatory=signatory,
            spec=procedure(case.procedure),
            problems=error.problems,
            accepted=accepted == "true",
        )
    return see_other(f"/cases/{case_no}/submitted")


@router.get("/cases/{case_no}/submitted")
def submitted(request: Request, me: Me, session: Reader, case_no: str) -> Response:
    """The confirmation: number, what happens next and when, whom to ask."""
    case = own_case(session, me, case_no)
    if case.submitted_at is None:
        return see_other(f"/cases/{case_no}/check")
    ahead = forecast(session, case)
    return page(
        request,
        "applicant/submitted.html",
        actor=me,
        case=case,
        spec=procedure(case.procedure),
        ahead=ahead,
        waiting=waiting_words(case, waits(session, me, case)),
    )
