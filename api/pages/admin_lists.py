"""The calendar and the list of quota-managed units."""

import calendar as months
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from api.dependencies import Posted, Reader
from api.pages.admin import Admin, Overseer, show
from models.tables import CalendarVersion, Case, TaskRow, User
from models.vocabulary.errors import BadUpload, Conflict, Invalid, Problem
from models.vocabulary.roles import Role
from models.vocabulary.text import Text, day_in_words
from models.vocabulary.whole import whole
from services import access, administration, clock, setting_changes, setting_proposals
from services import calendar as working
from services.access import Actor
from services.administration import DayChange
from services.deadline_moves import Moved
from services.session import reading, transaction

router = APIRouter(prefix="/admin")
ROWS = 6
KINDS = ("rest", "work", "plain")
NO_KIND = Text("Choose what the day shall be.", "请选择该日的安排：休息、上班或恢复为普通日。")


@dataclass(frozen=True)
class Row:
    """A row of the editor as it was typed."""

    day: str = ""
    kind: str = ""
    name: str = ""


@router.get("/calendar")
def calendar(
    request: Request, session: Reader, me: Overseer, year: int = 0, did: int | None = None, day: str = ""
) -> Response:
    """A year of the working calendar, its versions, and the editor of days."""
    flash = (
        {
            "kind": "ok",
            "text": Text(f"In force. {did} limit(s) moved.", f"新版日历已生效，{did} 个期限随之变化。"),
        }
        if did is not None
        else None
    )
    rows = [Row(day)] if _is_day(day) else []
    return _page(request, session, me, year, rows, flash=flash)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _page(
    request: Request,
    session: Session,
    me: Actor,
    year: int,
    rows: list[Row],
    *,
    problems: tuple[Problem, ...] = (),
    preview: list[dict[str, Any]] | None = None,
    note: str = "",
    covered: str = "",
    flash: Any = None,
) -> Response:
    now = working.in_force(session)
    year = year if 2020 <= year <= 2040 else clock.today().year
    versions = list(
        session.exec(
            select(CalendarVersion, User.name)
            .outerjoin(User, col(User.id) == col(CalendarVersion.by_user))
            .order_by(col(CalendarVersion.number).desc())
        )
    )
    return show(
        request,
        me,
        "calendar",
        year=year,
        months=_months(now, year),
        version=now.version,
        covered_until=day_in_words(now.covered_until),
        versions=versions,
        rows=rows + [Row()] * max(0, ROWS - len(rows)),
        problems=problems,
        at={p.loc: p.msg for p in problems},
        preview=preview,
        note=note,
        covered=covered or now.covered_until.isoformat(),
        flash=flash,
        administers=me.is_any(Role.ADMIN),
        waiting=setting_changes.waiting(session, *setting_proposals.CALENDAR),
        status_code=422 if problems else 200,
    )


def _months(now: working.WorkingCalendar, year: int) -> list[dict[str, Any]]:
    """Weeks of each month with what is special about a day."""
    today = clock.today().date()
    return [
        {
            "number": m,
            "weeks": [
                [_cell(now, d, m, today) for d in week]
                for week in months.Calendar().monthdatescalendar(year, m)
            ],
        }
        for m in range(1, 13)
    ]


def _cell(now: working.WorkingCalendar, day: date, month: int, today: date) -> dict[str, Any] | None:
    if day.month != month:
        return None
    special = now.days.get(day)
    kind = ("extra" if special.working else "rest") if special else "weekend" if day.weekday() > 4 else ""
    return {"day": day, "kind": kind, "name": special.name if special else "", "today": day == today}


@router.post("/calendar")
def change(request: Request, me: Admin, form: Posted) -> Response:
    """First the report of every limit that would move; with `confirm`, propose it to a second person."""
    typed = _typed(form)
    rows, problems = _changes(typed)
    note, covered = str(form.get("note", "")), str(form.get("covered_until", ""))
    until = date.fromisoformat(covered) if _is_day(covered) else None
    year = whole(str(form.get("year", "")), digits=4)
    if form.get("_do") == "confirm" and not problems:
        try:
            with transaction() as session:
                proposed = setting_proposals.calendar_days(session, me, rows, until, note)
            return RedirectResponse(f"/admin/changes/{proposed.id}?did=propose", 303)
        except (Invalid, Conflict) as error:
            problems = error.problems or (Problem("", error.detail),)
    with reading() as session:
        preview = _moved(session, administration.proposal(session, rows, until)[1]) if not problems else None
        return _page(
            request, session, me, year, typed, problems=problems, preview=preview, note=note, covered=covered
        )


def _typed(form: FormData) -> list[Row]:
    """The rows in which anything was typed."""
    columns = (form.getlist(name) for name in ("day", "kind", "name"))
    rows = [Row(str(d).strip(), str(k), str(n)[:60]) for d, k, n in zip(*columns, strict=False)]
    return [r for r in rows if r.day or r.kind or r.name.strip()]


def _changes(rows: list[Row]) -> tuple[list[DayChange], tuple[Problem, ...]]:
    """The days meant, and what is wrong with any row."""
    wrong = []
    for n, row in enumerate(rows):
        if not _is_day(row.day):
            wrong.append(Problem(f"day-{n}", _no_day(row.day)))
        if row.kind not in KINDS:
            wrong.append(Problem(f"kind-{n}", NO_KIND))
    return [] if wrong else [DayChange(date.fromisoformat(r.day), r.kind, r.name) for r in rows], tuple(wrong)


def _no_day(typed: str) -> Text:
    if not typed:
        return Text("Choose the day, or empty the row.", "请选择日期，不需要的行请清空。")
    return Text(f"“{typed}” is not a day such as 2027-02-01.", f"“{typed}”不是有效日期，格式如 2027-02-01。")


def _moved(session: Session, moved: list[Moved]) -> list[dict[str, Any]]:
    """The report in words."""
    out = []
    for m in moved:
        case = session.get_one(Case, m.deadline.case_id)
        task = session.get(TaskRow, m.deadline.task_id) if m.deadline.task_id else None
        out.append(
            {
                "case_no": case.case_no,
                "title": access.spec_of(task).title if task else Text("Publicity", "公示期"),
                "old": m.old,
                "new": m.new,
            }
        )
    return out


@router.get("/ets")
def ets(request: Request, session: Reader, me: Overseer, q: str = "") -> Response:
    """The list of quota-managed units."""
    return _ets(request, session, me, q)


def _ets(
    request: Request,
    session: Session,
    me: Actor,
    q: str = "",
    problems: tuple[Problem, ...] = (),
    reason: str = "",
    status: int = 422,
) -> Response:
    found, total = administration.units(session, q)
    return show(
        request,
        me,
        "ets",
        rows=found,
        total=total,
        q=q,
        problems=problems,
        reason=reason,
        waiting=[c for c in setting_changes.history(session, "ets", limit=20) if c.state == "proposed"],
        administers=me.is_any(Role.ADMIN),
        status_code=status if problems else 200,
    )


@router.post("/ets")
def import_ets(
    request: Request,
    me: Admin,
    file: Annotated[UploadFile | None, File()] = None,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Propose a list to a second person; with defects nothing is proposed and every line is told."""
    status = 422
    try:
        if file is None or not file.filename:
            raise BadUpload(Text("Please choose a file.", "请选择文件。"), 422)
        with transaction() as session:
            row = setting_proposals.units(session, me, file.filename, file.file.read(), reason)
    except Invalid as error:
        problems = error.problems
    except (BadUpload, Conflict) as error:
        problems, status = (Problem("file", error.detail),), error.status
    else:
        return RedirectResponse(f"/admin/changes/{row.id}?did=propose", 303)
    with reading() as session:
        return _ets(request, session, me, problems=problems, reason=reason, status=status)
