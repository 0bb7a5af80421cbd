"""What an evaluation has done to the rows: the period blocked, the lots corrected, the entry's state (G27, G29)."""

from datetime import date, datetime

from sqlmodel import Session

from models.tables import Case, Submission
from services import answers, corrections, entry_states
from services.corrections import Revised
from services.deed_kinds import Deed, DeedDone


def open_evaluation(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """Evaluation, or the correction of data at once, as it was opened."""
    return DeedDone(str(case.form["coverage"]["way"]))


def affected(session: Session, case: Case) -> tuple[date, date]:
    """The days whose data are in question: by the signed report, else by what the case was opened for."""
    found = answers.latest(session, case.id, "evaluation_report")
    if found is not None and found[0].outcome == "correct":
        given, names = found[0].form, ("affected_from", "affected_to")
    else:
        given, names = case.form["coverage"], ("period_from", "period_to")
    first, last = (date.fromisoformat(str(given[name])) for name in names)
    return first, last


def block_period(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """Issuance for the affected days stops (G27); says whether a project or a scenario is corrected."""
    entry = entry_states.about(session, case)
    corrections.block(session, case, entry, *affected(session, case))
    return DeedDone(entry.kind)


def correct_lots(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """The decided recomputation of this round is posted: nothing, a reversal, a duty, or a top-up that is noted."""
    review = _answered(session, case, "correction_review", round_)
    approvers = tuple(
        _answered(session, case, key, round_).by_user
        for key in ("correction_approval", "correction_countersignature")
    )
    revised = [Revised(r["lot_number"], int(r["old_g"]), int(r["new_g"])) for r in review.form["lots"]]
    done = corrections.correct(
        session,
        case,
        entry_states.about(session, case),
        revised,
        (approvers[0], approvers[1]),
        f"数据修正 {case.case_no}",
    )
    if any(row.shortfall_g for row in done):
        return DeedDone("short")
    return DeedDone("reversed" if any(row.reversed_g for row in done) else "done")


def _answered(session: Session, case: Case, key: str, round_: int) -> Submission:
    found = answers.latest(session, case.id, key, round_=round_)
    if found is None:
        raise LookupError(f"{case.case_no} has no answer to {key}/{round_}")
    return found[0]


def lift_block(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """The days may be issued for again."""
    corrections.lift(session, case)
    return DeedDone()


def suspend_entry(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """Neither records nor issuance (G29)."""
    entry_states.suspend(session, case)
    return DeedDone()


def resume_entry(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """It goes on as it was."""
    entry_states.resume(session, case)
    return DeedDone()


def deregister_entry(session: Session, case: Case, round_: int, slot: str, now: datetime) -> DeedDone:
    """Struck off the register by the bureau."""
    entry_states.deregister(session, case)
    return DeedDone()


DEEDS: dict[str, Deed] = {
    deed.__name__: deed
    for deed in (
        open_evaluation,
        block_period,
        correct_lots,
        lift_block,
        suspend_entry,
        resume_entry,
        deregister_entry,
    )
}
