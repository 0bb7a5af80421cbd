"""Entries to evaluate, and playing an evaluation of one."""

import itertools
from typing import Any

from sqlmodel import col, select

from models.tables import Lot, Project
from models.vocabulary.amounts import CancelPurpose
from services import ledger, ledger_reading
from services.session import transaction
from tests import entries
from tests.scenarios.conftest import Stage
from tests.scenarios.play import Played, Scenario

NUMBERS = itertools.count(1)
CHECKED = ["data_check", "evaluation_report"]
REPORTED = ["evaluation_findings", "evaluation_report"]
YEAR = 356_049_000


class Setting:
    """A published entry to evaluate, perhaps with a lot issued for its year."""

    def __init__(self, kind: str = "project", grams: int = 0) -> None:
        with transaction() as session:
            holder = entries.named(session, "operator" if kind == "scenario" else "applicant")
            self.entry = entries.published(session, next(NUMBERS), holder, kind)
            session.flush()
            self.number, self.lot = self.entry.number, ""
            if grams:
                people = tuple(entries.named(session, name).id or 0 for name in ("officer2", "supervisor2"))
                issuer = entries.named(session, "issuer")
                lot, account = entries.issued(
                    session, self.entry, grams, approvers=(people[0], people[1]), issuer=issuer
                )
                self.lot, self.account = lot.number, account.number

    def form(self, **coverage: Any) -> Any:
        def change(form: dict[str, Any]) -> None:
            form["subject"] |= {"project_number": self.number}
            if coverage.get("way") == "correction":
                form["subject"] |= {"trigger": "anomaly"}
            form["coverage"] |= coverage

        return change

    def state(self) -> str:
        with transaction() as session:
            return session.exec(select(Project).where(Project.number == self.number)).one().state

    def holding(self) -> int:
        with transaction() as session:
            account = ledger.account(session, self.account)
            return sum(h.posted_g for h in ledger_reading.holdings(session, account) if h.lot == self.lot)

    def spend(self, grams: int) -> None:
        """The holder uses part of the lot, for good."""
        with transaction() as session:
            lot = session.exec(select(Lot).where(Lot.number == self.lot)).one()
            source = ledger.account(session, self.account)
            ledger.cancel(
                session,
                None,
                key=f"{self.lot}/spent",
                lot=lot,
                source=source,
                amount=grams,
                purpose=CancelPurpose.VOLUNTARY,
            )

    def lots(self, new_g: int) -> dict[str, Any]:
        return {"lots": [{"lot_number": self.lot, "old_g": YEAR, "new_g": new_g}]}


def play(stage: Stage, setting: Setting, coverage: dict[str, Any] | None = None, **answers: Any) -> Played:
    wanted = Scenario(
        procedure="tracking_evaluation",
        form=setting.form(**(coverage or {})),
        answers={key.replace("__", "/"): answer for key, answer in answers.items()},
    )
    return stage.run(lambda cast: cast.play(wanted, 0))  # type: ignore[no-any-return]


def rows(table: Any, case: Played) -> list[Any]:
    with transaction() as session:
        return list(session.exec(select(table).where(table.case_id == case.case_id).order_by(col(table.id))))
