"""Opinions that are still being written: until all are in, nobody reads another's (G12)."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.tables import Case, Panel, PanelMember, TaskRow
from models.vocabulary.statuses import OPEN_STATES, SeatState
from services import pictures


def opinions_open(session: Session, case_id: UUID) -> bool:
    """Are individual opinions still being written?"""

    def ask() -> bool:
        return session.exec(_one(), params={"case": case_id}).first() is not None

    return pictures.seen(session, ("opinions open", case_id), ask)


@lru_cache(maxsize=1)
def _one() -> SelectOfScalar[UUID]:
    return blind_cases().where(col(Case.id) == bindparam("case"))


@lru_cache(maxsize=1)
def blind_cases() -> SelectOfScalar[UUID]:
    """Cases in which not all opinions of the newest panel are in.

    It is not enough that no opinion is being written just now: while somebody is invited to the seat of an expert
    who fell silent, the opinions that are in would be read before the last one is written (G12).
    """
    writing = exists().where(
        col(TaskRow.case_id) == col(Case.id),
        col(TaskRow.key) == "expert_opinion",
        col(TaskRow.state).in_([s.value for s in OPEN_STATES]),
    )
    newer, next_on_seat = aliased(Panel), aliased(PanelMember)
    begun = exists().where(
        col(TaskRow.case_id) == col(Case.id),
        col(TaskRow.key) == "expert_opinion",
        col(TaskRow.round) == col(Panel.round),
    )
    incomplete = exists().where(
        col(Panel.case_id) == col(Case.id),
        ~exists().where(col(newer.case_id) == col(Panel.case_id), col(newer.round) > col(Panel.round)),
        begun,
        col(PanelMember.panel_id) == col(Panel.id),
        col(PanelMember.state) != SeatState.SUBMITTED.value,
        ~exists().where(
            col(next_on_seat.panel_id) == col(Panel.id),
            col(next_on_seat.seat) == col(PanelMember.seat),
            col(next_on_seat.attempt) > col(PanelMember.attempt),
        ),
    )
    return select(Case.id).where(or_(writing, and_(col(Case.ended_at).is_(None), incomplete)))
