"""Absence of officers and substitution 请假与代办: entered with dates, open tasks offered, new ones go to the stand-in."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, or_, select

from models.tables import Absence, Case, TaskRow, User
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import STAFF, Role
from models.vocabulary.statuses import OPEN_STATES, TaskState
from models.vocabulary.text import Text
from services import audit, clock, notifications, pictures, stand_ins
from services.access import Actor, actor_of, spec_of
from services.stand_ins import StandIn
from services.task_rows import hand_to, open_task

_STAFF = {r.value for r in STAFF}
LONGEST = 366


@dataclass(frozen=True)
class Offer:
    """An open task of somebody who is away; `refusal`: why the stand-in must not take it."""

    task: TaskRow
    case: Case
    away: str
    refusal: Text | None


def enter(
    session: Session,
    actor: Actor,
    username: str,
    substitute: str,
    starts_on: date | None,
    ends_on: date | None,
    reason: str = "",
) -> Absence:
    """Enter an absence, both days included: one's own, or as supervisor or administrator anybody's of the staff.

    Raises:
        NotAllowed: for somebody else, without the role.
        Invalid: every defect: person, substitute, dates.
    """
    user, deputy = _user(session, username or actor.username), _user(session, substitute)
    if (user is None or user.id != actor.user_id) and not actor.is_any(Role.SUPERVISOR, Role.ADMIN):
        raise NotAllowed(
            Text(
                "Only a supervisor or an administrator enters it for others.",
                "仅审核负责人或系统管理员可以为他人登记请假。",
            )
        )
    _alone(session, user, deputy)
    problems = _problems(session, user, deputy, starts_on, ends_on)
    if problems or user is None or deputy is None or starts_on is None or ends_on is None:
        raise Invalid(tuple(problems))
    row = Absence(
        user_id=user.id or 0,
        substitute_id=deputy.id or 0,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip()[:300],
        by_user=actor.user_id,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    pictures.changed(session)
    _record(session, actor, Event.ABSENCE_ENTERED, row, user, deputy)
    begin_due(session)
    return row


def _alone(session: Session, *people: User | None) -> None:
    """One absence of a person is entered after the other, so that two of the same days cannot be."""
    ids = [p.id for p in people if p is not None]
    query = select(User.id).where(col(User.id).in_(ids)).order_by(col(User.id))
    session.exec(query.with_for_update(key_share=True)).all()


def _user(session: Session, username: str) -> User | None:
    return session.exec(
        select(User).where(User.username == username.strip(), col(User.active).is_(True))
    ).first()


def _problems(
    session: Session, user: User | None, deputy: User | None, first: date | None, last: date | None
) -> list[Problem]:
    """Every defect at once."""
    found: list[Problem] = []
    if user is None or not _STAFF & set(user.roles):
        found.append(Problem("username", Text("Choose a member of the staff.", "请选择经办机构的工作人员。")))
    if deputy is None:
        found.append(Problem("substitute", Text("Choose who stands in.", "请选择替班人。")))
    elif user is not None:
        found += _pair_problems(user, deputy)
    if first is None:
        found.append(Problem("starts_on", Text("Give the first day.", "请填写开始日期。")))
    if last is None:
        found.append(Problem("ends_on", Text("Give the last day.", "请填写结束日期。")))
    if first is not None and last is not None:
        found += _date_problems(session, user, deputy, first, last)
    return found


def _pair_problems(user: User, deputy: User) -> list[Problem]:
    if user.person_key == deputy.person_key:
        return [Problem("substitute", Text("The stand-in must be another person.", "替班人须为另一人。"))]
    if not _STAFF & set(user.roles) & set(deputy.roles):
        return [
            Problem(
                "substitute",
                Text(
                    f"{deputy.name} has none of the roles of {user.name}.",
                    f"{deputy.name} 与 {user.name} 没有相同的角色，不能代办，请另选。",
                ),
            )
        ]
    return []


def _date_problems(
    session: Session, user: User | None, deputy: User | None, first: date, last: date
) -> list[Problem]:
    if last < first:
        return [Problem("ends_on", Text("The last day is before the first.", "结束日期不能早于开始日期。"))]
    if last < clock.today().date():
        return [Problem("ends_on", Text("These days are over.", "所填日期已过，请填写今天或以后的日期。"))]
    if (last - first).days > LONGEST:
        return [Problem("ends_on", Text("At most a year.", "一次登记不能超过一年。"))]
    found = []
    if user is not None and _overlapping(session, user, first, last):
        found.append(
            Problem(
                "starts_on",
                Text("An absence is entered for these days already.", "该时段已登记请假，请先取消原登记。"),
            )
        )
    if deputy is not None and _overlapping(session, deputy, first, last):
        found.append(
            Problem(
                "substitute",
                Text(f"{deputy.name} is away on these days, too.", f"{deputy.name} 在此期间也请假，请另选。"),
            )
        )
    return found


def _overlapping(session: Session, user: User, first: date, last: date) -> bool:
    return (
        session.exec(
            select(Absence.id).where(
                Absence.user_id == user.id,
                col(Absence.cancelled_at).is_(None),
                col(Absence.starts_on) <= last,
                col(Absence.ends_on) >= first,
            )
        ).first()
        is not None
    )


def cancel(session: Session, actor: Actor, absence_id: int) -> Absence:
    """Take it back; what the stand-in has taken over stays with them. Raises NotFound, NotAllowed, Conflict."""
    row = session.get(Absence, absence_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.user_id != actor.user_id and not actor.is_any(Role.SUPERVISOR, Role.ADMIN):
        raise NotFound
    if row.cancelled_at is not None:
        raise Conflict(Text("It is cancelled already.", "该登记已取消。"), "changed")
    row.cancelled_at = clock.now()
    pictures.changed(session)
    user, deputy = session.get_one(User, row.user_id), session.get_one(User, row.substitute_id)
    _record(session, actor, Event.ABSENCE_CANCELLED, row, user, deputy)
    return row


def _record(session: Session, actor: Actor, event: Event, row: Absence, user: User, deputy: User) -> None:
    days = f"{row.starts_on} — {row.ends_on}"
    audit.record(
        session,
        event,
        actor=actor,
        data={
            "user": user.username,
            "substitute": deputy.username,
            "from": row.starts_on.isoformat(),
            "to": row.ends_on.isoformat(),
            "reason": row.reason,
            "text": {
                "zh": f"{user.name} {days} 请假，由{deputy.name}代办",
                "en": f"{user.name} is away {days}; {deputy.name} stands in",
            },
        },
    )


# ---- the tasks -----------------------------------------------------------------------------------


def begin_due(session: Session) -> int:
    """Absences that have begun and of which the stand-in was not told: offer the open tasks. Returns how many began.

    A task the stand-in must not do goes back to the queue, with the reason shown on it.
    """
    today = clock.today().date()
    rows = session.exec(
        select(Absence)
        .where(
            col(Absence.told_at).is_(None),
            col(Absence.cancelled_at).is_(None),
            col(Absence.starts_on) <= today,
            col(Absence.ends_on) >= today,
        )
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.told_at = clock.now()
        _begin(session, row)
    session.flush()
    return len(rows)


def _begin(session: Session, row: Absence) -> None:
    person = actor_of(session.get_one(User, row.user_id))
    by = actor_of(session.get_one(User, row.substitute_id))
    offered = 0
    for task, case in _in_hand(session, [row.user_id]):
        session.exec(select(Case.id).where(Case.id == case.id).with_for_update()).one()
        session.refresh(task, with_for_update=True)
        if task.assignee_id != row.user_id or task.closed_at is not None:
            continue
        refused = stand_ins.refusal(session, person, by, task)
        if refused is not None:
            to_queue(session, task, StandIn(person, by, refused))
        else:
            task.substitution = {"kind": "offered", **_words(_offer_words(person, by))}
            offered += 1
    until = f"{row.ends_on.year}年{row.ends_on.month}月{row.ends_on.day}日"
    there = f"现有 {offered} 件在办事项可接手" if offered else "现无在办事项需要接手"
    notifications.notify(
        session,
        user_ids=[by.user_id],
        kind="action_needed",
        dedupe=f"absence:{row.id}:began",
        text=Text(
            f"You stand in for {person.name} until {row.ends_on}; {offered} open task(s) are offered to you.",
            f"{person.name}请假至{until}，由您代办；{there}。",
        ),
        link="/absences",
        mail=False,
    )


def _offer_words(person: Actor, by: Actor) -> Text:
    return Text(
        f"{person.name} is away; {by.name} can take it over.", f"{person.name}请假，由{by.name}代办（待接手）"
    )


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _in_hand(session: Session, ids: list[int]) -> list[tuple[TaskRow, Case]]:
    """Open tasks in hand of these people that can be passed on."""
    query = (
        select(TaskRow, Case)
        .join(Case, col(Case.id) == col(TaskRow.case_id))
        .where(
            col(TaskRow.assignee_id).in_(ids),
            col(TaskRow.state).in_([s.value for s in OPEN_STATES]),
            col(TaskRow.reserved_for).is_(None),
        )
        .order_by(col(TaskRow.due_at))
    )
    return list(session.exec(query).all())


def to_queue(session: Session, task: TaskRow, why: StandIn) -> None:
    """Back to the group: the stand-in must not do it, or there is none."""
    task.assignee_id, task.claimed_at, task.state, task.delegations = None, None, TaskState.OPEN.value, []
    task.substitution = {"kind": "skipped", **_words(why.words)}
    task.version += 1
    _substituted(session, task, why)


def pass_to(session: Session, task: TaskRow, stand_in: StandIn, reason: str = "") -> bool:
    """Give the task to whoever stands in, or back to the queue. The caller holds the locks. True if it was given."""
    if stand_in.by is None or stand_in.refusal is not None:
        to_queue(session, task, stand_in)
        return False
    task.delegations = [
        *task.delegations,
        stand_ins.link(stand_in.away, stand_in.by, reason or stand_in.words.zh),
    ]
    hand_to(task, stand_in.by.user_id)
    task.substitution = {"kind": "stands_in", **_words(stand_in.words)}
    _substituted(session, task, stand_in)
    return True


def _substituted(session: Session, task: TaskRow, why: StandIn, actor: Actor | None = None) -> None:
    audit.record(
        session,
        Event.TASK_SUBSTITUTED,
        case=session.get_one(Case, task.case_id),
        actor=actor,
        task=task,
        data={"key": task.key, "for": why.away.username, "text": _words(why.words)},
    )


def offers(session: Session, actor: Actor) -> list[Offer]:
    """Open tasks of those the actor stands in for today; with the reason where they must not take one."""
    today = clock.today().date()
    people = session.exec(
        select(User)
        .join(Absence, col(Absence.user_id) == col(User.id))
        .where(
            Absence.substitute_id == actor.user_id,
            col(Absence.cancelled_at).is_(None),
            col(Absence.starts_on) <= today,
            col(Absence.ends_on) >= today,
        )
    ).all()
    known = {u.id or 0: actor_of(u) for u in people}
    return [
        Offer(
            t,
            c,
            known[t.assignee_id or 0].name,
            stand_ins.refusal(session, known[t.assignee_id or 0], actor, t),
        )
        for t, c in _in_hand(session, list(known))
    ]


def take(session: Session, actor: Actor, task_id: object) -> TaskRow:
    """The stand-in takes an offered task over. Raises NotAllowed (not standing in, four eyes), Conflict."""
    task = open_task(session, actor, task_id)
    holder = session.get(User, task.assignee_id) if task.assignee_id else None
    stand_in = stand_ins.instead(session, actor_of(holder), task) if holder else None
    if stand_in is None or stand_in.by is None or stand_in.by.user_id != actor.user_id:
        raise NotAllowed(
            Text("You do not stand in for the holder of this task.", "您不是本事项承办人的替班人，不能接手。")
        )
    if stand_in.refusal is not None:
        raise NotAllowed(stand_in.refusal)
    pass_to(session, task, stand_in)
    return task


# ---- reading -------------------------------------------------------------------------------------


def listed(session: Session, actor: Actor, everybody: bool = False) -> list[tuple[Absence, User, User]]:
    """(absence, who, stand-in), the latest first: the actor's own and those stood in for; all, for chiefs."""
    query = (
        select(Absence, User)
        .join(User, col(User.id) == col(Absence.user_id))
        .order_by(col(Absence.starts_on).desc(), col(Absence.id).desc())
        .limit(100)
    )
    if not (everybody and actor.is_any(Role.SUPERVISOR, Role.ADMIN)):
        query = query.where(or_(Absence.user_id == actor.user_id, Absence.substitute_id == actor.user_id))
    rows = session.exec(query).all()
    names = {
        u.id: u
        for u in session.exec(select(User).where(col(User.id).in_([a.substitute_id for a, _ in rows])))
    }
    return [(a, u, names[a.substitute_id]) for a, u in rows]


def colleagues(session: Session) -> list[User]:
    """Active staff, for the form."""
    users = session.exec(select(User).where(col(User.active).is_(True)).order_by(col(User.name))).all()
    return [u for u in users if _STAFF & set(u.roles)]


def may_stand_in(people: list[User], person: Actor) -> list[User]:
    """Those of the people who have a role of this person's and are somebody else."""
    wanted = _STAFF & {r.value for r in person.roles}
    return [u for u in people if wanted & set(u.roles) and u.person_key != person.person_key]


def title_of(task: TaskRow) -> Text:
    return spec_of(task).title
