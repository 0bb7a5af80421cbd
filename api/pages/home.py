"""The first pages: the landing page for everybody, and the home of each role."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.dependencies import MaybeMe, Me, Reader
from api.templating import page
from models.procedures import PROCEDURES
from models.vocabulary.roles import FILERS, OVERSIGHT, STAFF, Role
from services.monitoring import duties
from services.reading import home, public

router = APIRouter()

SHOWN = 6


@router.get("/")
def landing(request: Request, session: Reader, actor: MaybeMe) -> Response:
    """What this is, how a project goes, what is open to the public now."""
    notices, open_now = public.notices(session, state="open", limit=SHOWN)
    projects, published = public.projects(session, limit=SHOWN)
    return page(
        request,
        "home/landing.html",
        actor=actor,
        notices=notices,
        open_now=open_now,
        projects=projects,
        published=published,
    )


@router.get("/home")
def homepage(request: Request, session: Reader, actor: Me) -> Response:
    """The first page after signing in."""
    if actor.is_any(*FILERS):
        offered = [p for p in PROCEDURES.values() if actor.roles & p.filers]
        return page(
            request,
            "home/applicant.html",
            actor=actor,
            to_do=home.to_do(session, actor),
            cases=home.latest_cases(session, actor),
            offered=offered,
            owed=duties.waiting(session, actor.party_id) if actor.party_id is not None else [],
            duty_states=duties.STATES,
            period=duties.period_of,
        )
    if actor.is_any(*STAFF, *OVERSIGHT, Role.AGENCY):
        tiles = [] if actor.roles <= OVERSIGHT else home.tiles(session, actor)
        return page(
            request, "home/staff.html", actor=actor, tiles=tiles, cases=home.latest_cases(session, actor)
        )
    if not actor.roles:  # registered, and a second person has not confirmed the roles yet
        return RedirectResponse("/account", 303)
    return RedirectResponse("/tasks" if actor.is_any(Role.EXPERT) else "/my/receipts", 303)
