"""Money at the exchange 交易资金, in fen: deposited, paid out, and moved with a deal. Never below nothing."""

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import FundEntry, LedgerAccount, TradingFund
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit
from services.access import Actor

MOST = 10**15  # fen of one movement
_OPEN = text("insert into trading_fund (account_id, balance_fen) values (:id, 0) on conflict do nothing")
_LOCK = text("""
    select account_id from trading_fund where account_id in (:a, :b) order by account_id for no key update""")
_TAKE = text("""
    update trading_fund set balance_fen = balance_fen - :fen where account_id = :id and balance_fen >= :fen
    returning balance_fen""")
_GIVE = text("update trading_fund set balance_fen = balance_fen + :fen where account_id = :id")


def balance(session: Session, account_id: int) -> int:
    """What the account has, in fen."""
    found = session.exec(select(TradingFund.balance_fen).where(TradingFund.account_id == account_id)).first()
    return found or 0


def deposit(
    session: Session, actor: Actor, *, key: str, account: LedgerAccount, fen: int, note: str = ""
) -> FundEntry:
    """Enter money that has come in at the bank; under the same key once.

    Raises:
        NotAllowed: not the exchange.
    """
    _exchange(actor)
    return _moved(session, actor, key, "deposit", None, account.id, fen, note)


def withdraw(
    session: Session, actor: Actor, *, key: str, account: LedgerAccount, fen: int, note: str = ""
) -> FundEntry:
    """Enter money paid out.

    Raises:
        NotAllowed: not the exchange.
        Conflict: not so much there.
    """
    _exchange(actor)
    return _moved(session, actor, key, "withdrawal", account.id, None, fen, note)


def pay(
    session: Session, actor: Actor, *, key: str, source_id: int, target_id: int, fen: int, note: str
) -> FundEntry:
    """The payment of a deal; part of the transaction that delivers. Raises Conflict: not so much there."""
    return _moved(session, actor, key, "deal", source_id, target_id, fen, note)


def _moved(
    session: Session,
    actor: Actor,
    key: str,
    kind: str,
    source: int | None,
    target: int | None,
    fen: int,
    note: str,
) -> FundEntry:
    if type(fen) is not int or not 0 < fen <= MOST:
        raise Invalid((Problem("fen", Text("An amount above nothing.", "金额应大于零。")),))
    ends = [e for e in (source, target) if e is not None]
    for end in sorted(ends):
        session.connection().execute(_OPEN, {"id": end})
    session.connection().execute(_LOCK, {"a": ends[0], "b": ends[-1]})
    asked = (kind, source, target, fen)
    found = session.exec(select(FundEntry).where(FundEntry.key == key)).first()
    if found is not None:
        if (found.kind, found.from_id, found.to_id, found.fen) != asked:
            raise Conflict(
                Text(
                    "Another payment was entered under this key.",
                    "该业务流水号已用于另一笔资金变动，本次未予登记。",
                )
            )
        return found
    if source is not None and session.connection().execute(_TAKE, {"id": source, "fen": fen}).first() is None:
        raise Conflict(
            Text("Not enough money at the exchange.", "交易资金不足，请先入金后再办理，本次未成交。"),
            "ledger",
        )
    if target is not None:
        session.connection().execute(_GIVE, {"id": target, "fen": fen})
    row = FundEntry(
        key=key, kind=kind, from_id=source, to_id=target, fen=fen, note=note, by_user=actor.user_id
    )
    session.add(row)
    session.flush()
    data = {"kind": kind, "from": source, "to": target, "fen": str(fen)}
    audit.record(session, Event.LEDGER_FUND, actor=actor, data=data)
    return row


def entries(session: Session, account_id: int, limit: int = 50) -> list[FundEntry]:
    """The latest movements of the account's money."""
    return list(
        session.exec(
            select(FundEntry)
            .where((col(FundEntry.from_id) == account_id) | (col(FundEntry.to_id) == account_id))
            .order_by(col(FundEntry.id).desc())
            .limit(limit)
        )
    )


def yuan(fen: int) -> str:
    """12345 → "123.45"."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def _exchange(actor: Actor) -> None:
    if not actor.is_any(Role.EXCHANGE):
        raise NotAllowed(Text("The exchange enters money.", "交易资金由环交所登记。"))
