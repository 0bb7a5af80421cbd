"""A lot with holders, and statements as a careless program sends them."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from runtime import ledger_storm
from runtime.ledger_storm import Ground
from services.ledger_posting import holder, house


@pytest.fixture
def ground(session: Session) -> Ground:
    """A numbered lot of class I, a million grams, all of it with the first of three accounts."""
    return ledger_storm.lay(session, 3)


class Raw:
    """Direct statements against the tables, past every service."""

    def __init__(self, session: Session, ground: Ground) -> None:
        self.session = session
        self.book = ground.lot.book_id
        self.holder = [holder(session, self.book, a.id or 0) for a in ground.accounts]
        self.house = {
            k: house(session, self.book, k) for k in ("issuance", "cancelled", "withdrawn", "custody")
        }
        self.approvers = ground.approvers

    def run(self, statement: str, **values: Any) -> Any:
        return self.session.connection().execute(text(statement), values)

    def act(self, kind: str, purpose: str | None = None, **more: Any) -> UUID:
        number = uuid4()
        a, b = more.pop("approvers", self.approvers if kind in {"issue", "correct"} else (None, None))
        self.run(
            """insert into ledger.act (id, key, request_sha256, kind, purpose, approver_a, approver_b)
               values (:id, :key, sha256('x'), :kind, :purpose, :a, :b)""",
            id=number, key=str(number), kind=kind, purpose=purpose, a=a, b=b,
        )  # fmt: skip
        return number

    def leg(
        self, act: UUID, source: int, target: int, amount: int = 1, move: str = "direct", **more: Any
    ) -> UUID:
        values = {"id": uuid4(), "book": self.book, "pending": None, "reverses": None, "expires": None} | more
        at = values.pop("at", None)
        self.run(
            f"""insert into ledger.transfer (id, act_id, move, book_id, from_id, to_id, amount, pending_id,
                   reverses, expires_at{', at' if at else ''})
               values (:id, :act, :move, :book, :source, :target, :amount, :pending, :reverses, :expires
                   {', :at' if at else ''})""",
            act=act, move=move, source=source, target=target, amount=amount, **({"at": at} if at else {}), **values,
        )  # fmt: skip
        return values["id"]

    def move(
        self, kind: str, source: int, target: int, amount: int = 1, move: str = "direct", **more: Any
    ) -> UUID:
        purpose = "voluntary" if kind == "cancel" else None
        return self.leg(self.act(kind, purpose), source, target, amount, move, **more)


@pytest.fixture
def raw(session: Session, ground: Ground) -> Raw:
    return Raw(session, ground)


@pytest.fixture
def refused(session: Session) -> Callable[[str], Any]:
    """`with refused("LG003"): …` — the database says no, for this reason."""

    @contextlib.contextmanager
    def check(state: str) -> Iterator[None]:
        with pytest.raises(DBAPIError) as caught, session.begin_nested():
            yield
        assert getattr(caught.value.orig, "sqlstate", None) == state, caught.value

    return check
