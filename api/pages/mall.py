"""The register of the mall: anybody reads it, the merchant keeps its goods, the exchange its members (J06, J10)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api.dependencies import Has, MaybeMe, Posted, Reader, Writer
from api.templating import page
from models.procedures.mall_onboarding_forms.modes import MODES
from models.procedures.mall_onboarding_forms.parts import CATEGORIES
from models.vocabulary.errors import Conflict, DomainError, Invalid, NotFound, Problem
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole, plain
from services import clock, mall
from services.access import Actor
from services.reading import mall as reading

router = APIRouter()

Keeper = Annotated[Actor, Depends(Has(Role.MALL))]
Merchant = Annotated[Actor, Depends(Has(Role.MERCHANT))]
ACTS = {"suspend": mall.suspend, "resume": mall.resume, "leave": mall.leave}


@router.get("/mall")
def member_list(request: Request, session: Reader, q: str = "", mode: str = "") -> Response:
    """Who is in the mall; all its state is in the address."""
    return page(
        request,
        "mall/members.html",
        entries=reading.entries(session, q=q, mode=mode),
        q=q,
        mode=mode,
        modes=MODES,
        states=mall.STATES,
    )


@router.get("/mall/{number}")
def member_page(request: Request, session: Reader, me: MaybeMe, number: str) -> Response:
    """One member with its goods; the merchant and the exchange find their acts there."""
    return _member(request, session, me, number)


def _member(
    request: Request,
    session: Session,
    me: Actor | None,
    number: str,
    error: DomainError | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    entry, goods = reading.entry(session, number)
    own = me is not None and me.is_any(Role.MERCHANT) and me.party_id == entry.member.party_id
    return page(
        request,
        "mall/member.html",
        status_code=error.status if error else 200,
        entry=entry,
        goods=goods,
        modes=MODES,
        categories=CATEGORIES,
        states=mall.STATES,
        running=mall.is_running(entry.member, clock.now()),
        own=own,
        keeps=me is not None and me.is_any(Role.MALL),
        refused=error.detail if error else None,
        problems=error.problems if error else (),
        typed=typed or {},
    )


@router.post("/mall/{number}/{act}")
def keep(request: Request, session: Writer, me: Keeper, number: str, act: str, form: Posted) -> Response:
    """The exchange suspends a member, lets it go on, or takes it out; the reason is public."""
    if act not in ACTS:
        raise NotFound
    reason = str(form.get("reason", ""))
    try:
        ACTS[act](session, me, number, reason)
    except (Invalid, Conflict) as error:
        return _member(request, session, me, number, error, {"act": act, "reason": reason})
    return RedirectResponse(f"/mall/{number}", 303)


@router.post("/mall-goods/{number}")
def change_good(request: Request, session: Writer, me: Merchant, number: str, form: Posted) -> Response:
    """The merchant changes stock, price, on or off the shelf; not while its event runs (I26)."""
    member = number.rpartition("-")[0]
    typed = {name: str(form.get(name, "")).strip() for name in ("stock", "points", "active")}
    try:
        numbers = {name: _number(name, typed[name]) for name in ("stock", "points")}
        mall.change_good(session, me, number, active=bool(typed["active"]), **numbers)
    except (Invalid, Conflict) as error:
        return _member(request, session, me, member, error, {"good": number, **typed})
    return RedirectResponse(f"/mall/{member}#{number}", 303)


def _number(name: str, value: str) -> int | None:
    """A whole number as typed; None where nothing was. Raises Invalid."""
    if not value:
        return None
    number = plain(value)
    if not is_whole(number.removeprefix("-"), 11):
        raise Invalid((Problem(name, Text("Please give a whole number.", "请填写整数。")),))
    return int(number)
