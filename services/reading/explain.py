"""Why a case is where it is, what comes next and when: told from the specs the course itself executes (screens 4.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, func, select

from models.procedures import procedure
from models.tables import Case, Deadline, Notice, TaskRow, User
from models.vocabulary.roles import FILERS, Role
from models.vocabulary.specs import Clock, Task
from models.vocabulary.text import Text
from services import cases, deadlines, notices
from services.access import Actor
from services.deadlines import Explanation as Ledger
from services.reading.offices import DESKS
from services.reading.timeline import is_insider

PUBLICITY = Text(
    "The project is published for comment; anybody may object.",
    "正在向社会公示，任何单位和个人均可提出异议。",
)


@dataclass(frozen=True)
class Wait:
    """One thing the case waits for.

    Args:
        who: whose turn it is, as this reader may know it.
        done, total: how many of several people asked have answered.
        next_steps: (outcome, where it leads), the straight path first.
        ledger: how the limit was calculated, day by day.
    """

    key: str
    title: Text
    sentence: Text
    who: Text
    mine: bool
    task_ids: tuple[str, ...]
    due_at: datetime | None
    paused: bool
    done: int = 0
    total: int = 1
    next_steps: tuple[tuple[Text, Text], ...] = ()
    rules: tuple[str, ...] = ()
    clock: str = Clock.CENTRE.value
    ledger: Ledger | None = None
    extension: bool = False
    extension_asked: int = 0  # days asked for and not answered yet


def waits(session: Session, actor: Actor, case: Case) -> list[Wait]:
    """Everything the case waits for now, tasks of one kind drawn together; the reader's own first."""
    groups: dict[str, list[TaskRow]] = {}
    for task in cases.open_tasks(session, case.id):
        groups.setdefault(task.key, []).append(task)
    found = [_of_tasks(session, actor, case, rows) for rows in groups.values()]
    found += [_of_notice(session, case, notice) for notice in notices.open_of(session, case, lock=False)]
    return sorted(found, key=lambda w: not w.mine)


def _of_tasks(session: Session, actor: Actor, case: Case, rows: list[TaskRow]) -> Wait:
    task, spec = rows[0], procedure(case.procedure).task(rows[0].key)
    total = _asked(session, case, task)
    soonest = min(rows, key=lambda r: (r.due_at is None, r.due_at.timestamp() if r.due_at else 0.0))
    ledger = deadlines.find(session, soonest.id)
    return Wait(
        key=task.key,
        title=title_for(actor, spec),
        sentence=sentence_of(spec, len(rows), total),
        who=_who(session, actor, case, rows, spec),
        mine=is_mine(actor, task),
        task_ids=tuple(str(r.id) for r in rows),
        due_at=soonest.due_at,
        paused=ledger is not None and deadlines.is_paused(ledger),
        done=total - len(rows),
        total=total,
        next_steps=() if veiled(actor, spec) else tuple((o.label, o.leads_to) for o in spec.outcomes),
        rules=spec.rules,
        clock=spec.clock.value,
        ledger=_ledger(session, ledger),
        extension=spec.extension is not None and ledger is not None and not ledger.extensions,
        extension_asked=int(task.extension_asked.get("days", 0)) if task.extension_asked else 0,
    )


def veiled(actor: Actor, spec: Task) -> bool:
    """May this reader not know yet what is to be confirmed?"""
    return spec.outside is not None and not is_insider(actor)


def title_for(actor: Actor, spec: Task) -> Text:
    """What a task is called before this reader."""
    return spec.outside if spec.outside is not None and veiled(actor, spec) else spec.title


def is_mine(actor: Actor, task: TaskRow) -> bool:
    """Is it the reader's turn: asked of their party or of them?"""
    if Role(task.role) in FILERS:
        return actor.party_id is not None and actor.party_id == task.party_id and actor.is_any(*FILERS)
    return actor.user_id in (task.assignee_id, task.reserved_for)


def _asked(session: Session, case: Case, task: TaskRow) -> int:
    """How many were asked the same thing in the same round, answered ones included."""
    return session.exec(
        select(func.count())
        .select_from(TaskRow)
        .where(
            TaskRow.case_id == case.id,
            TaskRow.key == task.key,
            TaskRow.round == task.round,
            TaskRow.state != "cancelled",
        )
    ).one()


def sentence_of(spec: Task, waiting: int, total: int) -> Text:
    """What is waited for where `total` were asked and `waiting` have not answered."""
    if total <= 1:
        return spec.public
    done, zh = total - waiting, spec.public.zh.rstrip("。")
    if spec.each_objection:  # one office answers all of them
        return Text(
            f"{spec.public.en} There are {total} objections; {done} done.",
            f"{zh}（共 {total} 件异议，已完成 {done} 件）。",
        )
    return Text(
        f"{spec.public.en} {done} of {total} have answered.", f"{zh}（共 {total} 位，已完成 {done} 位）。"
    )


def _who(session: Session, actor: Actor, case: Case, rows: Iterable[TaskRow], spec: Task) -> Text:
    if spec.by in FILERS:
        return Text("You", "您") if actor.party_id == case.filer_id else DESKS[spec.by]
    holders = {r.assignee_id for r in rows if r.assignee_id is not None}
    if not is_insider(actor) or not holders:
        return DESKS[spec.by]
    names = "、".join(u.name for u in (session.get(User, i) for i in sorted(holders)) if u is not None)
    return Text(f"{DESKS[spec.by].en}: {names}", f"{DESKS[spec.by].zh}：{names}")


def _ledger(session: Session, row: Deadline | None) -> Ledger | None:
    return deadlines.explain(session, row) if row is not None else None


def _of_notice(session: Session, case: Case, notice: Notice) -> Wait:
    row = deadlines.of_notice(session, notice.id or 0)
    return Wait(
        key="publicity",
        title=Text("Publicity", "公示"),
        who=Text("The public", "社会公众"),
        mine=False,
        task_ids=(),
        sentence=PUBLICITY,
        due_at=notice.closes_at,
        paused=row is not None and deadlines.is_paused(row),
        rules=("G14", "M05"),
        clock=Clock.PUBLIC.value,
        ledger=_ledger(session, row),
        next_steps=(
            (
                Text("No objection", "期满无异议"),
                Text("The centre issues its technical opinion.", "中心出具技术审核意见。"),
            ),
            (
                Text("Objections received", "收到异议"),
                Text("Each objection is looked into and answered first.", "先逐件核实并答复异议。"),
            ),
        ),
    )
