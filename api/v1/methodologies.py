"""The library of methodologies as data: anybody may read it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.dependencies import Reader
from api.errors import language
from api.v1.methodology_models import (
    ChangeOut,
    ConditionOut,
    DatumOut,
    ExampleOut,
    FactorOut,
    FormulaOut,
    MethodologyDetail,
    MethodologyItem,
    MethodologyList,
    StepOut,
    VersionOut,
)
from services.quantification.definition import Condition, Formula
from services.quantification.inputs import plain
from services.quantification.printing import figure
from services.reading import methodologies
from services.reading import methodology_sheet as in_words
from services.reading.methodologies import Card, Page, Version, Wanted

router = APIRouter(prefix="/api/v1/public", tags=["public"])


@router.get("/methodologies")
def methodology_list(
    session: Reader,
    q: Annotated[str, Query(max_length=80)] = "",
    kind: Annotated[str, Query(pattern="^(project|scenario)?$")] = "",
    method_class: Annotated[str, Query(alias="class", pattern="^(I|II)?$")] = "",
    field: Annotated[str, Query(pattern="^[a-z]{0,20}$")] = "",
    state: Annotated[str, Query(pattern="^(in_force|not_in_force)?$")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[
        str | None, Query(description="`next_cursor` of the page before", pattern=r"^[A-Z0-9-]{3,60}$")
    ] = None,
) -> MethodologyList:
    """Methodologies by number, each by the version in force, else the newest."""
    wanted = Wanted(q=q, kind=kind, method_class=method_class, field=field, force=state)
    found = sorted(methodologies.listed(session, wanted), key=lambda c: c.code)
    rest = [c for c in found if cursor is None or c.code > cursor]
    last = rest[limit - 1].code if len(rest) > limit else None
    return MethodologyList(items=[_of_card(c) for c in rest[:limit]], next_cursor=last)


@router.get("/methodologies/{methodology}")
def methodology_one(
    request: Request,
    session: Reader,
    methodology: str,
    version: Annotated[str, Query(max_length=40)] = "",
) -> MethodologyDetail:
    """One methodology in full, by the version asked for, else the one in force, else the newest."""
    found = methodologies.one(session, methodology, version)
    return MethodologyDetail(**_item_of(found), **_words(found), **_numbers(found, language(request)))


def _of_card(card: Card) -> MethodologyItem:
    field = card.description.field if card.description else ""
    counts: dict[str, Any] = {"published": card.resting.published, "issued_g": card.resting.issued_g}
    return MethodologyItem(**_version(card.now), **counts, field=field, versions=list(card.versions))


def _item_of(found: Page) -> dict[str, Any]:
    return {
        **_version(found.shown),
        "field": found.description.field if found.description else "",
        "versions": [v.row.version for v in found.versions],
        "published": found.resting.published,
        "issued_g": found.resting.issued_g,
    }


def _version(version: Version) -> dict[str, Any]:
    row = version.row
    return {
        "number": row.code,
        "version": row.version,
        "name": version.name.zh,
        "name_en": version.name.en,
        "kind": row.kind,
        "method_class": row.method_class,
        "state": version.state,
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "url": f"/methodologies/{row.code}",
    }


def _words(found: Page) -> dict[str, Any]:
    d = found.description
    return {
        "demonstration": bool(d and d.demonstration),
        "publisher": d.publisher.zh if d else "",
        "publication": found.shown.row.data.get("publication"),
        "basis": d.basis.zh if d else "",
        "summary": d.summary.zh if d else "",
        "baseline": d.baseline.zh if d else "",
        "boundary": [b.zh for b in d.boundary] if d else [],
        "requirements": [r.zh for r in d.requirements] if d else [],
        "history": [_history(v) for v in found.versions],
        "projects": [p.number for p in found.users],
    }


def _history(v: Version) -> VersionOut:
    changed = [
        ChangeOut(part=c.part, symbol=c.symbol, kind=c.kind, before=c.before.zh, after=c.after.zh)
        for c in v.changes or ()
    ]
    known = v.changes is not None or not v.before
    return VersionOut(
        version=v.row.version,
        state=v.state,
        effective_from=v.row.effective_from,
        effective_to=v.row.effective_to,
        published=v.resting.published,
        issued_g=v.resting.issued_g,
        taken_back_g=v.resting.taken_back_g,
        before=v.before,
        changes=changed if known else None,
    )


def _numbers(found: Page, lang: str) -> dict[str, Any]:
    """What the calculator says; empty where there is none."""
    method = found.method
    if method is None:
        lists: dict[str, Any] = {
            k: [] for k in ("conditions", "checks", "formulas", "factors", "data", "examples")
        }
        return {**lists, "result": "", "rounding": "", "sha256": ""}
    d, sheet = method.definition, in_words.sheet(method, found.description)
    return {
        "conditions": [_condition(c) for c in d.applicability],
        "checks": [_condition(c) for c in d.plausibility],
        "formulas": [_formula(f, e) for f, e in zip(sheet.formulas, d.formulas, strict=True)],
        "factors": [_factor(f) for f in sheet.factors],
        "data": [_datum(x) for x in sheet.data],
        "examples": [_example(w) for w in in_words.worked(method, found.description, lang)],
        "result": d.result,
        "rounding": d.rounding.unit,
        "sha256": method.source.digest,
    }


def _condition(c: Condition) -> ConditionOut:
    return ConditionOut(id=c.id, expr=c.expr, text=c.message, text_en=c.message_en)


def _formula(shown: in_words.Shown, formula: Formula) -> FormulaOut:
    return FormulaOut(
        target=formula.target,
        label=shown.target.label.zh,
        label_en=shown.target.label.en,
        expr=formula.expr,
        text=f"{formula.target} = {shown.text.zh}",
        unit=formula.unit,
        level=formula.level,
        symbols=[s.symbol for s in shown.signs],
    )


def _factor(f: in_words.Factor) -> FactorOut:
    return FactorOut(
        symbol=f.sign.symbol,
        label=f.sign.label.zh,
        label_en=f.sign.label.en,
        role=f.parameter.role,
        value=figure(f.row.value),
        unit=f.parameter.unit,
        valid_from=f.row.valid_from,
        valid_to=f.row.valid_to,
        status=f.row.status,
        source=f.source.zh,
        note=f.note.zh,
    )


def _datum(d: in_words.Datum) -> DatumOut:
    return DatumOut(
        symbol=d.sign.symbol,
        label=d.sign.label.zh,
        label_en=d.sign.label.en,
        role=d.parameter.role,
        unit=d.parameter.unit,
        period=d.parameter.period,
        sent_as=d.parameter.sent_as,
        source=d.source.zh,
        monitoring=d.monitoring.zh,
    )


def _example(w: in_words.Worked) -> ExampleOut:
    done = w.example.calculation
    return ExampleOut(
        name=w.name.zh,
        rows=[
            plain({**({"on": row.on} if row.on else {}), **row.values}) for row in done.inputs.rows
        ],
        steps=[
            StepOut(
                target=line.target, row=line.row, formula=line.formula, substitution=line.substitution,
                result=line.result, unit=line.unit,
            )
            for line in w.steps
        ],
        amount=figure(done.amount),
        unit=done.unit,
        amount_g=done.amount_g,
        agrees=w.example.agrees,
    )  # fmt: skip
