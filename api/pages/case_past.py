"""A case at a past moment, two moments compared, and its recorded course run through the code of today.

The name puts this module before `cases_staff`, whose last route takes any word after the case number.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.dependencies import Has, Reader, Writer
from api.forms import display, form_view
from api.templating import page
from models.procedures import procedure
from models.vocabulary.errors import Problem
from models.vocabulary.roles import OVERSIGHT, STAFF
from models.vocabulary.statuses import OFFICE_STATUS_TITLES
from models.vocabulary.text import Text
from services import clock, proof_jobs
from services.access import Actor, case_for
from services.reading import past
from services.reading.case_versions import KINDS

router = APIRouter(prefix="/staff/cases")
Staff = Annotated[Actor, Depends(Has(*STAFF, *OVERSIGHT))]
Overseer = Annotated[Actor, Depends(Has(*OVERSIGHT))]
UNREADABLE = Text(
    "Give a date and time such as 2026-03-05T14:30:00.", "请填写日期和时间，例如 2026-03-05 14:30:00。"
)


def _moment(text: str) -> datetime | None:
    """A typed time; without an offset it is Shanghai's. Raises ValueError."""
    if not text.strip():
        return None
    typed = datetime.fromisoformat(
        text.strip().replace(" ", "T", 1) if "+" not in text[19:] else text.strip()
    )
    if not 2000 <= typed.year <= 2200:
        raise ValueError(text)
    return typed if typed.tzinfo else typed.replace(tzinfo=clock.SHANGHAI)


def _read(typed: dict[str, str]) -> tuple[dict[str, datetime | None], list[Problem]]:
    found: dict[str, datetime | None] = {}
    problems = []
    for name, text in typed.items():
        try:
            found[name] = _moment(text)
        except ValueError:
            found[name] = None
            problems.append(Problem(name, UNREADABLE))
    return found, problems


@router.get("/{case_no}/at")
def at(
    request: Request,
    session: Reader,
    me: Staff,
    case_no: str,
    t: str = "",
    other: Annotated[str, Query(alias="and")] = "",
) -> Response:
    """The case at `t`, compared with its state at `and` where that is given."""
    case = case_for(session, me, case_no)
    found, problems = _read({"t": t[:40], "and": other[:40]})
    record = past.record_of(session, me, case)
    first = found["t"] or (clock.now() if not t else None)
    second = found["and"]
    compared = past.between(session, record, first, second) if first and second else None
    then = compared.later if compared else (past.at(session, record, first) if first else None)
    context: dict[str, Any] = {
        "case": case,
        "spec": record.spec,
        "then": then,
        "compared": compared,
        "moments": past.moments(session, case),
        "form": form_view(record.spec.form, then.version.form) if then and then.version else None,
        "kinds": KINDS,
        "statuses": OFFICE_STATUS_TITLES,
        "display": display,
        "typed": {"t": t, "and": other},
        "local": lambda m: m.astimezone(clock.SHANGHAI).replace(tzinfo=None).isoformat(timespec="seconds"),
        "problems": problems,
    }
    return page(request, "staff/past.html", actor=me, status_code=422 if problems else 200, **context)


@router.get("/{case_no}/replay")
def replay(request: Request, session: Reader, me: Overseer, case_no: str) -> Response:
    """The newest replay of the case's course, and how it comes along."""
    case = case_for(session, me, case_no)
    job = proof_jobs.latest(session, "replay", case)
    return page(
        request,
        "staff/replay.html",
        actor=me,
        case=case,
        spec=procedure(case.procedure),
        job=job,
        waiting=job is not None and job.state in proof_jobs.UNDER_WAY,
    )


@router.post("/{case_no}/replay")
def ask_replay(session: Writer, me: Overseer, case_no: str) -> Response:
    """Have the recorded course run through the code of today."""
    proof_jobs.ask(session, me, "replay", case_no)
    return RedirectResponse(f"/staff/cases/{case_no}/replay", 303)
