"""Duties to report 报送义务: one a month, opened, reminded of, and marked when nothing came (G16)."""

import calendar as months
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.tables import Case, Device, Project, ReportingDuty
from models.vocabulary.events import Event
from models.vocabulary.roles import FILERS, Role
from models.vocabulary.text import Text
from services import audit, calendar, clock, limits, notifications
from services.clock import SHANGHAI
from services.monitoring.dataset import dataset, in_use

LIMIT = "data_report_wd"
#: Somebody who has not reported is reminded when so much is left.
SOON = timedelta(days=3)
TAKING = ("implementing", "running")
#: A duty in one of these waits for the owner.
WAITING = ("due", "received", "queried", "overdue")

STATES: dict[str, Text] = {
    "due": Text("Due", "待报"),
    "received": Text("Partly received", "部分已报"),
    "valid": Text("Complete", "已报齐"),
    "queried": Text("To be cleared up", "待核实"),
    "overdue": Text("Overdue", "逾期未报"),
}


def open_duties(session: Session, now: datetime) -> list[ReportingDuty]:
    """Open the duty of every month that has ended for every project that reports; twice is once.

    The first month is that of publication; the limit counts from the opening.
    """
    newest = (
        select(ReportingDuty.project_id, func.max(ReportingDuty.period_from).label("newest"))
        .group_by(col(ReportingDuty.project_id))
        .subquery()
    )
    rows = session.exec(
        select(Project, newest.c.newest)
        .outerjoin(newest, newest.c.project_id == Project.id)
        .where(
            Project.kind == "project",
            col(Project.state).in_(TAKING),
            col(Project.id).in_(select(Device.project_id)),
        )
        .order_by(col(Project.id))
    ).all()
    return [
        duty
        for project, last in rows
        for first, end in _months(project, last, now)
        if (duty := _open(session, project, first, end, now)) is not None
    ]


def _months(project: Project, newest: date | None, now: datetime) -> Iterator[tuple[date, date]]:
    """Months that have ended and have no duty yet."""
    first = _next(newest) if newest else _first_month(project)
    until = _day(project.crediting_to) or date.max
    while (end := _end(first)) < now.astimezone(SHANGHAI).date() and first <= until:
        yield first, min(end, until)
        first = _next(first)


def _first_month(project: Project) -> date:
    published = project.published_at.astimezone(SHANGHAI).date()
    return max(published, _day(project.crediting_from) or published).replace(day=1)


def _end(first: date) -> date:
    return first.replace(day=months.monthrange(first.year, first.month)[1])


def _next(first: date) -> date:
    return _end(first) + timedelta(days=1)


def _open(session: Session, project: Project, first: date, last: date, now: datetime) -> ReportingDuty | None:
    if not in_use(session, project, first, last):
        return None
    budget = limits.value(session, LIMIT, calendar.day_of(now))
    duty = ReportingDuty(
        project_id=project.id or 0,
        period_from=first,
        period_to=last,
        due_at=calendar.current(session).due(now, budget),
        channel=str(project.data.get("data_channel", "manual")),
        opened_at=now,
        changed_at=now,
    )
    duty.state = _state(session, project, duty, now)
    session.add(duty)
    session.flush()
    audit.record(session, Event.DUTY_OPENED, data={"project": project.number, "period": period_of(duty)})
    if duty.state != "valid":
        _tell(session, project, duty, "opened")
    return duty


def mark_overdue(session: Session, now: datetime) -> list[ReportingDuty]:
    """Remind of duties that end soon, and mark those whose time is over; owner and officers are told once."""
    rows = session.exec(
        select(ReportingDuty, Project)
        .join(Project, col(Project.id) == col(ReportingDuty.project_id))
        .where(
            col(ReportingDuty.state).in_(("due", "received")),
            col(ReportingDuty.due_at) <= now + SOON,
            col(Project.state).in_(TAKING),
        )
        .order_by(col(ReportingDuty.id))
        .with_for_update(of=ReportingDuty, skip_locked=True)
    ).all()
    over = []
    for duty, project in rows:
        if duty.due_at > now:
            _tell(session, project, duty, "soon")
            continue
        duty.state, duty.changed_at = "overdue", now
        over.append(duty)
        data = {"project": project.number, "period": period_of(duty)}
        audit.record(session, Event.DUTY_OVERDUE, data=data)
        _tell(session, project, duty, "overdue")
    session.flush()
    return over


def refresh(session: Session, project: Project, first: date, last: date) -> None:
    """Judge the duties of a time anew, after data came or was set aside."""
    now = clock.now()
    for duty in session.exec(
        select(ReportingDuty).where(
            ReportingDuty.project_id == project.id,
            col(ReportingDuty.period_from) <= last,
            col(ReportingDuty.period_to) >= first,
        )
    ).all():
        state = _state(session, project, duty, now)
        if state != duty.state:
            duty.state, duty.changed_at = state, now
    session.flush()


def _state(session: Session, project: Project, duty: ReportingDuty, now: datetime) -> str:
    data = dataset(session, project, duty.period_from, duty.period_to)
    if not data.gaps and data.meters:
        return "queried" if data.apart else "valid"
    if now >= duty.due_at:
        return "overdue"
    return "received" if data.readings or data.apart else "due"


def of_project(session: Session, project: Project) -> list[ReportingDuty]:
    """Every duty, newest first: one a month."""
    query = select(ReportingDuty).where(ReportingDuty.project_id == project.id)
    return list(session.exec(query.order_by(col(ReportingDuty.period_from).desc())))


def waiting(session: Session, party_id: int) -> list[tuple[ReportingDuty, Project]]:
    """Everything a party still owes, the most urgent first."""
    rows = session.exec(
        select(ReportingDuty, Project)
        .join(Project, col(Project.id) == col(ReportingDuty.project_id))
        .join(Case, col(Case.id) == col(Project.case_id))
        .where(
            Case.filer_id == party_id,
            col(ReportingDuty.state).in_(WAITING),
            col(Project.state).in_(TAKING),
        )
        .order_by(col(ReportingDuty.due_at), col(ReportingDuty.id))
    )
    return [(duty, project) for duty, project in rows]


def period_of(duty: ReportingDuty) -> str:
    """2026-10, or the days where it is no whole month."""
    whole = duty.period_from.day == 1 and duty.period_to == _end(duty.period_from)
    return f"{duty.period_from:%Y-%m}" if whole else f"{duty.period_from} – {duty.period_to}"


def _tell(session: Session, project: Project, duty: ReportingDuty, what: str) -> None:
    last = (duty.due_at - timedelta(seconds=1)).astimezone(SHANGHAI).date()
    period = period_of(duty)
    words = {
        "opened": Text(
            f"Please report the data of {period} for {project.number}, by {last}.",
            f"请于 {last} 前报送 {project.name}（{project.number}）{period} 的监测数据。",
        ),
        "soon": Text(
            f"The data of {period} for {project.number} is due on {last} and not complete.",
            f"{project.name}（{project.number}）{period} 的监测数据尚未报齐，{last} 到期，请尽快报送。",
        ),
        "overdue": Text(
            f"The data of {period} for {project.number} is overdue since {last}.",
            f"{project.name}（{project.number}）{period} 的监测数据逾期未报齐（截止 {last}），请立即补报。",
        ),
    }[what]
    case = session.get_one(Case, project.case_id)
    people = [u for role in sorted(FILERS) for u in notifications.holders(session, role, case.filer_id)]
    kind = "reminder" if what == "soon" else "action_needed"
    key, link = f"duty:{duty.id}:{what}", f"/my/projects/{project.number}/data"
    notifications.notify(session, user_ids=people, kind=kind, dedupe=key, text=words, link=link)
    if what == "overdue":
        notifications.notify_role(
            session, Role.OFFICER, kind="reminder", dedupe=key, text=words,
            link=f"/staff/projects/{project.number}/data", mail=False,
        )  # fmt: skip


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
