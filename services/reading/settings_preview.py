"""What a change of a setting would touch among the open cases: which deadlines move, which keep what they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, or_, select

from models.procedures import PROCEDURES
from models.tables import Case, Deadline, DocumentRow, EtsUnit, Notice, Party, SettingChange, TaskRow, User
from models.vocabulary.specs import ProcedureSpec
from models.vocabulary.statuses import OPEN_STATES
from models.vocabulary.text import Text
from services import access, administration, methodology_rows
from services.administration import DayChange
from services.setting_proposals import days_of, units_of

OPEN = [s.value for s in OPEN_STATES]
MOST = 100


@dataclass(frozen=True)
class Touched:
    """A case and what the change means for it; `old` and `new` where an end moves."""

    case_no: str
    title: Text
    what: Text
    old: datetime | None = None
    new: datetime | None = None


@dataclass(frozen=True)
class Preview:
    """Args:
    moves: what would be otherwise; at most a hundred are named.
    stays: what keeps its value although the setting changes.
    moving, staying: how many there are of each.
    """

    moves: list[Touched]
    stays: list[Touched]
    moving: int
    staying: int


def _preview(moves: Sequence[Touched], stays: Sequence[Touched]) -> Preview:
    return Preview(list(moves[:MOST]), list(stays[:MOST]), len(moves), len(stays))


def of(session: Session, row: SettingChange) -> Preview | None:
    """The preview of a proposal, as the cases stand now; None for what touches no case."""
    if row.kind == "limit":
        return of_limit(session, row.subject)
    if row.kind == "calendar":
        return of_calendar(session, *days_of(row))
    if row.kind == "roles":
        return of_roles(session, row.subject, row.after["roles"])
    if row.kind == "template":
        return of_template(session, *row.subject.split("/", 1))
    if row.kind in methodology_rows.KINDS:
        ends = (
            row.after.get("replaces")
            if row.kind == methodology_rows.TAKE_IN
            else row.subject.rpartition(" ")[2]
        )
        return of_methodology(session, row.subject.partition(" ")[0], str(ends)) if ends else None
    if row.kind == "ets":
        return of_units(session, units_of(row))
    return None


def of_limit(session: Session, key: str) -> Preview:
    """Deadlines that run keep their days; cases that have yet to come to the task will have the new ones."""
    query = (
        select(Deadline, Case, TaskRow, Notice)
        .join(Case, col(Case.id) == col(Deadline.case_id))
        .outerjoin(TaskRow, col(TaskRow.id) == col(Deadline.task_id))
        .outerjoin(Notice, col(Notice.id) == col(Deadline.notice_id))
        .where(Deadline.limit_key == key, or_(col(TaskRow.state).in_(OPEN), col(Notice.state) == "open"))
        .order_by(col(Deadline.due_at))
    )
    keeps = Text("runs already and keeps its days", "已开始计算，期限不变")
    stays = [
        Touched(c.case_no, _of_task(task), keeps, d.due_at, d.due_at) for d, c, task, _ in session.exec(query)
    ]
    return _preview(_to_come(session, key), stays)


def _to_come(session: Session, key: str) -> list[Touched]:
    out = []
    for spec in PROCEDURES.values():
        stages = _stages_before(spec, key)
        if not stages:
            continue
        query = select(Case).where(
            Case.procedure == spec.key, col(Case.ended_at).is_(None), col(Case.stage).in_(stages)
        )
        tasks = [t.title for t in spec.tasks if t.limit.key == key] or [Text(key, key)]
        what = Text(f"“{tasks[0].en}” would have the new limit", f"此后进行“{tasks[0].zh}”时适用新的时限")
        out += [
            Touched(c.case_no, spec.stage(c.stage).title, what)
            for c in session.exec(query.order_by(col(Case.case_no)))
        ]
    return out


def _stages_before(spec: ProcedureSpec, key: str) -> list[str]:
    """The stages from which a task with this limit may yet be met."""
    last = max((i for i, s in enumerate(spec.stages) if key in s.limits), default=-1)
    if last < 0 and any(key in (t.limit.key, t.extension) for t in spec.tasks):
        last = len(spec.stages) - 1
    return [s.key for s in spec.stages[: last + 1]]


def of_calendar(session: Session, changes: list[DayChange], until: Any) -> Preview:
    """Every open deadline whose end the new calendar puts elsewhere; all others stay."""
    _, moved = administration.proposal(session, changes, until)
    ids = {m.deadline.id for m in moved}
    rows = session.exec(
        select(Deadline, Case, TaskRow)
        .join(Case, col(Case.id) == col(Deadline.case_id))
        .outerjoin(TaskRow, col(TaskRow.id) == col(Deadline.task_id))
        .outerjoin(Notice, col(Notice.id) == col(Deadline.notice_id))
        .where(or_(col(TaskRow.state).in_(OPEN), col(Notice.state) == "open"))
        .order_by(col(Deadline.due_at))
    ).all()
    new = {m.deadline.id: m.new for m in moved}
    ends, keeps = Text("its end moves", "届满日变化"), Text("its end stays", "届满日不变")
    moves = [Touched(c.case_no, _of_task(t), ends, d.due_at, new[d.id]) for d, c, t in rows if d.id in ids]
    stays = [
        Touched(c.case_no, _of_task(t), keeps, d.due_at, d.due_at) for d, c, t in rows if d.id not in ids
    ]
    return _preview(moves, stays)


def _of_task(task: TaskRow | None) -> Text:
    return access.spec_of(task).title if task is not None else Text("Publicity", "公示期")


def of_roles(session: Session, username: str, wanted: list[str]) -> Preview:
    """Open tasks the person has in hand: those of a role that goes have to be handed on."""
    query = (
        select(TaskRow, Case)
        .join(Case, col(Case.id) == col(TaskRow.case_id))
        .join(User, or_(col(User.id) == col(TaskRow.assignee_id), col(User.id) == col(TaskRow.reserved_for)))
        .where(User.username == username, col(TaskRow.state).in_(OPEN))
        .order_by(col(TaskRow.due_at))
    )
    goes, keeps = Text("has to be reassigned", "须改派他人"), Text("stays with the person", "仍由其办理")
    rows = session.exec(query).all()
    moves = [
        Touched(c.case_no, _of_task(t), goes, t.due_at, t.due_at) for t, c in rows if t.role not in wanted
    ]
    stays = [Touched(c.case_no, _of_task(t), keeps, t.due_at, t.due_at) for t, c in rows if t.role in wanted]
    return _preview(moves, stays)


def of_units(session: Session, units: Sequence[EtsUnit]) -> Preview:
    """Open cases of those who come onto the list, and of those who leave it (G03)."""
    lists = {(u.scope, u.year) for u in units}
    there = [u for u in session.exec(select(EtsUnit)) if (u.scope, u.year) in lists]
    new, old = _marks(units), _marks(there)
    query = (
        select(Case, Party)
        .join(Party, or_(col(Party.id) == col(Case.filer_id), col(Party.id) == col(Case.principal_id)))
        .where(col(Case.ended_at).is_(None), col(Case.submitted_at).is_not(None))
        .where(or_(col(Party.uscc).in_(new | old), col(Party.name).in_(new | old)))
        .order_by(col(Case.case_no))
    )
    comes = Text("comes onto the list: check its right to apply", "列入新名单，请核对申请资格")
    goes = Text("is no longer on the list", "不再列入名单，请核对申请资格")
    keeps = Text("stays on the list", "仍在名单中")
    moves: list[Touched] = []
    stays: list[Touched] = []
    for case, party in session.exec(query):
        mine = {party.name, party.uscc} - {""}
        now, before = bool(mine & new), bool(mine & old)
        row = Touched(
            case.case_no, Text(party.name, party.name), keeps if now == before else comes if now else goes
        )
        (stays if now == before else moves).append(row)
    return _preview(moves, stays)


def _marks(units: Sequence[EtsUnit]) -> set[str]:
    """Names and credit codes."""
    return {u.uscc for u in units if u.uscc} | {u.name for u in units}


def of_template(session: Session, procedure: str, key: str) -> Preview:
    """Cases that have yet to be sent the letter; letters that were issued keep theirs."""
    rows = session.exec(
        select(DocumentRow.case_id, DocumentRow.number)
        .join(Case, col(Case.id) == col(DocumentRow.case_id))
        .where(DocumentRow.key == key, col(Case.ended_at).is_(None))
    )
    issued: dict[UUID, str] = dict(rows.all())
    query = select(Case).where(col(Case.ended_at).is_(None), col(Case.submitted_at).is_not(None))
    if procedure in PROCEDURES:
        query = query.where(Case.procedure == procedure)
    new = Text("would be written on the new template", "此后出具时使用新模板")
    moves, stays = [], []
    for case in session.exec(query.order_by(col(Case.case_no))):
        spec = PROCEDURES[case.procedure]
        if not any(d.key == key for d in spec.documents):
            continue
        title = spec.document(key).title
        moves.append(Touched(case.case_no, title, new))
        if case.id in issued:
            kept = Text(f"{issued[case.id]} keeps its template", f"{issued[case.id]} 保持原模板")
            stays.append(Touched(case.case_no, title, kept))
    return _preview(moves, stays)


def of_methodology(session: Session, code: str, version: str) -> Preview:
    """Open cases that were filed under a version that ends: every one of them keeps it (M06, G02)."""
    query = select(Case).where(
        Case.methodology == code,
        Case.methodology_version == version,
        col(Case.ended_at).is_(None),
        col(Case.submitted_at).is_not(None),
    )
    keeps = Text(f"keeps version {version}", f"沿用版本 {version}")
    stays = [
        Touched(c.case_no, PROCEDURES[c.procedure].title, keeps)
        for c in session.exec(query.order_by(col(Case.case_no)))
    ]
    return _preview([], stays)
