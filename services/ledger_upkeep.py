"""What the ledger does by itself: unanswered offers and orders come back, purposes end, points are bought back."""

from sqlmodel import Session, col, select

from models.tables import ScenarioRun
from services import ledger, points, purposes, rewards, trading


def sweep(session: Session) -> dict[str, int]:
    """One round; how many of each. Several may run at once (I11, J05)."""
    done = {
        "offers": trading.expire(session),
        "orders": rewards.expire(session),
        "purposes": purposes.close_due(session),
        "freezes": ledger.release_expired(session),
    }
    done["buy_backs"] = sum(
        points.buy_back(session, account) is not None for account in points.merchants(session)
    )
    return done


def unfinished_runs(session: Session) -> list[int]:
    """Scenario runs that were begun and are not done; each is carried on step by step (G28)."""
    open_ones = (col(ScenarioRun.state) == "gathering") | (
        (col(ScenarioRun.state) == "issued") & (col(ScenarioRun.converted) < col(ScenarioRun.persons))
    )
    return [
        n for n in session.exec(select(ScenarioRun.id).where(open_ones).order_by(col(ScenarioRun.id))) if n
    ]
