"""Goods for points and purposes of donation on screen."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api import once, places
from api.dependencies import Me, Posted, Reader
from api.pages.ledger_acts import end_of_day
from api.pages.ledger_said import said
from api.templating import page
from models.tables import Good
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.roles import Role
from models.vocabulary.trades import REDEMPTION_STATES
from models.vocabulary.whole import plain, whole
from services import mall_shelf, points, purposes, rewards
from services.access import Actor
from services.reading import ledger as reading
from services.session import reading as looking
from services.session import transaction

router = APIRouter(prefix="/ledger")
GOODS, ROWS = 60, 50


@router.get("/goods")
def goods(
    request: Request,
    session: Reader,
    me: Me,
    done: str = "",
    shelf: str = "",
    orders: str = "",
    sold: str = "",
) -> Response:
    """The shelf, my orders, and a merchant's own goods and orders; each list goes on by itself."""
    after = {"shelf": shelf, "orders": orders, "sold": sold}
    return _goods(request, session, me, after=after, flash=said(done))


def _goods(
    request: Request,
    session: Session,
    me: Actor,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
    typed: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    mine = reading.accounts_of(session, me)
    sells = me.is_any(Role.MERCHANT) and me.party_id is not None
    place = {key: places.read((after or {}).get(key, "")) for key in ("shelf", "orders", "sold")}
    below = place["shelf"][1] if place["shelf"] else None
    shelf, more_goods = places.cut(
        rewards.shelf(session, GOODS + 1, below), GOODS, lambda found: (0, found[0].id or 0)
    )
    own = rewards.orders(session, mine[0].id or 0, 0, ROWS + 1, place["orders"]) if mine else []
    theirs = rewards.orders(session, 0, me.party_id or 0, ROWS + 1, place["sold"]) if sells else []
    orders, more_orders = places.cut(own, ROWS, lambda found: rewards.place_of(found[0]))
    sold, more_sold = places.cut(theirs, ROWS, lambda found: rewards.place_of(found[0]))
    return page(
        request,
        "ledger/goods.html",
        status_code=status,
        shelf=shelf,
        terms=mall_shelf.terms(session, [g.number for g, _ in shelf]),
        mine=mine,
        have=points.balance(session, mine[0]).available if mine else 0,
        orders=orders,
        sells=sells,
        sold=sold,
        further={"shelf": more_goods, "orders": more_orders, "sold": more_sold},
        states=REDEMPTION_STATES,
        problems=problems,
        typed=typed or {},
        nonce=once.fresh(),
        me=me,
        **more,
    )


@router.post("/goods/{key}")
def goods_act(request: Request, me: Me, form: Posted, key: str) -> Response:
    """order, add, fulfil, refund or restock."""
    typed = {k: str(v)[:500] for k, v in form.items()}
    try:
        with transaction() as session:
            _goods_act(session, me, typed, key)
    except (Invalid, Conflict, NotAllowed) as error:
        with looking() as session:
            problems = error.problems or (Problem("", error.detail),)
            return _goods(request, session, me, tuple(problems), error.status, typed | {"act": key})
    return RedirectResponse(f"/ledger/goods?done={key}", 303)


def _whole(typed: str) -> int:
    return whole(plain(typed), -1, digits=11)


def _goods_act(session: Session, me: Actor, typed: dict[str, str], key: str) -> None:
    number = typed.get("number", "").replace("\x00", "")
    if key == "order":
        account = reading.own_account(session, me, typed.get("account", ""))
        what: Good = rewards.good(session, number)
        pieces = _whole(typed.get("quantity", "1"))
        rewards.order(
            session,
            me,
            key=once.key_of(me, typed.get("nonce"), number),
            account=account,
            what=what,
            quantity=pieces,
        )
    elif key == "add":
        price, stock = _whole(typed.get("points", "")), _whole(typed.get("stock", ""))
        detail, nonce = typed.get("detail", ""), once.key_of(me, typed.get("nonce"), "add")
        rewards.add_good(session, me, typed.get("title", ""), price, stock, detail, key=nonce)
    elif key == "fulfil":
        rewards.fulfil(session, me, number)
    elif key == "refund":
        rewards.refund(session, me, number)
    elif key == "restock":
        more, nonce = (
            _whole(typed.get("stock", "0") or "0"),
            once.key_of(me, typed.get("nonce"), f"restock/{number}"),
        )
        rewards.restock(session, me, number, more, typed.get("active") != "0", key=nonce)
    else:
        raise NotFound


@router.get("/purposes")
def purpose_list(request: Request, session: Reader, me: Me, after: str = "") -> Response:
    """What points can be donated to."""
    return _purposes(request, session, me, after=after)


def _purposes(
    request: Request,
    session: Session,
    me: Actor,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
    typed: dict[str, str] | None = None,
    after: str = "",
) -> Response:
    found = purposes.listed(session, ROWS + 1, places.read(after))
    rows, following = places.cut(found, ROWS, lambda row: purposes.place_of(row[0]))
    return page(
        request, "ledger/purposes.html", status_code=status, rows=rows, following=following, me=me,
        mine=reading.accounts_of(session, me), problems=problems, at={p.loc: p.msg for p in problems}, typed=typed or {},
        nonce=once.fresh(),
    )  # fmt: skip


@router.post("/purposes")
def purpose_new(request: Request, me: Me, form: Posted) -> Response:
    """Name a purpose, once for each form that was opened."""
    typed = {k: str(v)[:200] for k, v in form.items()}
    try:
        with transaction() as session:
            target = typed.get("target", "").strip()
            goal = _whole(target) if target else None
            purposes.found(
                session,
                me,
                typed.get("title", ""),
                typed.get("use", ""),
                end_of_day(typed.get("closes", "")),
                goal,
                key=once.key_of(me, typed.get("nonce"), "purpose"),
            )
    except (Invalid, Conflict) as error:
        with looking() as session:
            problems = error.problems or (Problem("", error.detail),)
            return _purposes(request, session, me, tuple(problems), error.status, typed)
    return RedirectResponse("/ledger/purposes", 303)


@router.post("/purposes/{number}/close")
def purpose_close(me: Me, number: str) -> Response:
    """End a purpose of my organisation; what was donated is cancelled for it."""
    with transaction() as session:
        purposes.close(session, me, number)
    return RedirectResponse("/ledger/purposes", 303)
