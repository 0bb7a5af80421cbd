"""Technical causes: parked cases, failing steps, disagreements, messages not delivered. A statement each."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy import select as wide
from sqlmodel import Session, col

from models.tables import Case, EngineTrouble, Outbox
from models.vocabulary.roles import ROLE_TITLES, Role
from models.vocabulary.text import Text
from services import clock, trouble_words
from services.reading.console import sentences
from services.reading.console.causes import Moments
from services.reading.console.engine import EngineState
from services.reading.console.shapes import OUTBOX_AFTER, Group, Row, Wanted, paged, put

_ADMIN = ROLE_TITLES[Role.ADMIN]


def of_engine(text: Text, state: EngineState) -> Row:
    return Row("engine", text, state.seen_at or clock.now(), 0, _ADMIN, late=True)


def proof(state: EngineState, group: Group, wanted: Wanted, at: Moments) -> None:
    """What the patrol found in the trail and the ledger; a handful of rows, read with the engine's state."""
    if wanted.person or wanted.late or wanted.procedure or wanted.stage:
        return
    said = [(sentences.of_entry(f), f) for f in state.found.get("trail", [])]
    said += [(sentences.of_balance(f), f) for f in state.found.get("ledger", [])]
    found = [(t, f) for t, f in said if all(word in t.zh for word in wanted.q.split()[:4])]
    for words, finding in found[:EVERY_PROOF]:
        since = datetime.fromisoformat(finding["since"])
        days = at.by.working_days_between(since, at.now)
        of = int(finding.get("position", 0))
        put(group, len(found), Row("proof", words, since, days, _OVERSEERS, late=True, position=of))


_OVERSEERS = Text("administrator and auditor", "系统管理员、审计人员")
EVERY_PROOF = 50


def fill(
    session: Session,
    found: dict[str, Group],
    scope: Sequence[ColumnElement[bool]],
    wanted: Wanted,
    at: Moments,
    size: int,
) -> None:
    """Parked cases, failing steps, disagreements, messages: a statement each, count and rows in one."""
    if wanted.person or wanted.late:
        return
    by, now = at.by, at.now
    parked = wide(Case, func.count().over()).where(col(Case.needs_operator) != "", *scope)
    for case, n in session.execute(
        paged(parked.order_by(col(Case.changed_at), col(Case.id)), wanted, "operator", size)
    ):
        days = by.working_days_between(case.changed_at, now)
        why, detail = sentences.of_parked(case), trouble_words.told(case.needs_operator).detail
        put(
            found["operator"],
            n,
            Row("operator", why, case.changed_at, days, _ADMIN, case, detail=detail),
        )
    for kind in ("activity", "workflow_task", "disagree"):
        rows = (
            wide(EngineTrouble, Case, func.count().over())
            .join(Case, col(Case.id) == col(EngineTrouble.case_id))
            .where(col(EngineTrouble.kind) == kind, *scope)
            .order_by(col(EngineTrouble.message), col(EngineTrouble.since), col(EngineTrouble.id))
        )
        for trouble, case, n in session.execute(paged(rows, wanted, kind, size)):
            days = by.working_days_between(trouble.since, now)
            why, detail = sentences.of_trouble(trouble), sentences.detail_of(trouble)
            put(found[kind], n, Row(kind, why, trouble.since, days, _ADMIN, case, detail=detail))
    for key, which in (
        ("delivery", and_(~col(Outbox.dead), col(Outbox.created_at) < now - OUTBOX_AFTER)),
        ("dead", col(Outbox.dead)),
    ):
        messages = (
            wide(Outbox, Case, func.count().over())
            .join(Case, col(Case.id) == col(Outbox.case_id))
            .where(which, *scope)
            .order_by(col(Outbox.id))
        )
        for row, case, n in session.execute(paged(messages, wanted, key, size)):
            days = by.working_days_between(row.created_at, now)
            why, detail = sentences.of_message(row), sentences.said_of(row)
            put(found[key], n, Row(key, why, row.created_at, days, _ADMIN, case, detail=detail))
