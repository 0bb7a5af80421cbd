"""Parties, accounts, experts, methodologies, quota-managed units, calendar and limits.

Every function adds what is missing and changes nothing that is there.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session, select

from models.tables import EtsUnit, Expert, Methodology, Party, User
from runtime.seeds.files import methodologies, records
from services import calendar, clock, limits
from services.people import hash_password, person_key_of

#: The party whose `data` notes how far the demonstration has been set up.
CENTRE = "ORG-CENTRE"
JOINED = datetime(2025, 11, 3, 1, tzinfo=UTC)


def seed(session: Session, password: str) -> None:
    """Everything that stands still. `password` is that of every demonstration account."""
    calendar.seed(session)
    limits.seed(session)
    _parties(session)
    there = set(session.exec(select(User.username)))
    secret = hash_password(password)
    _accounts(session, there, secret)
    _experts(session, there, secret)
    _methodologies(session)
    _quota_managed(session)


def _parties(session: Session) -> None:
    there = set(session.exec(select(Party.key)))
    session.add_all(Party(**row) for row in records("parties") if row["key"] not in there)
    session.flush()
    # the mark of an unfinished demonstration is written with the first row: a stopped run goes on later
    centre = session.exec(select(Party).where(Party.key == CENTRE)).one()
    if "demonstration" not in centre.data:
        centre.data = {**centre.data, "demonstration": {"played": [], "complete": False}}
    session.flush()


def _accounts(session: Session, there: set[str], secret: str) -> None:
    parties = {p.key: p.id for p in session.exec(select(Party))}
    for row in records("accounts"):
        if row["username"] not in there:
            session.add(_account(row, row["roles"], parties[row["party"]], secret))
    session.flush()


def _account(row: dict[str, Any], roles: list[str], party_id: int | None, secret: str) -> User:
    """An account; the identity number only leaves its key, by which four eyes are counted."""
    return User(
        username=row["username"],
        name=row["name"],
        roles=roles,
        party_id=party_id,
        person_key=person_key_of(row["id_number"]),
        password_hash=secret,
        email=row["email"],
        mobile=row.get("mobile", ""),
        created_at=clock.now(),
    )


def _experts(session: Session, there: set[str], secret: str) -> None:
    for row in records("experts"):
        if row["username"] in there:
            continue
        user = _account(row, ["expert"], None, secret)
        session.add(user)
        session.flush()
        session.add(
            Expert(
                user_id=user.id or 0,
                joined_at=JOINED,
                **{k: v for k, v in row.items() if k not in ("username", "id_number", "email")},
            )
        )
    session.flush()


def _methodologies(session: Session) -> None:
    there = {(m.code, m.version) for m in session.exec(select(Methodology))}
    for file in methodologies():
        if (file["code"], file["version"]) not in there:
            session.add(_methodology(dict(file)))
    session.flush()


def _methodology(file: dict[str, Any]) -> Methodology:
    ends = file.pop("effective_to")
    return Methodology(
        code=file.pop("code"),
        version=file.pop("version"),
        name=file.pop("name"),
        kind=file.pop("kind"),
        method_class=file.pop("method_class"),
        status=file.pop("status"),
        effective_from=date.fromisoformat(file.pop("effective_from")),
        effective_to=date.fromisoformat(ends) if ends else None,
        data=file,
    )


def _quota_managed(session: Session) -> None:
    there = set(session.exec(select(EtsUnit.uscc)))
    session.add_all(EtsUnit(**row) for row in records("ets_units") if row["uscc"] not in there)
    session.flush()
