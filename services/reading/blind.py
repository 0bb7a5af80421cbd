"""What stays unseen while experts write: each opinion, until the last one is in (rule G12)."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from sqlmodel import Session, col

from models.procedures import PROCEDURES, procedure
from models.tables import Case, TaskRow
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import blinding
from services.access import Actor
from services.reading.timeline import TimelineItem

FILED = Text("Filed; hidden until all are in", "已提交，全部提交前不公开")

#: Kinds of tasks whose answers are blind, in every procedure.
KINDS = frozenset(t.key for p in PROCEDURES.values() for t in p.tasks if t.blind)


def hides(session: Session, actor: Actor, task: TaskRow) -> bool:
    """Is this task's outcome still hidden from the reader? Auditors read everything."""
    if task.key not in KINDS or task.closed_by == actor.user_id or actor.is_any(Role.AUDITOR):
        return False
    return blinding.opinions_open(session, task.case_id)


def open_in(session: Session, case_ids: Iterable[UUID]) -> set[UUID]:
    """Of these cases, the ones in which opinions are being written."""
    return set(session.exec(blinding.blind_cases().where(col(Case.id).in_(list(case_ids)))))


def veiled(session: Session, actor: Actor, case: Case, items: Iterable[TimelineItem]) -> list[TimelineItem]:
    """The timeline without the conclusions of opinions that are not all in."""
    listed = list(items)
    if actor.is_any(Role.AUDITOR) or not blinding.opinions_open(session, case.id):
        return listed
    titles = tuple(
        procedure(case.procedure).task(k).title.zh for k in KINDS if procedure(case.procedure).has_task(k)
    )
    return [
        _veil(i) if i.event == Event.TASK_COMPLETED.value and i.text.zh.startswith(titles) else i
        for i in listed
    ]


def _veil(item: TimelineItem) -> TimelineItem:
    return replace(item, text=FILED)
