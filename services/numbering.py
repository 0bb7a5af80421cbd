"""Gap-free numbers: taken in the transaction that uses them, given back when it rolls back."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from services.clock import SHANGHAI

_NEXT = text("""
    insert into counter (series, year, n) values (:series, :year, 1)
    on conflict (series, year) do update set n = counter.n + 1 returning n""")


def next_number(session: Session, series: str, at: datetime) -> int:
    """The next number of `series` in the Shanghai year of `at`, from 1."""
    year = at.astimezone(SHANGHAI).year
    return int(session.connection().execute(_NEXT, {"series": series, "year": year}).scalar_one())


_TAKEN = text("""
    select 1 from party where account_no = :number union all select 1 from ledger.account where number = :number""")


def account_number(session: Session, prefix: str, at: datetime) -> str:
    """A new account number 账户编号, e.g. SHJG-2026-000001; numbers that parties have brought are passed over."""
    while True:
        n = next_number(session, f"ledger.{prefix}", at)
        number = f"{prefix}-{at.astimezone(SHANGHAI).year}-{n:06d}"
        if session.connection().execute(_TAKEN, {"number": number}).first() is None:
            return number


def case_number(session: Session, prefix: str, at: datetime) -> str:
    """A case number 办件编号, e.g. SHTPH-XM-2026-0001."""
    return f"SHTPH-{prefix}-{at.astimezone(SHANGHAI).year}-{next_number(session, 'case.' + prefix, at):04d}"


def document_number(session: Session, series: str, at: datetime) -> str:
    """A document number 文号, e.g. 沪碳普惠补〔2026〕0001号."""
    return (
        f"沪碳普惠{series}〔{at.astimezone(SHANGHAI).year}〕{next_number(session, 'doc.' + series, at):04d}号"
    )
