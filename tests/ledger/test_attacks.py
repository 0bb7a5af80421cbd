"""What the database refuses on its own, each for its reason (registry of threats)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session

from runtime import ledger_storm
from runtime.ledger_storm import ISSUED, Ground
from services import ledger_issuance, ledger_reading
from tests.ledger.conftest import Raw

Refused = Callable[[str], Any]
CHECK, UNIQUE, FOREIGN, EXCLUDED, ABSENT = "23514", "23505", "23503", "23P01", "23502"


@pytest.fixture(autouse=True)
def nothing_moved(session: Session, raw: Raw) -> Any:
    """After every attack the ledger still adds up."""
    yield
    assert ledger_reading.audit(session) == []


#: name → (expected SQLSTATE, the attack on one movement)
MOVES: dict[str, tuple[str, Callable[[Raw], Any]]] = {
    "more than there is": ("LG003", lambda r: r.move("transfer", r.holder[0], r.holder[1], ISSUED + 1)),
    "from an empty account": ("LG003", lambda r: r.move("transfer", r.holder[1], r.holder[0], 1)),
    "hold more than there is": ("LG003", lambda r: r.move("hold", r.holder[0], r.holder[1], ISSUED + 1, "pending")),
    "zero": (CHECK, lambda r: r.move("transfer", r.holder[0], r.holder[1], 0)),
    "negative": (CHECK, lambda r: r.move("transfer", r.holder[0], r.holder[1], -5)),
    "to itself": (CHECK, lambda r: r.move("transfer", r.holder[0], r.holder[0], 1)),
    "larger than bigint": ("22003", lambda r: r.move("transfer", r.holder[0], r.holder[1], 2**63)),
    "one end missing": (ABSENT, lambda r: r.move("transfer", r.holder[0], None, 1)),  # type: ignore[arg-type]
    "no such position": ("LG001", lambda r: r.move("issue", r.holder[0], r.holder[1], 1)),
    "un-cancel": ("LG001", lambda r: r.move("transfer", r.house["cancelled"], r.holder[1], 1)),
    "un-cancel as correction": ("LG016", lambda r: r.move("correct", r.holder[0], r.house["withdrawn"], 1)),
    "mint as transfer": ("LG001", lambda r: r.move("transfer", r.house["issuance"], r.holder[1], 1)),
    "mint beyond approval": ("LG003", lambda r: r.move("issue", r.house["issuance"], r.holder[1], 1)),
    "give back to issuance": ("LG001", lambda r: r.move("transfer", r.holder[0], r.house["issuance"], 1)),
    "cancel by a transfer": ("LG001", lambda r: r.move("transfer", r.holder[0], r.house["cancelled"], 1)),
    "hold as cancelling": ("LG001", lambda r: r.move("cancel", r.holder[0], r.house["cancelled"], 1, "pending")),
    "spend the frozen to custody": ("LG001", lambda r: r.move("freeze", r.holder[0], r.house["custody"], 1)),
    "backdated": ("LG010", lambda r: r.move("transfer", r.holder[0], r.holder[1], 1, at=datetime(2020, 1, 1, tzinfo=UTC))),
    "direct with an expiry": (CHECK, lambda r: r.move("transfer", r.holder[0], r.holder[1], 1, expires=datetime.now(UTC))),
    "settle without a hold": (CHECK, lambda r: r.move("settle", r.holder[0], r.holder[1], 1, "post")),
    "settle a hold that is none": (FOREIGN, lambda r: r.move("settle", r.holder[0], r.holder[1], 1, "post", pending=uuid4())),
    "unknown kind of move": (CHECK, lambda r: r.move("transfer", r.holder[0], r.holder[1], 1, "gift")),
    "another lot's book": (FOREIGN, lambda r: r.move("transfer", r.holder[0], r.holder[1], 1, book=1)),
    "movement without an act": (FOREIGN, lambda r: r.leg(uuid4(), r.holder[0], r.holder[1], 1)),
    "from a position that is not there": (FOREIGN, lambda r: r.move("transfer", 2**40, r.holder[1], 1)),
    "position of no book": (FOREIGN, lambda r: r.run("insert into ledger.position (book_id, kind) values (99999, 'pool')")),
    "position of no account": (
        FOREIGN,
        lambda r: r.run("insert into ledger.position (book_id, kind, account_id) values (:b, 'holder', 0)", b=r.book),
    ),
    "cancel without a purpose": (CHECK, lambda r: r.act("cancel")),
    "purpose without cancelling": (CHECK, lambda r: r.act("transfer", "voluntary")),
    "invented purpose": (CHECK, lambda r: r.act("cancel", "profit")),
    "invented act": (CHECK, lambda r: r.act("gift")),
    "issue without approvers": (CHECK, lambda r: r.act("issue", approvers=(None, None))),
    "correct without approvers": (CHECK, lambda r: r.act("correct", approvers=(None, None))),
    "one person twice": ("LG009", lambda r: r.act("issue", approvers=(r.approvers[0], r.approvers[0]))),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.rule("J01", "M09")
def test_movement_is_refused(raw: Raw, refused: Refused, name: str) -> None:
    state, attack = MOVES[name]
    with refused(state):
        attack(raw)


@pytest.mark.parametrize(
    "table", ["act", "transfer", "lot", "book", "account", "position", "route", "certificate", "claim"]
)
@pytest.mark.parametrize("how", ["delete from ledger.{}", "truncate ledger.{} cascade"])
def test_history_is_not_deleted(raw: Raw, refused: Refused, table: str, how: str) -> None:
    with refused("LG007"):
        raw.run(how.format(table))


CHANGES = {
    "act": "reason = 'x'", "transfer": "amount = amount + 1", "lot": "method_class = 'I'", "book": "method_class = 'I'",
    "account": "party_id = party_id", "position": "kind = kind", "route": "move = 'direct'", "certificate": "code = 'x'",
    "claim": "period = '[2020-01-01,2020-02-01)'",
}  # fmt: skip


@pytest.mark.parametrize("table", CHANGES)
def test_history_is_not_changed(raw: Raw, refused: Refused, table: str) -> None:
    with refused("LG007"):
        raw.run(f"update ledger.{table} set {CHANGES[table]}")


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.balance set posted = posted + 1",
        "delete from ledger.balance",
        "insert into ledger.balance values (-1, 1, 'holder', 5, 0, 0, 100)",
        "truncate ledger.balance",
        "update ledger.serial_block set grams = '[5,9)'",
        "delete from ledger.serial_block",
        "delete from ledger.serial_move",
        "select ledger.serial_follow(id) from ledger.transfer",
        "select ledger.serial_issue(array(select id from ledger.transfer))",
    ],
)
def test_derived_rows_are_not_written(raw: Raw, refused: Refused, statement: str) -> None:
    with refused("LG008"):
        raw.run(statement)


def test_new_routes_are_not_added(raw: Raw, refused: Refused) -> None:
    with refused("LG007"):
        raw.run("insert into ledger.route values ('transfer', 'cancelled', 'holder', 'direct')")


def test_same_movement_twice_is_refused(raw: Raw, refused: Refused) -> None:
    act = raw.act("transfer")
    first = raw.leg(act, raw.holder[0], raw.holder[1], 5)
    with refused(UNIQUE):
        raw.leg(act, raw.holder[0], raw.holder[1], 5, id=first)


def test_same_key_twice_is_refused(raw: Raw, refused: Refused) -> None:
    act = raw.act("transfer")
    with refused(UNIQUE):
        raw.run(
            """insert into ledger.act (id, key, request_sha256, kind) values
               (gen_random_uuid(), :key, sha256('x'), 'transfer')""",
            key=str(act),
        )


def test_credit_of_the_same_statement_does_not_pay(raw: Raw, refused: Refused) -> None:
    act = raw.act("transfer")
    with refused("LG003"):
        raw.run(
            """insert into ledger.transfer (id, act_id, move, book_id, from_id, to_id, amount) values
               (gen_random_uuid(), :act, 'direct', :book, :a, :b, 10), (gen_random_uuid(), :act, 'direct', :book, :b, :c, 10)""",
            act=act, book=raw.book, a=raw.holder[0], b=raw.holder[1], c=raw.holder[2],
        )  # fmt: skip


def _held(raw: Raw, amount: int = 100, **more: Any) -> Any:
    return raw.move("hold", raw.holder[0], raw.holder[1], amount, "pending", **more)


def test_held_amount_is_not_spent(raw: Raw, refused: Refused) -> None:
    _held(raw, ISSUED)
    with refused("LG003"):
        raw.move("transfer", raw.holder[0], raw.holder[2], 1)


RESOLUTIONS: dict[str, tuple[str, Callable[[Raw, Any], Any]]] = {
    "posted twice": (UNIQUE, lambda r, p: r.move("settle", r.holder[0], r.holder[1], 100, "post", pending=p)),
    "void after post": (
        UNIQUE,
        lambda r, p: r.move("release", r.holder[0], r.holder[1], 100, "void", pending=p),
    ),
}


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_settled_hold_is_over(raw: Raw, refused: Refused, name: str) -> None:
    held = _held(raw)
    raw.move("settle", raw.holder[0], raw.holder[1], 100, "post", pending=held)
    state, attack = RESOLUTIONS[name]
    with refused(state):
        attack(raw, held)


@pytest.mark.parametrize(("target", "amount"), [(1, 101), (2, 100)])
def test_hold_is_not_settled_for_more_or_to_another(
    raw: Raw, refused: Refused, target: int, amount: int
) -> None:
    held = _held(raw)
    with refused("LG002"):
        raw.move("settle", raw.holder[0], raw.holder[target], amount, "post", pending=held)


def test_transfer_is_not_settled_as_a_hold(raw: Raw, refused: Refused) -> None:
    done = raw.move("transfer", raw.holder[0], raw.holder[1], 10)
    with refused("LG002"):
        raw.move("settle", raw.holder[0], raw.holder[1], 10, "post", pending=done)


def test_expired_hold_is_released_and_not_settled(raw: Raw, refused: Refused) -> None:
    held = _held(raw, expires=datetime.now(UTC) - timedelta(hours=1))
    with refused("LG002"):
        raw.move("settle", raw.holder[0], raw.holder[1], 100, "post", pending=held)
    raw.move("release", raw.holder[0], raw.holder[1], 100, "void", pending=held)


def test_frozen_amount_is_not_settled(raw: Raw, refused: Refused) -> None:
    frozen = raw.move("freeze", raw.holder[0], raw.house["custody"], 10, "pending")
    with refused("LG001"):
        raw.move("settle", raw.holder[0], raw.house["custody"], 10, "post", pending=frozen)


@pytest.mark.rule("M07")
def test_class_two_does_not_serve_compliance(session: Session, refused: Refused) -> None:
    raw = Raw(session, ledger_storm.lay(session, 2, method_class="II"))
    with refused("LG015"):
        raw.leg(raw.act("cancel", "compliance"), raw.holder[0], raw.house["cancelled"], 1)
    raw.leg(raw.act("cancel", "event"), raw.holder[0], raw.house["cancelled"], 1)


@pytest.mark.rule("G27")
def test_correction_reverses_no_more_than_was_posted(raw: Raw, refused: Refused) -> None:
    done = raw.move("transfer", raw.holder[0], raw.holder[1], 10)
    raw.move("transfer", raw.holder[0], raw.holder[1], 50)
    raw.move("correct", raw.holder[1], raw.holder[0], 6, reverses=done)
    with refused("LG016"):
        raw.move("correct", raw.holder[1], raw.holder[0], 5, reverses=done)
    with refused("LG016"):
        raw.move("correct", raw.holder[1], raw.holder[2], 1, reverses=done)


@pytest.mark.rule("J01")
def test_points_without_reductions_are_refused(session: Session, raw: Raw, refused: Refused) -> None:
    book, mint = raw.run(
        """select b.id, p.id from ledger.book b join ledger.position p on p.book_id = b.id and p.kind = 'mint'
           where b.kind = 'PT' and b.method_class = 'I'"""
    ).one()
    account = raw.run("select account_id from ledger.position where id = :id", id=raw.holder[0]).scalar_one()
    mine = raw.run(
        "insert into ledger.position (book_id, kind, account_id) values (:b, 'holder', :a) returning id",
        b=book,
        a=account,
    ).scalar_one()
    with refused("LG004"):
        raw.move("convert", mint, mine, 5, book=book)
        raw.run("set constraints all immediate")
    raw.run("set constraints all deferred")
    pool = raw.run(
        "insert into ledger.position (book_id, kind) values (:b, 'pool') returning id", b=raw.book
    ).scalar_one()
    act = raw.act("convert")
    raw.leg(act, raw.holder[0], pool, 5)
    raw.leg(act, mint, mine, 5, book=book)
    raw.run("set constraints all immediate")


@pytest.mark.rule("M06")
def test_second_issuance_of_the_same_days_is_refused(raw: Raw, ground: Ground, refused: Refused) -> None:
    with refused(EXCLUDED):
        raw.run(
            "insert into ledger.claim (origin_id, case_id, period) values (:o, :c, '[2025-12-31,2026-02-01)')",
            o=ground.project.id, c=ground.case.id,
        )  # fmt: skip


LOT = """insert into ledger.lot (book_id, number, claim_id, origin_id, origin_kind, origin_number, methodology,
    methodology_version, method_class, period, vintage, approved_g, recomputed_g, calculation_sha256, numbered,
    approver_a, approver_b) values (:book, 'X', :claim, :origin, :kind, :number, :methodology, '1.0', :class,
    '[2026-01-01,2026-07-01)', :vintage, :approved, 10, sha256('x'), true, :a, :b)"""


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"approved": 11}, CHECK),
        ({"approved": 0}, CHECK),
        ({"vintage": 2024}, CHECK),
        ({"class": "II"}, "LG012"),
        ({"kind": "scenario"}, "LG012"),
        ({"methodology": "OTHER"}, "LG012"),
        ({"same": True}, "LG009"),
        ({"state": "suspended"}, "LG013"),
        ({"release": True}, "LG011"),
    ],
    ids=str,
)
@pytest.mark.rule("M03", "M06")
def test_lot_that_is_not_right_is_refused(
    session: Session, raw: Raw, ground: Ground, refused: Refused, change: dict[str, Any], state: str
) -> None:
    case = ledger_storm.another_case(session, ground)
    claim = ledger_issuance.claim(session, ground.project, case.id, date(2026, 1, 1), date(2026, 6, 30))
    book = raw.run(
        "insert into ledger.book (kind, method_class) values ('ER', 'I') returning id"
    ).scalar_one()
    a, b = ground.approvers
    values = {
        "book": book, "claim": claim.id, "origin": ground.project.id, "kind": "project", "number": ground.project.number,
        "methodology": "DEMO-PV-2024", "class": "I", "vintage": 2026, "approved": 10, "a": a, "b": b,
    } | change  # fmt: skip
    if values.pop("same", False):
        values["b"] = a
    if values.pop("state", None):
        raw.run("update project set state = 'suspended' where id = :id", id=ground.project.id)
    if values.pop("release", False):
        ledger_issuance.release_claim(session, claim)
    with refused(state):
        raw.run(LOT, **values)


def test_claim_that_became_a_lot_is_not_released(raw: Raw, refused: Refused) -> None:
    with refused("LG007"):
        raw.run("update ledger.claim set released_at = now() where released_at is null")


def test_movement_is_not_added_to_an_act_of_another_transaction(database: str) -> None:
    from sqlalchemy.exc import DBAPIError

    from services import session as sessions

    with sessions.transaction() as session:
        ground = ledger_storm.lay(session, 2)
        raw = Raw(session, ground)
        act = raw.act("transfer")
    with sessions.transaction() as session:
        raw.session = session
        with pytest.raises(DBAPIError) as caught:
            raw.leg(act, raw.holder[0], raw.holder[1], 1)
        session.rollback()
    assert getattr(caught.value.orig, "sqlstate", "") == "LG014"


def test_temporary_table_does_not_shadow_a_balance(raw: Raw, refused: Refused) -> None:
    raw.run("create temp table balance as select * from ledger.balance")
    raw.run("update pg_temp.balance set posted = 1000000000")
    with refused("LG003"):
        raw.move("transfer", raw.holder[0], raw.holder[1], ISSUED + 1)
    raw.run("drop table pg_temp.balance")


def test_replica_session_does_not_get_past_the_triggers(raw: Raw) -> None:
    rows = raw.run(
        """select g.tgname from pg_trigger g join pg_class c on c.oid = g.tgrelid
           where c.relnamespace = 'ledger'::regnamespace and not g.tgisinternal and g.tgenabled <> 'A'"""
    ).all()
    assert rows == []
