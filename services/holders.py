"""Who holds a task, who may take it over, and the words for both."""

from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, TaskRow, User
from models.vocabulary.errors import Conflict, Invalid, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import OVERSIGHT, ROLE_TITLES, STAFF, Role
from models.vocabulary.statuses import TaskState
from models.vocabulary.text import Text
from services import blinding, clock, notifications
from services.access import Actor, actor_of, spec_of
from services.reading.offices import office_of


def receiver(session: Session, username: str) -> Actor:
    """The colleague named. Raises Invalid when there is no such active account."""
    user = session.exec(
        select(User).where(User.username == username.strip(), col(User.active).is_(True))
    ).first()
    if user is None:
        raise Invalid(
            (
                Problem(
                    "to",
                    Text(f"There is no active account “{username}”.", f"没有名为“{username}”的有效账户。"),
                ),
            )
        )
    return actor_of(user)


def taken(session: Session, task: TaskRow) -> Conflict:
    """Somebody else has it: who, since when, what now."""
    holder = session.get(User, task.assignee_id) if task.assignee_id else None
    since = task.claimed_at.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M") if task.claimed_at else ""
    name = holder.name if holder else "?"
    kind = "reassigned" if _handed_over(session, task) else "taken"
    return Conflict(
        Text(
            f"{name} has this task in hand since {since}. What you typed can be kept as a draft.",
            f"{name} 已于 {since} 领取本事项。您填写的内容可存为草稿，如需办理请申请转交。",
        ),
        kind,
    )


def _handed_over(session: Session, task: TaskRow) -> bool:
    """Did the holder get it from somebody else's hands, rather than claim it?"""
    ways = (Event.TASK_CLAIMED.value, Event.TASK_DELEGATED.value, Event.TASK_REASSIGNED.value)
    last = session.exec(
        select(AuditEvent.event)
        .where(AuditEvent.task_id == task.id, col(AuditEvent.event).in_(ways))
        .order_by(col(AuditEvent.id).desc())
    ).first()
    return last in ways[1:]


def may_name(actor: Actor, user: User) -> bool:
    """The staff and overseers know who acted by name; everybody else knows colleagues and themselves (M10)."""
    colleague = actor.party_id is not None and user.party_id == actor.party_id
    return colleague or user.id == actor.user_id or actor.is_any(*STAFF, *OVERSIGHT)


def known_as(actor: Actor, user: User | None) -> Text:
    """Who acted, as the reader may know it: a name, or the office."""
    if user is None:
        return Text("?", "?")
    return Text(user.name, user.name) if may_name(actor, user) else office_of(",".join(user.roles))


def ended(session: Session, actor: Actor, task: TaskRow) -> Conflict:
    """It is closed: by whom, with what result, in words for who came too late."""
    title, by = spec_of(task).title, session.get(User, task.closed_by) if task.closed_by else None
    if task.state == TaskState.CANCELLED.value:
        return Conflict(Text(f"“{title.en}” is no longer needed.", f"“{title.zh}”已取消，无需再办理。"))
    if task.state == TaskState.OVERDUE.value:
        return Conflict(
            Text(
                f"The limit of “{title.en}” has passed and the step was closed.",
                f"“{title.zh}”期限已届满，该环节已关闭。",
            )
        )
    who = known_as(actor, by)
    if spec_of(task).blind and blinding.opinions_open(session, task.case_id):
        return Conflict(Text(f"“{title.en}” was finished by {who.en}.", f"“{title.zh}”已由 {who.zh} 办结。"))
    outcome = spec_of(task).outcome(task.outcome or "")
    label = outcome.label if outcome else Text(task.outcome or "", task.outcome or "")
    return Conflict(
        Text(
            f"“{title.en}” was finished by {who.en}: {label.en}.",
            f"“{title.zh}”已由 {who.zh} 办结：{label.zh}。",
        )
    )


def group(session: Session, task: TaskRow) -> list[User]:
    """Active people who could hold the task: the person reserved, the party, or the role."""
    if task.reserved_for is not None:
        user = session.get(User, task.reserved_for)
        return [user] if user else []
    query = select(User).where(col(User.active).is_(True), col(User.roles).contains([task.role]))
    if task.party_id is not None:
        query = query.where(User.party_id == task.party_id)
    return list(session.exec(query.order_by(col(User.id))))


def tell(session: Session, task: TaskRow, to: Actor, reason: str) -> None:
    """Tell the new holder."""
    case, title = session.get_one(Case, task.case_id), spec_of(task).title
    notifications.notify(
        session,
        user_ids=[to.user_id],
        kind="action_needed",
        dedupe=f"task:{task.id}:handed:{task.version}",
        text=Text(
            f"{case.case_no}: “{title.en}” was passed to you. {reason}",
            f"{case.case_no}：“{title.zh}”已转由您办理。{reason}",
        ),
        case=case,
        task=task,
        link=f"/tasks/{task.id}",
    )


def remind(session: Session, task: TaskRow, words: str) -> None:
    """Remind the holder, or the group while nobody has it."""
    case, title = session.get_one(Case, task.case_id), spec_of(task).title
    people = [task.assignee_id] if task.assignee_id else [u.id for u in group(session, task)]
    notifications.notify(
        session,
        user_ids=[p for p in people if p],
        kind="reminder",
        dedupe=f"task:{task.id}:asked:{clock.now().isoformat()}",
        text=Text(
            f"{case.case_no}: please attend to “{title.en}”. {words}",
            f"{case.case_no}：请尽快办理“{title.zh}”。{words}",
        ),
        case=case,
        task=task,
        link=f"/tasks/{task.id}",
    )


def tell_supervisors(session: Session, case: Case, task: TaskRow, days: int, reason: str) -> None:
    """An extension is asked for."""
    title = spec_of(task).title
    people = session.exec(
        select(User.id).where(col(User.active).is_(True), col(User.roles).contains([Role.SUPERVISOR.value]))
    )
    notifications.notify(
        session,
        user_ids=[p for p in people if p],
        kind="action_needed",
        dedupe=f"task:{task.id}:extension:{task.version}",
        text=Text(
            f"{case.case_no}: {days} more working days asked for “{title.en}”: {reason}",
            f"{case.case_no}：“{title.zh}”申请延长 {days} 个工作日，理由：{reason}",
        ),
        case=case,
        task=task,
        link=f"/tasks/{task.id}",
    )


def role_words(task: TaskRow) -> Text:
    """The group asked, in words."""
    return ROLE_TITLES[Role(task.role)]
