"""Acting on the ledger on screen: one page an act, offers and listings, goods, purposes, mandates."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from api import ledger_typed, once, places
from api.dependencies import Me, Posted, Reader
from api.ledger_acts import SPECS, ActSpec, other_account
from api.ledger_acts import offered as offered_to
from api.pages.ledger import account_page
from api.pages.ledger_said import answered, said
from api.templating import page
from models.tables import Act, LedgerAccount, Lot, Offer, Party
from models.vocabulary.amounts import CHOSEN, grams_of_tonnes
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.text import Text
from models.vocabulary.trades import KINDS, STATES
from models.vocabulary.whole import is_whole
from models.vocabulary.written import number_written
from services import funds, ledger_reading, mandates, points, purposes, replacements, trading
from services.access import Actor
from services.clock import SHANGHAI
from services.ledger_posting import KeyTaken
from services.reading import ledger as reading
from services.reading import market as market_lists
from services.session import reading as looking
from services.session import transaction

router = APIRouter(prefix="/ledger")
ROWS = 50


def _spec(account: LedgerAccount, key: str) -> ActSpec:
    if key not in {s.key for s in offered_to(account.kind)}:
        raise NotFound
    return SPECS[key]


def _tradable(session: Session, me: Actor, number: str, key: str) -> LedgerAccount:
    """One's own account; for trades also one with a mandate."""
    if key in ("listing", "agreement", "transfer"):
        found = next((a for a in mandates.accounts_for(session, me) if a.number == number), None)
        if found is not None:
            return found
    return reading.own_account(session, me, number)


#: Fields by what the services call them, where a page calls them otherwise.
FIELDS = {"target": "to", "amount": "amount_g", "price": "price_fen"}


@router.get("/accounts/{number}/acts/{key}")
def act_page(
    request: Request, session: Reader, me: Me, number: str, key: str, lot: str = "", duty: str = ""
) -> Response:
    """The form of an act. Its key stays the same however often it is sent."""
    account = _tradable(session, me, number, key)
    return _act(
        request, session, account, _spec(account, key), {"lot": lot, "duty": duty, "nonce": once.fresh()}
    )


def _act(
    request: Request,
    session: Session,
    account: LedgerAccount,
    spec: ActSpec,
    typed: dict[str, str],
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    held = [h for h in ledger_reading.holdings(session, account) if h.available_g > 0]
    return page(
        request,
        "ledger/act.html",
        status_code=status,
        account=account,
        spec=spec,
        typed=typed,
        problems=problems,
        at={p.loc: p.msg for p in problems},
        held=held,
        duties=[d for d in replacements.of_party(session, account.party_id) if d.left_g],
        points=points.balance(session, account),
        purposes=purposes.taking(session),
        uses=CHOSEN,
    )


@router.post("/accounts/{number}/acts/{key}")
def act(request: Request, me: Me, form: Posted, number: str, key: str) -> Response:
    """Carry an act out, once for each form that was opened."""
    typed = {k: str(v)[:300] for k, v in form.items()}
    try:
        with transaction() as session:
            account = _tradable(session, me, number, key)
            spec = _spec(account, key)
            body = ledger_typed.body_of(spec, typed)
            done = spec.do(session, me, account, once.key_of(me, typed.get("nonce"), "act"), body)
    except (Invalid, Conflict) as error:
        if isinstance(error, KeyTaken):  # the form was carried out: looked at anew, it can be sent anew
            typed |= {"nonce": once.fresh(), "sure": ""}
            error = Conflict(ledger_typed.BEFORE)
        with looking() as session:
            account = _tradable(session, me, number, key)
            found = error.problems or (Problem("", error.detail),)
            problems = tuple(Problem(FIELDS.get(p.loc, p.loc), p.msg) for p in found)
            return _act(request, session, account, _spec(account, key), typed, problems, error.status)
    here = f"accounts/{number}?done={done.id}" if isinstance(done, Act) else f"market?done={key}"
    return RedirectResponse(f"/ledger/{here}", 303)


# ---- offers and listings ---------------------------------------------------------------------------


@router.get("/market")
def market(
    request: Request,
    session: Reader,
    me: Me,
    done: str = "",
    mine: str = "",
    listed: str = "",
    waiting: str = "",
) -> Response:
    """My offers, those made to me, open listings, and what the exchange has to settle; each list goes on by itself."""
    after = {"mine": mine, "listed": listed, "waiting": waiting}
    return _market(request, session, me, after=after, flash=said(done))


def _market(
    request: Request,
    session: Session,
    me: Actor,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
    typed: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """The page; `typed` came with what is refused: `fund` names the form of money, `offer` the listing."""
    mine = [*reading.accounts_of(session, me), *mandates.accounts_for(session, me)]
    settles = me.is_any(*trading.SETTLERS)
    lists = _lists(session, [a.id or 0 for a in mine], settles, after or {})
    rows, listed, waiting = (lists[key][0] for key in ("mine", "listed", "waiting"))
    every = [*rows, *listed, *waiting]
    accounts = _accounts(session, every)
    return page(
        request,
        "ledger/market.html",
        status_code=status,
        mine=mine,
        own={a.id for a in mine},
        rows=rows,
        listed=listed,
        waiting=waiting,
        further={key: following for key, (_, following) in lists.items()},
        lots=_lots(session, every),
        numbers={i: a.number for i, a in accounts.items()},
        names=_names(session, me, [accounts[i] for r in (*rows, *waiting) for i in _sides(r)]),
        kinds=KINDS,
        states=STATES,
        yuan=funds.yuan,
        money={a.id: funds.yuan(funds.balance(session, a.id or 0)) for a in mine},
        settles=settles,
        nonce=once.fresh(),
        problems=problems,
        at={p.loc: p.msg for p in problems},
        typed=typed or {},
        **more,
    )


def _lists(
    session: Session, mine: list[int], settles: bool, after: dict[str, str]
) -> dict[str, tuple[list[Offer], str]]:
    """A page of each list, and where it goes on."""
    place = {key: places.read(after.get(key, "")) for key in ("mine", "listed", "waiting")}
    rows, listed = (
        market_lists.mine(session, mine, ROWS + 1, place["mine"]),
        market_lists.listed(session, ROWS + 1, place["listed"]),
    )
    first = place["waiting"][1] if place["waiting"] else 0
    waiting = market_lists.accepted(session, ROWS + 1, first) if settles else []
    return {
        "mine": places.cut(rows, ROWS, market_lists.place_of_mine),
        "listed": places.cut(listed, ROWS, market_lists.place_of_listed),
        "waiting": places.cut(waiting, ROWS, lambda r: (0, r.id or 0)),
    }


def _sides(row: Offer) -> list[int]:
    return [i for i in (row.seller_id, row.buyer_id) if i is not None]


def _lots(session: Session, rows: list[Offer]) -> dict[int, str]:
    books = {r.book_id for r in rows}
    return dict(session.exec(select(Lot.book_id, Lot.number).where(col(Lot.book_id).in_(books))).all())


def _accounts(session: Session, rows: list[Offer]) -> dict[int, LedgerAccount]:
    ids = {i for r in rows for i in _sides(r)}
    found = session.exec(select(LedgerAccount).where(col(LedgerAccount.id).in_(ids)))
    return {a.id or 0: a for a in found}


def _names(session: Session, me: Actor, accounts: list[LedgerAccount]) -> dict[int, str]:
    """Whose the accounts are, as far as the reader may know: a natural person by the first character (I35)."""
    ids = {a.party_id for a in accounts}
    known = {
        p.id: p for p in session.exec(select(Party).where(col(Party.id).in_(ids)))
    }  # read once, all of them
    return {a.id or 0: reading.holder_name(session, me, a) for a in accounts if a.party_id in known}


@router.post("/offers/{number}/{key}")
def answer(request: Request, me: Me, form: Posted, number: str, key: str) -> Response:
    """accept, refuse, take or settle."""
    try:
        with transaction() as session:
            _answer(session, me, form, number, key)
    except (Invalid, Conflict, NotAllowed) as error:
        with looking() as session:
            found = error.problems or (Problem("", error.detail),)
            problems = tuple(replace(p, loc="tonnes") if p.loc == "amount" else p for p in found)
            typed = {k: str(form.get(k, ""))[:100] for k in ("account", "tonnes")} | {"offer": number}
            return _market(request, session, me, problems, error.status, typed)
    return RedirectResponse(f"/ledger/market?done={answered(number, key)}", 303)


def _answer(session: Session, me: Actor, form: FormData, number: str, key: str) -> None:
    nonce = once.key_of(me, form.get("nonce"), number)
    if key == "accept":
        trading.accept(session, me, number, key=nonce)
    elif key == "refuse":
        trading.refuse(session, me, number, key=nonce)
    elif key == "settle":
        trading.settle(session, me, number, key=nonce)
    elif key == "take":
        if not form.get("account"):
            raise Invalid((Problem("account", ledger_typed.WRONG["buyer"]),))
        buyer = _tradable(session, me, str(form.get("account", "")), "listing")
        try:
            amount = grams_of_tonnes(number_written(str(form.get("tonnes", "")), "tCO2e"))
        except ValueError as error:
            raise Invalid((Problem("tonnes", ledger_typed.WRONG["tonnes"]),)) from error
        trading.take(session, me, number, key=nonce, buyer=buyer, amount=amount)
    else:
        raise NotFound


@router.post("/funds")
def fund(request: Request, me: Me, form: Posted) -> Response:
    """Money in or out, entered by the exchange; what is refused comes back as it was typed."""
    typed = {k: str(form.get(k, ""))[:100].replace("\x00", "") for k in ("to", "yuan", "note", "out")}
    try:
        with transaction() as session:
            _entered(session, me, typed, str(form.get("nonce", "")))
    except (Invalid, Conflict) as error:
        with looking() as session:
            found = error.problems or (Problem("", error.detail),)
            problems = tuple(replace(p, loc="yuan") if p.loc == "fen" else p for p in found)
            return _market(request, session, me, problems, error.status, typed | {"fund": "1"})
    return RedirectResponse("/ledger/market?done=funds", 303)


def _entered(session: Session, me: Actor, typed: dict[str, str], nonce: str) -> None:
    account = other_account(session, typed["to"])
    try:
        fen = ledger_typed.fen_of(number_written(typed["yuan"], "元"))
    except ValueError as error:
        raise Invalid((Problem("yuan", ledger_typed.WRONG["yuan"]),)) from error
    enter = funds.withdraw if typed["out"] else funds.deposit
    enter(session, me, key=once.key_of(me, nonce, "fund"), account=account, fen=fen, note=typed["note"])


@router.post("/mandates")
def mandate(request: Request, me: Me, form: Posted) -> Response:
    """Record a mandate for another organisation; what is wrong is told at its field, and what was typed stays."""
    typed = {k: str(form.get(k, ""))[:100].replace("\x00", "") for k in ("agent", "until", "limit")}
    try:
        with transaction() as session:
            _mandate(session, me, typed)
    except (Invalid, Conflict) as error:
        with looking() as session:
            own = next(iter(reading.accounts_of(session, me)), None)
            if own is None:
                raise
            problems = tuple(
                replace(p, loc="agent") if p.loc == "to" else p
                for p in error.problems or (Problem("", error.detail),)
            )
            return account_page(
                request, session, me, own.number, typed=typed, problems=problems, status=error.status
            )
    return RedirectResponse("/ledger", 303)


def _mandate(session: Session, me: Actor, typed: dict[str, str]) -> None:
    """Every defect of the form at once."""
    problems: list[Problem] = []
    agent, until, limit = None, None, None
    try:
        agent = session.get_one(Party, other_account(session, typed["agent"].strip()).party_id)
    except Invalid as error:
        problems += error.problems
    try:
        until = end_of_day(typed["until"])
    except Invalid as error:
        problems += error.problems
    try:
        limit = grams_of_tonnes(number_written(typed["limit"], "tCO2e")) if typed["limit"].strip() else None
    except ValueError:
        problems.append(Problem("limit", ledger_typed.WRONG["tonnes"]))
    if problems or agent is None or until is None:
        raise Invalid(tuple(problems))
    mandates.grant(session, me, agent, until, limit or None)


def end_of_day(typed: str) -> datetime:
    """The end of the day typed."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=SHANGHAI) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Invalid((Problem("until", Text("Choose a day.", "请选择日期。")),)) from error


@router.post("/mandates/{number}/revoke")
def revoke(me: Me, number: str) -> Response:
    """End a mandate."""
    if not is_whole(number, 15):
        raise NotFound
    with transaction() as session:
        mandates.revoke(session, me, int(number))
    return RedirectResponse("/ledger", 303)
