"""Deeds of the mall onboarding: what its course does in the register, and what it branches on (J06, J09, J10)."""

from datetime import datetime

from sqlmodel import Session

from models.tables import Case
from models.vocabulary.errors import Conflict
from models.vocabulary.text import Text
from services import limits, mall
from services.deed_kinds import Deed, DeedDone

#: What the bureau does with an evaluation reported to it, by the value of the setting `bureau_gate`.
GATES = {1: "approve", 2: "notify"}


def mall_mode(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """Which mode was applied for; it does not change on the way."""
    return DeedDone(outcome=str(case.form["mode"]))


def bureau_gate(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """Does the bureau decide on the evaluation, or only take notice of it (J09)? As it was when the case was filed."""
    return DeedDone(
        outcome=GATES.get(limits.when_filed(session, case.submitted_at)["bureau_gate"], "approve")
    )


def mall_admit(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """Both have signed: the merchant is in the register, its systems are being connected."""
    mall.admit(session, case, now)
    return DeedDone()


def mall_online(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """Connected and accepted: the mall is open (J10)."""
    mall.open_up(session, case, now)
    return DeedDone()


def event_schedule(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """The event is in the register; it waits for its first instant."""
    return DeedDone(due_at=mall.admit(session, case, now).opens_at)


def event_open(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """The event is open until its last instant."""
    return DeedDone(due_at=mall.open_up(session, case, now).closes_at)


def event_close(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """The event closes by itself (J10)."""
    mall.close_down(session, case, now, "活动期满")
    return DeedDone()


def refuse_opened(session: Session, case: Case) -> None:
    """A merchant whose mall has opened does not take its application back. Raises Conflict."""
    member = mall.of_case(session, case)
    if member is not None and member.state != "connecting":
        raise Conflict(
            Text(
                f"{member.number} has opened; the application can no longer be withdrawn.",
                f"{member.number} 已上线，不能撤回；如需退出商城，请与环交所联系。",
            ),
            "changed",
        )


DEEDS: dict[str, Deed] = {
    deed.__name__: deed
    for deed in (mall_mode, bureau_gate, mall_admit, mall_online, event_schedule, event_open, event_close)
}
