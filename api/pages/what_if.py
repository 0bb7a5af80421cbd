"""What if: a page beside a case where suppositions are tried out. Nothing is written."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.dependencies import Has, Reader
from api.templating import page
from models.procedures import procedure
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.roles import OVERSIGHT, STAFF
from models.vocabulary.text import Text
from models.vocabulary.whole import whole
from services.access import Actor, case_for, spec_of
from services.reading import what_if
from services.reading.statistics import figures, times
from services.reading.statistics.scope import Scope

router = APIRouter(prefix="/staff/what-if")
Staff = Annotated[Actor, Depends(Has(*STAFF, *OVERSIGHT))]


@router.get("/{case_no}")
def tried(
    request: Request,
    session: Reader,
    me: Staff,
    case_no: str,
    task: str = "",
    kind: str = "",
    outcome: str = "",
    days: str = "",
) -> Response:
    """The supposition stands in the address, so that it can be passed on."""
    case = case_for(session, me, case_no)
    open_ = [(row, ledger, spec_of(row)) for row, ledger in what_if.may_be_supposed(session, case)]
    chosen = next((row for row, _, _ in open_ if str(row.id) == task), open_[0][0] if open_ else None)
    found: what_if.WhatIf | None = None
    problems: tuple[Problem, ...] = ()
    if kind and chosen is not None:
        number = whole(days.strip(), digits=3)
        try:
            found = what_if.suppose(session, case, what_if.Supposed(chosen, kind, outcome, number))
        except Invalid as error:
            problems = error.problems
    return page(
        request,
        "staff/what_if.html",
        actor=me,
        case=case,
        spec=procedure(case.procedure),
        open=open_,
        chosen=chosen,
        said={"kind": kind, "outcome": outcome, "days": days},
        kinds=what_if.KINDS,
        found=found,
        problems=problems,
        likely=_likely(session, case),
        units={"wd": Text("working days", "个工作日"), "d": Text("days", "日")},
        status_code=422 if problems else 200,
    )


def _likely(session: Any, case: Any) -> Any:
    """The likely end by observed times, with how often such forecasts were right."""
    rates = figures.rates(session, Scope(procedure=case.procedure))
    end = times.end_of(session, case, rates)
    return (end, rates) if end is not None else None
