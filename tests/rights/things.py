"""Two parties with one of everything whose number stands in an address: accounts, offers, mandates, keys, devices, views."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, select

from models.tables import (
    DataBatch,
    DeviceCalibration,
    Notification,
    Party,
    Project,
    ReadingRow,
    SavedView,
    User,
)
from runtime import ledger_storm
from services import absences, blobs, clock, ledger, mandates, trading
from services.access import Actor, actor_of
from services.monitoring import keys
from services.session import transaction
from tests import factories
from tests.monitoring import rows

TONNE = 1_000_000
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass
class Side:
    """A party with its people, its project and its account; `ids` holds one of each kind of thing."""

    user: User
    actor: Actor
    project: Project
    ids: dict[str, Any] = field(default_factory=dict)


@dataclass
class Things:
    one: Side
    two: Side
    officers: tuple[User, User]
    ids: dict[str, Any]


def build() -> Things:
    """Everything, committed."""
    with transaction() as session:
        one, two = _side(session), _side(session)
        ground = ledger_storm.lay(session, 1, grams=10 * TONNE)
        ledger.transfer(
            session, None, key=f"{ground.key}/t", lot=ground.lot, source=ground.accounts[0],
            target=one.ids["account_row"], amount=9 * TONNE,
        )  # fmt: skip
        offer = trading.offer(
            session, one.actor, key=f"{ground.key}/o", kind="transfer", lot=ground.lot,
            source=one.ids["account_row"], target=ground.accounts[0], amount=TONNE, price_fen=0,
        )  # fmt: skip
        third = factories.party(session)
        factories.user(session, "merchant", party=third)
        until = clock.now() + timedelta(days=30)
        one.ids |= {"offer": offer.number, "mandate": mandates.grant(session, one.actor, third, until).id}
        first, second = (factories.user(session, "officer") for _ in range(2))
        ids = {"lot": ground.lot.number, **_office(session, first, factories.user(session, "officer"))}
        return Things(one, two, (first, second), ids)


def _side(session: Session) -> Side:
    project = rows.published(session)
    actor = rows.owner(session, project)
    user = session.get_one(User, actor.user_id)
    side = Side(user, actor, project)
    party = user.party_id
    assert party is not None
    side.ids["account_row"] = account = ledger.open_account(session, None, session.get_one(Party, party))
    device = rows.device(session, project)
    file = session.exec(select(DeviceCalibration).where(DeviceCalibration.device_id == device.id)).first()
    assert file is not None
    file.filename, file.sha256 = "检定证书.pdf", blobs.put(PDF)
    session.add(file)
    batch = session.exec(select(DataBatch).where(DataBatch.project_id == project.id)).first()
    reading = session.exec(select(ReadingRow).where(ReadingRow.project_id == project.id)).first()
    note = Notification(user_id=actor.user_id, kind="reply", dedupe="x", text_zh="消息", text_en="A message")
    session.add(note)
    session.flush()
    side.ids |= {
        "account": account.number,
        "key": keys.make(session, actor, project, "平台").row.id,
        "calibration": file.id,
        "batch": batch.id if batch else None,
        "reading": reading.id if reading else None,
        "notification": note.id,
        "project": project.number,
    }
    return side


def _office(session: Session, user: User, deputy: User) -> dict[str, Any]:
    """What belongs to one officer alone."""
    view = SavedView(user_id=user.id or 0, page="/tasks", name="我的", query="queue=inbox")
    session.add(view)
    session.flush()
    first = clock.today().date() + timedelta(days=30)
    away = absences.enter(
        session, actor_of(user), user.username, deputy.username, _working(first), _working(first) + timedelta(days=1)
    )  # fmt: skip
    return {"view": view.id, "absence": away.id}


def _working(day: date) -> date:
    while day.weekday() > 2:
        day += timedelta(days=1)
    return day
