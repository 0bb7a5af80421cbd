"""Oversight and administration: what stands still, the trail, numbers, accounts, and the state of the machine."""

from datetime import date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import col, select

from api import days
from api.dependencies import Has, Reader, Writer
from api.templating import page
from models.tables import Party, User
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.events import EVENT_TITLES, Event
from models.vocabulary.roles import OVERSIGHT, Role
from models.vocabulary.text import Text
from services import administration, audit, audit_reading, clock, methodology_rows, nudges
from services.access import Actor
from services.reading import health_words, oversight
from services.reading.oversight import TrailFilters
from services.session import transaction

router = APIRouter(prefix="/admin")
Overseer = Annotated[Actor, Depends(Has(*OVERSIGHT))]
Watcher = Annotated[Actor, Depends(Has(*OVERSIGHT, Role.SUPERVISOR))]
Admin = Annotated[Actor, Depends(Has(Role.ADMIN))]
#: Accounts of a page.
USERS = 300

TABS = (
    ("stalled", Text("Stalled", "滞办督查"), "/admin/stalled"),
    ("statistics", Text("Statistics", "统计"), "/admin/statistics"),
    ("audit", Text("Audit trail", "审计"), "/admin/audit"),
    ("system", Text("System", "系统状态"), "/admin"),
    ("changes", Text("Changes of settings", "设置变更"), "/admin/changes"),
    ("users", Text("Accounts", "账户"), "/admin/users"),
    ("parties", Text("Parties", "单位"), "/admin/parties"),
    ("limits", Text("Time limits", "办理时限"), "/admin/limits"),
    ("calendar", Text("Calendar", "工作日历"), "/admin/calendar"),
    ("ets", Text("Quota list", "配额单位名单"), "/admin/ets"),
    ("templates", Text("Word templates", "文书模板"), "/admin/templates"),
    ("methodologies", Text("Methodologies", "方法学"), "/admin/methodologies"),
)


def tabs_of(me: Actor) -> list[tuple[str, Text, str]]:
    """The sections this person may open."""
    own = {"stalled", "statistics", "changes", "templates", "methodologies"}
    if me.is_any(*OVERSIGHT):
        own |= {"audit", "system", "limits", "calendar", "ets"}
    if me.is_any(Role.ADMIN):
        own |= {"users", "parties"}
    return [t for t in TABS if t[0] in own]


def show(request: Request, me: Actor, section: str, **context: Any) -> Response:
    """A page of the console."""
    return page(request, f"admin/{section}.html", actor=me, section=section, sections=tabs_of(me), **context)


@router.get("")
def system(request: Request, session: Reader, me: Overseer, did: str = "") -> Response:
    """What the worker last saw of the engine, what is not delivered, and the numbers of the day."""
    return show(
        request,
        me,
        "system",
        system=oversight.system(session),
        words=health_words,
        events=audit.count(session),
        kinds=methodology_rows.kinds_in_force(session),
        did=did,
        administers=me.is_any(Role.ADMIN),
    )


@router.post("/cases/{case_no}/nudge")
def nudge(request: Request, me: Admin, case_no: str) -> Response:
    """Wake the course of a case."""
    with transaction() as session:
        done = nudges.nudge(session, me, case_no)
    return show(request, me, "nudged", case_no=case_no, done=done)


def _day(text: str, at: time) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), at, clock.SHANGHAI) if text else None
    except ValueError:
        return None


def trail_of(
    case_no: str, event: str, person: str, since: str, until: str, before: int | None, limit: int
) -> tuple[TrailFilters, tuple[Problem, ...]]:
    """What of the trail is asked for, and what of it is no time."""
    first, last, problems = days.span(since, until)
    began = datetime.combine(first, time.min, clock.SHANGHAI) if first else None
    ended = datetime.combine(last, time.max, clock.SHANGHAI) if last else None
    return TrailFilters(case_no.strip(), event, person.strip(), began, ended, before, limit), problems


@router.get("/audit")
def trail(
    request: Request,
    session: Reader,
    me: Overseer,
    case_no: str = "",
    event: str = "",
    person: str = "",
    since: str = "",
    until: str = "",
    before: int | None = None,
) -> Response:
    """The trail with filters, newest first; that it was read is kept too."""
    wanted, problems = trail_of(case_no, event, person, since, until, before, 51)
    rows = [] if problems else oversight.trail(session, wanted)
    if not problems:
        with transaction() as own:
            audit_reading.looked(own, me, wanted, min(50, len(rows)))
    return show(
        request,
        me,
        "audit",
        status_code=Invalid.status if problems else 200,
        problems=problems,
        rows=rows[:50],
        more=rows[49].event.id if len(rows) > 50 else None,
        wanted=wanted,
        since=since,
        until=until,
        titles=EVENT_TITLES,
        known=set(Event),
    )


@router.get("/users")
def users(
    request: Request,
    session: Reader,
    me: Admin,
    q: str = "",
    role: str = "",
    did: str = "",
    after: str = "",
) -> Response:
    """Accounts with roles and locks, by user name; `after` is the last one of the page before."""
    query = (
        select(User, Party.name).outerjoin(Party, col(Party.id) == col(User.party_id)).order_by(User.username)
    )
    for word in q.split()[:4]:
        query = query.where(
            col(User.username).icontains(word, autoescape=True)
            | col(User.name).icontains(word, autoescape=True)
        )
    if role in set(Role):
        query = query.where(col(User.roles).contains([role]))
    if after:
        query = query.where(col(User.username) > after)
    rows = list(session.exec(query.limit(USERS + 1)))
    flash = {"kind": "ok", "text": Text("Unlocked.", "已解除锁定。")} if did == "unlock" else None
    return show(
        request,
        me,
        "users",
        rows=rows[:USERS],
        more=rows[USERS - 1][0].username if len(rows) > USERS else None,
        q=q,
        role=role,
        roles=list(Role),
        moment=clock.now(),
        flash=flash,
    )


@router.post("/users/{user_id}/unlock")
def unlock(session: Writer, me: Admin, user_id: int) -> Response:
    """Let a locked account try again."""
    administration.unlock(session, me, user_id)
    return RedirectResponse("/admin/users?did=unlock", 303)
