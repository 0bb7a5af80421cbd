"""What the ledger does by itself: unanswered offers and orders come back, purposes end, points are bought back."""

from collections.abc import Callable

from sqlmodel import Session, col, select

from models.tables import LedgerAccount, ScenarioRun
from models.vocabulary.amounts import whole_tonnes
from services import ledger, points, purposes, rewards, trading

#: Each gives back or ends one thing that is due, and says how many it found. One a transaction: what is posted is then
#: never held while the next waits for somebody, who may be waiting for it.
STEPS: dict[str, Callable[[Session, int], int]] = {
    "offers": trading.expire,
    "orders": rewards.expire,
    "purposes": purposes.close_due,
    "freezes": ledger.release_expired,
}


def to_buy_back(session: Session) -> list[LedgerAccount]:
    """Merchants with points for a whole tonne (J05)."""
    return [a for a in points.merchants(session) if whole_tonnes(points.balance(session, a).available)[0]]


def unfinished_runs(session: Session) -> list[int]:
    """Scenario runs that were begun and are not done; each is carried on step by step (G28)."""
    open_ones = (col(ScenarioRun.state) == "gathering") | (
        (col(ScenarioRun.state) == "issued") & (col(ScenarioRun.converted) < col(ScenarioRun.persons))
    )
    return [
        n for n in session.exec(select(ScenarioRun.id).where(open_ones).order_by(col(ScenarioRun.id))) if n
    ]
