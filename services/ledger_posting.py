"""How an act gets into the ledger: once under its key, all its movements or none (I12).

The verbs of services/ledger.py end here. Nothing in this file decides whether an amount is there:
the database does, and services/ledger_errors.py has its words.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import Act, Position, Transfer
from models.vocabulary.amounts import grams
from models.vocabulary.errors import Conflict, Invalid, Problem
from models.vocabulary.text import Text
from services.ledger_errors import guarded

#: Never changes: acts find their first posting again through it.
NAMESPACE = UUID("6f1d7f0e-7c1e-5d0b-9c35-3b1f6f3a2c11")

_ACT = text("""
    insert into ledger.act (id, key, request_sha256, kind, purpose, reason, case_id, actor_id,
                            approver_a, approver_b, result)
    values (:id, :key, :sha, :kind, :purpose, :reason, :case_id, :actor_id, :approver_a, :approver_b,
            cast(:result as jsonb))
    on conflict (id) do nothing returning id""")
_LEG = text("""
    insert into ledger.transfer (id, act_id, move, book_id, from_id, to_id, amount, pending_id, reverses, expires_at)
    values (:id, :act_id, :move, :book_id, :from_id, :to_id, :amount, :pending_id, :reverses, :expires_at)""")
_HOLDERS = text("""
    insert into ledger.position (book_id, kind, account_id)
    select :book, 'holder', a from unnest(cast(:accounts as bigint[])) a order by a
    on conflict (account_id, book_id) do nothing""")


@dataclass(frozen=True)
class Order:
    """An act as asked for.

    Args:
        key: the caller's idempotency key, e.g. "<case>/<kind>"; never a run or attempt number.
        asked: everything that makes the request the same request; plain JSON values.
        approvers: ids of the two users who approved, where two are needed.
    """

    key: str
    kind: str
    asked: dict[str, Any]
    actor_id: int | None = None
    purpose: str | None = None
    reason: str = ""
    case_id: UUID | None = None
    approvers: tuple[int, int] | None = None
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, self.key)

    @cached_property
    def sha256(self) -> bytes:
        """Of the canonical request: tells a repeat from a different request under the same key."""
        whole = {"kind": self.kind, "purpose": self.purpose, "approvers": self.approvers, **self.asked}
        body = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(body.encode()).digest()


@dataclass(frozen=True)
class Leg:
    """One movement of an act, between positions of one book, in grams."""

    move: str
    book_id: int
    from_id: int
    to_id: int
    amount: int
    pending_id: UUID | None = None
    reverses: UUID | None = None
    expires_at: datetime | None = None


def checked(value: int, loc: str = "amount") -> int:
    """Whole positive grams, or Invalid (I05)."""
    try:
        return grams(value)
    except ValueError as error:
        raise Invalid(
            (Problem(loc, Text("A positive whole number of grams.", "应为正整数（克）。")),)
        ) from error


class KeyTaken(Conflict):
    """Something else was posted under the key: from a page, its form was carried out before and changed since."""


def earlier(session: Session, order: Order) -> Act | None:
    """The act already posted under this key.

    Raises:
        KeyTaken: something else was posted under it.
    """
    act = session.exec(select(Act).where(Act.id == order.id)).first()
    if act is not None and bytes(act.request_sha256) != order.sha256:
        raise KeyTaken(
            Text(
                f"Another request was recorded under {order.key}; nothing was posted.",
                f"业务流水号 {order.key} 已用于另一笔内容不同的业务，本次未予登记。",
            ),
            "ledger",
        )
    return act


def enter(session: Session, order: Order) -> bool:
    """Insert the act inside a `guarded` block; False when another transaction was first."""
    first, second = order.approvers or (None, None)
    row = session.connection().execute(
        _ACT,
        {
            "id": order.id,
            "key": order.key,
            "sha": order.sha256,
            "kind": order.kind,
            "purpose": order.purpose,
            "reason": order.reason,
            "case_id": order.case_id,
            "actor_id": order.actor_id,
            "approver_a": first,
            "approver_b": second,
            "result": json.dumps(order.result, ensure_ascii=False),
        },
    )
    return row.first() is not None


def post(session: Session, order: Order, legs: Sequence[Leg]) -> Act:
    """Post an act once; asked again it answers with the first posting.

    Whatever the order of the legs, books are taken in the order of their ids: no two acts wait for each other in a circle.

    Raises:
        Conflict: the ledger refused (see services/ledger_errors.py), or the key stands for something else.
    """
    found = earlier(session, order)
    if found is not None:
        return found
    with guarded(session):
        if enter(session, order):
            for n, leg in sorted(enumerate(legs, 1), key=lambda numbered: numbered[1].book_id):
                session.connection().execute(
                    _LEG, {"id": uuid5(order.id, str(n)), "act_id": order.id, **leg.__dict__}
                )
    return posted(session, order)


def posted(session: Session, order: Order) -> Act:
    """The act under this key, which exists by now."""
    act = earlier(session, order)
    assert act is not None
    return act


def legs_of(session: Session, act: Act) -> list[Transfer]:
    """The movements of an act."""
    return list(session.exec(select(Transfer).where(Transfer.act_id == act.id).order_by(Transfer.id)))  # type: ignore[arg-type]


def open_legs(session: Session, act: Act) -> list[Transfer]:
    """What an act set aside and nobody has settled or released yet."""
    theirs = select(Transfer.id).where(Transfer.act_id == act.id)
    done = select(Transfer.pending_id).where(col(Transfer.pending_id).in_(theirs))
    query = select(Transfer).where(Transfer.act_id == act.id, Transfer.move == "pending")
    return list(session.exec(query.where(col(Transfer.id).not_in(done))))


def array(numbers: Iterable[int]) -> str:
    """Numbers as one array literal: a driver takes three times as long over a list of a hundred thousand."""
    return "{" + ",".join(map(str, numbers)) + "}"


def holders(session: Session, book_id: int, account_ids: Sequence[int]) -> None:
    """Give the accounts a position in the book, unless they have one."""
    with guarded(session):
        session.connection().execute(_HOLDERS, {"book": book_id, "accounts": array(sorted(set(account_ids)))})


def holder(session: Session, book_id: int, account_id: int) -> int:
    """The account's position in the book, made on first use."""
    wanted = select(Position.id).where(Position.book_id == book_id, Position.account_id == account_id)
    found = session.exec(wanted).first()
    if found is None:
        holders(session, book_id, [account_id])
        found = session.exec(wanted).one()
    assert found is not None
    return found


def house(session: Session, book_id: int, kind: str) -> int:
    """A house position of the book: issuance, cancelled, withdrawn or custody."""
    found = session.exec(select(Position.id).where(Position.book_id == book_id, Position.kind == kind)).one()
    assert found is not None
    return found
