"""Rows for tests: every function adds and flushes, nobody commits."""

from functools import lru_cache
from itertools import count
from typing import Any

from sqlmodel import Session

from models.tables import Case, Party, User
from models.vocabulary.roles import FILERS, Role
from services import clock, people
from services.access import Actor, actor_of

PASSWORD = "correct horse battery"
NUMBERS = count(1)


@lru_cache
def hashed(password: str) -> str:
    """argon2 is slow on purpose; tests pay once a password."""
    return people.hash_password(password)


def party(session: Session, **values: Any) -> Party:
    """An organisation of Shanghai."""
    n = next(NUMBERS)
    row = Party(
        **{
            "key": f"party-{n}",
            "name": f"上海测试能源有限公司第{n}分公司",
            "district": "浦东新区",
            "account_no": f"SHPH-{n:06d}",
            **values,
        }
    )
    session.add(row)
    session.flush()
    return row


def user(
    session: Session, *roles: str, party: Party | None = None, password: str = PASSWORD, **values: Any
) -> User:
    """A person with these roles; applicants, merchants and agencies get an organisation unless one is given."""
    n = next(NUMBERS)
    wanted = {Role(r) for r in roles}
    if party is None and wanted & (FILERS | {Role.AGENCY}):
        party = globals()["party"](session, is_agency=Role.AGENCY in wanted)
    row = User(
        **{
            "username": f"user{n}",
            "name": f"测试人员{n}",
            "person_key": f"person-{n}",
            "roles": list(roles),
            "party_id": party.id if party else None,
            "password_hash": hashed(password),
            **values,
        }
    )
    session.add(row)
    session.flush()
    return row


def actor(session: Session, *roles: str, **values: Any) -> Actor:
    """The actor of a new user with these roles."""
    return actor_of(user(session, *roles, **values), ip="127.0.0.1")


def case(
    session: Session, filer: User, *, status: str = "draft", form: dict[str, Any] | None = None, **values: Any
) -> Case:
    """A case row of the filer's party, made directly; play a scenario through the services when history matters."""
    n = next(NUMBERS)
    sent = {} if status == "draft" else {"submitted_at": clock.now(), "filed_by": filer.id}
    row = Case(
        **{
            "case_no": f"TP-2026-T{n:05d}",
            "procedure": "project_application",
            "title": f"测试光伏项目{n}",
            "status": status,
            "filer_id": filer.party_id,
            "created_by": filer.id,
            "form": form or {},
            **sent,
            **values,
        }
    )
    session.add(row)
    session.flush()
    return row
