"""What many cases wait for, a sentence for each reader: four statements, however many cases and readers there are.

The same sentences as on the page of a case (`explain.waits`), without what is calculated there about limits.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from models.procedures import procedure
from models.tables import Case, Notice, TaskRow
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from services.access import Actor
from services.reading.explain import PUBLICITY, is_mine, sentence_of
from services.reading.status import words_of

#: What was typed into a form is not needed here, and may be long.
LONG: tuple[Any, ...] = (Case.form, Case.identity)


@dataclass
class Turn:
    """What a case waits for.

    Args:
        tasks: open ones by their key, in the order they were asked.
        asked: how many were asked, by key and round; answered ones are counted.
        notices: how many run.
    """

    case: Case
    tasks: dict[str, list[TaskRow]] = field(default_factory=dict)
    asked: dict[tuple[str, int], int] = field(default_factory=dict)
    notices: int = 0

    def words(self, actor: Actor) -> Text:
        """The sentence of the reader's own page: it begins with what the reader is asked."""
        found = [(is_mine(actor, rows[0]), self._sentence(rows)) for rows in self.tasks.values()]
        found += [(False, PUBLICITY)] * self.notices
        return words_of(self.case, [words for _, words in sorted(found, key=lambda f: not f[0])])

    def _sentence(self, rows: list[TaskRow]) -> Text:
        first = rows[0]
        spec = procedure(self.case.procedure).task(first.key)
        return sentence_of(spec, len(rows), self.asked.get((first.key, first.round), 0))


def turns(session: Session, ids: Iterable[UUID]) -> dict[UUID, Turn]:
    """What these cases wait for at this moment; their readers must have come by `access`."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = select(Case).where(col(Case.id).in_(wanted)).options(*map(defer, LONG))
    found = {case.id: Turn(case) for case in session.exec(rows)}
    for task in session.exec(
        select(TaskRow)
        .where(col(TaskRow.case_id).in_(wanted), col(TaskRow.state).in_([s.value for s in OPEN_STATES]))
        .order_by(col(TaskRow.opened_at))
    ):
        found[task.case_id].tasks.setdefault(task.key, []).append(task)
    for case_id, key, number, total in session.exec(
        select(TaskRow.case_id, TaskRow.key, TaskRow.round, func.count())
        .where(col(TaskRow.case_id).in_(wanted), TaskRow.state != "cancelled")
        .group_by(col(TaskRow.case_id), col(TaskRow.key), col(TaskRow.round))
    ):
        found[case_id].asked[key, number] = total
    for case_id in session.exec(
        select(Notice.case_id).where(col(Notice.case_id).in_(wanted), Notice.state == "open")
    ):
        found[case_id].notices += 1
    return found
