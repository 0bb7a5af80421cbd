"""Data correction 数据修正: blocked periods, lots recomputed, linked reversals, replacement duties (G27, I34).

Nothing that was posted is edited. What was issued too much is taken back from the account it was issued to, up to
what is available there; third parties are never touched. The rest is owed, and the next issuance nets it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.tables import (
    Act,
    Case,
    CorrectionBlock,
    DataCorrection,
    LedgerAccount,
    Lot,
    Party,
    Position,
    Project,
    ReplacementDuty,
    Transfer,
)
from models.vocabulary.amounts import tonnes
from models.vocabulary.events import Event
from models.vocabulary.text import Text, days_in_words
from services import audit, clock, ledger, ledger_told
from services.access import Actor
from services.alone import alone


@dataclass(frozen=True)
class Revised:
    """A lot as a decided correction wants it, grams: what is issued net of earlier corrections, what it should be."""

    lot_number: str
    old_g: int
    new_g: int


# ---- blocked periods ---------------------------------------------------------------------------------------------


def block(session: Session, case: Case, project: Project, first: date, last: date) -> CorrectionBlock:
    """Nothing is issued for these days, both included, while the case corrects them; blocking twice is blocking once."""
    found = session.exec(select(CorrectionBlock).where(CorrectionBlock.case_id == case.id)).first()
    if found is not None:
        return found
    row = CorrectionBlock(
        case_id=case.id, project_id=project.id or 0, first_day=first, last_day=last, at=clock.now()
    )
    session.add(row)
    session.flush()
    days = days_in_words(first, last)
    said = Text(
        f"Nothing is issued for {days.en} of {project.number} while its data are corrected",
        f"数据修正期间，{project.number} {days.zh}的减排量暂停签发",
    )
    _told(session, Event.PERIOD_BLOCKED, case, said, {"project": project.number})
    return row


def lift(session: Session, case: Case) -> None:
    """The days may be issued for again; lifting twice is lifting once."""
    row = session.exec(select(CorrectionBlock).where(CorrectionBlock.case_id == case.id)).first()
    if row is not None and row.lifted_at is None:
        row.lifted_at = clock.now()
        days = days_in_words(row.first_day, row.last_day)
        said = Text(f"Issuance for {days.en} is free again", f"{days.zh}恢复签发")
        _told(session, Event.PERIOD_FREED, case, said, {})


def blocked(session: Session, project: Project, first: date, last: date) -> bool:
    """May nothing be issued for some day of this period, both included, because its data are being corrected (G27)?"""
    return bool(blocking(session, project, first, last))


def blocking(session: Session, project: Project, first: date, last: date) -> list[CorrectionBlock]:
    """What stands against issuing for the period; a case that has ended blocks nothing."""
    return list(
        session.exec(
            select(CorrectionBlock)
            .join(Case, col(Case.id) == col(CorrectionBlock.case_id))
            .where(
                CorrectionBlock.project_id == project.id,
                col(CorrectionBlock.lifted_at).is_(None),
                col(Case.ended_at).is_(None),
                col(CorrectionBlock.first_day) <= last,
                col(CorrectionBlock.last_day) >= first,
            )
            .order_by(col(CorrectionBlock.first_day))
        )
    )


# ---- lots --------------------------------------------------------------------------------------------------------


def lots_within(session: Session, project: Project, first: date, last: date) -> list[Lot]:
    """The lots of a project whose monitoring period touches these days, both included."""
    found = session.exec(
        select(Lot).where(Lot.origin_id == project.id).order_by(col(Lot.at), col(Lot.number))
    )
    return [
        lot for lot in found if lot.period.lower <= last and lot.period.upper - timedelta(days=1) >= first
    ]


def standing_g(session: Session, lot: Lot) -> int:
    """Grams of a lot that its data bear: approved, less what earlier corrections found too much."""
    taken = session.exec(
        select(func.coalesce(func.sum(DataCorrection.reversed_g + DataCorrection.shortfall_g), 0)).where(
            DataCorrection.lot_number == lot.number
        )
    ).one()
    return lot.approved_g - int(taken)


def correct(
    session: Session,
    case: Case,
    project: Project,
    revised: Sequence[Revised],
    approvers: tuple[int, int],
    reason: str,
) -> list[DataCorrection]:
    """Post what two persons have decided, once for each lot of the case.

    A lot comes to what was decided, from what it stands at now: another case may have corrected it since the review.

    Args:
        approvers: ids of two users who are different natural persons.

    Raises:
        Conflict: the two are one person (the ledger holds it).
    """
    for number in sorted(lot.lot_number for lot in revised):
        alone(session, f"correct/{number}")
    done = {row.lot_number: row for row in of_case(session, case)}
    for lot in revised:
        if lot.lot_number not in done:
            stands = standing_g(session, session.exec(select(Lot).where(Lot.number == lot.lot_number)).one())
            now = replace(lot, old_g=stands)
            done[lot.lot_number] = _corrected(session, case, project, now, approvers, reason)
    return [done[lot.lot_number] for lot in revised]


def of_case(session: Session, case: Case) -> list[DataCorrection]:
    """What the correction of a case came to, lot by lot."""
    query = select(DataCorrection).where(DataCorrection.case_id == case.id)
    return list(session.exec(query.order_by(col(DataCorrection.lot_number))))


def _corrected(
    session: Session, case: Case, project: Project, lot: Revised, approvers: tuple[int, int], reason: str
) -> DataCorrection:
    back = _reversed(session, case, lot, approvers, reason) if lot.new_g < lot.old_g else (0, 0)
    row = DataCorrection(
        case_id=case.id,
        lot_number=lot.lot_number,
        old_g=lot.old_g,
        new_g=lot.new_g,
        reversed_g=back[0],
        shortfall_g=back[1],
        top_up_g=max(0, lot.new_g - lot.old_g),
        at=clock.now(),
    )
    session.add(row)
    session.flush()
    if row.shortfall_g:
        _owe(session, case, project, row)
    _told(session, Event.DATA_CORRECTED, case, _words(row), {"lot": row.lot_number})
    return row


def _reversed(
    session: Session, case: Case, lot: Revised, approvers: tuple[int, int], reason: str
) -> tuple[int, int]:
    """(reversed, short) in grams: each holder bears its part of what was issued too much."""
    took = short = 0
    issued = _issued(session, lot.lot_number)
    for transfer, grams in _parts(issued, _left(session, lot, issued), lot.old_g - lot.new_g):
        done = ledger.correct(
            session,
            None,
            key=f"{case.id}/correct/{transfer.id}",
            original=transfer,
            amount=grams,
            approvers=approvers,
            reason=reason[:500],
            case_id=case.id,
        )
        took, short = took + done.reversed_g, short + done.shortfall_g
    return took, short


def _issued(session: Session, lot_number: str) -> list[Transfer]:
    """The movements that brought the lot to its holders."""
    return list(
        session.exec(
            select(Transfer)
            .join(Lot, col(Lot.book_id) == col(Transfer.book_id))
            .join(Position, col(Position.id) == col(Transfer.from_id))
            .where(Lot.number == lot_number, Position.kind == "issuance", Transfer.move == "direct")
            .order_by(col(Transfer.at), col(Transfer.id))
        )
    )


def _left(session: Session, lot: Revised, issued: Sequence[Transfer]) -> list[int]:
    """What each still has of what it was given, less what earlier corrections laid on it, taken back or owed."""
    earlier = select(DataCorrection.case_id).where(DataCorrection.lot_number == lot.lot_number)
    borne: dict[str, int] = {}
    for act in session.exec(select(Act).where(Act.kind == "correct", col(Act.case_id).in_(earlier))):
        transfer = act.key.rpartition("/")[2]
        laid = int(act.result["reversed_g"]) + int(act.result["shortfall_g"])
        borne[transfer] = borne.get(transfer, 0) + laid
    return [t.amount - borne.get(str(t.id), 0) for t in issued]


def _parts(issued: Sequence[Transfer], left: Sequence[int], grams: int) -> list[tuple[Transfer, int]]:
    """`grams` split by what is left of each, to the gram; what rounding leaves, a gram each where most was cut off.

    By what is left and not by what was given: what rounding laid on somebody in an earlier correction is not laid on
    them again, and nobody ever bears more than they were given.
    """
    total = sum(left)
    if not total:
        return []
    parts = [grams * n // total for n in left]
    most_cut = sorted(range(len(left)), key=lambda n: -(grams * left[n] % total))
    for n in most_cut[: grams - sum(parts)]:
        parts[n] += 1
    return [(t, part) for t, part in zip(issued, parts, strict=True) if part]


def _words(row: DataCorrection) -> Text:
    zh = f"批次 {row.lot_number} 由 {tonnes(row.old_g)} 修正为 {tonnes(row.new_g)} tCO₂e"
    en = f"Lot {row.lot_number} corrected from {tonnes(row.old_g)} to {tonnes(row.new_g)} tCO₂e"
    if row.shortfall_g:
        zh += f"，已冲正 {tonnes(row.reversed_g)}，待补足 {tonnes(row.shortfall_g)}"
        en += f"; {tonnes(row.reversed_g)} reversed, {tonnes(row.shortfall_g)} still owed"
    return Text(en, zh)


# ---- replacement duties ------------------------------------------------------------------------------------------


def _owe(session: Session, case: Case, project: Project, row: DataCorrection) -> None:
    now = clock.now()
    duty = ReplacementDuty(
        case_id=case.id,
        project_id=project.id or 0,
        party_id=_debtor(session, case, row.lot_number),
        lot_number=row.lot_number,
        grams=row.shortfall_g,
        at=now,
        changed_at=now,
    )
    session.add(duty)
    session.flush()
    ledger_told.of_debt(session, duty, case.case_no)


def _debtor(session: Session, case: Case, lot_number: str) -> int:
    """Who was given the lot, where it was one institution; else the holder of the entry, never a citizen."""
    accounts = session.exec(
        select(LedgerAccount)
        .join(Position, col(Position.account_id) == col(LedgerAccount.id))
        .where(col(Position.id).in_([t.to_id for t in _issued(session, lot_number)]))
    ).all()
    if len(accounts) == 1 and accounts[0].kind == "institution":
        return accounts[0].party_id
    return case.filer_id


def _open_duties(of: Project | Party) -> SelectOfScalar[ReplacementDuty]:
    mine = (
        ReplacementDuty.project_id == of.id if isinstance(of, Project) else ReplacementDuty.party_id == of.id
    )
    query = select(ReplacementDuty).where(mine, ReplacementDuty.state == "open")
    return query.order_by(col(ReplacementDuty.id))


def debtors(session: Session, project: Project) -> set[int]:
    """The parties that still owe for lots of a project."""
    return {duty.party_id for duty in session.exec(_open_duties(project))}


def owed(session: Session, of: Project | Party) -> int:
    """Grams a holder, or whoever holds a project, still has to replace; the next issuance nets them first (G27)."""
    return sum(duty.grams - duty.settled_g for duty in session.exec(_open_duties(of)))


def settle(
    session: Session, case: Case, of: Project | Party, grams: int, by: Collection[int] | None = None
) -> int:
    """Count up to `grams` of an issuance towards what is owed, the oldest first; two at once count one after the other.

    Args:
        case: the case that issues; its trail keeps what was netted.
        by: ids of the parties whose duties are meant; None = whoever owes.

    Returns:
        Grams that were netted: so much less goes to the holder.
    """
    left = grams
    locked = _open_duties(of).with_for_update().execution_options(populate_existing=True)
    for duty in session.exec(locked).all():
        if by is not None and duty.party_id not in by:
            continue
        part = min(left, duty.grams - duty.settled_g)
        if part <= 0:
            break
        left -= part
        count(session, case, duty, part)
    session.flush()
    return grams - left


def count(
    session: Session, case: Case, duty: ReplacementDuty, grams: int, actor: Actor | None = None
) -> None:
    """Count grams towards a duty; the caller holds its row and that of the case whose trail keeps it."""
    duty.settled_g, duty.changed_at = duty.settled_g + grams, clock.now()
    duty.state = "settled" if duty.settled_g == duty.grams else "open"
    said = Text(
        f"{tonnes(grams)} tCO₂e replaced for lot {duty.lot_number}",
        f"抵补批次 {duty.lot_number} 应补足量 {tonnes(grams)} tCO₂e",
    )
    _told(session, Event.DUTY_SETTLED, case, said, {"lot": duty.lot_number}, actor)


def _told(
    session: Session, event: Event, case: Case, said: Text, data: dict[str, Any], actor: Actor | None = None
) -> None:
    words = {"zh": said.zh, "en": said.en}
    audit.record(session, event, case=case, actor=actor, public=True, data={**data, "text": words})
