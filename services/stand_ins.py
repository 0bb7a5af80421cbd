"""Who is away today, and who stands in 代办: read by whoever hands out tasks and messages. Changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.tables import Absence, TaskRow, User
from models.vocabulary.text import Text
from services import access, clock, direct, pictures
from services.access import Actor, actor_of

#: A stand-in who is away as well is stood in for, so many times.
DEEPEST = 3


@dataclass(frozen=True)
class StandIn:
    """What becomes of a task meant for somebody who is away.

    Args:
        away: the person it was meant for.
        by: who stands in; None when nobody does.
        refusal: why the stand-in must not take this task.
    """

    away: Actor
    by: Actor | None
    refusal: Text | None = None

    @property
    def words(self) -> Text:
        """张三请假，由李四代办."""
        name = self.by.name if self.by else "—"
        if self.refusal is not None:
            return Text(
                f"{self.away.name} is away; {name} cannot stand in: {self.refusal.en} It waits in the queue.",
                f"{self.away.name}请假，替班人{name}不能代办：{self.refusal.zh}已退回组内待领取。",
            )
        return Text(f"{self.away.name} is away; {name} stands in.", f"{self.away.name}请假，由{name}代办")


def away(session: Session) -> dict[int, int]:
    """Those who are away today in Shanghai, each with the stand-in."""
    day = clock.today().date()
    return pictures.once(
        session,
        ("away", day),
        lambda: {row.user_id: row.substitute_id for row in direct.ask(session, _AWAY, {"day": day})},
    )


_AWAY = select(Absence.user_id, Absence.substitute_id).where(
    col(Absence.starts_on) <= bindparam("day"),
    col(Absence.ends_on) >= bindparam("day"),
    col(Absence.cancelled_at).is_(None),
)


def present(session: Session, ids: Iterable[int]) -> list[int]:
    """The same people, each who is away replaced by the stand-in."""
    found, everybody = set(ids), away(session)
    for _ in range(DEEPEST):
        gone = found & set(everybody)
        if not gone:
            break
        found = (found - gone) | {everybody[one] for one in gone if everybody[one] not in gone}
    return sorted(found)


def instead(session: Session, person: Actor, task: TaskRow) -> StandIn | None:
    """None when the person is here; else who stands in for this very task, four eyes by natural person respected."""
    if person.user_id not in away(session):
        return None
    ids = present(session, [person.user_id])
    user = session.get(User, ids[0]) if ids else None
    if user is None or not user.active or user.id == person.user_id:
        return StandIn(person, None, Text("nobody stands in.", "未指定可用的替班人。"))
    by = actor_of(user)
    return StandIn(person, by, refusal(session, person, by, task))


def refusal(session: Session, person: Actor, by: Actor, task: TaskRow) -> Text | None:
    """Why `by` must not do this task for `person`: role, or four eyes counted for both."""
    delegations = [*task.delegations, link(person, by, "")]
    probe = TaskRow(**{**task.model_dump(), "delegations": delegations, "assignee_id": None})
    return access.may_claim(session, by, probe)


def link(person: Actor, by: Actor, reason: str) -> dict[str, object]:
    """The line in a task's chain of hands: four eyes count everybody in it."""
    return {
        "from": person.user_id,
        "to": by.user_id,
        "person": person.person_key,
        "at": clock.now().isoformat(),
        "reason": reason,
        "absence": True,
    }
