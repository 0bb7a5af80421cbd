"""The ledger on screen: accounts, statements, lots, the whole; and the same as Excel (M11)."""

import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api import days
from api.dependencies import Has, Me, Reader, Writer
from api.downloads import streamed
from api.errors import language
from api.ledger_acts import offered
from api.templating import page
from models.tables import Act, LedgerAccount, Party
from models.vocabulary.amounts import ACTS, tonnes
from models.vocabulary.errors import Invalid, NotAllowed, Problem
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from services import (
    audit,
    clock,
    experience,
    exports,
    funds,
    ledger,
    ledger_certificates,
    ledger_reading,
    mandates,
    points,
    replacements,
)
from services.access import Actor
from services.reading import ledger as reading
from services.reading.ledger import WATCHERS, Movement, Wanted

router = APIRouter()
Watcher = Annotated[Actor, Depends(Has(*WATCHERS))]
ROWS = 40
HOUSES: dict[str, Text] = {
    "issuance": Text("Issuance", "签发"),
    "cancelled": Text("Cancelled", "注销"),
    "withdrawn": Text("Corrected", "冲正"),
    "custody": Text("Set aside", "冻结"),
    "pool": Text("Points pool", "积分池"),
    "mint": Text("Points", "碳积分"),
}


@router.get("/ledger")
def home(request: Request, session: Reader, me: Me) -> Response:
    """My accounts, or how to open one."""
    mine = reading.accounts_of(session, me)
    if not mine and me.is_any(*WATCHERS):
        return RedirectResponse("/ledger/overview", 303)
    if len(mine) == 1:
        return RedirectResponse(f"/ledger/accounts/{mine[0].number}", 303)
    party = session.get(Party, me.party_id) if me.party_id else None
    owed = replacements.of_party(session, party.id or 0) if party else []
    return page(request, "ledger/home.html", party=party, duties=owed)


@router.post("/ledger/open")
def open_account(session: Writer, me: Me) -> Response:
    """Open the account of the person's party."""
    if me.party_id is None:
        told = Text("You act for nobody who can hold an account.", "您的账号未关联可开户的单位或个人。")
        raise NotAllowed(told)
    found = ledger.open_account(session, me, session.get_one(Party, me.party_id))
    return RedirectResponse(f"/ledger/accounts/{found.number}", 303)


@router.get("/ledger/accounts/{number}")
def account(request: Request, session: Reader, me: Me, number: str, done: str = "") -> Response:
    """An account: what it has of each lot, its points, and what can be done."""
    return account_page(request, session, me, number, done=done)


def account_page(
    request: Request,
    session: Session,
    me: Actor,
    number: str,
    *,
    done: str = "",
    typed: dict[str, str] | None = None,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    """The page, with what was typed into the form of a mandate and what is wrong with it."""
    found = reading.account_for(session, me, number)
    own = me.party_id == found.party_id
    owed = replacements.of_party(session, found.party_id)
    active = session.get_one(Party, found.party_id).account_active
    held = ledger_reading.holdings(session, found)
    open_duties, available = any(d.left_g for d in owed), any(h.available_g > 0 for h in held)
    return page(
        request,
        "ledger/account.html",
        status_code=status,
        typed=typed or {},
        problems=problems,
        at={p.loc: p.msg for p in problems},
        account=found,
        own=own,
        active=active,
        holder=reading.holder_name(session, me, found),
        held=held,
        short=open_duties and not available,
        points=points.balance(session, found),
        fund=funds.yuan(funds.balance(session, found.id or 0)),
        standing=experience.standing(session, found),
        experience=experience.total(session, found.party_id),
        duties=owed,
        acts=offered(found.kind, owes=open_duties and available) if own and active else [],
        latest=list(reading.movements(session, found, Wanted(), 5)),
        words=ACTS,
        houses=HOUSES,
        mandates=mandates.of_party(session, found.party_id) if own else [],
        receipt=_receipt(session, found, done),
    )


def _receipt(session: Session, account: LedgerAccount, done: str) -> dict[str, Any] | None:
    """What has just been posted, for the line at the top."""
    row = next((m for m in reading.movements(session, account, Wanted(), 20) if str(m.act_id) == done), None)
    act = session.get(Act, row.act_id) if row else None
    if act is None:
        return None
    return {"kind": ACTS[act.kind], "paper": ledger_certificates.of_act(session, act)}


def _wanted(kind: str, lot: str, first: date | None, last: date | None, cursor: str = "") -> Wanted:
    return Wanted(kind if kind in ACTS else "", lot.replace("\x00", "")[:80], first, last, cursor)


@router.get("/ledger/accounts/{number}/statement")
def statement(
    request: Request,
    session: Reader,
    me: Me,
    number: str,
    kind: str = "",
    lot: str = "",
    since: str = "",
    until: str = "",
    cursor: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Movements with running balances, filtered; none where what is asked for is no time."""
    found = reading.account_for(session, me, number)
    first, last, problems = days.span(since, until)
    wanted = _wanted(kind, lot, first, last, cursor)
    rows = [] if problems else list(reading.movements(session, found, wanted, ROWS + 1))
    return page(
        request,
        "ledger/statement.html",
        status_code=Invalid.status if problems else 200,
        problems=problems,
        at={p.loc: p.msg for p in problems},
        typed={"since": since, "until": until},
        account=found,
        holder=reading.holder_name(session, me, found),
        rows=rows[:ROWS],
        next_cursor=rows[ROWS - 1].cursor if len(rows) > ROWS else None,
        wanted=wanted,
        words=ACTS,
        houses=HOUSES,
        lots=reading.lots_of(session, found),
    )


COLUMNS = (
    Text("Time", "登记时间"), Text("Act", "业务"), Text("Kind", "种类"), Text("Lot", "批次"), Text("Class", "类别"),
    Text("Other account", "对方账户"), Text("In", "转入"), Text("Out", "转出"), Text("Set aside", "冻结增减"),
    Text("Balance", "余额"), Text("Balance (t)", "余额（吨）"), Text("Reason", "事由"),
    Text("Certificate", "凭证编号"), Text("Case", "办件编号"), Text("Number", "流水号"),
)  # fmt: skip
BALANCES = (
    Text("Lot", "批次"), Text("Project or scenario", "项目（场景）编号"), Text("Kind", "种类"),
    Text("Methodology", "方法学"), Text("Class", "类别"), Text("Vintage", "年份"), Text("Period from", "监测期起"),
    Text("Period to", "监测期止"), Text("Held (g)", "持有（克）"), Text("Set aside (g)", "冻结（克）"),
    Text("Available (g)", "可用（克）"), Text("Available (t)", "可用（吨）"),
)  # fmt: skip
POINTS, REDUCTIONS = Text("Points", "碳积分"), Text("Reductions (g)", "减排量（克）")
ORIGINS = {"project": Text("project", "项目"), "scenario": Text("scenario", "场景")}


@router.get("/ledger/accounts/{number}/statement.xlsx")
def statement_file(
    request: Request,
    session: Writer,
    me: Me,
    number: str,
    kind: str = "",
    lot: str = "",
    since: str = "",
    until: str = "",
) -> Response:
    """The statement as Excel; written to a file as the rows come, and sent from there.

    Raises:
        Invalid: what is asked for is no time.
    """
    found = reading.account_for(session, me, number)
    first, last, problems = days.span(since, until)
    if problems:
        raise Invalid(problems)
    rows, lang = reading.movements(session, found, _wanted(kind, lot, first, last), None), language(request)
    title = Text("Statement", "对账单")
    return _sheet(session, me, found, title, lang, COLUMNS, (_cells(m, lang) for m in rows))


def _cells(m: Movement, lang: str) -> tuple[Any, ...]:
    other = HOUSES[m.other].of(lang) if m.other in HOUSES else f"{m.other} {m.other_name}".strip()
    kind = POINTS if m.points else REDUCTIONS
    return (
        m.at, ACTS[m.kind].of(lang), kind.of(lang), m.lot, m.method_class, other, m.came, m.went, m.held, m.balance,
        "" if m.points else tonnes(m.balance), m.reason, m.certificate, m.case_no, str(m.act_id),
    )  # fmt: skip


@router.get("/ledger/accounts/{number}/balances.xlsx")
def balances_file(request: Request, session: Writer, me: Me, number: str) -> Response:
    """What the account has, lot by lot, as Excel."""
    found, lang = reading.account_for(session, me, number), language(request)
    have = points.balance(session, found)
    rows: list[tuple[Any, ...]] = [
        (
            h.lot, h.origin, ORIGINS[h.origin_kind].of(lang), h.methodology, h.method_class, h.vintage,
            h.period_from, h.period_to, h.posted_g, h.frozen_g, h.available_g, tonnes(h.available_g),
        )
        for h in ledger_reading.holdings(session, found)
    ]  # fmt: skip
    rows += [
        (POINTS.of(lang), "", "", "", c, "", "", "", n, "", "", "") for c, n in sorted(have.of_class.items())
    ]
    return _sheet(session, me, found, Text("Balances", "持有明细"), lang, BALANCES, iter(rows))


def _sheet(
    session: Session,
    me: Actor,
    account: LedgerAccount,
    title: Text,
    lang: str,
    columns: tuple[Text, ...],
    rows: Iterator[tuple[Any, ...]],
) -> Response:
    now, name = clock.today(), title.of(lang)
    file = tempfile.SpooledTemporaryFile(max_size=2**20)  # noqa: SIM115 - closed when it has been sent
    note = Text(f"Account {account.number} · as of", f"账户 {account.number} · 截至").of(lang)
    heads = [column.of(lang) for column in columns]
    count = exports.write(file, f"{name} {account.number}", heads, rows, f"{note} {now:%Y-%m-%d %H:%M:%S}")
    data = {"account": account.number, "what": title.zh, "rows": count}
    audit.record(session, Event.EXPORTED, actor=me, data=data)
    return streamed(file, f"{name}-{account.number}-{now:%Y%m%d}.xlsx", exports.MEDIA_TYPE)


@router.get("/ledger/overview")
def overview(
    request: Request,
    session: Reader,
    _me: Watcher,
    q: str = "",
    check: str = "",
    cursor: Annotated[int | None, Query(ge=1, le=2**31)] = None,
    lots: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> Response:
    """Accounts, lots, totals, and whether it all adds up."""
    rows = reading.accounts(session, q, ROWS + 1, cursor)
    issued = reading.lots(session, ROWS + 1, lots)
    began = datetime.now(clock.SHANGHAI)
    wrong = ledger_reading.audit(session) if check else None
    return page(
        request,
        "ledger/overview.html",
        totals=reading.totals(session),
        lots=issued[:ROWS],
        more_lots=issued[ROWS - 1].book_id if len(issued) > ROWS else None,
        duties=replacements.listed(session),
        accounts=rows[:ROWS],
        next_cursor=rows[ROWS - 1].id if len(rows) > ROWS else None,
        q=q,
        wrong=wrong,
        checks=len(ledger_reading.AUDITS),
        seconds=(datetime.now(clock.SHANGHAI) - began).total_seconds(),
    )


@router.get("/lots/{number}")
def lot(request: Request, session: Reader, number: str) -> Response:
    """A lot in public: what it is of, and where its grams are, as an equation (I01)."""
    return page(request, "ledger/lot.html", told=reading.lot_page(session, number), houses=HOUSES)
