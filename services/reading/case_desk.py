"""A case as the staff page shows it, beyond the status every reader sees: panel, ledgers, versions, answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select as wide
from sqlmodel import Session, col, func, or_, select

from models.procedures import procedure
from models.tables import (
    Attachment,
    Case,
    CaseVersion,
    Deadline,
    Expert,
    Finding,
    Objection,
    ObjectionPaper,
    Panel,
    PanelMember,
    Party,
    Submission,
    TaskRow,
    User,
)
from models.vocabulary.roles import OVERSIGHT, STAFF
from models.vocabulary.text import Text
from services import access, blinding, deadlines, form_diff, materials, objection_papers, panels, voiding
from services.access import Actor
from services.deadlines import Explanation
from services.reading import filters, searching
from services.reading.filters import Place

#: A list says "so many or more" from here on: counting on would cost more than it tells.
MOST = 1000


@dataclass(frozen=True)
class CaseRow:
    """A case in the staff list."""

    case: Case
    applicant: str
    waiting: int
    due_at: datetime | None


@dataclass(frozen=True)
class CaseFilters:
    q: str = ""
    status: str = ""
    stage: str = ""
    procedure: str = ""
    cursor: str = ""
    limit: int = 30


def listed(session: Session, actor: Actor, wanted: CaseFilters) -> tuple[list[CaseRow], int, str | None]:
    """(rows, total, cursor), most recently changed first, in two statements; no more than MOST are counted."""
    visible = access.visible_cases(actor).whereclause
    condition = [*([visible] if visible is not None else []), *_narrowed(wanted)]
    matching = select(Case.id).where(*condition).limit(MOST)
    total = session.exec(select(func.count()).select_from(matching.subquery())).one()
    asked = (col(TaskRow.case_id) == col(Case.id), col(TaskRow.state).in_(["open", "claimed"]))
    waiting = select(func.count()).select_from(TaskRow).where(*asked).scalar_subquery()
    due = select(func.min(TaskRow.due_at)).where(*asked).scalar_subquery()
    changed = func.extract("epoch", col(Case.changed_at))
    query = (
        wide(Case, col(Party.name), waiting, due, changed)
        .join(Party, col(Party.id) == col(Case.filer_id))
        .where(*condition)
    )
    place = filters.place_of(wanted.cursor)
    if place is not None:
        query = query.where(or_(changed < place.key, (changed == place.key) & (col(Case.case_no) < place.id)))
    rows: list[Any] = list(
        session.execute(
            query.order_by(col(Case.changed_at).desc(), col(Case.case_no).desc()).limit(wanted.limit + 1)
        )
    )
    last = rows[wanted.limit - 1] if len(rows) > wanted.limit else None
    cursor = Place(0, float(last[4]), last[0].case_no).cursor() if last else None
    return [CaseRow(c, name, n, due) for c, name, n, due, _ in rows[: wanted.limit]], total, cursor


def _narrowed(wanted: CaseFilters) -> list[Any]:
    out: list[Any] = [searching.in_case(w) for w in wanted.q.split()[:8]]
    pairs = ((wanted.status, Case.status), (wanted.stage, Case.stage), (wanted.procedure, Case.procedure))
    return out + [column == value for value, column in pairs if value]


@dataclass(frozen=True)
class Given:
    """An answer given in the case, as far as this reader may read it now."""

    task: TaskRow
    title: Text
    outcome: Text
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Ledger:
    title: Text
    row: Deadline
    explanation: Explanation


@dataclass(frozen=True)
class CaseDesk:
    """What stands on the staff page next to the status."""

    filer: Party
    principal: Party | None
    agency: Party | None
    versions: list[CaseVersion]
    changes: list[form_diff.Change]
    findings: list[Finding]
    papers: list[Attachment]
    answers: list[Given]
    open_tasks: list[tuple[TaskRow, Text, str, Text | None]]
    ledgers: list[Ledger]
    objections: list[Objection]
    objection_papers: dict[int, list[ObjectionPaper]] | None  # by objection; None for who may not open them
    panels: list[Panel]


def load(session: Session, actor: Actor, case: Case, older: int | None = None) -> CaseDesk:
    """Everything; the actor has come by `access.case_for`. `older`: the version to compare the newest with."""
    versions = list(
        session.exec(
            select(CaseVersion).where(CaseVersion.case_id == case.id).order_by(col(CaseVersion.number))
        )
    )
    parties = {
        p.id: p
        for p in session.exec(
            select(Party).where(col(Party.id).in_([case.filer_id, case.principal_id, case.agency_id]))
        )
    }
    tasks = list(
        session.exec(
            select(TaskRow)
            .where(col(TaskRow.case_id) == case.id)
            .order_by(col(TaskRow.opened_at))
            .execution_options(**voiding.SHOWN)
        )
    )
    objections = _all(session, Objection, case)
    return CaseDesk(
        filer=parties[case.filer_id],
        principal=parties.get(case.principal_id),
        agency=parties.get(case.agency_id),
        versions=versions,
        changes=_changes(case, versions, older),
        findings=_all(session, Finding, case),
        papers=materials.readable(session, actor, case),
        answers=_given(session, actor, case, tasks),
        open_tasks=_open(session, actor, tasks),
        ledgers=_ledgers(session, case, tasks),
        objections=objections,
        objection_papers=objection_papers.of_objections(session, objections)
        if objections and objection_papers.may_read(actor, case)
        else None,
        panels=list(
            session.exec(select(Panel).where(Panel.case_id == case.id).order_by(col(Panel.round).desc()))
        ),
    )


def _all(session: Session, table: Any, case: Case) -> list[Any]:
    """Void ones too: the page marks them."""
    query = select(table).where(table.case_id == case.id).order_by(col(table.id))
    return list(session.exec(query.execution_options(**voiding.SHOWN)))


def _changes(case: Case, versions: list[CaseVersion], older: int | None) -> list[form_diff.Change]:
    if len(versions) < 2:
        return []
    before = next((v for v in versions if v.number == older), versions[-2])
    return form_diff.diff(procedure(case.procedure).form, before.form, versions[-1].form)


def _given(session: Session, actor: Actor, case: Case, tasks: list[TaskRow]) -> list[Given]:
    """Answers in time order; single opinions stay out while others are being written."""
    blind = blinding.opinions_open(session, case.id)
    rows = {t.id: t for t in tasks}
    query = (
        select(Submission, User.name)
        .join(User, col(User.id) == col(Submission.by_user))
        .where(col(Submission.case_id) == case.id)
        .order_by(col(Submission.id))
    )
    out = []
    for submission, name in session.exec(query):
        task, spec = rows[submission.task_id], access.spec_of(rows[submission.task_id])
        if spec.blind and blind:
            continue
        outcome = spec.outcome(submission.outcome)
        out.append(
            Given(
                task,
                spec.title,
                outcome.label if outcome else Text(submission.outcome, submission.outcome),
                name,
                submission.at,
                submission.reason,
            )
        )
    return out


def _open(
    session: Session, actor: Actor, tasks: list[TaskRow]
) -> list[tuple[TaskRow, Text, str, Text | None]]:
    """(task, title, holder, why it is not in the reader's list) of what the case waits for (pain P8)."""
    rows = [t for t in tasks if t.closed_at is None]
    names = dict(
        session.exec(
            select(User.id, User.name).where(
                col(User.id).in_([t.assignee_id or t.reserved_for for t in rows])
            )
        ).all()
    )
    return [
        (
            t,
            access.spec_of(t).title,
            names.get(t.assignee_id or t.reserved_for, ""),
            access.may_claim(session, actor, t),
        )
        for t in rows
    ]


def _ledgers(session: Session, case: Case, tasks: list[TaskRow]) -> list[Ledger]:
    titles = {t.id: access.spec_of(t).title for t in tasks if t.closed_at is None}
    found = []
    for row in session.exec(select(Deadline).where(Deadline.case_id == case.id).order_by(col(Deadline.id))):
        if row.task_id in titles:
            found.append(Ledger(titles[row.task_id], row, deadlines.explain(session, row)))
        elif row.notice_id is not None:
            found.append(Ledger(Text("Publicity", "公示期"), row, deadlines.explain(session, row)))
    return found


# ---- the panel -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seat:
    """A seat with everybody who has sat on it, the present one last."""

    number: int
    sat: list[tuple[PanelMember, Expert]]


@dataclass(frozen=True)
class PanelView:
    panel: Panel
    arithmetic: dict[str, int]
    votes: dict[str, int]
    seats: list[Seat]
    blind: bool


def panel(session: Session, case: Case, row: Panel) -> PanelView:
    """A panel as the officer follows it. Votes stay hidden while opinions are being written."""
    query = (
        select(PanelMember, Expert)
        .join(Expert, col(Expert.id) == col(PanelMember.expert_id))
        .where(col(PanelMember.panel_id) == row.id)
        .order_by(col(PanelMember.seat), col(PanelMember.attempt))
    )
    seats: dict[int, Seat] = {}
    for member, expert in session.exec(query):
        seats.setdefault(member.seat, Seat(member.seat, [])).sat.append((member, expert))
    blind = blinding.opinions_open(session, case.id)
    newest = panels.current(session, case)
    votes = panels.votes(session, case) if not blind and newest is not None and newest.id == row.id else {}
    return PanelView(row, panels.arithmetic(session, row), votes, list(seats.values()), blind)


@dataclass(frozen=True)
class ExpertRow:
    """An expert with the history derived from the seats (pain P38).

    Args:
        active: seats invited or accepted in cases still under way.
        days: mean calendar days from the request of an opinion to its filing.
    """

    expert: Expert
    username: str
    active: int
    completed: int
    declined: int
    silent: int
    days: float | None
    last: datetime | None


def experts(session: Session, q: str = "", topic: str = "") -> list[ExpertRow]:
    """The library with histories, in two statements."""
    seat, n = PanelMember, func.count(col(PanelMember.id))
    running = or_(col(Case.ended_at).is_(None), col(Case.id).is_(None))
    query = (
        wide(
            Expert,
            col(User.username),
            n.filter(col(seat.state).in_(["drawn", "invited", "accepted"]), running),
            n.filter(col(seat.state) == "submitted"),
            n.filter(col(seat.state).in_(["declined", "conflicted"])),
            n.filter(col(seat.state) == "silent"),
            func.max(seat.changed_at),
        )
        .join(User, col(User.id) == col(Expert.user_id))
        .outerjoin(seat, col(seat.expert_id) == col(Expert.id))
        .outerjoin(Case, col(Case.id) == col(seat.case_id))
        .group_by(col(Expert.id), User.username)
        .order_by(col(Expert.key))
    )
    for word in q.split()[:5]:
        query = query.where(
            or_(
                *(
                    c.icontains(word, autoescape=True)
                    for c in (col(Expert.name), col(Expert.employer), col(Expert.specialty))
                )
            )
        )
    if topic:
        query = query.where(col(Expert.topics).contains([topic]))
    days = _days(session)
    return [
        ExpertRow(e, u, a, c, d, s, days.get(e.user_id), last)
        for e, u, a, c, d, s, last in session.execute(query)
    ]


def _days(session: Session) -> dict[int, float]:
    """user -> mean days for an opinion."""
    took = func.extract("epoch", col(Submission.at) - col(TaskRow.opened_at)) / 86400
    query = (
        select(Submission.by_user, func.avg(took))
        .join(TaskRow, col(TaskRow.id) == col(Submission.task_id))
        .where(col(TaskRow.key) == "expert_opinion")
        .group_by(col(Submission.by_user))
    )
    return {user: float(mean) for user, mean in session.exec(query)}


def history(session: Session, expert: Expert) -> list[tuple[PanelMember, Case]]:
    """Every seat an expert was ever drawn for, newest first."""
    return list(
        session.exec(
            select(PanelMember, Case)
            .join(Case, col(Case.id) == col(PanelMember.case_id))
            .where(col(PanelMember.expert_id) == expert.id)
            .order_by(col(PanelMember.id).desc())
        )
    )


def reads_everything(actor: Actor) -> bool:
    return actor.is_any(*STAFF, *OVERSIGHT)
