"""What the first page after signing in shows: what waits for me, and my latest cases."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models.tables import Case, TaskRow
from models.vocabulary.roles import FILERS
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from services.access import Actor, spec_of, visible_cases
from services.reading import inbox
from services.reading.filters import QUEUE_TITLES, Filters, Queue

LATEST = 6


@dataclass(frozen=True)
class Tile:
    """A number that leads to the list it was counted from. tone: plain | act | bad."""

    name: Text
    count: int
    href: str
    tone: str = "plain"


@dataclass(frozen=True)
class ToDo:
    """A task the filing party has to answer."""

    case: Case
    task: TaskRow
    title: Text


def tiles(session: Session, actor: Actor) -> list[Tile]:
    """An officer's numbers: late, due today, mine, to claim, with others."""
    mine = Filters(queue=Queue.INBOX)
    urgent = {c.key: c for c in inbox.counters(session, actor, mine) if c.key in {"overdue", "today"}}
    tabs = inbox.tabs(session, actor, [Queue.INBOX, Queue.QUEUE, Queue.WAITING])
    found = [Tile(QUEUE_TITLES[q], n, f"/tasks?queue={q.value}") for q, n in tabs.items()]
    late = [
        Tile(name, urgent[key].count, f"/tasks?queue=inbox&due={key}", tone)
        for key, name, tone in (
            ("overdue", Text("Overdue", "已逾期"), "bad"),
            ("today", Text("Due today", "今日到期"), "act"),
        )
        if key in urgent
    ]
    return [*late, *found]


def to_do(session: Session, actor: Actor) -> list[ToDo]:
    """What the filing party has to answer, soonest first."""
    if actor.party_id is None:
        return []
    rows = session.exec(
        select(Case, TaskRow)
        .join(TaskRow, col(TaskRow.case_id) == col(Case.id))
        .where(
            TaskRow.party_id == actor.party_id,
            col(TaskRow.role).in_([r.value for r in FILERS]),
            col(TaskRow.state).in_([s.value for s in OPEN_STATES]),
        )
        .order_by(col(TaskRow.due_at).asc().nulls_last(), col(TaskRow.opened_at))
    )
    return [ToDo(case, task, spec_of(task).title) for case, task in rows]


def latest_cases(session: Session, actor: Actor) -> list[Case]:
    """The cases I may see that changed last."""
    return list(session.exec(visible_cases(actor).order_by(col(Case.changed_at).desc()).limit(LATEST)))
