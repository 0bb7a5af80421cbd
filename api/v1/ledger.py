"""The ledger read by programs: accounts, statements, lots, the whole."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from sqlmodel import Session

from api.dependencies import Has, Me, Reader
from api.errors import language
from api.v1.ledger_models import (
    AccountDetail,
    AccountList,
    AccountOut,
    DutyOut,
    HoldingOut,
    LotList,
    LotOut,
    MovementOut,
    Overview,
    StandingOut,
    Statement,
)
from models.tables import LedgerAccount
from services import experience, funds, ledger_reading, points, replacements
from services.access import Actor
from services.reading import ledger as reading
from services.reading.ledger import WATCHERS, Wanted

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])

Watcher = Annotated[Actor, Depends(Has(*WATCHERS))]
Limit = Annotated[int, Query(ge=1, le=200)]
Below = Annotated[str | None, Query(description="`next_cursor` of the page before", pattern=r"^[0-9]{1,9}$")]


def _summary(session: Session, me: Actor, account: LedgerAccount) -> dict[str, Any]:
    held = ledger_reading.holdings(session, account)
    have = points.balance(session, account)
    return {
        "number": account.number,
        "kind": account.kind,
        "holder": reading.holder_name(session, me, account),
        "reductions_g": sum(h.posted_g for h in held),
        "frozen_g": sum(h.frozen_g for h in held),
        "points": have.total,
        "points_frozen": have.frozen,
        "holdings": [HoldingOut.model_validate(h) for h in held],
        "points_of_class": have.of_class,
    }


@router.get("/accounts", summary="My accounts")
def accounts(session: Reader, me: Me) -> AccountList:
    found = [_summary(session, me, a) for a in reading.accounts_of(session, me)]
    return AccountList(items=[AccountOut(**f) for f in found])


@router.get("/accounts/all", summary="Every account (issuer, supervisor, auditor, bureau, exchange)")
def every_account(
    session: Reader,
    _me: Watcher,
    q: Annotated[str, Query(max_length=60)] = "",
    limit: Limit = 50,
    cursor: Below = None,
) -> AccountList:
    rows = reading.accounts(session, q, limit + 1, int(cursor) if cursor else None)
    items = [
        AccountOut(
            number=r.number, kind=r.kind, holder=r.holder, reductions_g=r.reductions_g, frozen_g=r.frozen_g,
            points=r.points,
        )
        for r in rows[:limit]
    ]  # fmt: skip
    return AccountList(items=items, next_cursor=str(rows[limit - 1].id) if len(rows) > limit else None)


@router.get("/accounts/{number}", summary="An account: lots, points, money, standing")
def account(request: Request, session: Reader, me: Me, number: str) -> AccountDetail:
    found = reading.account_for(session, me, number)
    standing = experience.standing(session, found)
    return AccountDetail(
        **_summary(session, me, found),
        fund_fen=funds.balance(session, found.id or 0),
        standing=StandingOut(
            level=standing.level.of(language(request)),
            reductions_g=standing.reductions_g,
            points=standing.points,
        ),
        experience=experience.total(session, found.party_id),
        duties=[DutyOut.model_validate(d) for d in replacements.of_party(session, found.party_id)],
    )


@router.get("/accounts/{number}/statement", summary="Movements, newest first, each with the balance after it")
def statement(
    session: Reader,
    me: Me,
    number: str,
    kind: Annotated[str, Query(max_length=20, description="kind of act")] = "",
    lot: Annotated[str, Query(max_length=80, description='number of a lot, or "PT" for points')] = "",
    since: date | None = None,
    until: Annotated[date | None, Query(description="included")] = None,
    limit: Limit = 50,
    cursor: Annotated[str, Query(max_length=80)] = "",
) -> Statement:
    found = reading.account_for(session, me, number)
    wanted = Wanted(_plain(kind), _plain(lot), since, until, cursor)
    rows = list(reading.movements(session, found, wanted, limit + 1))
    items = [
        MovementOut(
            **{k: getattr(r, k) for k in ("at", "act_id", "kind", "reason", "points", "lot", "method_class")},
            **{k: getattr(r, k) for k in ("certificate", "code", "case_no")},
            counter_account=r.other,
            in_g=r.came,
            out_g=r.went,
            frozen_g=r.held,
            balance_g=r.balance,
        )
        for r in rows[:limit]
    ]
    return Statement(items=items, next_cursor=rows[limit - 1].cursor if len(rows) > limit else None)


def _plain(value: str) -> str:
    return value.replace("\x00", "")


@router.get("/lots", summary="Lots in public, newest first")
def lots(session: Reader, limit: Limit = 50, cursor: Below = None) -> LotList:
    rows = reading.lots(session, limit + 1, int(cursor) if cursor else None)
    last = rows[limit - 1].book_id if len(rows) > limit else None
    return LotList(
        items=[LotOut.model_validate(r) for r in rows[:limit]], next_cursor=str(last) if last else None
    )


@router.get("/lots/{number}", summary="A lot: where its grams are")
def lot(session: Reader, number: str) -> LotOut:
    return LotOut.model_validate(reading.lot_page(session, number).row)


@router.get("/overview", summary="The whole ledger, and whether it adds up")
def overview(
    session: Reader,
    _me: Watcher,
    check: Annotated[bool, Query(description="replay every movement, too")] = False,
) -> Overview:
    told = reading.totals(session)
    wrong = ledger_reading.audit(session) if check else None
    return Overview(
        **told.__dict__,
        adds_up=told.adds_up and not wrong,
        duties=[DutyOut.model_validate(d) for d in replacements.listed(session)],
        wrong=wrong[:100] if wrong is not None else None,
    )
