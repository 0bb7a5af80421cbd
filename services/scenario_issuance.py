"""Periodic issuance of a scenario to persons 场景减排量定期签发 (G28, I03, I32).

A run of one scenario and one month goes in steps, each a transaction of its own: records are counted in,
the lot is issued to all persons at once, then their grams become points. Stopped anywhere and started
again anywhere it goes on: a record is counted once by the key of its row, every posting has its own key.
Whoever carries a run on calls `advance` in one transaction after the other until it answers False.
"""

import calendar as months
import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from models.tables import (
    Act,
    Balance,
    LedgerAccount,
    Lot,
    Party,
    Position,
    Project,
    ScenarioIssued,
    ScenarioRun,
)
from models.vocabulary.errors import Conflict, NotAllowed, NotFound
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit, calculators, clock, ledger, ledger_issuance, points
from services.access import Actor
from services.clock import SHANGHAI
from services.ledger_issuance import Issuance
from services.monitoring import activity

RECORDS, PERSONS = 5000, 500  # of one step

_KEEP = text("""
    update scenario_record r set grams = v.grams, state = case when v.grams is null then 'apart' else 'counted' end
      from unnest(cast(:ids as bigint[]), cast(:grams as bigint[])) v (id, grams) where r.id = v.id""")

# With a reduction worked out, and a consent of a person known here that was in force at the act (I32).
_GATHER = text("""
    insert into scenario_issued (record_id, run_id, party_id, grams)
    select r.id, :run, c.party_id, r.grams
      from scenario_record r join consent c on c.id = r.consent_id
     where r.project_id = :project and r.at >= :since and r.at < :until and r.grams > 0 and c.party_id is not null
       and c.granted_at <= r.at and (c.withdrawn_at is null or c.withdrawn_at > r.at)
       and not exists (select 1 from scenario_issued i where i.record_id = r.id)
     order by r.id limit :limit
    on conflict (record_id) do nothing returning record_id""")


def of_case(
    session: Session,
    scenario: Project,
    month: date,
    case_id: UUID,
    approved_g: int,
    approvers: tuple[int, int],
) -> Act:
    """Issue to persons what a case of issuance was approved for; the keeper of the ledger makes it points (G28).

    Every record keeps the grams it was worked out to, and what its grams add up to is what is issued.

    Args:
        month: first day of the month the case claimed.

    Raises:
        Conflict: the records no longer give what was approved.
    """
    _work_out(session, scenario, month)
    run = begin(session, None, scenario, month, approvers, case_id)
    while run.state == "gathering":
        advance(session, run.id or 0)
    if (run.state, run.grams) != ("issued", approved_g):
        words = f"记录核算合计 {run.grams:,} 克，与核定量 {approved_g:,} 克不一致，请退回重新审查。"
        raise Conflict(
            Text(f"The records give {run.grams} g, {approved_g} g was approved; review it again.", words),
            "ledger",
        )
    return session.exec(select(Act).where(Act.key == _key(scenario, month))).one()


def _work_out(session: Session, scenario: Project, month: date) -> None:
    """Write to each record of the month what it gives, or that it is set apart."""
    method = calculators.of(session, scenario.methodology, scenario.methodology_version)
    last = _end(month).astimezone(SHANGHAI).date() - timedelta(days=1)
    found = activity.of_days(session, scenario, method, month, last)
    rows = [(r.id, r.grams if r.reason is None else None) for r in found.rows]
    session.connection().execute(
        _KEEP, {"ids": [i for i, _ in rows], "grams": [g for _, g in rows]},
    )  # fmt: skip


def begin(
    session: Session,
    actor: Actor | None,
    scenario: Project,
    month: date,
    approvers: tuple[int, int],
    case_id: UUID | None = None,
) -> ScenarioRun:
    """The run of a scenario for a month; begun twice it is one.

    Args:
        month: any day of it; it must be over.
        approvers: two users who are different natural persons; the ledger holds that.
        case_id: the case it was approved in; None = the application of the scenario.

    Raises:
        NotAllowed: not the issuer.
        Conflict: no running scenario, or the month is not over.
    """
    if actor is not None and not actor.is_any(Role.ISSUER):
        raise NotAllowed(Text("Only the issuer issues.", "减排量由签发人员签发。"))
    first = month.replace(day=1)
    found = session.exec(_of(scenario, first)).first()
    if found is not None:
        return found
    if scenario.kind != "scenario" or scenario.state != "running":
        raise Conflict(
            Text("Only a running scenario is issued periodically.", "仅对运行中的减排场景定期签发。"),
            "ledger",
        )
    if _end(first) > clock.now():
        raise Conflict(Text("The month is not over yet.", "该月尚未结束，暂不能签发。"), "ledger")
    run = ScenarioRun(
        project_id=scenario.id or 0, month=first, case_id=case_id or scenario.case_id,
        approver_a=approvers[0], approver_b=approvers[1],
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run


def _of(scenario: Project, first: date) -> SelectOfScalar[ScenarioRun]:
    return select(ScenarioRun).where(ScenarioRun.project_id == scenario.id, ScenarioRun.month == first)


def advance(session: Session, run_id: int) -> bool:
    """The next step of a run; False when it is done. Two at once wait for each other.

    Raises:
        NotFound: no such run.
        Conflict: the ledger refuses, e.g. because the scenario has been suspended.
    """
    run = session.get(ScenarioRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise NotFound
    if run.state == "empty":
        return False
    if run.state == "issued":
        return _convert(session, run)
    if _gather(session, run):
        return True
    return _issue(session, run)


def _gather(session: Session, run: ScenarioRun) -> int:
    """Count records in, some at a time."""
    since = _midnight(run.month)
    asked = {
        "run": run.id,
        "project": run.project_id,
        "since": since,
        "until": _end(run.month),
        "limit": RECORDS,
    }
    return len(session.connection().execute(_GATHER, asked).all())


def _issue(session: Session, run: ScenarioRun) -> bool:
    """All persons at once, in one act."""
    rows = session.exec(
        select(ScenarioIssued.party_id, func.sum(ScenarioIssued.grams))
        .where(ScenarioIssued.run_id == run.id)
        .group_by(col(ScenarioIssued.party_id))
        .order_by(col(ScenarioIssued.party_id))
    ).all()
    run.records = session.exec(
        select(func.count()).select_from(ScenarioIssued).where(ScenarioIssued.run_id == run.id)
    ).one()
    run.persons, run.grams = len(rows), sum(int(g) for _, g in rows)
    if not rows:
        return _to(session, run, "empty")
    project = session.get_one(Project, run.project_id)
    shares = tuple((_account(session, party), int(grams)) for party, grams in rows)
    last = _end(run.month).astimezone(SHANGHAI).date() - timedelta(days=1)
    slot = f"{run.month:%Y-%m}"
    claim = ledger_issuance.claim(session, project, run.case_id, run.month, last, slot)
    what = Issuance(
        _key(project, run.month), claim.id or 0, run.case_id, run.grams, run.grams,
        _calculation(session, run), (run.approver_a, run.approver_b), shares,
    )  # fmt: skip
    act = ledger_issuance.issue(session, None, what)
    run.lot = ledger_issuance.lot_of_act(session, act).number
    return _to(session, run, "issued")


def _key(scenario: Project, month: date) -> str:
    return f"scenario/{scenario.number}/{month:%Y-%m}/issue"


def _account(session: Session, party_id: int) -> int:
    return ledger.open_account(session, None, session.get_one(Party, party_id)).id or 0


def _calculation(session: Session, run: ScenarioRun) -> bytes:
    """What the lot rests on: every record with its grams, as one sum."""
    whole = hashlib.sha256()
    rows = session.exec(
        select(ScenarioIssued.record_id, ScenarioIssued.grams)
        .where(ScenarioIssued.run_id == run.id)
        .order_by(col(ScenarioIssued.record_id))
    )
    for record, grams in rows:
        whole.update(f"{record}:{grams};".encode())
    return whole.digest()


def _convert(session: Session, run: ScenarioRun) -> bool:
    """Grams into points, person by person under a key of their own; the count on the run says how far it got."""
    rows = session.exec(
        select(ScenarioIssued.party_id, func.sum(ScenarioIssued.grams))
        .where(ScenarioIssued.run_id == run.id)
        .group_by(col(ScenarioIssued.party_id))
        .order_by(col(ScenarioIssued.party_id))
        .offset(run.converted)
        .limit(PERSONS)
    ).all()
    lot = session.exec(select(Lot).where(Lot.number == run.lot)).one()
    free = _free(session, lot, [party_id for party_id, _ in rows])
    parts = []
    for party_id, grams in rows:
        account = session.exec(select(LedgerAccount).where(LedgerAccount.party_id == party_id)).one()
        if amount := min(int(grams), free.get(account.id, 0)):
            parts.append((f"scenario/{run.lot}/{account.number}/convert", account, amount))
    points.convert_all(session, lot, parts)
    run.converted += len(rows)
    run.changed_at = clock.now()
    session.add(run)
    session.flush()
    return run.converted < run.persons


def _free(session: Session, lot: Lot, parties: Sequence[int]) -> dict[int | None, int]:
    """What each still has of the lot, by account: who was quicker than the conversion holds up nobody."""
    rows = session.exec(
        select(Position.account_id, col(Balance.posted) - col(Balance.held))
        .join(Balance, col(Balance.position_id) == col(Position.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(Position.account_id))
        .where(Position.book_id == lot.book_id, col(LedgerAccount.party_id).in_(parties))
    )
    return {account: max(int(grams), 0) for account, grams in rows}


def _to(session: Session, run: ScenarioRun, state: str) -> bool:
    run.state, run.changed_at = state, clock.now()
    session.add(run)
    session.flush()
    data = {
        "scenario_run": run.id,
        "state": state,
        "persons": run.persons,
        "grams": str(run.grams),
        "lot": run.lot,
    }
    audit.record(session, Event.LEDGER_POSTED, data=data)
    return state == "issued"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _end(first: date) -> datetime:
    """The first moment after the month."""
    return _midnight(first) + timedelta(days=months.monthrange(first.year, first.month)[1])
